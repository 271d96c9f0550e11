"""Invoices of lines with a number or a day are found in an index that names them; answers that could not be made have one of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

UNANSWERED = sa.text("event = 'unanswered'")


def upgrade() -> None:
    """Only indexes: older programs go on beside them."""
    by_pattern = " text_pattern_ops" if op.get_bind().dialect.name == "postgresql" else ""
    op.drop_index("invoice_line_number", "invoice_line")
    op.execute(f"create index invoice_line_number on invoice_line (lower(order_number){by_pattern}, invoice_id)")
    op.create_index("invoice_line_shipped", "invoice_line", ["shipped_on", "invoice_id"], unique=False)
    columns = ["message_id"]
    op.create_index(
        "message_event_unanswered", "message_event", columns, unique=False, sqlite_where=UNANSWERED, postgresql_where=UNANSWERED
    )
