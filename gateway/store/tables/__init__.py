"""Every table of the store (store.md 2 is their design): Core tables, named constraints, no ORM."""

from __future__ import annotations

from gateway.store.tables.batches import (
    batch,
    batch_line,
    change,
    counter,
    feed,
    outbox,
    outbox_attempt,
    outbox_event,
    outbox_number,
    partner_request,
)
from gateway.store.tables.byhand import goods_receipt, hand_event, hand_order, hand_step
from gateway.store.tables.endpoints import endpoint_ability, host_key_seen, host_key_trust, refused_login
from gateway.store.tables.files import content_key, document_key, interchange, message, message_event, receipt
from gateway.store.tables.invoices import invoice, invoice_history, invoice_line, posting_line, posting_run
from gateway.store.tables.metadata import metadata
from gateway.store.tables.orders import (
    change_request,
    order_history,
    order_key,
    order_line,
    order_party,
    order_text,
    purchase_order,
    shipment,
)
from gateway.store.tables.privacy import erasing, privacy_act, privacy_file, privacy_run
from gateway.store.tables.queue import breaker, installation, lease, node, notice, pause, pause_event, slot, work
from gateway.store.tables.reference import carrier, item, master, master_history, stock, vendor, vendor_item, vendor_user
from gateway.store.tables.slips import slip_document

__all__ = [
    "batch",
    "batch_line",
    "breaker",
    "carrier",
    "change",
    "change_request",
    "content_key",
    "counter",
    "document_key",
    "endpoint_ability",
    "erasing",
    "feed",
    "goods_receipt",
    "hand_event",
    "hand_order",
    "hand_step",
    "host_key_seen",
    "host_key_trust",
    "installation",
    "interchange",
    "invoice",
    "invoice_history",
    "invoice_line",
    "item",
    "lease",
    "master",
    "master_history",
    "message",
    "message_event",
    "metadata",
    "node",
    "notice",
    "order_history",
    "order_key",
    "order_line",
    "order_party",
    "order_text",
    "outbox",
    "outbox_attempt",
    "outbox_event",
    "outbox_number",
    "partner_request",
    "pause",
    "pause_event",
    "posting_line",
    "posting_run",
    "privacy_act",
    "privacy_file",
    "privacy_run",
    "purchase_order",
    "receipt",
    "refused_login",
    "shipment",
    "slip_document",
    "slot",
    "stock",
    "vendor",
    "vendor_item",
    "vendor_user",
    "work",
]
