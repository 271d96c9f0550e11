"""A person has a received file read once more, and what came of every reading so far.

*Replay* decides what is open of the same message; *reprocess* makes a new message of the same bytes, linked with the first. Either is
refused while the file is being worked on: one reader at a time. What a reading came to stands in the event that begins the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from gateway.store import events, messages, tables, work
from gateway.store.messages import KILLER, SMALL, Message, MessageState
from gateway.store.session import Tx
from gateway.store.tables import message
from gateway.store.work import Kind, NewWork

RECEIVED = "received"
DUPLICATE = "duplicate"
REPLAYED = "replayed"
REPROCESSED = "reprocessed"
REPROCESSED_AS = "reprocessed_as"
REPLAYABLE = (MessageState.PARKED, MessageState.REFUSED, MessageState.PARTLY_BOOKED)
MOST_LINKS = 200
"""So many messages of the same bytes are followed."""
_COUNTS = ("booked", "duplicate", "conflict", "refused", "early")
_READERS = (Kind.BOOK, Kind.BULK, Kind.REDO, Kind.ANSWER)


class Attempt(Struct, frozen=True, kw_only=True, gc=False):
    """One reading of a file: who asked for it and why, what read it, and what came of it. `number` counts within the message."""

    message: int
    number: int
    act: str
    """`received`, `duplicate`, `replayed` or `reprocessed`."""
    at: datetime
    actor: str
    reason: str
    picked: str
    """The layout a person has picked, if one did."""
    mapping: str | None
    mapping_version: int | None
    state: str
    booked: int
    duplicate: int
    conflict: int
    refused: int
    early: int


def replay(tx: Tx, message_id: int, *, actor: str, now: datetime, reason: str = "", picked: str | None = None) -> bool:
    """Booked and duplicate verdicts stay, the others are decided again. False when it is not the time."""
    if is_busy(tx.connection, message_id):
        return False
    was = messages.get(tx.connection, message_id)
    if was is None:
        return False
    values = {
        "state": MessageState.RECEIVED,
        "picked_mapping": picked,
        **dict.fromkeys(("total", "issues", "decided_at", "mapping", "mapping_version", "mapping_mark")),
    }
    again = update(message).where(message.c.id == message_id, message.c.state.in_(REPLAYABLE)).values(values)
    if tx.connection.execute(again).rowcount != 1:
        return False
    detail = {**_told(reason, picked), "was": _outcome(was)}
    events.of_message(tx, message_id, REPLAYED, actor=actor, at=now, detail=detail)
    _ask(tx, was, message_id, now=now)
    return True


def reprocess(
    tx: Tx, message_id: int, *, actor: str, now: datetime, reason: str = "", picked: str | None = None, lane: str | None = None
) -> int | None:
    """A new message of the same bytes, all of whose documents are judged by their keys; None while one of these bytes is being read."""
    was = messages.get(tx.connection, message_id)
    if was is None:
        return None
    first = chain(tx.connection, message_id)[0].id
    tx.connection.execute(select(message.c.id).where(message.c.id == first).with_for_update()).all()  # the lock of the whole chain
    linked = chain(tx.connection, message_id)
    if any(it.state is MessageState.RECEIVED or is_busy(tx.connection, it.id) for it in linked):
        return None
    copied = ("connector", "channel", "file_name", "sha256", "size", "archive_key")
    values = {name: getattr(was, name) for name in copied}
    new = {**values, "state": MessageState.RECEIVED, "received_at": now, "picked_mapping": picked, "reprocess_of": message_id}
    made = int(tx.connection.execute(insert(message).values(new).returning(message.c.id)).scalar_one())
    events.of_message(tx, made, REPROCESSED, actor=actor, at=now, detail={**_told(reason, picked), "of": message_id})
    events.of_message(tx, message_id, REPROCESSED_AS, actor=actor, at=now, detail={**_told(reason, picked), "message": made})
    _ask(tx, was, made, now=now, lane=lane)
    return made


def is_busy(connection: Connection, message_id: int) -> bool:
    """Whether anything is still to be done with the file."""
    rows = tables.work.c
    busy = select(rows.id).where(rows.kind.in_(_READERS), rows.subject == message_id)
    return connection.execute(busy).first() is not None


def chain(connection: Connection, message_id: int) -> list[Message]:
    """The message and all that were made of its bytes by reprocessing, the first one first."""
    found: dict[int, Message] = {}
    first = message_id
    while len(found) < MOST_LINKS and (it := messages.get(connection, first)) is not None:
        found[it.id] = it
        if it.reprocess_of is None or it.reprocess_of in found:
            break
        first = it.reprocess_of
    left = [first]
    while left and len(found) < MOST_LINKS:
        rows = connection.execute(select(message).where(message.c.reprocess_of.in_(left)).order_by(message.c.id)).all()
        made = [messages.of_row(row) for row in rows]
        found.update({it.id: it for it in made})
        left = [it.id for it in made]
    return [found[key] for key in sorted(found)]


def attempts(connection: Connection, linked: Sequence[Message]) -> list[Attempt]:
    """Every reading of these messages, in the order of time."""
    found = [attempt for it in linked for attempt in _attempts(connection, it)]
    return sorted(found, key=lambda attempt: (attempt.at, attempt.message, attempt.number))


def _attempts(connection: Connection, it: Message) -> Iterator[Attempt]:
    begun = [event for event in events.message_events(connection, it.id) if event.event in {RECEIVED, DUPLICATE, REPLAYED, REPROCESSED}]
    for number, event in enumerate(begun, 1):
        detail = event.detail if isinstance(event.detail, dict) else {}
        last = number == len(begun)
        following = begun[number].detail if not last and isinstance(begun[number].detail, dict) else {}
        came = _outcome(it) if last else following.get("was", {})
        yield Attempt(
            message=it.id,
            number=number,
            act=event.event,
            at=event.at,
            actor=event.actor,
            reason=detail.get("reason", ""),
            picked=detail.get("picked", ""),
            mapping=came.get("mapping"),
            mapping_version=came.get("mapping_version"),
            state=came.get("state", ""),
            **{name: came.get(name, 0) for name in _COUNTS},
        )


def _outcome(it: Message) -> dict[str, Any]:
    """What a reading came to."""
    counts = {name: getattr(it, name) for name in _COUNTS}
    return {"state": it.state.value, "mapping": it.mapping, "mapping_version": it.mapping_version, **counts}


def _told(reason: str, picked: str | None) -> dict[str, Any]:
    return {name: value for name, value in (("reason", reason), ("picked", picked)) if value}


def _ask(tx: Tx, was: Message, message_id: int, *, now: datetime, lane: str | None = None) -> None:
    """Somebody is asked to read it; a file that killed its readers is read by a limited process at once."""
    kind = Kind.BOOK if was.size <= SMALL else Kind.BULK
    attempts = int(any(issue.code == KILLER for issue in was.issues))
    work.add(tx, NewWork(kind=kind, subject=message_id, connector=was.connector, due_at=now, lane=lane, attempts=attempts))
