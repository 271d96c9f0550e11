"""Outgoing items with their attempts, numbers and events, and why one waits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, func, select, true

from gateway.store import events, outbox
from gateway.store.outbox import Ack, Item, ItemState
from gateway.store.queries.counting import count
from gateway.store.queries.names import begins_so
from gateway.store.queries.queue import WorkRow, list_work
from gateway.store.tables import message, outbox_attempt, outbox_number, work
from gateway.store.tables import outbox as items
from gateway.store.work import Kind


class AttemptRow(Struct, frozen=True, kw_only=True, gc=False):
    """One try to deliver, counted from 1."""

    number: int
    round: int
    fence: int
    run: str
    started_at: datetime
    ended_at: datetime | None
    result: str | None
    words: str | None


class ItemView(Struct, frozen=True, kw_only=True):
    """One item as `outbox show` tells it; `work` says when the next try is due and what the last one met."""

    item: Item
    numbers: dict[str, tuple[int, ...]]
    attempts: tuple[AttemptRow, ...]
    events: tuple[events.Event, ...]
    work: WorkRow | None


def list_items(
    connection: Connection,
    *,
    connectors: Iterable[str] | None = None,
    channel: str | None = None,
    kind: str | None = None,
    states: Iterable[ItemState] = ItemState,
    acks: Iterable[Ack] = Ack,
    name: bytes | None = None,
    before: int | None = None,
    most: int = 50,
) -> list[Item]:
    """Outgoing items, newest first; a name is found by its beginning, `before` is the id where the last page ended."""
    chosen = _chosen(connectors, channel, kind, states, acks, name, before).order_by(items.c.id.desc()).limit(most)
    rows = connection.execute(select(items).where(items.c.id.in_(chosen)))
    return sorted((outbox.of_row(row) for row in rows), key=lambda found: found.id, reverse=True)


def was_ever_used(connection: Connection, connector: str, channel: str | None = None) -> bool:
    """Whether a file was ever received from or made for this connector, or this channel of it."""
    for table in (items, message):
        of = (table.c.connector == connector) & (table.c.channel == channel if channel else true())
        if connection.execute(select(table.c.id).where(of).limit(1)).first():
            return True
    return False


def count_items(
    connection: Connection,
    *,
    connectors: Iterable[str] | None = None,
    channel: str | None = None,
    kind: str | None = None,
    states: Iterable[ItemState] = ItemState,
    acks: Iterable[Ack] = Ack,
    name: bytes | None = None,
    before: int | None = None,
    most: int | None = None,
) -> int:
    """How many outgoing items there are of that kind."""
    return count(connection, _chosen(connectors, channel, kind, states, acks, name, before), most=most)


def oldest_items(
    connection: Connection,
    *,
    connectors: Iterable[str] | None = None,
    channel: str | None = None,
    kind: str | None = None,
    states: Iterable[ItemState] = ItemState,
    acks: Iterable[Ack] = Ack,
    name: bytes | None = None,
    most: int,
) -> list[int]:
    """The ids of the oldest items of that kind."""
    chosen = _chosen(connectors, channel, kind, states, acks, name, None).order_by(items.c.id).limit(most)
    return list(connection.execute(chosen).scalars())


def next_tries(connection: Connection, ids: Iterable[int]) -> dict[int, WorkRow]:
    """What is still to be done with these items, by item."""
    return {row.subject: row for row in list_work(connection, kinds=[Kind.DELIVER], subjects=list(ids))}


def behind(connection: Connection, rows: Collection[WorkRow]) -> dict[int, int]:
    """The items that wait for their turn in a lane, with the item that stands first there."""
    lanes = sorted({row.lane for row in rows if row.lane is not None})
    first = select(work.c.lane, func.min(work.c.id).label("id")).where(work.c.lane.in_(lanes)).group_by(work.c.lane).subquery()
    heads = {
        row.lane: row for row in connection.execute(select(work.c.lane, work.c.id, work.c.subject).join(first, first.c.id == work.c.id))
    }
    return {row.subject: heads[row.lane].subject for row in rows if row.lane in heads and heads[row.lane].id != row.id}


def attempts_made(connection: Connection, ids: Iterable[int]) -> dict[int, int]:
    """How often delivery of these items was tried, by item."""
    chosen = select(outbox_attempt.c.item_id, func.count()).where(outbox_attempt.c.item_id.in_(sorted(ids)))
    return {row[0]: row[1] for row in connection.execute(chosen.group_by(outbox_attempt.c.item_id))}


def item_view(connection: Connection, item_id: int) -> ItemView | None:
    """One item with everything that happened to it."""
    found = outbox.get(connection, item_id)
    if found is None:
        return None
    attempts = select(outbox_attempt).where(outbox_attempt.c.item_id == item_id).order_by(outbox_attempt.c.fence)
    due = list_work(connection, kinds=[Kind.DELIVER], subjects=[item_id])
    return ItemView(
        item=found,
        numbers=_numbers(connection, item_id),
        attempts=tuple(_attempt(number, row) for number, row in enumerate(connection.execute(attempts), start=1)),
        events=tuple(events.item_events(connection, item_id)),
        work=due[0] if due else None,
    )


def _numbers(connection: Connection, item_id: int) -> dict[str, tuple[int, ...]]:
    """The numbers the item carries, by counter."""
    chosen = select(outbox_number).where(outbox_number.c.item_id == item_id).order_by(outbox_number.c.counter, outbox_number.c.number)
    found: dict[str, tuple[int, ...]] = {}
    for row in connection.execute(chosen):
        found[row.counter] = (*found.get(row.counter, ()), row.number)
    return found


def _attempt(number: int, row: Row[Any]) -> AttemptRow:
    return AttemptRow(
        number=number,
        round=row.round,
        fence=row.fence,
        run=row.run,
        started_at=row.started_at,
        ended_at=row.ended_at,
        result=row.result,
        words=row.words,
    )


def _chosen(  # noqa: PLR0917 (what people look for)
    connectors: Iterable[str] | None,
    channel: str | None,
    kind: str | None,
    states: Iterable[ItemState],
    acks: Iterable[Ack],
    name: bytes | None,
    before: int | None,
) -> Select[int]:
    """The ids of the items that are asked for."""
    chosen = select(items.c.id).where(items.c.state.in_([state.value for state in states]), items.c.ack.in_([ack.value for ack in acks]))
    if connectors is not None:
        chosen = chosen.where(items.c.connector.in_(sorted(connectors)))
    for value, column in ((channel, items.c.channel), (kind, items.c.kind)):
        if value is not None:
            chosen = chosen.where(column == value)
    if name is not None:
        chosen = chosen.where(*begins_so(items.c.file_name, name))
    return chosen if before is None else chosen.where(items.c.id < before)
