"""What is to be done, and why it is not done yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, func, select

from gateway.kernel.issues import Issue
from gateway.store.slots import SlotState
from gateway.store.tables import slot, work
from gateway.store.work import Kind, issue_of


class WorkRow(Struct, frozen=True, kw_only=True, gc=False):
    """One row of the queue; leased when `until` lies ahead."""

    id: int
    kind: Kind
    subject: int
    place: int
    connector: str
    lane: str | None
    due_at: datetime
    until: datetime | None
    holder: str | None
    attempts: int
    issue: Issue | None


class WorkCount(Struct, frozen=True, gc=False):
    """How much of one kind waits for one connector, and since when the oldest is due."""

    kind: Kind
    connector: str
    rows: int
    oldest_due_at: datetime


class SlotRow(Struct, frozen=True, kw_only=True, gc=False):
    """One due time of one job, and what came of it."""

    id: int
    job: str
    due_at: datetime
    state: SlotState
    done: int | None
    failed: int | None
    issue: Issue | None

    @property
    def has_ended(self) -> bool:
        """Whether its work is over, well or badly."""
        return self.state not in {SlotState.WAITING, SlotState.RUNNING}


def last_slot(connection: Connection, job: str) -> SlotRow | None:
    """The newest slot of a job."""
    chosen = select(slot).where(slot.c.job == job).order_by(slot.c.id.desc()).limit(1)
    row = connection.execute(chosen).one_or_none()
    if row is None:
        return None
    return SlotRow(
        id=row.id,
        job=row.job,
        due_at=row.due_at,
        state=SlotState(row.state),
        done=row.done,
        failed=row.failed,
        issue=issue_of(row.issue),
    )


def list_work(
    connection: Connection, *, kinds: Iterable[Kind] = Kind, subjects: Collection[int] | None = None, most: int = 1000
) -> list[WorkRow]:
    """Rows of the queue, next due first."""
    chosen = select(work).where(work.c.kind.in_([kind.value for kind in kinds]))
    if subjects is not None:
        chosen = chosen.where(work.c.subject.in_(sorted(subjects)))
    return [
        WorkRow(
            id=row.id,
            kind=Kind(row.kind),
            subject=row.subject,
            place=row.place,
            connector=row.connector,
            lane=row.lane,
            due_at=row.due_at,
            until=row.until,
            holder=row.holder,
            attempts=row.attempts,
            issue=issue_of(row.issue),
        )
        for row in connection.execute(chosen.order_by(work.c.due_at, work.c.id).limit(most))
    ]


def work_counts(connection: Connection) -> list[WorkCount]:
    """The depth and age of the queue by kind and connector."""
    oldest = func.min(work.c.due_at, type_=work.c.due_at.type)
    chosen = select(work.c.kind, work.c.connector, func.count(), oldest).group_by(work.c.kind, work.c.connector)
    return [
        WorkCount(Kind(kind), connector, rows, due_at)
        for kind, connector, rows, due_at in connection.execute(chosen.order_by(work.c.kind, work.c.connector))
    ]
