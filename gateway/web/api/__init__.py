"""The API: one module a resource, each declares its operations as `API`; the description is made from the same Structs."""

from __future__ import annotations

__all__ = ["batches", "description", "invoices", "messages", "operations", "orders", "outbox", "paging", "strict", "wire"]
