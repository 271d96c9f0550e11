"""Received files: recorded once by their bytes, counted by addition, finished by their tally (store.md 4 and 6).

A state that needs somebody gets its work row in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, and_, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.errors import LeaseLost
from gateway.kernel.issues import Issue
from gateway.kernel.typed import convert
from gateway.store import events, work
from gateway.store.dialects import bulk_add, bulk_update
from gateway.store.session import Tx
from gateway.store.tables import content_key, edi_interchange, message
from gateway.store.work import Kind, Lease, NewWork

SMALL = 256 * 1024
"""Up to this size a file is booked together with others; larger ones are claimed one at a time."""
SYSTEM = "SYSTEM"
KILLER = "GWY-06"
"""The issue of a file that killed its readers."""
MANY = 500


class MessageState(StrEnum):
    """How far a received file has come."""

    RECEIVED = "received"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    BOOKED = "booked"
    PARTLY_BOOKED = "partly_booked"
    REFUSED = "refused"


class NewMessage(Struct, frozen=True, kw_only=True, gc=False):
    """A file whose bytes are in the archive. `lane` is set where the order of files matters."""

    connector: str
    channel: str
    file_name: bytes
    sha256: str
    size: int
    archive_key: str
    received_at: datetime
    taken_name: bytes | None = None
    lane: str | None = None


class Taken(Struct, frozen=True, gc=False):
    """The message of a file in a channel's private folder; `decided_at` is set once nothing reads it any more."""

    message_id: int
    decided_at: datetime | None


class Recorded(Struct, frozen=True, gc=False):
    """What became of a file when it was recorded; a duplicate names the first message of the same bytes."""

    message_id: int
    state: MessageState
    first_message_id: int | None = None


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """One received file. The counts are documents by verdict; `total` is known once the file was read to its end."""

    id: int
    connector: str
    channel: str
    file_name: bytes
    taken_name: bytes | None
    sha256: str
    size: int
    archive_key: str
    mapping: str | None
    mapping_version: int | None
    state: MessageState
    first_message_id: int | None
    total: int | None
    booked: int
    duplicate: int
    conflict: int
    refused: int
    early: int
    issues: tuple[Issue, ...]
    received_at: datetime
    decided_at: datetime | None
    mapping_mark: str | None
    picked_mapping: str | None
    reprocess_of: int | None
    barred: tuple[tuple[int, int], ...] = ()
    """Where interchanges stand in the bytes whose sets are no documents of ours (`store/edi.py`)."""


class Count(Struct, frozen=True, gc=False):
    """How many documents of one message were decided how; taken back with a minus."""

    message_id: int
    booked: int = 0
    duplicate: int = 0
    conflict: int = 0
    refused: int = 0
    early: int = 0


def record(tx: Tx, new: NewMessage) -> Recorded | None:
    """T1: the file is received, or known as a duplicate of the first with the same bytes from this connector (DSO-006).

    None when somebody recorded it under the same taken name: the same file, found again.
    """
    values = {name: getattr(new, name) for name in NewMessage.__struct_fields__ if name != "lane"}
    row = (insert_sqlite(message) if tx.is_sqlite else insert_postgresql(message)).values(**values, state=MessageState.RECEIVED)
    made = tx.connection.execute(row.on_conflict_do_nothing().returning(message.c.id)).scalar_one_or_none()
    if made is None:
        return None
    insert_key = insert_sqlite(content_key) if tx.is_sqlite else insert_postgresql(content_key)
    key = {"connector": new.connector, "sha256": new.sha256, "message_id": made}
    first = tx.connection.execute(insert_key.values(key).on_conflict_do_nothing().returning(content_key.c.message_id)).scalar_one_or_none()
    if first is None:
        return _recorded_again(tx, made, new)
    events.of_message(tx, made, "received", actor=SYSTEM, at=new.received_at)
    kind = Kind.BOOK if new.size <= SMALL else Kind.BULK
    work.add(tx, NewWork(kind=kind, subject=made, connector=new.connector, due_at=new.received_at, lane=new.lane))
    return Recorded(made, MessageState.RECEIVED)


def taken(connection: Connection, connector: str, channel: str, names: Iterable[bytes]) -> dict[bytes, Taken]:
    """The messages of files in the channel's private folder, by their names there."""
    m = message.c
    found: dict[bytes, Taken] = {}
    left = iter(names)
    while some := list(islice(left, MANY)):
        rows = connection.execute(
            select(m.taken_name, m.id, m.decided_at).where(m.connector == connector, m.channel == channel, m.taken_name.in_(some))
        )
        found.update({bytes(row.taken_name): Taken(row.id, row.decided_at) for row in rows if row.taken_name is not None})
    return found


