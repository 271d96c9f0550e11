"""Batches as people look at them: which were sent to whom, with what in them, and how far they have come."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from gateway.desk.outbox import ItemRef, item_ref
from gateway.desk.pages import Page, page_of
from gateway.desk.scoping import within
from gateway.domain.access import Scope
from gateway.domain.outcome import BatchState
from gateway.kernel.errors import NotFound
from gateway.store import Store
from gateway.store.queries import BatchRow, BatchSearch, batch_view, count_batches, list_batches
from gateway.store.queries.counting import ENOUGH


class BatchLineSheet(Struct, frozen=True, kw_only=True):
    """One line of a batch; live while it is the line's current slip."""

    order_number: str
    line: int
    quantity: int
    live: bool


class BatchSheet(Struct, frozen=True, kw_only=True):
    """One batch with its lines and its file."""

    number: int
    vendor: str
    channel: str
    state: BatchState
    made_at: datetime
    acknowledged_at: datetime | None
    replaces: int | None
    orders: int
    quantity: int
    lines: tuple[BatchLineSheet, ...]
    item: ItemRef | None


def search_batches(
    store: Store, search: BatchSearch, *, scope: Scope, before: int | None = None, most: int = 50, upto: int = ENOUGH
) -> Page[BatchRow]:
    """Batches, newest first."""
    search = within(scope, search)
    with store.reading() as connection:
        rows = list_batches(connection, search, before=before, most=most)
        return page_of(rows, most, lambda: count_batches(connection, search, before=before, most=upto))


def show_batch(store: Store, number: int, *, scope: Scope) -> BatchSheet:
    """The batch of that number; NotFound also for one beyond the scope."""
    with store.reading() as connection:
        found = batch_view(connection, number)
    if found is None or not scope.covers(found.batch.vendor):
        raise NotFound(f"there is no batch {number}", remedy="See which there are: gateway batch list")
    it = found.batch
    return BatchSheet(
        number=it.number,
        vendor=it.vendor,
        channel=it.channel,
        state=it.state,
        made_at=it.made_at,
        acknowledged_at=it.acknowledged_at,
        replaces=it.replaces,
        orders=it.orders,
        quantity=it.quantity,
        lines=tuple(
            BatchLineSheet(order_number=line.order_number, line=line.line_no, quantity=line.quantity, live=line.live)
            for line in found.lines
        ),
        item=None if found.item is None else item_ref(found.item),
    )
