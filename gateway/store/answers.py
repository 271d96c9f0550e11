"""Answers that could not be made: which files lack one, and why, until a person has it made again.

Only what was tried and set aside counts: a channel that answers nothing leaves no word. Not for: making answers.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal_column, select

from gateway.kernel.issues import Issue
from gateway.kernel.typed import convert
from gateway.store import events, later, work
from gateway.store.again import REPLAYED
from gateway.store.messages import KILLER, MessageState
from gateway.store.session import Tx
from gateway.store.tables import message, message_event
from gateway.store.tables import work as queue
from gateway.store.tables.files import UNANSWERED_EVENT
from gateway.store.work import Kind, NewWork

ANSWERED = later.ANSWERED
UNANSWERED = "unanswered"
ASKED_AGAIN = "answer_asked_again"


def without() -> Select[int]:
    """The ids of the decided files whose last answer was set aside, and that nobody is at work on."""
    return select(message_event.c.message_id).where(_lacks())


def unanswered(connection: Connection, message_ids: Collection[int]) -> dict[int, tuple[Issue, ...]]:
    """Of these files, those that lack their answer, and what stood against it."""
    found = select(message_event.c.message_id, message_event.c.detail).where(message_event.c.message_id.in_(message_ids), _lacks())
    return {row.message_id: convert(row.detail or [], tuple[Issue, ...]) for row in connection.execute(found)}


def before_reading(connection: Connection, message_id: int) -> int:
    """How many answers a file had before it was read the last time; what is said of its form is said once a reading."""
    c = message_event.c
    read = select(func.max(c.id)).where(c.message_id == message_id, c.event == REPLAYED).scalar_subquery()
    found = select(func.count()).where(c.message_id == message_id, c.event == ANSWERED, c.id < func.coalesce(read, 0))
    return int(connection.execute(found).scalar_one())


def ask_again(tx: Tx, message_id: int, *, actor: str, now: datetime, reason: str = "") -> bool:
    """The answer is made again, nothing is decided. False when the file lacks none.

    Where the file has killed its reader, a limited process reads it at once.
    """
    issues = unanswered(tx.connection, [message_id]).get(message_id)
    if issues is None:
        return False
    connector = tx.connection.execute(select(message.c.connector).where(message.c.id == message_id)).scalar_one()
    attempts = int(any(issue.code == KILLER for issue in issues))
    new = NewWork(kind=Kind.ANSWER, subject=message_id, connector=connector, due_at=now, attempts=attempts)
    places = later.to_ask(tx.connection, message_id)
    if None in [work.add(tx, replace(new, place=place)) for place in places]:
        return False
    events.of_message(tx, message_id, ASKED_AGAIN, actor=actor, at=now, detail={"reason": reason} if reason else None)
    return True


def _lacks() -> ColumnElement[bool]:
    """Whether an event is the last word about the answer of its file, and says that there is none."""
    later = message_event.alias()
    followed = exists().where(
        later.c.message_id == message_event.c.message_id, later.c.id > message_event.c.id, later.c.event.in_((ANSWERED, UNANSWERED))
    )
    asked = exists().where(queue.c.kind == Kind.ANSWER, queue.c.subject == message_event.c.message_id)
    file = message.alias()  # by another name, so that a query of files may ask for these
    decided = exists().where(file.c.id == message_event.c.message_id, file.c.state != MessageState.RECEIVED)
    return and_(literal_column(f"message_event.{UNANSWERED_EVENT}"), ~followed, ~asked, decided)
