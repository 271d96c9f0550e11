"""What people look for is found by its beginning, by its day and by its state without reading every row: indexes for lists and screens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

OPEN = sa.text("status in ('New Order', 'In Process', 'Held')")
CANCELLED = sa.text("status = 'Cancelled'")
BEGINNINGS = (
    ("order_key_begins", "order_key", "po_no"),
    ("purchase_order_sales_begins", "purchase_order", "sales_order"),
    ("order_line_item", "order_line", "item"),
    ("order_line_vendor_item", "order_line", "vendor_item"),
    ("order_party_name", "order_party", "last_name"),
    ("order_party_company", "order_party", "company"),
    ("invoice_begins", "invoice", "number"),
    ("invoice_line_number", "invoice_line", "order_number"),
    ("invoice_line_item", "invoice_line", "item"),
)


def upgrade() -> None:
    """Only indexes: older programs go on beside them."""
    by_pattern = " text_pattern_ops" if op.get_bind().dialect.name == "postgresql" else ""
    for name, table, column in BEGINNINGS:
        op.execute(f"create index {name} on {table} (lower({column}){by_pattern})")
    op.create_index("purchase_order_entered", "purchase_order", ["entered_on"], unique=False)
    op.create_index("order_line_open", "order_line", ["status", "order_id"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("order_line_cancelled", "order_line", ["order_id"], unique=False, sqlite_where=CANCELLED, postgresql_where=CANCELLED)
    op.create_index("order_line_carrier", "order_line", ["carrier", "order_id"], unique=False)
    op.create_index("change_order", "change", ["order_id"], unique=False)
    op.create_index("invoice_vendor", "invoice", ["vendor", "id"], unique=False)
    op.create_index("message_name", "message", ["file_name"], unique=False)
