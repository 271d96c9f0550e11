"""The store: tables, transactions, queue and numbers on SQLite or PostgreSQL."""

from __future__ import annotations

from gateway.kernel.database import Pooling
from gateway.store.faults import BadData, OutcomeUnknown, Rule, StoreAway
from gateway.store.session import Durability, Store, Tx

__all__ = ["BadData", "Durability", "OutcomeUnknown", "Pooling", "Rule", "Store", "StoreAway", "Tx"]
