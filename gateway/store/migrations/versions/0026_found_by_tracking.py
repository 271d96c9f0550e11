"""The orders of a tracking number are found without reading every shipment."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Only an index: older programs go on beside it. SQLite takes it for a search only where TEXT is written alike."""
    by_pattern = " text_pattern_ops" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"create index shipment_tracking on shipment (lower(CAST(tracking AS TEXT)){by_pattern})")