def knows(connection: Connection, connector: str, sha256: str) -> bool:
    """Whether these bytes came from this connector before."""
    known = select(content_key.c.message_id).where(content_key.c.connector == connector, content_key.c.sha256 == sha256)
    return connection.execute(known).first() is not None


def get(connection: Connection, message_id: int) -> Message | None:
    """The message of that id."""
    found = connection.execute(select(message).where(message.c.id == message_id)).one_or_none()
    return None if found is None else of_row(found)


def some(connection: Connection, ids: Sequence[int]) -> dict[int, Message]:
    """The messages of these ids, with what is barred in them."""
    c = edi_interchange.c
    spans: dict[int, list[tuple[int, int]]] = {}
    not_taken = select(c.message_id, c.begins, c.ends).where(c.message_id.in_(ids), c.verdict != "taken").order_by(c.message_id, c.place)
    for row in connection.execute(not_taken):
        spans.setdefault(row.message_id, []).append((row.begins, row.ends))
    rows = connection.execute(select(message).where(message.c.id.in_(ids)))
    return {row.id: of_row(row, barred=tuple(spans.get(row.id, ()))) for row in rows}


class Identified(Struct, frozen=True, gc=False):
    """The mapping that reads a file was found, by whoever holds the lease of its work."""

    lease: Lease
    message_id: int
    mapping: str
    version: int
    mark: str = ""


def identified(tx: Tx, found: Sequence[Identified]) -> set[Lease]:
    """Note by which mappings these files are read; answers the leases that are still ours, the others are left alone."""
    kept = work.fence(tx, [one.lease for one in found])
    rows = [(one.message_id, one.mapping, one.version, one.mark or None) for one in found if one.lease in kept]
    bulk_update(tx, message, ("id",), ("mapping", "mapping_version", "mapping_mark"), rows)
    return kept


def park(tx: Tx, lease: Lease, message_id: int, issues: Sequence[Issue], *, now: datetime, actor: str = SYSTEM) -> None:
    """Nobody knows how to read the file, or reading it is dangerous: kept as it is until a person replays it."""
    work.finish(tx, lease)
    _one(tx, message_id, (MessageState.RECEIVED,), {"state": MessageState.PARKED, "issues": list(issues), "decided_at": now})
    events.of_message(tx, message_id, "parked", actor=actor, at=now, detail=list(issues))


def park_and_answer(tx: Tx, lease: Lease, message_id: int, issues: Sequence[Issue], *, now: datetime) -> None:
    """The same, and the sender hears of it: it is the file that cannot be read, not we who fail."""
    park(tx, lease, message_id, issues, now=now)
    _ask_answer(tx, [message_id], now=now)


def came_again(tx: Tx, lease: Lease, message_id: int, first: int, issues: Sequence[Issue], *, now: datetime) -> None:
    """Everything in the file came before, as an earlier message: nothing of it is looked at, the sender is answered as it was."""
    work.finish(tx, lease)
    values = {"state": MessageState.DUPLICATE, "first_message_id": first, "issues": list(issues), "decided_at": now}
    _one(tx, message_id, (MessageState.RECEIVED,), values)
    events.of_message(tx, message_id, "duplicate", actor=SYSTEM, at=now, detail={"first": first})
    _ask_answer(tx, [message_id], now=now)


def nothing_inside(tx: Tx, lease: Lease, message_id: int, *, now: datetime) -> None:
    """The file holds no document; what it says has been taken up."""
    work.finish(tx, lease)
    _one(tx, message_id, (MessageState.RECEIVED,), {"state": MessageState.BOOKED, "total": 0, "decided_at": now})
    events.of_message(tx, message_id, MessageState.BOOKED.value, actor=SYSTEM, at=now)


def refuse(tx: Tx, lease: Lease, message_id: int, issues: Sequence[Issue], *, now: datetime) -> None:
    """A rule refuses the whole file: no document of it is looked at, the sender is answered."""
    work.finish(tx, lease)
    _one(tx, message_id, (MessageState.RECEIVED,), {"state": MessageState.REFUSED, "issues": list(issues), "decided_at": now})
    events.of_message(tx, message_id, "refused", actor=SYSTEM, at=now, detail=list(issues))
    _ask_answer(tx, [message_id], now=now)


