"""Vendors' invoices, their lines and history, and the runs that post them to the originating systems."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint, text

from gateway.domain.outcome import InvoiceState
from gateway.store.tables.metadata import by_beginning, check, metadata, one_of, ref, row_id, words
from gateway.store.types import Amount, Day, Id, UtcDateTime

invoice = Table(
    "invoice",
    metadata,
    row_id(),
    Column("vendor", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("type", String, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("system", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("freight", Amount, nullable=False),
    Column("handling", Amount, nullable=False),
    Column("other", Amount, nullable=False),
    Column("discount_percent", Amount, nullable=False),
    Column("discount_days", Integer, nullable=False),
    Column("gross_days", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("other_description", Text, nullable=False),
    Column("posted_at", UtcDateTime),
    UniqueConstraint("vendor", "number"),
    one_of("state", words(InvoiceState)),
    # A posted invoice without its date is due for another run (sdf 4.5).
    check("posted", "posted_at is null or state = 'Posted'"),
    Index("invoice_state", "state", "id"),
    Index("invoice_number", "number"),
    Index("invoice_vendor", "vendor", "id"),
    sqlite_autoincrement=True,
)
by_beginning("invoice_begins", invoice.c.number)

invoice_line = Table(
    "invoice_line",
    metadata,
    ref("invoice_id", "invoice.id"),
    Column("line_no", Integer, nullable=False),
    ref("shipment_id", "shipment.id"),
    Column("order_id", Id, nullable=False),
    Column("order_number", Text, nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("po_unit_cost", Amount, nullable=False),
    Column("unit_cost", Amount, nullable=False),
    Column("freight", Amount, nullable=False),
    Column("handling", Amount, nullable=False),
    Column("other", Amount, nullable=False),
    Column("other_description", Text, nullable=False),
    Column("shipped_on", Day, nullable=False),
    PrimaryKeyConstraint("invoice_id", "line_no"),
    UniqueConstraint("shipment_id"),
    check("quantity", "quantity > 0"),
    Index("invoice_line_order", "order_id", "order_line"),
    Index("invoice_line_shipped", "shipped_on", "invoice_id"),
)
by_beginning("invoice_line_number", invoice_line.c.order_number, also=invoice_line.c.invoice_id)
by_beginning("invoice_line_item", invoice_line.c.item)

# No foreign key: the history of a deleted invoice stays, and says which one it was.
invoice_history = Table(
    "invoice_history",
    metadata,
    Column("invoice_id", Id, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String, nullable=False),
    Column("from_state", String),
    Column("to_state", String),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("invoice_id", "seq"),
    check("seq", "seq >= 1"),
)

posting_run = Table(
    "posting_run",
    metadata,
    Column("run", Id, primary_key=True, autoincrement=False),
    Column("system", Text, nullable=False),
    Column("state", String, nullable=False),
    ref("item_id", "outbox.id", null=True),
    Column("made_at", UtcDateTime, nullable=False),
    one_of("state", ("making", "made")),
    check("item", "(state = 'made') = (item_id is not null)"),
    # One reservation a system: a crash keeps the number for the next run.
    Index("posting_run_making", "system", unique=True, sqlite_where=text("state = 'making'"), postgresql_where=text("state = 'making'")),
)

posting_line = Table(
    "posting_line",
    metadata,
    ref("run", "posting_run.run"),
    ref("invoice_id", "invoice.id"),
    Column("live", Boolean, nullable=False),
    Column("resend", Boolean, nullable=False),
    PrimaryKeyConstraint("run", "invoice_id"),
    # An invoice is in one live run.
    Index("posting_line_live", "invoice_id", unique=True, sqlite_where=text("live"), postgresql_where=text("live")),
)
