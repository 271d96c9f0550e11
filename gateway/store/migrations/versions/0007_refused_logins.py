"""Count refused logins for all processes together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Count refused logins for all processes together."""
    op.create_table(
        "refused_login",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connector", name=op.f("pk_refused_login")),
    )
