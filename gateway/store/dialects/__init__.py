"""Everything that differs between SQLite and PostgreSQL, both forms side by side."""

from __future__ import annotations

from gateway.store.dialects.among import among, among_either, among_known
from gateway.store.dialects.asked import asked
from gateway.store.dialects.begins import begins
from gateway.store.dialects.bulk import bulk_add, bulk_insert, bulk_update, fetch_rows, insert_missing, lock_rows, prefer_indexes
from gateway.store.dialects.ids import new_ids

__all__ = [
    "among",
    "among_either",
    "among_known",
    "asked",
    "begins",
    "bulk_add",
    "bulk_insert",
    "bulk_update",
    "fetch_rows",
    "insert_missing",
    "lock_rows",
    "new_ids",
    "prefer_indexes",
]
