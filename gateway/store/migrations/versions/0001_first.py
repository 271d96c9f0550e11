"""The first schema."""

from __future__ import annotations

from alembic import op

from gateway.store.dialects.guards import guards
from gateway.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table and the guards."""
    connection = op.get_bind()
    metadata.create_all(connection)
    for statement in guards(connection.dialect.name):
        op.execute(statement)
