"""What lists and screens show: read only, newest first, a page at a time."""

from __future__ import annotations

from gateway.store.queries.batches import BatchRow, BatchView, batch_view, list_batches
from gateway.store.queries.invoices import InvoiceRow, InvoiceView, invoice_view, list_invoices
from gateway.store.queries.messages import MessageView, ReceiptRow, list_messages, message_view, receipts_of
from gateway.store.queries.orders import HistoryRow, OrderRow, OrderView, ShipmentRow, find_order, list_orders, order_view
from gateway.store.queries.outbox import AttemptRow, ItemView, item_view, list_items
from gateway.store.queries.queue import WorkCount, WorkRow, list_work, work_counts

__all__ = [
    "AttemptRow",
    "BatchRow",
    "BatchView",
    "HistoryRow",
    "InvoiceRow",
    "InvoiceView",
    "ItemView",
    "MessageView",
    "OrderRow",
    "OrderView",
    "ReceiptRow",
    "ShipmentRow",
    "WorkCount",
    "WorkRow",
    "batch_view",
    "find_order",
    "invoice_view",
    "item_view",
    "list_batches",
    "list_invoices",
    "list_items",
    "list_messages",
    "list_orders",
    "list_work",
    "message_view",
    "order_view",
    "receipts_of",
    "work_counts",
]
