"""A store for a test: a fresh database with the newest schema, and what tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Column, Integer, MetaData, Table, Text

from gateway.store import Durability, Store
from gateway.store.migrations import upgrade
from gateway.store.types import Amount, Bytes, Day, Json, UtcDateTime

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

PROBE = Table(
    "probe",
    MetaData(),
    Column("n", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("amount", Amount),
    Column("day", Day),
    Column("words", Text),
    Column("raw", Bytes),
    Column("js", Json),
)
"""A table with a column of every type."""


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A store on a database that may be thrown away, closed at the end."""
    store = Store(url, durability=Durability.UNCHECKED)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def fresh_store(url: str) -> Iterator[Store]:
    """The same, with the newest schema."""
    upgrade(url)
    with opened(url) as store:
        yield store
