"""The mark of what somebody looks at: a word that is another one once it has changed."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from gateway.desk.orders import missing
from gateway.desk.scoping import within
from gateway.domain.access import Scope
from gateway.store import Store, loads
from gateway.store.queries import OrderRow, OrderSearch, find_order, mark_of_order, mark_of_orders

LENGTH = 16


def order_mark(store: Store, number: str, *, organization: str, scope: Scope) -> str:
    """Of one order with its history and invoices."""
    with store.reading() as connection:
        order_id = find_order(connection, number, org=organization)
        order = loads.orders(connection, [order_id]).get(order_id) if order_id is not None else None
        if order is None or not scope.covers(order.vendor):
            raise missing(number)
        return _word(mark_of_order(connection, order.id))


def orders_mark(store: Store, search: OrderSearch, *, scope: Scope, before: int | None = None, most: int = 50) -> str:
    """Of a page of a list of orders."""
    with store.reading() as connection:
        return _word(mark_of_orders(connection, within(scope, search), before=before, most=most))


def mark_of_rows(rows: Iterable[OrderRow]) -> str:
    """The same of rows that were read already: exactly of what is shown."""
    return _word(tuple(number for row in rows for number in (row.id, row.version)))


def mark_of(shown: object) -> str:
    """Of whatever a page shows, to the last sign of it."""
    return sha256(msgspec.json.encode(shown)).hexdigest()[:LENGTH]


def _word(numbers: tuple[int, ...]) -> str:
    return sha256(repr(numbers).encode()).hexdigest()[:LENGTH]
