"""The pages that people see: one module a screen, each declares its routes as `ROUTES`."""

from __future__ import annotations

__all__ = [
    "batches",
    "draft_acts",
    "drafts",
    "entrance",
    "finding",
    "invoice_acts",
    "invoice_edit",
    "invoices",
    "lineage",
    "message_acts",
    "messages",
    "order_acts",
    "order_deeds",
    "order_sheet",
    "order_windows",
    "orders",
    "outbox",
    "outbox_acts",
    "raw",
    "requests",
    "settings",
    "shipments",
    "slip_acts",
    "slips",
    "today",
    "uninvoiced",
    "uploads",
]
