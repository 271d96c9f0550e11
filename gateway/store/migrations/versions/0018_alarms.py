"""What people must be told once for each cause, and how far channels are judged that something is expected from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0018"
down_revision = "0017"

_OPEN = "cleared_at is null"


def upgrade() -> None:
    """Only new tables: older programs go on beside them."""
    op.create_table(
        "alarm",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("missing", sa.Integer(), nullable=True),
        sa.Column("raised_at", types.UtcDateTime(), nullable=False),
        sa.Column("cleared_at", types.UtcDateTime(), nullable=True),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("issue", types.Json(), nullable=False),
        sa.Column("detail", types.Json(), nullable=True),
        sa.CheckConstraint("(cleared_at is null) = (cleared_by is null)", name=op.f("ck_alarm_cleared")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("about", "subject", name=op.f("uq_alarm_about_subject")),
        sqlite_autoincrement=True,
    )
    op.create_index("alarm_open", "alarm", ["about", "id"], unique=False, sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN))
    op.create_table(
        "expectation",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("judged_at", types.UtcDateTime(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("connector", "channel", name=op.f("pk_expectation")),
    )
