"""Batches sent to vendors, with their orders and their file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, select

from gateway.domain.outcome import BatchState
from gateway.store import outbox
from gateway.store.outbox import Item
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


def list_batches(
    connection: Connection,
    *,
    vendor: str | None = None,
    states: Iterable[BatchState] = BatchState,
    before: int | None = None,
    number: int | None = None,
    most: int = 50,
) -> list[BatchRow]:
    """Batches, newest first; `before` is the number where the last page ended."""
    orders = func.count(batch_line.c.order_id.distinct())
    counts = (
        orders.label("orders"),
        func.count(batch_line.c.line_no).label("lines"),
        func.coalesce(func.sum(batch_line.c.quantity), 0).label("quantity"),
    )
    chosen = select(batch, *counts).outerjoin(batch_line, batch_line.c.batch_number == batch.c.number).group_by(*batch.c)
    chosen = chosen.where(batch.c.state.in_([state.value for state in states]))
    for given, condition in ((vendor, batch.c.vendor == vendor), (number, batch.c.number == number)):
        if given is not None:
            chosen = chosen.where(condition)
    if before is not None:
        chosen = chosen.where(batch.c.number < before)
    return [
        BatchRow(
            number=row.number,
            channel=row.channel,
            vendor=row.vendor,
            state=BatchState(row.state),
            orders=row.orders,
            lines=row.lines,
            quantity=row.quantity,
            made_at=row.made_at,
            acknowledged_at=row.acknowledged_at,
            replaces=row.replaces,
            item_id=row.item_id,
        )
        for row in connection.execute(chosen.order_by(batch.c.number.desc()).limit(most))
    ]


def batch_view(connection: Connection, number: int) -> BatchView | None:
    """One batch with its lines and its file."""
    found = list_batches(connection, number=number)
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
