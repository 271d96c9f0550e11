"""What partners ask for beyond the timetable: a batch again, changes from a number on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """A new table: older programs do not know of it and go on beside it."""
    op.create_table(
        "partner_request",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("done_at", types.UtcDateTime(), nullable=True),
        sa.Column("item_id", types.Id, nullable=True),
        sa.CheckConstraint("kind in ('batch', 'changes')", name=op.f("ck_partner_request_kind")),
        sa.CheckConstraint("most > 0", name=op.f("ck_partner_request_most")),
        sa.ForeignKeyConstraint(["item_id"], ["outbox.id"], name=op.f("fk_partner_request_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_request")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "partner_request_open",
        "partner_request",
        ["kind", "partner"],
        unique=False,
        sqlite_where=sa.text("done_at is null"),
        postgresql_where=sa.text("done_at is null"),
    )
