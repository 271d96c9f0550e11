"""Timed jobs of the gateway itself: each due time runs once over all nodes, whoever's clock struck first (store.md 4, T10).

A job is a plain function that says how many it did well and how many failed. What a job may do twice or must not is its own
business; a run whose process died is ended as an error, and the next due time runs the job again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from gateway.config import Timed
from gateway.kernel import Clock, Issue
from gateway.kernel.errors import GatewayError, OutboundHeld
from gateway.kernel.failpoints import failpoint
from gateway.kernel.schedule import Schedule, latest
from gateway.outgoing import Errand
from gateway.store import Store, pauses, slots, work
from gateway.store.slots import SlotState
from gateway.store.work import Work

log = structlog.get_logger()

LOOK_BACK = timedelta(hours=24)
"""A due time that no node was up for is still owed for so long."""
LONGEST = 500
"""Characters of a reason that are kept."""


class Ran(Struct, frozen=True):
    """What a run did: records that are done, records that failed, and the first reason why."""

    done: int = 0
    failed: int = 0
    issue: Issue | None = None


class Job(Struct, frozen=True, kw_only=True):
    """A job as it is registered. `plan` tells line by line what a run would do now, and changes nothing."""

    name: str
    title: str
    run: Callable[[], Ran]
    plan: Callable[[], tuple[str, ...]] | None = None


class Due(Struct, frozen=True):
    """The last due time of a job, as it was found at `at`; nothing changes before `next`."""

    at: datetime
    last: datetime | None
    next: datetime | None


class Jobs:
    """Opens the slots of jobs and runs them."""

    def __init__(self, jobs: Iterable[Job], timed: Iterable[Timed], *, store: Store, clock: Clock) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._timed = {it.name: it for it in timed}
        self._store = store
        self._clock = clock
        self._found: dict[str, Due] = {}
        self._opened: dict[str, datetime] = {}

    @property
    def timed(self) -> tuple[Timed, ...]:
        """All jobs, with their times."""
        return tuple(self._timed.values())

    def find(self, name: str) -> Job | None:
        """The job of that name."""
        return self._jobs.get(name)

    def open_due(self) -> int:
        """Open a slot for every job whose time has come, unless it runs still or a person has paused it; answers how many."""
        now = self._clock.now()
        return sum(self._open(name, due) for name, due in list(self._owed(now)))

    def open_now(self, name: str, *, actor: str) -> int | None:
        """A person asks for it now, paused or not; answers the slot, None when it runs already.

        OutboundHeld while it is not known what partners have got.
        """
        now = self._clock.now()
        with self._store.reading() as connection:
            if pauses.find(connection, pauses.GATHERING) is not None:
                raise OutboundHeld("no job runs since the store was restored; first: gateway reconcile")
            if slots.is_asked_for(connection, name):
                return None
        return self._open_slot(name, now, actor=actor)

    def work(self, it: Work) -> None:
        """Run one claimed slot and write down how it went."""
        with self._store.reading() as connection:
            slot = slots.get(connection, it.subject)
        errand = Errand(it.lease, it.subject)
        job = self._jobs.get(slot.job)
        if job is None:
            self._end(errand, slot.job, Ran(issue=Issue("GWY-30", f"there is no job {slot.job} any more")), SlotState.ERROR)
        elif slot.state is SlotState.RUNNING:
            died = Issue("GWY-31", f"the process that ran {slot.job} ended in the middle of it")
            self._end(errand, slot.job, Ran(issue=died), SlotState.ERROR)
        else:
            errand.begin(self._store, now=self._clock.now())
            self._run(job, errand)

    def _run(self, job: Job, errand: Errand) -> None:
        try:
            ran = job.run()
        except GatewayError as error:
            self._end(errand, job.name, Ran(issue=Issue("GWY-30", f"{error}"[:LONGEST])), SlotState.ERROR)
        except Exception as error:
            log.exception("job_broke", job=job.name)
            told = f"{type(error).__name__}: {error}"[:LONGEST]
            self._end(errand, job.name, Ran(issue=Issue("GWY-30", told)), SlotState.ERROR)
        else:
            self._end(errand, job.name, ran, SlotState.FAILED if ran.failed else SlotState.SUCCESS)

    def _end(self, errand: Errand, name: str, ran: Ran, state: SlotState) -> None:
        """The run is over, and its slot says how it went."""
        now = self._clock.now()
        with self._store.transaction("schedule.end") as tx:
            work.finish(tx, errand.lease)
            slots.end(tx, errand.slot_id, state, now=now, done=ran.done, failed=ran.failed, issue=ran.issue)
        reason = ran.issue.text if ran.issue else ""
        if state is SlotState.SUCCESS and ran.done:
            log.info("job_done", job=name, done=ran.done)
        elif state is not SlotState.SUCCESS:
            log.error("job_failed", job=name, state=state.value, done=ran.done, failed=ran.failed, reason=reason)

    def _owed(self, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Jobs with their last due time, where this process has not seen to it yet."""
        for name, it in self._timed.items():
            due = self._last_due(it, now) if it.enabled else None
            if due is not None and self._opened.get(name) != due:
                yield name, due

    def _last_due(self, it: Timed, now: datetime) -> datetime | None:
        known = self._found.get(it.name)
        if known is None or not (known.at <= now and (known.next is None or now < known.next)):
            known = self._found[it.name] = _due(it.schedules, now)
        return known.last

    def _open(self, name: str, due: datetime) -> bool:
        with self._store.reading() as connection:
            if slots.is_asked_for(connection, name) or pauses.find(connection, pauses.JOB + name) is not None:
                return False
        failpoint("schedule.fire")
        self._opened[name] = due
        return self._open_slot(name, due) is not None

    def _open_slot(self, name: str, due: datetime, *, actor: str | None = None) -> int | None:
        with self._store.transaction("schedule.slot") as tx:
            return slots.open_slot(tx, name, due, connector=work.HOUSE, lane=f"job:{name}", now=self._clock.now(), actor=actor)


def _due(schedules: Iterable[Schedule], now: datetime) -> Due:
    """The last due time and the next one."""
    found = [(latest(one, since=now - LOOK_BACK, until=now), one.after(now)) for one in schedules]
    return Due(now, max((last for last, _ in found if last is not None), default=None), min((ahead for _, ahead in found), default=None))
