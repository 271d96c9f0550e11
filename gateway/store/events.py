"""What happened to a received file or an outgoing item: append-only, with who and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, func, insert, select

from gateway.store.dialects import bulk_insert
from gateway.store.session import Tx
from gateway.store.tables import message_event, outbox_event


class Event(Struct, frozen=True, gc=False):
    """One entry."""

    at: datetime
    event: str
    actor: str
    detail: Any


def of_message(tx: Tx, message_id: int, event: str, *, actor: str, at: datetime, detail: Any = None) -> None:
    """Note what happened to a message."""
    tx.connection.execute(insert(message_event).values(message_id=message_id, event=event, actor=actor, at=at, detail=detail))


def of_messages(tx: Tx, told: Mapping[int, str], *, actor: str, at: datetime) -> None:
    """Note one event each for many messages."""
    bulk_insert(
        tx, message_event, ("message_id", "at", "event", "actor"), [(message_id, at, event, actor) for message_id, event in told.items()]
    )


def of_item(tx: Tx, item_id: int, event: str, *, actor: str, at: datetime, detail: Any = None) -> None:
    """Note what happened to an outgoing item."""
    tx.connection.execute(insert(outbox_event).values(item_id=item_id, event=event, actor=actor, at=at, detail=detail))


def message_events(connection: Connection, message_id: int) -> list[Event]:
    """What happened to a message, oldest first."""
    return _events(connection, message_event, message_event.c.message_id == message_id)


def item_events(connection: Connection, item_id: int) -> list[Event]:
    """What happened to an outgoing item, oldest first."""
    return _events(connection, outbox_event, outbox_event.c.item_id == item_id)


def how_often(connection: Connection, message_id: int, event: str) -> int:
    """How many entries of that kind a message has."""
    found = select(func.count()).where(message_event.c.message_id == message_id, message_event.c.event == event)
    return int(connection.execute(found).scalar_one())


def last_details(connection: Connection, message_ids: Collection[int], event: str) -> dict[int, Any]:
    """Of each of these messages that has an entry of that kind, what the last one says."""
    c = message_event.c
    found = select(c.message_id, c.detail).where(c.message_id.in_(message_ids), c.event == event).order_by(c.id)
    return {row.message_id: row.detail for row in connection.execute(found)} if message_ids else {}


def _events(connection: Connection, table: Table, which: Any) -> list[Event]:
    found = connection.execute(select(table).where(which).order_by(table.c.id))
    return [Event(row.at, row.event, row.actor, row.detail) for row in found]
