"""What several nodes tell each other: their roles, the schema they know, and what this installation remembers of its database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Two columns that may be empty, and a table."""
    op.add_column("node", sa.Column("roles", sa.Text(), nullable=True))
    op.add_column("node", sa.Column("knows", sa.Text(), nullable=True))
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
