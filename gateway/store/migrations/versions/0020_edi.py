"""What partners answered to the sets of X12 and EDIFACT files, and the interchanges that came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Only new tables: older programs go on beside them."""
    op.create_table(
        "edi_interchange",
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_message_id", types.Id, nullable=True),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("verdict in ('taken', 'answers', 'resent', 'refused')", name=op.f("ck_edi_interchange_verdict")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_edi_interchange_message_id")),
        sa.PrimaryKeyConstraint("message_id", "place", name=op.f("pk_edi_interchange")),
    )
    op.create_index("edi_interchange_number", "edi_interchange", ["pair", "number"], unique=False)
    op.create_table(
        "edi_set",
        sa.Column("item_id", types.Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("group_kind", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("codes", types.Json(), nullable=True),
        sa.Column("told_at", types.UtcDateTime(), nullable=True),
        sa.Column("told_by", types.Id, nullable=True),
        sa.CheckConstraint("verdict in ('accepted', 'accepted_with_errors', 'rejected')", name=op.f("ck_edi_set_verdict")),
        sa.ForeignKeyConstraint(["item_id"], ["outbox.id"], name=op.f("fk_edi_set_item_id")),
        sa.PrimaryKeyConstraint("item_id", "place", name=op.f("pk_edi_set")),
    )
