"""What moves: the newest files in and out with their times, how old what waits is, and how near open lines are to their due date.

Made for a first page that opens at once with a million orders: only the newest files are looked at, and counts end at ten thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Subquery, func, literal_column, select

from gateway.store.messages import MessageState
from gateway.store.outbox import ItemState
from gateway.store.queries.counting import ENOUGH, count
from gateway.store.queries.orders import OPEN
from gateway.store.tables import message, order_line, outbox

NEWEST = 5_000
"""So many files of each direction are looked at."""
UNFINISHED: ColumnElement[bool] = literal_column("outbox.state not in ('sent', 'cancelled')")
"""In the words of the index that serves it."""


class Moved(Struct, frozen=True):
    """A file that came or left, and how many documents of it were booked; a received one with what was decided of it."""

    at: datetime
    documents: int = 0
    state: MessageState | None = None


class LastFiles(Struct, frozen=True, kw_only=True):
    """When each connector last had a file of one direction; `is_cut` where older files than were looked at may be its last."""

    at: dict[str, datetime]
    is_cut: bool


class DueLines(Struct, frozen=True, kw_only=True):
    """Open lines by how near their due date is."""

    very_late: int
    late: int
    soon: int
    later: int


def came(connection: Connection, *, since: datetime) -> list[Moved]:
    """The newest received files since then."""
    chosen = select(message.c.received_at, message.c.booked, message.c.state).order_by(message.c.id.desc()).limit(NEWEST)
    return [Moved(at, booked, MessageState(state)) for at, booked, state in connection.execute(chosen) if at >= since]


def left(connection: Connection, *, since: datetime) -> list[Moved]:
    """The newest outgoing files that have left since then."""
    chosen = select(outbox.c.sent_at).order_by(outbox.c.id.desc()).limit(NEWEST)
    return [Moved(at) for at in connection.execute(chosen).scalars() if at is not None and at >= since]


def last_in(connection: Connection) -> LastFiles:
    """When the last file of each connector came."""
    newest = select(message.c.connector, message.c.received_at.label("at")).order_by(message.c.id.desc()).limit(NEWEST).subquery()
    return _last(connection, newest)


def last_out(connection: Connection) -> LastFiles:
    """When the last file to each connector left."""
    newest = select(outbox.c.connector, outbox.c.sent_at.label("at")).order_by(outbox.c.id.desc()).limit(NEWEST).subquery()
    return _last(connection, newest)


def _last(connection: Connection, newest: Subquery) -> LastFiles:
    """A partner that was silent for long is not looked for through all files that there ever were."""
    chosen = select(newest.c.connector, func.max(newest.c.at), func.count()).group_by(newest.c.connector)
    rows = [(connector, at, count) for connector, at, count in connection.execute(chosen)]
    return LastFiles(at={connector: at for connector, at, _ in rows if at is not None}, is_cut=sum(count for *_, count in rows) >= NEWEST)


def waiting_by_age(connection: Connection, ages: Sequence[timedelta], *, now: datetime) -> list[int]:
    """How many outgoing files have waited for up to the first age, from there to the second, and so on; the last for longer."""
    c = outbox.c
    waits = (UNFINISHED, c.state.in_((ItemState.WAITING, ItemState.BLESSED)))
    bounds = [now - age for age in ages]
    found = []
    for newer, older in zip([None, *bounds], [*bounds, None], strict=True):
        rules: list[ColumnElement[bool]] = [*waits]
        rules += [c.made_at <= newer] if newer is not None else []
        rules += [c.made_at > older] if older is not None else []
        found.append(count(connection, select(c.id).where(*rules), most=ENOUGH))
    return found


def due_lines(connection: Connection, *, today: date, soon: date, very: date) -> DueLines:
    """Open lines: due before `very`, before today, up to `soon`, and after it."""
    c = order_line.c

    def lines(*rules: ColumnElement[bool]) -> int:
        return count(connection, select(c.due_on).where(OPEN, *rules), most=ENOUGH)

    return DueLines(
        very_late=lines(c.due_on < very),
        late=lines(c.due_on >= very, c.due_on < today),
        soon=lines(c.due_on >= today, c.due_on <= soon),
        later=lines(c.due_on > soon),
    )
