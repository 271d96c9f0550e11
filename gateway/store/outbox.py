"""Outgoing items: name, numbers and bytes fixed when the item is made; every mark under the lease of its work row (T8, T9).

What people do with an item (hold, release, cancel, offer again) is `outbox_acts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct, to_builtins
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.errors import GatewayError, LeaseLost
from gateway.kernel.failpoints import failpoint
from gateway.kernel.issues import Issue
from gateway.kernel.typed import convert
from gateway.store import counters, events, pauses, work
from gateway.store.events import Event
from gateway.store.session import Tx
from gateway.store.tables import edi_set, outbox, outbox_attempt, outbox_number
from gateway.store.tables import work as queue
from gateway.store.work import Kind, Lease, NewWork, issue_of

REMEMBERED = timedelta(days=365)
"""For so long a number is never used again, also when its counter has started anew."""
WRITTEN_OTHERWISE = "written_otherwise"
"""The event that keeps what the file tells otherwise than the store, or not at all."""
WARNINGS = "warnings"
MOST_WARNINGS = 100
"""So many are kept; all are counted."""


class ItemState(StrEnum):
    """How far an outgoing item has come."""

    WAITING = "waiting"
    BLESSED = "blessed"
    SENT = "sent"
    CONFLICT = "conflict"
    HELD = "held"
    PARKED = "parked"
    CANCELLED = "cancelled"


class ItemKind(StrEnum):
    """What an outgoing item is."""

    BATCH = "batch"
    FEED = "feed"
    REQUESTS = "requests"
    POSTING = "posting"
    ANSWER = "answer"
    NOTICE = "notice"
    REFUSED = "refused"
    ACKNOWLEDGEMENT = "acknowledgement"


class Ack(StrEnum):
    """What the partner has said about a sent item."""

    NONE = "none"
    DUE = "due"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    REJECTED = "rejected"
    OVERDUE = "overdue"


class Known(StrEnum):
    """How we know that an item was sent: we saw it under its name, or it can have gone nowhere else."""

    SEEN = "seen"
    INFERRED = "inferred"


class AlreadyMade(GatewayError):
    """Somebody has made this item before; the transaction rolls back and the work is done."""


class NewSet(Struct, frozen=True, kw_only=True, gc=False):
    """A set of an item, by the numbers its partner will name when it answers; `document` is the key of what it tells."""

    group_kind: str
    group_number: str
    type: str
    number: str
    document: str | None = None


class Warned(Struct, frozen=True, omit_defaults=True):
    """Something that stands in the file otherwise than in the store, or not at all; without the value, which may concern a person."""

    code: str
    where: str
    text: str
    field: str = ""


class NewItem(Struct, frozen=True, kw_only=True, gc=False):
    """An item whose bytes are in the archive. `idem` names its cause (`answer:4711:997`, `batch:74`, `post:118`), so it exists once.

    `lane` keeps the items of one partner in order; `numbers` are the control numbers the bytes were rendered with, `sets` what of
    the bytes partners answer one by one; `warnings` what of the documents is written otherwise or not at all.
    """

    idem: str
    connector: str
    channel: str
    kind: str
    file_name: bytes
    sha256: str
    size: int
    archive_key: str
    made_at: datetime
    ack: Ack = Ack.NONE
    give_up_at: datetime | None = None
    lane: str | None = None
    numbers: tuple[counters.Numbers, ...] = ()
    sets: tuple[NewSet, ...] = ()
    warnings: tuple[Warned, ...] = ()


class Item(Struct, frozen=True, kw_only=True, gc=False):
    """One outgoing item as it is stored."""

    id: int
    idem: str
    connector: str
    channel: str
    kind: str
    file_name: bytes
    sha256: str
    size: int
    archive_key: str
    state: ItemState
    ack: Ack
    round: int
    fence: int
    blessed_name: bytes | None
    known: Known | None
    made_at: datetime
    give_up_at: datetime | None
    ack_due_at: datetime | None
    sent_at: datetime | None
    issue: Issue | None


def make(tx: Tx, new: NewItem) -> int:
    """T8: the item, its numbers and its work; AlreadyMade when its cause has an item, Outdated when a number is gone."""
    fields = (name for name in NewItem.__struct_fields__ if name not in {"lane", "numbers", "sets", "warnings"})
    values = {name: getattr(new, name) for name in fields}
    made = (insert_sqlite(outbox) if tx.is_sqlite else insert_postgresql(outbox)).values(**values, state=ItemState.WAITING)
    item_id = tx.connection.execute(made.on_conflict_do_nothing(index_elements=["idem"]).returning(outbox.c.id)).scalar_one_or_none()
    if item_id is None:
        raise AlreadyMade(f"{new.idem} has an item already")
    work.add(tx, NewWork(kind=Kind.DELIVER, subject=item_id, connector=new.connector, due_at=new.made_at, lane=new.lane))
    events.of_item(tx, item_id, "made", actor="SYSTEM", at=new.made_at)
    if new.warnings:
        detail = {"count": len(new.warnings), WARNINGS: to_builtins(new.warnings[:MOST_WARNINGS])}
        events.of_item(tx, item_id, WRITTEN_OTHERWISE, actor="SYSTEM", at=new.made_at, detail=detail)
    for expected in sorted(new.numbers, key=lambda numbers: numbers.counter):
        counters.advance(tx, expected)
        failpoint("out.number.taken")
        _use(tx, expected, item_id, now=new.made_at)
    if new.sets:
        rows = [{"item_id": item_id, "place": place, **to_builtins(one)} for place, one in enumerate(new.sets, 1)]
        tx.connection.execute(insert(edi_set), rows)
    return int(item_id)


def warnings_of(event: Event) -> tuple[Warned, ...]:
    """What an event of an item tells of its writing; nothing for other events."""
    return convert(event.detail[WARNINGS], tuple[Warned, ...]) if event.event == WRITTEN_OTHERWISE else ()


def without_warnings(event: Event) -> Any:
    """The detail of an event, without what is shown by itself."""
    return {"count": event.detail["count"]} if event.event == WRITTEN_OTHERWISE else event.detail


def _use(tx: Tx, expected: counters.Numbers, item_id: int, *, now: datetime) -> None:
    """The numbers belong to the item. One that came round again after the highest is taken from who had it years ago."""
    rows = [{"counter": expected.counter, "number": number, "item_id": item_id} for number in expected.numbers]
    c = outbox_number.c
    if expected.numbers and min(expected.numbers) <= expected.last:
        long_ago = select(outbox.c.id).where(outbox.c.made_at < now - REMEMBERED)
        again = (c.counter == expected.counter) & c.number.in_(expected.numbers)
        tx.connection.execute(delete(outbox_number).where(again, c.item_id.in_(long_ago)))
    tx.connection.execute(insert(outbox_number), rows)


def get(connection: Connection, item_id: int) -> Item | None:
    """The item of that id."""
    found = connection.execute(select(outbox).where(outbox.c.id == item_id)).one_or_none()
    return None if found is None else of_row(found)


def is_named(connection: Connection, connector: str, channel: str, name: bytes) -> bool:
    """Whether an item of the channel has this name; cancelled ones do not count."""
    same = (outbox.c.connector == connector) & (outbox.c.channel == channel) & (outbox.c.file_name == name)
    return connection.execute(select(outbox.c.id).where(same, outbox.c.state != ItemState.CANCELLED)).first() is not None


def begin_attempt(tx: Tx, lease: Lease, item_id: int, *, now: datetime) -> Item:
    """A try begins under this lease; answers the item as it stands now. OutboundHeld while nothing may go out."""
    work.require(tx, lease)
    pauses.require_outbound(tx)
    item = of_row(tx.connection.execute(select(outbox).where(outbox.c.id == item_id)).one())
    values = {"item_id": item_id, "fence": lease.fence, "round": item.round, "run": lease.holder, "started_at": now}
    tx.connection.execute(insert(outbox_attempt).values(values))
    return item


def bless(tx: Tx, lease: Lease, item_id: int, name: bytes) -> None:
    """The temporary name that may be renamed is committed; nobody uploads again. OutboundHeld while nothing may go out."""
    work.require(tx, lease)
    pauses.require_outbound(tx)
    _mark(tx, item_id, (ItemState.WAITING,), {"state": ItemState.BLESSED, "blessed_name": name})


def sent(tx: Tx, lease: Lease, item_id: int, known: Known, *, now: datetime, ack_due_at: datetime | None = None) -> None:
    """The item is with the partner; effects of being sent belong to the same transaction."""
    values = {"state": ItemState.SENT, "known": known, "sent_at": now, "ack_due_at": ack_due_at, "issue": None}
    _end(tx, lease, item_id, (ItemState.WAITING, ItemState.BLESSED), values, now=now)
    events.of_item(tx, item_id, "sent", actor="SYSTEM", at=now, detail={"known": known})


def handed_over(tx: Tx, item_id: int, *, to: str, now: datetime, ack_due_at: datetime | None = None) -> None:
    """The partner fetches the item itself, in the very request that has it made: nothing is left to deliver."""
    tx.connection.execute(delete(queue).where(queue.c.kind == Kind.DELIVER, queue.c.subject == item_id))
    values = {"state": ItemState.SENT, "known": Known.SEEN, "sent_at": now, "ack_due_at": ack_due_at, "issue": None}
    _mark(tx, item_id, (ItemState.WAITING,), values)
    events.of_item(tx, item_id, "sent", actor=to, at=now, detail={"known": Known.SEEN})


def conflict(tx: Tx, lease: Lease, item_id: int, issue: Issue, *, now: datetime) -> None:
    """The final name holds other bytes; nothing foreign is overwritten, a person decides."""
    _end(tx, lease, item_id, (ItemState.WAITING,), {"state": ItemState.CONFLICT, "issue": issue}, now=now, words=issue.text)
    events.of_item(tx, item_id, "conflict", actor="SYSTEM", at=now, detail=issue)


def park(tx: Tx, lease: Lease, item_id: int, issue: Issue, *, now: datetime) -> None:
    """The time is spent or the partner refuses for good; the blessed name is kept, the lane goes on."""
    values = {"state": ItemState.PARKED, "issue": issue}
    _end(tx, lease, item_id, (ItemState.WAITING, ItemState.BLESSED), values, now=now, words=issue.text)
    events.of_item(tx, item_id, "parked", actor="SYSTEM", at=now, detail=issue)


def retry(tx: Tx, lease: Lease, item_id: int, issue: Issue, *, due_at: datetime, now: datetime) -> None:
    """This try failed; the same item again at this time."""
    work.later(tx, lease, due_at=due_at, issue=issue)
    _end_attempt(tx, lease, item_id, "failed", now=now, words=issue.text)
    tx.connection.execute(update(outbox).where(outbox.c.id == item_id).values(issue=issue))


def acknowledged(tx: Tx, item_id: int, ack: Ack, *, now: datetime, detail: Any = None) -> bool:
    """The partner's word about a sent item; False when none is due any more."""
    due = update(outbox).where(outbox.c.id == item_id, outbox.c.state == ItemState.SENT, outbox.c.ack.in_((Ack.DUE, Ack.OVERDUE)))
    if tx.connection.execute(due.values(ack=ack)).rowcount != 1:
        return False
    events.of_item(tx, item_id, ack.value, actor="SYSTEM", at=now, detail=detail)
    return True


