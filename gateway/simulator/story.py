"""The story: what happens in a gateway, a line each, for somebody who watches. Told from the store's own events, in their order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Table, func, select

from gateway.simulator.telling import told_of_item, told_of_message
from gateway.store import Store, outbox, tables
from gateway.store.messages import MessageState

US = "gateway"
FINISHED = frozenset(state.value for state in MessageState) - {MessageState.RECEIVED.value}
MOVED = frozenset({"sent", "conflict", "parked", "overdue"})


class Moment(Struct, frozen=True):
    """One entry of the store's events: the message or item it is about."""

    at: datetime
    event: str
    subject: int


class Story:
    """Tells what is new since the last look; `say` gets one line at a time."""

    def __init__(self, store: Store, say: Callable[[str], object]) -> None:
        self._store = store
        self._say = say
        self._messages = self._last(tables.message_event)
        self._items = self._last(tables.outbox_event)

    def tell(self) -> bool:
        """Tell what has happened since; whether there was anything."""
        lines = sorted([*self._received(), *self._sent()])
        for at, line in lines:
            self._say(f"{_clock(at)}  {line}")
        return bool(lines)

    def approved(self, number: str, *, user: str, reason: str, at: datetime) -> None:
        """A person has approved an invoice."""
        self._say(f"{_clock(at)}  {_way(user, US)}  invoice {number} approved: {reason}")

    def _received(self) -> Iterator[tuple[datetime, str]]:
        moments, self._messages = self._new(tables.message_event, "message_id", self._messages, FINISHED)
        for it in moments:
            message, text = told_of_message(self._store, it.subject, it.event)
            yield it.at, f"{_way(message.connector, US)}  {_name(message.file_name)}: {text}"

    def _sent(self) -> Iterator[tuple[datetime, str]]:
        moments, self._items = self._new(tables.outbox_event, "item_id", self._items, MOVED)
        for it in moments:
            with self._store.reading() as connection:
                item = outbox.get(connection, it.subject)
            if item is not None:
                yield it.at, f"{_way(US, item.connector)}  {_name(item.file_name)}: {told_of_item(self._store, item, it.event)}"

    def _new(self, table: Table, subject: str, after: int, events: Collection[str]) -> tuple[list[Moment], int]:
        chosen = select(table.c.id, table.c.at, table.c.event, table.c[subject]).where(table.c.id > after).order_by(table.c.id)
        with self._store.reading() as connection:
            rows = connection.execute(chosen).all()
        return [Moment(row[1], row[2], row[3]) for row in rows if row[2] in events], max((row[0] for row in rows), default=after)

    def _last(self, table: Table) -> int:
        with self._store.reading() as connection:
            return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _way(sender: str, receiver: str) -> str:
    return f"{sender:>8} → {receiver:<8}"


def _name(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
