"""Timed jobs as people look at them: when each runs, how its last run went, whether it has gone without success for too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from gateway.config import Timed
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.pages import Page, page_of
from gateway.kernel import Issue
from gateway.kernel.errors import NotFound
from gateway.kernel.schedule import Schedule, latest
from gateway.kernel.yaml_text import unknown
from gateway.store import Store, Tx, pauses
from gateway.store.pauses import Pause
from gateway.store.queries import JobRuns, RunRow, count_runs, get_run, list_runs, runs_by_job
from gateway.store.slots import SlotState

PATIENCE = timedelta(minutes=15)
"""A job that runs often is late only after so long."""
SPANS = tuple(timedelta(days=days) for days in (1, 8, 40, 400))


class JobState(StrEnum):
    """How a job stands: its last run, unless a person has paused it or it is switched off."""

    NOT_RUN = "Not Run"
    WAITING = "Waiting"
    RUNNING = "Running"
    SUCCESS = "Success"
    FAILED = "Failed"
    ERROR = "Error"
    PAUSED = "Paused"
    OFF = "Off"


STATES: Mapping[SlotState, JobState] = {
    SlotState.WAITING: JobState.WAITING,
    SlotState.RUNNING: JobState.RUNNING,
    SlotState.SUCCESS: JobState.SUCCESS,
    SlotState.FAILED: JobState.FAILED,
    SlotState.ERROR: JobState.ERROR,
}


class RunSheet(Struct, frozen=True, kw_only=True):
    """One run: when it was due, by whose wish, how it went."""

    id: int
    due_at: datetime
    state: JobState
    started_at: datetime | None
    ended_at: datetime | None
    done: int | None
    failed: int | None
    why: str
    asked_by: str
    run: str

    @property
    def has_ended(self) -> bool:
        """Whether it is over, well or badly."""
        return self.state in {JobState.SUCCESS, JobState.FAILED, JobState.ERROR}


class JobSheet(Struct, frozen=True, kw_only=True):
    """One job. `is_late`: it has not succeeded for two of its times in a row."""

    name: str
    title: str
    state: JobState
    times: tuple[str, ...]
    last_started_at: datetime | None
    last_ended_at: datetime | None
    done: int | None
    failed: int | None
    why: str
    last_success_at: datetime | None
    next_at: datetime | None
    is_late: bool


def all_jobs(store: Store, timed: Sequence[Timed], *, now: datetime) -> tuple[JobSheet, ...]:
    """Every job, by name."""
    with store.reading() as connection:
        runs = runs_by_job(connection, [it.name for it in timed])
        standing = pauses.standing(connection)
    return tuple(_sheet(it, runs[it.name], standing.get(pauses.JOB + it.name), now) for it in sorted(timed, key=lambda it: it.name))


def one_job(store: Store, timed: Sequence[Timed], name: str, *, now: datetime) -> JobSheet:
    """One job; NotFound names the nearest."""
    known = {it.name: it for it in timed}
    if name not in known:
        raise NotFound(unknown(name, known, what="job"), remedy="See them all: gateway job list")
    return all_jobs(store, [known[name]], now=now)[0]


def job_history(store: Store, name: str, *, now: datetime, before: int | None = None, most: int = 50) -> Page[RunSheet]:
    """The runs of a job, the newest first."""
    with store.reading() as connection:
        rows = list_runs(connection, name, before=before, most=most)
        return page_of([_run(row, now) for row in rows], most, lambda: count_runs(connection, name, before=before))


def one_run(store: Store, slot_id: int, *, now: datetime) -> RunSheet | None:
    """One run."""
    with store.reading() as connection:
        row = get_run(connection, slot_id)
    return None if row is None else _run(row, now)


def pause_job(desk: Desk, name: str, *, reason: str, mode: Mode = Mode.EARNEST) -> bool:
    """The clock does not start it any more; False when it was paused already. A run that is under way ends as it will."""
    issue = Issue("GWY-32", f"{desk.user} has paused it: {reason}")

    def stop(tx: Tx) -> bool:
        return pauses.stop(tx, pauses.JOB + name, actor=desk.user, now=desk.clock.now(), issue=issue)

    return perform(desk.store, stop, mode)


def resume_job(desk: Desk, name: str, *, reason: str, mode: Mode = Mode.EARNEST) -> bool:
    """The clock starts it again; False when it was not paused."""

    def go_on(tx: Tx) -> bool:
        return pauses.go_on(tx, pauses.JOB + name, actor=desk.user, now=desk.clock.now(), reason=reason)

    return perform(desk.store, go_on, mode)


def _sheet(it: Timed, runs: JobRuns, pause: Pause | None, now: datetime) -> JobSheet:
    last = None if runs.last is None else _run(runs.last, now)
    is_waited_for = it.enabled and pause is None
    told = pause.issue.text if pause and pause.issue else last.why if last else ""
    return JobSheet(
        name=it.name,
        title=it.title,
        state=_state(it, last, pause),
        times=(
            *map(str, it.schedules),
            *(("as soon as enough waits",) if it.by_need else ()),
            *(("when the partner asks",) if it.asked else ()),
        ),
        last_started_at=last.started_at if last else None,
        last_ended_at=last.ended_at if last else None,
        done=last.done if last else None,
        failed=last.failed if last else None,
        why=told,
        last_success_at=runs.success.ended_at if runs.success else None,
        next_at=min((one.after(now) for one in it.schedules), default=None) if is_waited_for else None,
        is_late=is_waited_for and _is_late(it.schedules, runs, now),
    )


def _state(it: Timed, last: RunSheet | None, pause: Pause | None) -> JobState:
    if last is not None and last.state is JobState.RUNNING:
        return JobState.RUNNING
    if pause is not None:
        return JobState.PAUSED
    if not it.enabled:
        return JobState.OFF
    return JobState.NOT_RUN if last is None else last.state


def _run(row: RunRow, now: datetime) -> RunSheet:
    died = row.has_died(now)
    why = "the process that ran it has ended in the middle of it" if died else ""
    return RunSheet(
        id=row.id,
        due_at=row.due_at,
        state=JobState.ERROR if died else STATES[row.state],
        started_at=row.started_at,
        ended_at=row.ended_at,
        done=row.done,
        failed=row.failed,
        why=str(row.issue) if row.issue else why,
        asked_by=row.actor or "",
        run=row.run or "",
    )


def _is_late(schedules: Sequence[Schedule], runs: JobRuns, now: datetime) -> bool:
    """Whether it was there before its last time but one, and has not succeeded since."""
    last = _before(schedules, now)
    needed = None if last is None else _before(schedules, last - timedelta(microseconds=1))
    if needed is None or runs.first is None:
        return False
    needed = min(needed, now - PATIENCE)
    success = runs.success.ended_at if runs.success else None
    return runs.first.due_at < needed and (success is None or success < needed)


def _before(schedules: Sequence[Schedule], until: datetime) -> datetime | None:
    """The last due time up to then."""
    for span in SPANS:
        found = [due for one in schedules if (due := latest(one, since=until - span, until=until)) is not None]
        if found:
            return max(found)
    return None
