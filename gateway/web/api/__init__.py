"""The API: one module a resource, each declares its operations as `API`; the description is made from the same Structs."""

from __future__ import annotations

__all__ = [
    "alarms",
    "batches",
    "description",
    "drafts",
    "finding",
    "invoices",
    "jobs",
    "mappings",
    "master",
    "messages",
    "operations",
    "orders",
    "outbox",
    "paging",
    "partners",
    "people",
    "privacy",
    "reports",
    "rights",
    "slips",
    "strict",
    "uploads",
    "wire",
    "wire_described",
]
