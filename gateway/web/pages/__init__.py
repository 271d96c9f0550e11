"""The pages that people see: one module a screen, each declares its routes as `ROUTES`."""

from __future__ import annotations

__all__ = ["batches", "entrance", "finding", "invoices", "message_acts", "messages", "orders", "outbox", "outbox_acts", "settings", "today"]
