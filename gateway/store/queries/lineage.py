"""What belongs together from a received file to the acknowledgement of what was sent for it; looked at from any of its parts.

Of many orders the first ones are followed: a page of links, not a report. Not for: who may see which part.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, func, select

from gateway.domain.order import LineStatus
from gateway.domain.outcome import BatchState, Verdict
from gateway.store import answers
from gateway.store.messages import MessageState
from gateway.store.outbox import Ack, ItemState
from gateway.store.tables import batch, batch_line, message, message_event, order_key, order_line, outbox, receipt

MOST = 200
"""So many orders are followed."""


class Part(StrEnum):
    """Where somebody begins to look."""

    MESSAGE = "message"
    ORDER = "order"
    BATCH = "batch"
    ITEM = "item"


class FilePart(Struct, frozen=True):
    """A received file."""

    id: int
    connector: str
    file: bytes
    state: MessageState


class OrderPart(Struct, frozen=True):
    """An order with how many of its lines are in which status."""

    id: int
    number: str
    vendor: str
    lines: dict[LineStatus, int]


class BatchPart(Struct, frozen=True):
    """A batch."""

    number: int
    vendor: str
    state: BatchState


class ItemPart(Struct, frozen=True):
    """An outgoing file, and what its partner has said of it."""

    id: int
    connector: str
    file: bytes
    kind: str
    state: ItemState
    ack: Ack


class Lineage(Struct, frozen=True, kw_only=True):
    """Everything that belongs together; `more` when there are more orders than were followed."""

    files: tuple[FilePart, ...] = ()
    documents: dict[Verdict, int] = {}
    orders: tuple[OrderPart, ...] = ()
    batches: tuple[BatchPart, ...] = ()
    items: tuple[ItemPart, ...] = ()
    more: bool = False


def lineage_of(connection: Connection, part: Part, number: int) -> Lineage:
    """What belongs to the message, order, batch or outgoing file of this id."""
    match part:
        case Part.MESSAGE:
            return _of_message(connection, number)
        case Part.ORDER:
            documents = receipt.c.order_id == number
            return _around(connection, [number], documents, _last(connection, [number]))
        case Part.BATCH:
            return _of_batch(connection, number)
        case Part.ITEM:
            return _of_item(connection, number)


def _of_message(connection: Connection, message_id: int) -> Lineage:
    mine = receipt.c.message_id == message_id
    orders = _ids(connection, select(receipt.c.order_id).distinct().where(mine, receipt.c.order_id.is_not(None)).limit(MOST + 1))
    answered = select(message_event.c.detail).where(message_event.c.message_id == message_id, message_event.c.event == answers.ANSWERED)
    items = [detail["item"] for detail in connection.execute(answered).scalars() if detail and detail.get("item")]
    return _around(connection, orders, mine, _last(connection, orders), files=[message_id], items=items)


def _of_batch(connection: Connection, number: int) -> Lineage:
    chosen = select(batch_line.c.order_id).distinct().where(batch_line.c.batch_number == number).limit(MOST + 1)
    orders = _ids(connection, chosen)
    return _around(connection, orders, (receipt.c.order_id.in_(orders[:MOST])) & (receipt.c.kind == "order"), [number])


def _of_item(connection: Connection, item_id: int) -> Lineage:
    told = connection.execute(select(batch.c.number).where(batch.c.item_id == item_id)).scalars().first()
    if told is not None:
        return _of_batch(connection, told)
    prefix, _, rest = (connection.execute(select(outbox.c.idem).where(outbox.c.id == item_id)).scalar_one_or_none() or "").partition(":")
    first = rest.partition(":")[0]
    if prefix in {"answer", "refused", "acknowledgement"} and first.isdigit():
        found = _of_message(connection, int(first))
        if any(it.id == item_id for it in found.items):
            return found
        return _with_item(connection, found, item_id)
    return _around(connection, [], None, [], items=[item_id])


def _with_item(connection: Connection, found: Lineage, item_id: int) -> Lineage:
    return Lineage(
        files=found.files,
        documents=found.documents,
        orders=found.orders,
        batches=found.batches,
        items=(*found.items, *_items(connection, [item_id])),
        more=found.more,
    )


def _around(
    connection: Connection,
    orders: Sequence[int],
    documents: ColumnElement[bool] | None,
    batches: Collection[int],
    *,
    files: Collection[int] | None = None,
    items: Collection[int] = (),
) -> Lineage:
    """The rest of what belongs to these orders; the documents are those by this condition."""
    followed = list(orders[:MOST])
    counted: dict[Verdict, int] = {}
    if documents is not None:
        tally = select(receipt.c.verdict, func.count()).where(documents).group_by(receipt.c.verdict)
        counted = {Verdict(verdict): count for verdict, count in connection.execute(tally)}
        if files is None:
            files = _ids(connection, select(receipt.c.message_id).distinct().where(documents).limit(MOST))
    told = _batches(connection, batches)
    sent = [it.item_id for it in told if it.item_id is not None]
    return Lineage(
        files=_files(connection, files or ()),
        documents=counted,
        orders=_orders(connection, followed),
        batches=tuple(BatchPart(it.number, it.vendor, BatchState(it.state)) for it in told),
        items=_items(connection, [*sent, *items]),
        more=len(orders) > MOST,
    )


def _last(connection: Connection, orders: Sequence[int]) -> list[int]:
    """The batches that lines of these orders were in last."""
    c = order_line.c
    chosen = select(c.batch_number).distinct().where(c.order_id.in_(orders[:MOST]), c.batch_number.is_not(None))
    return _ids(connection, chosen)


def _files(connection: Connection, ids: Collection[int]) -> tuple[FilePart, ...]:
    c = message.c
    chosen = select(c.id, c.connector, c.file_name, c.state).where(c.id.in_(ids)).order_by(c.id)
    return tuple(FilePart(row.id, row.connector, row.file_name, MessageState(row.state)) for row in connection.execute(chosen))


def _orders(connection: Connection, ids: Collection[int]) -> tuple[OrderPart, ...]:
    lines = order_line.c
    chosen = (
        select(order_key.c.id, order_key.c.po_no, lines.vendor, lines.status, func.count())
        .join(order_line, lines.order_id == order_key.c.id)
        .where(order_key.c.id.in_(ids))
        .group_by(order_key.c.id, order_key.c.po_no, lines.vendor, lines.status)
        .order_by(order_key.c.id)
    )
    found: dict[int, OrderPart] = {}
    for order_id, number, vendor, status, count in connection.execute(chosen):
        one = found.setdefault(order_id, OrderPart(order_id, number, vendor, {}))
        if status is not None:
            one.lines[LineStatus(status)] = count
    return tuple(found.values())


def _batches(connection: Connection, numbers: Collection[int]) -> Sequence[Any]:
    c = batch.c
    return connection.execute(select(c.number, c.vendor, c.state, c.item_id).where(c.number.in_(numbers)).order_by(c.number)).all()


def _items(connection: Connection, ids: Collection[int]) -> tuple[ItemPart, ...]:
    c = outbox.c
    chosen = select(c.id, c.connector, c.file_name, c.kind, c.state, c.ack).where(c.id.in_(ids)).order_by(c.id)
    return tuple(
        ItemPart(row.id, row.connector, row.file_name, row.kind, ItemState(row.state), Ack(row.ack)) for row in connection.execute(chosen)
    )


def _ids(connection: Connection, chosen: Select[Any]) -> list[int]:
    return sorted(connection.execute(chosen).scalars())
