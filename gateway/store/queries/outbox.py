"""Outgoing items with their attempts, numbers and events, and why one waits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from gateway.store import events, outbox
from gateway.store.outbox import Ack, Item, ItemState
from gateway.store.queries.queue import WorkRow, list_work
from gateway.store.tables import outbox as items
from gateway.store.tables import outbox_attempt, outbox_number
from gateway.store.work import Kind


class AttemptRow(Struct, frozen=True, kw_only=True, gc=False):
    """One try to deliver."""

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
    connector: str | None = None,
    states: Iterable[ItemState] = ItemState,
    acks: Iterable[Ack] = Ack,
    before: int | None = None,
    most: int = 50,
) -> list[Item]:
    """Outgoing items, newest first; `before` is the id where the last page ended."""
    chosen = select(items).where(items.c.state.in_([state.value for state in states]), items.c.ack.in_([ack.value for ack in acks]))
    if connector is not None:
        chosen = chosen.where(items.c.connector == connector)
    if before is not None:
        chosen = chosen.where(items.c.id < before)
    return [outbox.of_row(row) for row in connection.execute(chosen.order_by(items.c.id.desc()).limit(most))]


def item_view(connection: Connection, item_id: int) -> ItemView | None:
    """One item with everything that happened to it."""
    found = outbox.get(connection, item_id)
    if found is None:
        return None
    attempts = select(outbox_attempt).where(outbox_attempt.c.item_id == item_id).order_by(outbox_attempt.c.fence)
    due = list_work(connection, kinds=[Kind.DELIVER], subject=item_id)
    return ItemView(
        item=found,
        numbers=_numbers(connection, item_id),
        attempts=tuple(_attempt(row) for row in connection.execute(attempts)),
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


def _attempt(row: Row[Any]) -> AttemptRow:
    return AttemptRow(
        round=row.round,
        fence=row.fence,
        run=row.run,
        started_at=row.started_at,
        ended_at=row.ended_at,
        result=row.result,
        words=row.words,
    )
