"""The store: tables, transactions, queue and numbers on SQLite or PostgreSQL."""

from __future__ import annotations