def count(tx: Tx, counts: Iterable[Count]) -> None:
    """Add to the tallies, sorted; never set, since two transactions that count by query both miss that they were last."""
    rows = [(c.message_id, c.booked, c.duplicate, c.conflict, c.refused, c.early) for c in counts]
    found = bulk_add(tx, message, ("id",), Count.__struct_fields__[1:], rows)
    if found != len(rows):
        raise LookupError(f"of the messages {[row[0] for row in rows]} only {found} exist")


def set_totals(tx: Tx, totals: Sequence[tuple[int, int]]) -> None:
    """These files were read to their end: they hold so many documents."""
    bulk_update(tx, message, ("id",), ("total",), totals)


def settle(tx: Tx, message_ids: Iterable[int], *, now: datetime) -> dict[int, MessageState]:
    """Finish the messages of which a document was just decided, when none is open: their state follows from the tally.

    The sender is answered once when the file was read, and once more when the last document that was told EARLY is decided, whether or
    not that changes the state. Answers the states that were reached; messages with open documents are not among them.
    """
    asked = sorted(message_ids)
    if not asked:
        return {}
    m = message.c
    decided = m.booked + m.duplicate + m.conflict + m.refused + m.early
    state = case(
        (m.conflict + m.refused + m.early == 0, MessageState.BOOKED.value),
        (m.booked + m.duplicate + m.early == 0, MessageState.REFUSED.value),
        else_=MessageState.PARTLY_BOOKED.value,
    )
    is_read = m.state == MessageState.RECEIVED
    has_waited = and_(m.state == MessageState.PARTLY_BOOKED, m.early == 0)
    guard = and_(m.id.in_(asked), decided == m.total, or_(is_read, has_waited))
    rows = tx.connection.execute(update(message).where(guard).values(state=state, decided_at=now).returning(m.id, m.state)).all()
    found = {row.id: MessageState(row.state) for row in sorted(rows)}
    events.of_messages(tx, {message_id: reached.value for message_id, reached in found.items()}, actor=SYSTEM, at=now)
    _ask_answer(tx, list(found), now=now)
    return found


def of_row(row: Row[Any], *, barred: tuple[tuple[int, int], ...] = ()) -> Message:
    """A message as it was stored."""
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    values["state"] = MessageState(values["state"])
    values["issues"] = convert(values["issues"] or [], tuple[Issue, ...])
    return Message(**values, barred=barred)


def _recorded_again(tx: Tx, made: int, new: NewMessage) -> Recorded:
    """The bytes are known: this message points to the first and is answered, nothing else."""
    key = (content_key.c.connector == new.connector) & (content_key.c.sha256 == new.sha256)
    chosen = select(message.c.id, message.c.file_name).join(content_key, content_key.c.message_id == message.c.id).where(key)
    first = tx.connection.execute(chosen).one()
    name = first.file_name.decode("utf-8", "backslashreplace")
    issue = Issue("DSO-006", text=f"the same bytes were received before, as message {first.id} ({name})")
    values = {"state": MessageState.DUPLICATE, "first_message_id": first.id, "issues": [issue], "decided_at": new.received_at}
    tx.connection.execute(update(message).where(message.c.id == made).values(values))
    events.of_message(tx, made, "duplicate", actor=SYSTEM, at=new.received_at, detail={"first": first.id})
    _ask_answer(tx, [made], now=new.received_at)
    return Recorded(made, MessageState.DUPLICATE, first.id)


def _ask_answer(tx: Tx, message_ids: Sequence[int], *, now: datetime) -> None:
    """Only the intention; the answer worker makes the file afterwards. Whoever makes one of what was before begins anew."""
    if not message_ids:
        return
    found = tx.connection.execute(select(message.c.id, message.c.connector).where(message.c.id.in_(message_ids)).order_by(message.c.id))
    work.ask_anew(tx, Kind.ANSWER, [(row.id, row.connector) for row in found], due_at=now)


def _one(tx: Tx, message_id: int, states: Sequence[MessageState], values: dict[str, Any]) -> None:
    """Change one message that is in one of these states, or stop."""
    changed = update(message).where(message.c.id == message_id, message.c.state.in_(states)).values(values)
    if tx.connection.execute(changed).rowcount != 1:
        raise LeaseLost(f"message {message_id} is not {' or '.join(states)} any more")
