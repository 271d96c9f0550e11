"""What vendors have, item by item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """A new table: older programs do not know of it and go on beside it."""
    op.create_table(
        "stock",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("as_of", types.UtcDateTime(), nullable=False),
        sa.Column("next_quantity", sa.Integer(), nullable=True),
        sa.Column("next_on", types.Day(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.CheckConstraint("available >= 0", name=op.f("ck_stock_available")),
        sa.PrimaryKeyConstraint("vendor", "item", name=op.f("pk_stock")),
    )
