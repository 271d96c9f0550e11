"""Printed documents of batches: pack slips, pull sheets, CSV extracts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """A table of its own: older programs go on beside it."""
    op.create_table(
        "slip_document",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("batch_number", types.Id, nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=True),
        sa.Column("expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("archive_key", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("issue", types.Json(), nullable=True),
        sa.CheckConstraint("kind in ('slips', 'pull_sheet', 'csv')", name=op.f("ck_slip_document_kind")),
        sa.CheckConstraint("state in ('waiting', 'ready', 'failed', 'expired')", name=op.f("ck_slip_document_state")),
        sa.CheckConstraint("(state = 'ready') = (archive_key is not null)", name=op.f("ck_slip_document_ready")),
        sa.ForeignKeyConstraint(["batch_number"], ["batch.number"], name=op.f("fk_slip_document_batch_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_document")),
        sa.UniqueConstraint("batch_number", "brand", "kind", name=op.f("uq_slip_document_batch_number_brand_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "slip_document_expires",
        "slip_document",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )
