"""What people do about files: readings of a file linked with each other, and who stopped what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types
from gateway.store.dialects.guards import guards

revision = "0003"
down_revision = "0002"

APPEND_ONLY = ("pause_event",)


def upgrade() -> None:
    """Only new columns that may be empty, an index over them and a table: older programs go on beside it."""
    op.add_column("message", sa.Column("mapping_mark", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("picked_mapping", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("reprocess_of", types.Id, nullable=True))
    op.create_index(
        "message_reprocess",
        "message",
        ["reprocess_of"],
        unique=False,
        sqlite_where=sa.text("reprocess_of is not null"),
        postgresql_where=sa.text("reprocess_of is not null"),
    )
    op.create_table(
        "pause_event",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("pause_event_list", "pause_event", ["name", "id"], unique=False)
    for statement in guards(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)
