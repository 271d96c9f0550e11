"""The queue: rows that say what is to be done, leased under (holder, fence), gone when done (store.md 4, T2 to T6).

Every state that needs somebody has its row here, written in the same transaction. No age-based rescue: the next claim takes what lapsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.errors import LeaseLost
from gateway.kernel.failpoints import failpoint
from gateway.kernel.issues import Issue
from gateway.kernel.typed import convert
from gateway.store.dialects import claims
from gateway.store.session import Store, Tx
from gateway.store.tables import work

NORMAL = 5
HOUSE = "(gateway)"
"""Stands where other work has its connector: what the gateway does for itself. No connector can be called so."""


class Kind(StrEnum):
    """What a work row asks for."""

    BOOK = "book"
    BULK = "bulk"
    REDO = "redo"
    ANSWER = "answer"
    CUT = "cut"
    POST = "post"
    FEED = "feed"
    DELIVER = "deliver"
    JOB = "job"


class Lease(Struct, frozen=True, gc=False):
    """The right to work on a row: good as long as nobody else has claimed it since."""

    id: int
    fence: int
    holder: str


class Work(Struct, frozen=True, kw_only=True, gc=False):
    """A leased row: what to do (`kind`, `subject`, `place`) and how far it has come."""

    lease: Lease
    kind: Kind
    subject: int
    place: int
    connector: str
    lane: str | None
    due_at: datetime
    until: datetime
    attempts: int
    next_place: int
    waits_for: int | None
    issue: Issue | None


class NewWork(Struct, frozen=True, kw_only=True, gc=False):
    """A row to be added; rows of one lane are worked on one after another, in the order they were added."""

    kind: Kind
    subject: int
    connector: str
    due_at: datetime
    place: int = 0
    lane: str | None = None
    priority: int = NORMAL
    waits_for: int | None = None
    fence: int = 0
    attempts: int = 0
    """More than none where the work is suspected from the start: its file has killed its reader before."""


def add(tx: Tx, new: NewWork) -> int | None:
    """Ask for work; None when the same is asked for already. Who waits for this kind is woken after the commit."""
    insert = insert_sqlite(work) if tx.is_sqlite else insert_postgresql(work)
    row = {name: getattr(new, name) for name in NewWork.__struct_fields__}
    made = tx.connection.execute(insert.values(row).on_conflict_do_nothing().returning(work.c.id)).scalar_one_or_none()
    tx.wake(new.kind)
    return made


def ask_anew(tx: Tx, kind: Kind, subjects: Iterable[tuple[int, str]], *, due_at: datetime, place: int = 0) -> None:
    """Ask for the same work on many subjects, each with its connector.

    Whoever is at it already has begun with what is not so any more: the lease is taken back, and the work is due again.
    """
    insert = insert_sqlite(work) if tx.is_sqlite else insert_postgresql(work)
    free = {"due_at": due_at, "until": None, "holder": None}
    asked = insert.on_conflict_do_update(index_elements=["kind", "subject", "place"], set_=free)
    rows = [
        {"kind": kind, "subject": subject, "place": place, "connector": connector, "due_at": due_at}
        for subject, connector in sorted(subjects)
    ]
    if rows:
        tx.connection.execute(asked, rows)
        tx.wake(kind)


def claim(
    store: Store, kind: Kind, *, run: str, connectors: Sequence[str], now: datetime, until: datetime, most: int = 1, each: int = 1
) -> list[Work]:
    """T2: lease up to `most` due rows, at most `each` of one connector, in one statement that never waits.

    The caller rotates `connectors` every time, so that nobody starves.
    """
    failpoint("work.claim.before")
    with store.statement() as connection:
        rows = claims.claim_rows(connection, kind, run=run, connectors=connectors, now=now, until=until, most=most, each=each)
    failpoint("work.claim.after_commit")
    return sorted((_work(row) for row in rows), key=lambda found: found.lease.id)


def take(tx: Tx, kind: Kind, subject: int, *, run: str, until: datetime) -> Work | None:
    """Lease this work in the transaction that asks for it, before anybody else can see it; None when somebody has it."""
    free = (work.c.kind == kind) & (work.c.subject == subject) & work.c.holder.is_(None)
    values = {"holder": run, "until": until, "fence": work.c.fence + 1, "attempts": work.c.attempts + 1}
    row = tx.connection.execute(update(work).where(free).values(values).returning(*work.c)).one_or_none()
    return None if row is None else _work(row)


def renew(store: Store, leases: Sequence[Lease], *, until: datetime) -> set[Lease]:
    """T3: put off the end of these leases of one run; answers those that were renewed. Only for work that has moved since."""
    failpoint("work.renew")
    if not leases:
        return set()
    with store.statement() as connection:
        kept = claims.renew_rows(connection, _pairs(leases), run=_holder(leases), until=until)
    return {lease for lease in leases if lease.id in kept}


def fence(tx: Tx, leases: Sequence[Lease]) -> set[Lease]:
    """The first statement of every transaction that acts on leases of one run: answers those still ours, locked until the commit."""
    if not leases:
        return set()
    kept = claims.fence_rows(tx.connection, _pairs(leases), run=_holder(leases))
    return {lease for lease in leases if lease.id in kept}


def require(tx: Tx, lease: Lease) -> None:
    """The same for one lease, which must be ours still."""
    if not fence(tx, [lease]):
        raise LeaseLost(f"work {lease.id} belongs to somebody else now")


def finish(tx: Tx, *leases: Lease) -> None:
    """T6: the work is done; its row goes in the transaction that says what came of it."""
    ids = [lease.id for lease in leases]
    _all(tx.connection.execute(delete(work).where(work.c.id.in_(ids), _still(leases))).rowcount, leases)


def later(tx: Tx, lease: Lease, *, due_at: datetime, issue: Issue | None = None) -> None:
    """T6: give the row back, due again at this time, and say why."""
    values = {"due_at": due_at, "until": None, "holder": None, "issue": issue}
    _all(tx.connection.execute(update(work).where(work.c.id == lease.id, _still([lease])).values(values)).rowcount, [lease])


def hasten(tx: Tx, *, now: datetime, beyond: datetime) -> list[int]:
    """What is due later than any retry puts off was put off by a clock that was wrong: it is due now. Answers the rows."""
    late = (work.c.kind != Kind.REDO) & (work.c.due_at > beyond)
    found = sorted(tx.connection.execute(update(work).where(late).values(due_at=now).returning(work.c.id)).scalars())
    if found:
        for kind in Kind:
            tx.wake(kind)
    return found


def progress(tx: Tx, lease: Lease, *, next_place: int, until: datetime) -> None:
    """The work has come this far; a restart goes on from here."""
    values = {"next_place": next_place, "until": until}
    _all(tx.connection.execute(update(work).where(work.c.id == lease.id, _still([lease])).values(values)).rowcount, [lease])


def give_back(store: Store, leases: Sequence[Lease]) -> None:
    """Hand untouched rows back at once, as on an orderly stop; the claim does not count as an attempt."""
    if not leases:
        return
    with store.transaction() as tx:
        ours = [lease.id for lease in fence(tx, leases)]
        values = {"until": None, "holder": None, "attempts": work.c.attempts - 1}
        tx.connection.execute(update(work).where(work.c.id.in_(ours)).values(values))
        for kind in tx.connection.execute(select(work.c.kind).where(work.c.id.in_(ours)).distinct()).scalars():
            tx.wake(kind)


def wake_waiting(tx: Tx, order_ids: Iterable[int], *, now: datetime) -> int:
    """Documents that wait for these orders are looked at again; the orders' keys are locked by the caller."""
    ids = sorted(order_ids)
    if not ids:
        return 0
    waiting = select(work.c.id).where(work.c.waits_for.in_(ids)).order_by(work.c.id).with_for_update()
    rows = list(tx.connection.execute(waiting).scalars())
    if rows:
        failpoint("park.wake")
        tx.connection.execute(update(work).where(work.c.id.in_(rows)).values(due_at=now))
        tx.wake(Kind.REDO)
    return len(rows)


