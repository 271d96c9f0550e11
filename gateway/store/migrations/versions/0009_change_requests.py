"""What retailers ask: when, why, and who answered; and the word of an answer where the verdict does not tell it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Only new columns that may be empty, and an index: older programs go on beside it."""
    op.add_column("change_request", sa.Column("asked_at", types.UtcDateTime(), nullable=True))
    op.add_column("change_request", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("change_request", sa.Column("answered_at", types.UtcDateTime(), nullable=True))
    op.add_column("change_request", sa.Column("answered_by", sa.Text(), nullable=True))
    op.add_column("change_request", sa.Column("automatic", sa.Boolean(), nullable=True))
    op.add_column("change_request", sa.Column("message_id", types.Id, nullable=True))
    op.add_column("change_request", sa.Column("place", sa.Integer(), nullable=True))
    op.create_index("change_request_order", "change_request", ["order_id"], unique=False)
    op.add_column("receipt", sa.Column("result", sa.Text(), nullable=True))
