"""The outbox by partner: how much waits, why the first of it does, until when, for whom it is held, and how many orders hang on it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from gateway.desk.outbox import show_item
from gateway.domain.access import EVERYTHING
from gateway.store import Store
from gateway.store.outbox import ItemState
from gateway.store.queries.lanes import LaneRow, batch_in, lanes, orders_on
from gateway.store.queries.queue import list_work
from gateway.store.work import Kind


class First(Struct, frozen=True, kw_only=True):
    """The file that has waited longest, in a word."""

    id: int
    file: str
    state: ItemState
    why: str
    next_try_at: datetime | None
    give_up_at: datetime | None
    holder: str | None


class LaneSheet(Struct, frozen=True, kw_only=True):
    """One partner: what it is still to get, and to say."""

    connector: str
    waiting: int
    asked: int
    oldest_at: datetime | None
    first: First | None
    orders: int
    """Purchase orders in the batches among them."""
    awaited: int
    overdue: int


class Hanging(Struct, frozen=True):
    """What hangs on one outgoing file: who delivers it just now, and how many orders it tells of."""

    holder: str | None
    orders: int


def all_lanes(store: Store) -> tuple[LaneSheet, ...]:
    """The partners for which something waits, or of which something is awaited; for people of the retailer."""
    with store.reading() as connection:
        found = lanes(connection)
        orders = {it.connector: orders_on(connection, it.batches) if it.batches else 0 for it in found}
    return tuple(_sheet(store, it, orders[it.connector]) for it in found)


def hanging_on(store: Store, item_id: int, cause: str) -> Hanging:
    """The same of one file; `cause` is what it was made for."""
    batch = batch_in(cause)
    with store.reading() as connection:
        work = list_work(connection, kinds=[Kind.DELIVER], subjects=[item_id])
        return Hanging(work[0].holder if work else None, 0 if batch is None else orders_on(connection, [batch]))


def _sheet(store: Store, row: LaneRow, orders: int) -> LaneSheet:
    return LaneSheet(
        connector=row.connector,
        waiting=row.waiting,
        asked=row.asked,
        oldest_at=row.oldest_at,
        first=None if row.first is None else _first(store, row.first),
        orders=orders,
        awaited=row.awaited,
        overdue=row.overdue,
    )


def _first(store: Store, item_id: int) -> First:
    it = show_item(store, item_id, scope=EVERYTHING)
    return First(
        id=it.id,
        file=it.file,
        state=it.state,
        why=it.why,
        next_try_at=it.next_try_at,
        give_up_at=it.give_up_at,
        holder=hanging_on(store, item_id, it.cause).holder,
    )
