"""Indexes over the few items that need somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UNFINISHED = "state not in ('sent', 'cancelled')"
OVERDUE = "ack = 'overdue'"


def upgrade() -> None:
    """Indexes over the few items that need somebody."""
    op.create_index(
        "outbox_unfinished",
        "outbox",
        ["connector", "state", "made_at"],
        sqlite_where=sa.text(UNFINISHED),
        postgresql_where=sa.text(UNFINISHED),
    )
    op.create_index("outbox_overdue", "outbox", ["connector"], sqlite_where=sa.text(OVERDUE), postgresql_where=sa.text(OVERDUE))
