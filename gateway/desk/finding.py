"""One search for everything: whatever key somebody has at hand, found among orders, invoices, batches, received and outgoing files.

Files are found by their number, their name, and the control numbers of the interchanges, groups and sets in them.

What is found exactly stands apart from what only begins so; each kind is looked through only for who may see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection

from gateway.desk.scoping import within
from gateway.domain.access import Authority, Scope
from gateway.store import Store, messages, outbox
from gateway.store.messages import Message
from gateway.store.outbox import Item
from gateway.store.queries import (
    BatchSearch,
    InvoiceSearch,
    OrderRow,
    OrderSearch,
    items_with,
    list_batches,
    list_invoices,
    list_items,
    list_messages,
    list_orders,
    messages_with,
    shipments_of,
)
from gateway.transports import shown, unshown

MOST = 10
"""Hits of a kind."""
LONGEST = 200
"""Characters that are looked for."""
SHORTEST = 4
"""A tracking number, and the number of a group or set, is looked for from so many characters on: `0074` and not `74`."""
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
        yield from _once(_messages(connection, asked, number, scope))
        yield from _once(_items(connection, asked, number, scope))


def _once(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Each file by the first way in which it was found."""
    seen: set[str] = set()
    for it in hits:
        if it.id not in seen:
            seen.add(it.id)
            yield it


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
        yield _message(one, f"message {one.id}, {shown(one.file_name)}", is_exact=True)
    for it in list_messages(connection, connectors=scope.connectors, name=unshown(asked), most=MOST):
        yield _message(it, f"{shown(it.file_name)} from {it.connector}", is_exact=shown(it.file_name) == asked)
    carried = messages_with(connection, asked, levels=_levels(asked), connectors=scope.connectors, most=MOST)
    found = messages.some(connection, [it.id for it in carried])
    for some in carried:
        it = found[some.id]
        told = f"{some.level} {asked} in {shown(it.file_name)} from {it.connector}"
        yield _message(it, told, is_exact=len(asked) >= SHORTEST)


def _message(it: Message, told: str, *, is_exact: bool) -> Hit:
    return Hit(kind=HitKind.MESSAGE, id=str(it.id), told=f"{told}, {it.state.value}", is_exact=is_exact)


def _items(connection: Connection, asked: str, number: int | None, scope: Scope) -> Iterator[Hit]:
    one = None if number is None else outbox.get(connection, number)
    if one is not None and scope.covers_files_of(one.connector):
        yield _item(one, f"outgoing file {one.id}, {shown(one.file_name)}", is_exact=True)
    for it in list_items(connection, connectors=scope.connectors, name=unshown(asked), most=MOST):
        yield _item(it, f"{shown(it.file_name)} to {it.connector}", is_exact=shown(it.file_name) == asked)
    for it, level in items_with(connection, asked, levels=_levels(asked), connectors=scope.connectors, most=MOST):
        yield _item(it, f"{level} {asked} in {shown(it.file_name)} to {it.connector}", is_exact=len(asked) >= SHORTEST)


def _item(it: Item, told: str, *, is_exact: bool) -> Hit:
    return Hit(kind=HitKind.ITEM, id=str(it.id), told=f"{told}, {it.state.value}", is_exact=is_exact)


def _levels(asked: str) -> tuple[str, ...]:
    """Which numbers are looked for: those of groups and sets are in nearly every file as long as they are short."""
    return ("interchange", "group", "set") if len(asked) >= SHORTEST else ("interchange",)
