"""The runs of timed jobs: the last of each, the last that went well, and the log of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select

from gateway.kernel.issues import Issue
from gateway.store.queries.counting import ENOUGH, count
from gateway.store.slots import SlotState
from gateway.store.tables import slot, work
from gateway.store.work import Kind, issue_of


class RunRow(Struct, frozen=True, kw_only=True, gc=False):
    """One run of one job. `until` is how long the process at it has it for certain; None when nobody is at it."""

    id: int
    job: str
    due_at: datetime
    state: SlotState
    started_at: datetime | None
    ended_at: datetime | None
    done: int | None
    failed: int | None
    issue: Issue | None
    actor: str | None
    run: str | None
    until: datetime | None

    def has_died(self, now: datetime) -> bool:
        """Whether the process that ran it has ended in the middle of it."""
        return self.state is SlotState.RUNNING and (self.until is None or self.until < now)


class JobRuns(Struct, frozen=True, kw_only=True):
    """What is known of a job: its first run that is kept, its last one, and the last that went well."""

    first: RunRow | None = None
    last: RunRow | None = None
    success: RunRow | None = None


def runs_by_job(connection: Connection, jobs: Iterable[str]) -> dict[str, JobRuns]:
    """What is known of each of these jobs."""
    return {
        job: JobRuns(
            first=_one(connection, _of(job).order_by(slot.c.id).limit(1)),
            last=_one(connection, _of(job).order_by(slot.c.id.desc()).limit(1)),
            success=_one(connection, _of(job).where(slot.c.state == SlotState.SUCCESS).order_by(slot.c.id.desc()).limit(1)),
        )
        for job in jobs
    }


def list_runs(connection: Connection, job: str, *, before: int | None = None, most: int = 50) -> list[RunRow]:
    """The runs of a job, the newest first; `before` is the id where the last page ended."""
    chosen = _of(job) if before is None else _of(job).where(slot.c.id < before)
    return [_run(row) for row in connection.execute(chosen.order_by(slot.c.id.desc()).limit(most))]


def count_runs(connection: Connection, job: str, *, before: int | None = None) -> int:
    """How many runs of a job there are, as far as pages count."""
    chosen = select(slot.c.id).where(slot.c.job == job)
    return count(connection, chosen if before is None else chosen.where(slot.c.id < before), most=ENOUGH)


def get_run(connection: Connection, slot_id: int) -> RunRow | None:
    """One run."""
    return _one(connection, _runs().where(slot.c.id == slot_id))


def _runs() -> Select[Any]:
    at_work = slot.outerjoin(
        work, (work.c.subject == slot.c.id) & (work.c.place == 0) & work.c.kind.in_((Kind.JOB, Kind.CUT, Kind.FEED, Kind.POST))
    )
    return select(slot, work.c.until).select_from(at_work)


def _of(job: str) -> Select[Any]:
    return _runs().where(slot.c.job == job)


def _one(connection: Connection, chosen: Select[Any]) -> RunRow | None:
    row = connection.execute(chosen).first()
    return None if row is None else _run(row)


def _run(row: Row[Any]) -> RunRow:
    return RunRow(
        id=row.id,
        job=row.job,
        due_at=row.due_at,
        state=SlotState(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        done=row.done,
        failed=row.failed,
        issue=issue_of(row.issue),
        actor=row.actor,
        run=row.run,
        until=row.until,
    )
