"""The newest shipments of a vendor, what it has not billed, the batches of an order and the newest open lines have indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

OPEN = sa.text("status in ('New Order', 'In Process', 'Held')")
UNBILLED = sa.text("invoiced < shipped")


def upgrade() -> None:
    """Only indexes: older programs go on beside them."""
    op.create_index("shipment_vendor", "shipment", ["vendor", "id"], unique=False)
    op.create_index("batch_line_order", "batch_line", ["order_id"], unique=False)
    op.drop_index("order_line_open", "order_line")
    columns = ["order_id", "status", "due_on"]
    op.create_index("order_line_open", "order_line", columns, unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    columns = ["vendor", "order_id"]
    op.create_index("order_line_unbilled", "order_line", columns, unique=False, sqlite_where=UNBILLED, postgresql_where=UNBILLED)
