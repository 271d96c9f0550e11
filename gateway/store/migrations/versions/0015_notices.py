"""What people are to be told by e-mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Only a new table: older programs go on beside it, and tell nobody."""
    op.create_table(
        "notice",
        sa.Column("id", types.Id, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("fact", types.Json(), nullable=False),
        sa.Column("told_at", types.UtcDateTime(), nullable=True),
        sa.Column("item_id", types.Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sqlite_autoincrement=True,
    )
    where = sa.text("told_at is null")
    op.create_index("notice_waiting", "notice", ["id"], unique=False, sqlite_where=where, postgresql_where=where)
