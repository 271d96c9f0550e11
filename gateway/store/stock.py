"""What vendors have, item by item: the newest word stays, whichever file is booked last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.domain.origin import Origin
from gateway.domain.outcome import StockLevel, StockTold
from gateway.store.dialects import fetch_rows
from gateway.store.session import Tx
from gateway.store.tables import stock

_LEVEL = ("vendor", "item", "available", "as_of", "next_quantity", "next_on", "status")


class StockSearch(Struct, frozen=True, kw_only=True):
    """What to look for."""

    vendor: str | None = None
    item: str | None = None
    """The item begins like this."""
    below: int | None = None
    """Less than so many are there."""


class StockRow(Struct, frozen=True, kw_only=True):
    """What a vendor has of an item, and which file said so."""

    vendor: str
    item: str
    available: int
    as_of: datetime
    next_quantity: int | None
    next_on: object
    status: str
    message_id: int | None


class StockEffects:
    """Collects what vendors say."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._rows: dict[tuple[str, str], dict[str, object]] = {}

    def told(self, change: StockTold, origin: Origin) -> None:
        """The last word in a transaction about an item counts; the rule has left out what is older."""
        for level in change.levels:
            values = {name: getattr(level, name) for name in _LEVEL}
            self._rows[level.vendor, level.item] = {**values, "message_id": origin.message_id, "place": origin.place}

    def write(self) -> None:
        """All of it, in the order of the keys; a row that became newer meanwhile stays."""
        if not self._rows:
            return
        insert = insert_sqlite(stock) if self._tx.is_sqlite else insert_postgresql(stock)
        new = {name: insert.excluded[name] for name in (*_LEVEL[2:], "message_id", "place")}
        upsert = insert.on_conflict_do_update(index_elements=["vendor", "item"], set_=new, where=stock.c.as_of <= insert.excluded.as_of)
        self._tx.connection.execute(upsert, [self._rows[key] for key in sorted(self._rows)])


def levels(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StockLevel]:
    """What is known of these items of these vendors."""
    rows = fetch_rows(connection, stock, ("vendor", "item"), keys, _LEVEL)
    return {(row.vendor, row.item): StockLevel(**{name: getattr(row, name) for name in _LEVEL}) for row in rows}


def list_stock(connection: Connection, search: StockSearch, *, after: tuple[str, str] = ("", ""), most: int = 50) -> list[StockRow]:
    """Stock by vendor and item; `after` is where the last page ended."""
    chosen = select(*(stock.c[name] for name in (*_LEVEL, "message_id")))
    if search.vendor is not None:
        chosen = chosen.where(stock.c.vendor == search.vendor)
    if search.item:
        chosen = chosen.where(stock.c.item.startswith(search.item, autoescape=True))
    if search.below is not None:
        chosen = chosen.where(stock.c.available < search.below)
    vendor, item = after
    beyond = (stock.c.vendor > vendor) | ((stock.c.vendor == vendor) & (stock.c.item > item))
    rows = connection.execute(chosen.where(beyond).order_by(stock.c.vendor, stock.c.item).limit(most)).all()
    return [StockRow(**row._asdict()) for row in rows]
