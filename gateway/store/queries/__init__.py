"""What lists and screens show: read only, newest first, a page at a time."""

from __future__ import annotations

from gateway.store.queries.batches import BatchRow, BatchSearch, BatchView, batch_view, count_batches, list_batches
from gateway.store.queries.endpoints import EndpointRow, EndpointState, endpoints_in_trouble
from gateway.store.queries.gauges import Gauges, ItemCount, gauges
from gateway.store.queries.invoices import (
    InvoiceRow,
    InvoiceSearch,
    InvoiceView,
    count_invoices,
    find_invoices,
    invoice_view,
    list_invoices,
)
from gateway.store.queries.items import ItemStatus, ItemStatusSearch, item_status
from gateway.store.queries.messages import (
    MessageView,
    ReceiptRow,
    count_messages,
    list_messages,
    message_view,
    receipts_of,
    some_messages,
)
from gateway.store.queries.orders import (
    ChangeRow,
    HistoryRow,
    OrderRow,
    OrderSearch,
    OrderView,
    ShipmentRow,
    count_orders,
    find_order,
    list_orders,
    order_view,
)
from gateway.store.queries.outbox import AttemptRow, ItemView, attempts_made, behind, count_items, item_view, list_items, next_tries
from gateway.store.queries.queue import SlotRow, WorkCount, WorkRow, last_slot, list_work, work_counts

__all__ = [
    "AttemptRow",
    "BatchRow",
    "BatchSearch",
    "BatchView",
    "ChangeRow",
    "EndpointRow",
    "EndpointState",
    "Gauges",
    "HistoryRow",
    "InvoiceRow",
    "InvoiceSearch",
    "InvoiceView",
    "ItemCount",
    "ItemStatus",
    "ItemStatusSearch",
    "ItemView",
    "MessageView",
    "OrderRow",
    "OrderSearch",
    "OrderView",
    "ReceiptRow",
    "ShipmentRow",
    "SlotRow",
    "WorkCount",
    "WorkRow",
    "attempts_made",
    "batch_view",
    "behind",
    "count_batches",
    "count_invoices",
    "count_items",
    "count_messages",
    "count_orders",
    "endpoints_in_trouble",
    "find_invoices",
    "find_order",
    "gauges",
    "invoice_view",
    "item_status",
    "item_view",
    "last_slot",
    "list_batches",
    "list_invoices",
    "list_items",
    "list_messages",
    "list_orders",
    "list_work",
    "message_view",
    "next_tries",
    "order_view",
    "receipts_of",
    "some_messages",
    "work_counts",
]