def not_awaited(tx: Tx, item_id: int, *, actor: str, now: datetime, why: str) -> bool:
    """Nobody waits for the partner's word any more, for what the item carried was taken back; False when nobody did."""
    due = update(outbox).where(outbox.c.id == item_id, outbox.c.ack.in_((Ack.DUE, Ack.OVERDUE)))
    if tx.connection.execute(due.values(ack=Ack.NONE, ack_due_at=None)).rowcount != 1:
        return False
    events.of_item(tx, item_id, "not_awaited", actor=actor, at=now, detail={"reason": why})
    return True


def overdue(tx: Tx, *, now: datetime) -> list[int]:
    """Items whose acknowledgement should have come by now; each is told once."""
    late = update(outbox).where(outbox.c.ack == Ack.DUE, outbox.c.state == ItemState.SENT, outbox.c.ack_due_at <= now)
    found = sorted(tx.connection.execute(late.values(ack=Ack.OVERDUE).returning(outbox.c.id)).scalars())
    for item_id in found:
        events.of_item(tx, item_id, "overdue", actor="SYSTEM", at=now)
    return found


def of_row(row: Row[Any]) -> Item:
    """An item as it was stored."""
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    values["state"], values["ack"] = ItemState(values["state"]), Ack(values["ack"])
    values["known"] = Known(values["known"]) if values["known"] else None
    values["issue"] = issue_of(values["issue"])
    return Item(**values)


def _mark(tx: Tx, item_id: int, states: Sequence[ItemState], values: dict[str, Any]) -> None:
    """Change an item that is in one of these states, or stop."""
    if tx.connection.execute(update(outbox).where(outbox.c.id == item_id, outbox.c.state.in_(states)).values(values)).rowcount != 1:
        raise LeaseLost(f"item {item_id} is not {' or '.join(states)} any more")


def _end(
    tx: Tx, lease: Lease, item_id: int, states: Sequence[ItemState], values: dict[str, Any], *, now: datetime, words: str | None = None
) -> None:
    """The work of the item ends with this state; its fence is kept, so that a later row goes on from it."""
    work.finish(tx, lease)
    _mark(tx, item_id, states, {**values, "fence": lease.fence})
    _end_attempt(tx, lease, item_id, values["state"], now=now, words=words)


def _end_attempt(tx: Tx, lease: Lease, item_id: int, result: str, *, now: datetime, words: str | None) -> None:
    mine = (outbox_attempt.c.item_id == item_id) & (outbox_attempt.c.fence == lease.fence)
    tx.connection.execute(update(outbox_attempt).where(mine).values(ended_at=now, result=result, words=words))
