"""Runs of jobs: who asked for one, and which process did it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Only new columns that may be empty, and an index: older programs go on beside it."""
    op.add_column("slot", sa.Column("actor", sa.Text(), nullable=True))
    op.add_column("slot", sa.Column("run", sa.Text(), nullable=True))
    op.create_index("slot_list", "slot", ["job", "id"], unique=False)