def _still(leases: Sequence[Lease]) -> Any:
    """The rows still carry the holder and fences of these leases."""
    pairs = [(lease.id, lease.fence) for lease in leases]
    return (work.c.holder == _holder(leases)) & tuple_(work.c.id, work.c.fence).in_(pairs)


def _all(found: int, leases: Sequence[Lease]) -> None:
    """Every lease, or stop."""
    if found != len(leases):
        raise LeaseLost(f"{len(leases) - found} of the rows {[lease.id for lease in leases]} belong to somebody else now")


def _pairs(leases: Iterable[Lease]) -> list[tuple[int, int]]:
    return [(lease.id, lease.fence) for lease in leases]


def _holder(leases: Sequence[Lease]) -> str:
    """The one run that holds all of them."""
    holders = {lease.holder for lease in leases}
    if len(holders) != 1:
        raise ValueError(f"leases of several runs: {sorted(holders)}")
    return holders.pop()


def _work(row: Row[Any]) -> Work:
    return Work(
        lease=Lease(row.id, row.fence, row.holder),
        kind=Kind(row.kind),
        subject=row.subject,
        place=row.place,
        connector=row.connector,
        lane=row.lane,
        due_at=row.due_at,
        until=row.until,
        attempts=row.attempts,
        next_place=row.next_place,
        waits_for=row.waits_for,
        issue=issue_of(row.issue),
    )


def issue_of(stored: dict[str, str] | None) -> Issue | None:
    """An issue as it was stored."""
    return None if stored is None else convert(stored, Issue)
