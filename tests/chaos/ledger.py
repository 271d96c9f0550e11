"""What stands in the store of a world at rest, read with plain statements: the checker trusts no code of the gateway for it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from tests.chaos.world import World

Rows = Sequence[Mapping[str, Any]]

TABLES = (
    "message",
    "receipt",
    "purchase_order",
    "order_key",
    "order_line",
    "order_history",
    "shipment",
    "batch",
    "batch_line",
    "invoice",
    "invoice_line",
    "outbox",
    "outbox_number",
    "counter",
    "change",
    "work",
    "lease",
)


class Ledger:
    """All rows of all tables that matter, in one consistent picture."""

    def __init__(self, connection: Connection) -> None:
        self._rows = {name: _rows(connection, name) for name in TABLES}
        self.orders = {row["id"]: row["po_no"] for row in self._rows["order_key"]}

    def __getitem__(self, table: str) -> Rows:
        return self._rows[table]

    def by(self, table: str, *columns: str) -> dict[Any, list[Mapping[str, Any]]]:
        """The rows of a table by the value of a column, or the values of several."""
        found: defaultdict[Any, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self._rows[table]:
            key = tuple(row[column] for column in columns)
            found[key if len(key) > 1 else key[0]].append(row)
        return found


@contextmanager
def connected(world: World) -> Iterator[Connection]:
    """A connection of our own to the database of a world."""
    engine = create_engine(world.url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def read(world: World) -> Ledger:
    """The ledger as it stands."""
    with connected(world) as connection:
        if not world.is_sqlite:
            connection.execute(text("set transaction isolation level repeatable read"))
        return Ledger(connection)


def issues(row: Mapping[str, Any], column: str) -> list[dict[str, Any]]:
    """The issues of a message or receipt, as either database keeps them."""
    found = row[column]
    return list(json.loads(found) if isinstance(found, str) else found or [])


def name(row: Mapping[str, Any]) -> str:
    """The file name of a message or an item."""
    return bytes(row["file_name"]).decode()


def _rows(connection: Connection, table: str) -> Rows:
    return [dict(row) for row in connection.execute(text(f"select * from {table}")).mappings()]
