"""One search for everything: whatever key somebody has at hand, found among orders, invoices, batches, received and outgoing files.

What is found exactly stands apart from what only begins so; each kind is looked through only for who may see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection

from gateway.desk.scoping import within
from gateway.domain.access import Authority, Scope
from gateway.store import Store, messages, outbox
from gateway.store.queries import (
    BatchSearch,
    InvoiceSearch,
    OrderRow,
    OrderSearch,
    list_batches,
    list_invoices,
    list_messages,
    list_orders,
    shipments_of,
)
from gateway.transports import shown, unshown

MOST = 10
"""Hits of a kind."""
LONGEST = 200
"""Characters that are looked for."""
SHORTEST = 4
"""A tracking number is looked for from so many characters on."""
HIGHEST = 2**63 - 1


class HitKind(StrEnum):
    """What was found, by the words of its list."""

    ORDER = "orders"
    INVOICE = "invoices"
    BATCH = "batches"
    MESSAGE = "messages"
    ITEM = "outbox"

    @property
    def heading(self) -> str:
        """For people."""
        return {"orders": "Purchase orders", "messages": "Received files", "outbox": "Outgoing files"}.get(self.value, self.value.title())


class Hit(Struct, frozen=True, kw_only=True):
    """One thing that was found; `id` names it among its kind, `of` its vendor where an id alone is not clear."""

    kind: HitKind
    id: str
    told: str
    is_exact: bool
    of: str = ""


def find(store: Store, key: str, may: frozenset[Authority], *, scope: Scope) -> tuple[Hit, ...]:
    """What this key names, the exact hits first."""
    asked = key.strip()
    if not asked:
        return ()
    with store.reading() as connection:
        return tuple(sorted(_found(connection, asked, may, scope), key=lambda it: not it.is_exact))


def _found(connection: Connection, asked: str, may: frozenset[Authority], scope: Scope) -> Iterator[Hit]:
    number = int(asked) if asked.isascii() and asked.isdigit() and int(asked) <= HIGHEST else None
    if Authority.ORDERS in may:
        yield from _orders(connection, asked, scope)
        if number is not None:
            yield from _batches(connection, number, scope)
    if Authority.INVOICES in may:
        yield from _invoices(connection, asked, scope)
    if Authority.FILES in may:
        yield from _messages(connection, asked, number, scope)
        if number is not None:
            yield from _item(connection, number, scope)


def _orders(connection: Connection, asked: str, scope: Scope) -> Iterator[Hit]:
    seen: set[int] = set()
    for search in (OrderSearch(number=asked), OrderSearch(sales_order=asked)):
        for it in list_orders(connection, within(scope, search), most=MOST):
            if it.id not in seen:
                seen.add(it.id)
                yield _order(it, is_exact=asked.upper() in {it.number, it.sales_order.upper()})
    for it in list_orders(connection, within(scope, OrderSearch(tracking=asked)), most=MOST) if len(asked) >= SHORTEST else ():
        if it.id not in seen:
            shipped = (number.upper() for row in shipments_of(connection, it.id) for number in row.tracking)
            yield _order(it, is_exact=asked.upper() in shipped)


def _order(it: OrderRow, *, is_exact: bool) -> Hit:
    told = f"{it.number}, sales order {it.sales_order}" + (f", {it.status.value}" if it.status else "")
    return Hit(kind=HitKind.ORDER, id=it.number, told=told, is_exact=is_exact)


def _batches(connection: Connection, number: int, scope: Scope) -> Iterator[Hit]:
    for it in list_batches(connection, within(scope, BatchSearch(number=number)), most=MOST):
        yield Hit(kind=HitKind.BATCH, id=str(it.number), told=f"batch {it.number}, {it.state.value}", is_exact=True)


def _invoices(connection: Connection, asked: str, scope: Scope) -> Iterator[Hit]:
    for it in list_invoices(connection, within(scope, InvoiceSearch(number=asked)), most=MOST):
        told = f"{it.number}, {it.state.value}"
        yield Hit(kind=HitKind.INVOICE, id=it.number, of=it.vendor, told=told, is_exact=it.number.upper() == asked.upper())


def _messages(connection: Connection, asked: str, number: int | None, scope: Scope) -> Iterator[Hit]:
    one = None if number is None else messages.get(connection, number)
    if one is not None and scope.covers_files_of(one.connector):
        yield Hit(kind=HitKind.MESSAGE, id=str(one.id), told=f"message {one.id}, {shown(one.file_name)}, {one.state.value}", is_exact=True)
    for it in list_messages(connection, connectors=scope.connectors, name=unshown(asked), most=MOST):
        told = f"{shown(it.file_name)} from {it.connector}, {it.state.value}"
        yield Hit(kind=HitKind.MESSAGE, id=str(it.id), told=told, is_exact=shown(it.file_name) == asked)


def _item(connection: Connection, number: int, scope: Scope) -> Iterator[Hit]:
    it = outbox.get(connection, number)
    if it is not None and scope.covers_files_of(it.connector):
        told = f"outgoing file {it.id}, {shown(it.file_name)}, {it.state.value}"
        yield Hit(kind=HitKind.ITEM, id=str(it.id), told=told, is_exact=True)
