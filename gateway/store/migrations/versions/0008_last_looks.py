"""Remember when a channel was last looked through well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Remember when a channel was last looked through well."""
    op.add_column("lease", sa.Column("fine_at", types.UtcDateTime(), nullable=True))
