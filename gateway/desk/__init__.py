"""The use cases people have: command line, console and API call the same ones.

Each module is a door of its own, so that a command loads only what it needs.
"""

from __future__ import annotations

__all__ = [
    "acting",
    "again",
    "batches",
    "dispatch",
    "inspection",
    "invoices",
    "making",
    "messages",
    "orders",
    "outbox",
    "pages",
    "partners",
    "preview",
    "replay",
    "slips",
]
