"""Batches sent to vendors, with their orders and their file."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, Select, func, select

from gateway.domain.outcome import BatchState
from gateway.store import outbox
from gateway.store.outbox import Item
from gateway.store.queries.counting import count
from gateway.store.tables import batch, batch_line, order_key


class BatchRow(Struct, frozen=True, kw_only=True, gc=False):
    """One batch in a list; the counts include lines that have left it."""

    number: int
    channel: str
    vendor: str
    state: BatchState
    orders: int
    lines: int
    quantity: int
    made_at: datetime
    acknowledged_at: datetime | None
    replaces: int | None
    item_id: int | None


class BatchLineRow(Struct, frozen=True, gc=False):
    """One line of a batch; live while it is the line's current slip."""

    order_number: str
    line_no: int
    quantity: int
    live: bool


class BatchView(Struct, frozen=True, kw_only=True):
    """One batch as `batch show` tells it."""

    batch: BatchRow
    lines: tuple[BatchLineRow, ...]
    item: Item | None


class BatchSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter."""

    vendor: str | None = None
    channel: str | None = None
    """The whole name, connector/channel."""
    states: tuple[BatchState, ...] = tuple(BatchState)
    number: int | None = None
    order_id: int | None = None
    made_from: datetime | None = None
    made_before: datetime | None = None


EVERY_BATCH = BatchSearch()


def list_batches(connection: Connection, search: BatchSearch = EVERY_BATCH, *, before: int | None = None, most: int = 50) -> list[BatchRow]:
    """Batches, newest first; `before` is the number where the last page ended."""
    counts = (
        func.count(batch_line.c.order_id.distinct()).label("orders"),
        func.count(batch_line.c.line_no).label("lines"),
        func.coalesce(func.sum(batch_line.c.quantity), 0).label("quantity"),
    )
    wanted = _chosen(search, before).order_by(batch.c.number.desc()).limit(most).subquery()
    chosen = (
        select(batch, *counts)
        .join(wanted, wanted.c.number == batch.c.number)
        .outerjoin(batch_line, batch_line.c.batch_number == batch.c.number)
        .group_by(*batch.c)
        .order_by(batch.c.number.desc())
    )
    return [
        BatchRow(
            number=row.number,
            channel=row.channel,
            vendor=row.vendor,
            state=BatchState(row.state),
            orders=row.orders,
            lines=row.lines,
            quantity=int(row.quantity),
            made_at=row.made_at,
            acknowledged_at=row.acknowledged_at,
            replaces=row.replaces,
            item_id=row.item_id,
        )
        for row in connection.execute(chosen)
    ]


def count_batches(connection: Connection, search: BatchSearch = EVERY_BATCH, *, before: int | None = None, most: int | None = None) -> int:
    """How many batches the search finds."""
    return count(connection, _chosen(search, before), most=most)


def batch_view(connection: Connection, number: int) -> BatchView | None:
    """One batch with its lines and its file."""
    found = list_batches(connection, BatchSearch(number=number))
    if not found:
        return None
    chosen = (
        select(order_key.c.po_no, batch_line.c.line_no, batch_line.c.quantity, batch_line.c.live)
        .join(order_key, order_key.c.id == batch_line.c.order_id)
        .where(batch_line.c.batch_number == number)
        .order_by(order_key.c.po_no, batch_line.c.line_no)
    )
    lines = tuple(BatchLineRow(row.po_no, row.line_no, row.quantity, row.live) for row in connection.execute(chosen))
    item_id = found[0].item_id
    return BatchView(batch=found[0], lines=lines, item=None if item_id is None else outbox.get(connection, item_id))


def _chosen(search: BatchSearch, before: int | None) -> Select[int]:
    """The numbers of the batches that the search finds."""
    chosen = select(batch.c.number).where(batch.c.state.in_([state.value for state in search.states]))
    exact = ((search.vendor, batch.c.vendor), (search.channel, batch.c.channel), (search.number, batch.c.number))
    for value, column in exact:
        if value is not None:
            chosen = chosen.where(column == value)
    if search.order_id is not None:
        chosen = chosen.where(batch.c.number.in_(select(batch_line.c.batch_number).where(batch_line.c.order_id == search.order_id)))
    if search.made_from is not None:
        chosen = chosen.where(batch.c.made_at >= search.made_from)
    if search.made_before is not None:
        chosen = chosen.where(batch.c.made_at < search.made_before)
    return chosen if before is None else chosen.where(batch.c.number < before)
