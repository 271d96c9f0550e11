"""The work this process has claimed: leased fairly, kept alive while it is done, put off when it fails."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from gateway.config.settings import RetrySettings
from gateway.kernel import Clock, Issue, meter
from gateway.kernel.backoff import delay
from gateway.kernel.errors import LeaseLost, StoreBusy, TryLater
from gateway.store import Store, work
from gateway.store.work import HOUSE, Kind, Lease, Work

log = structlog.get_logger()


class Claims:
    """Claims work of these connectors for one run, and jobs of the house under its name; shared by its threads."""

    def __init__(
        self, store: Store, clock: Clock, *, run: str, connectors: Sequence[str], lease: timedelta, retry: RetrySettings, house: str = HOUSE
    ) -> None:
        self.run = run
        self._store = store
        self._clock = clock
        self._connectors = list(connectors)
        self._house = house
        self._lease = lease
        self._retry = retry
        self._turn = 0
        self._postponed = 0
        self._held: set[Lease] = set()
        self._lock = threading.Lock()

    def until(self) -> datetime:
        """When a lease taken now lapses."""
        return self._clock.now() + self._lease

    @contextmanager
    def some(self, kind: Kind, *, most: int = 1, each: int = 1) -> Iterator[list[Work]]:
        """Lease due work, the connectors in another order every time; the leases are renewed while the body runs."""
        works = self.take(kind, most=most, each=each)
        try:
            yield works
        finally:
            self.drop([it.lease for it in works])

    def take(self, kind: Kind, *, most: int, each: int, but: Collection[str] = ()) -> list[Work]:
        """The same, renewed until they are dropped; `but`: connectors whose work stays where it is."""
        works = self._claim(kind, most, each, but)
        with self._lock:
            self._held |= {it.lease for it in works}
        return works

    def drop(self, leases: Iterable[Lease]) -> None:
        """Renew these no longer."""
        with self._lock:
            self._held -= set(leases)

    def hand_back(self, works: Sequence[Work]) -> None:
        """Nobody has been at these: as if they had never been claimed."""
        leases = [it.lease for it in works]
        self.drop(leases)
        work.give_back(self._store, leases)

    def each(self, kind: Kind, step: Callable[[Work], object], *, most: int = 1, each: int = 1) -> int:
        """Do one step for each of some claimed rows; what fails is put off and told, and stops nobody else."""
        with self.some(kind, most=most, each=each) as works:
            for it in works:
                self.guarded(it, step)
        return len(works)

    @property
    def postponed(self) -> int:
        """How many pieces of work were put off so far."""
        return self._postponed

    def postpone(self, count: int = 1) -> None:
        """So many more were put off; whoever works until nothing is left counts them as not done."""
        with self._lock:
            self._postponed += count

    def guarded(self, it: Work, step: Callable[[Work], object]) -> None:
        """One piece of work, whatever it raises."""
        try:
            step(it)
        except LeaseLost:
            meter.count(meter.LEASE_LOST, type=it.kind.value)
            log.info("lease_lost", kind=it.kind.value, subject=it.subject)
        except StoreBusy:
            raise
        except TryLater as error:
            self._put_off(it, error, error.retry_after or self._wait(it))
        except Exception as error:
            log.exception("work_failed", kind=it.kind.value, subject=it.subject, connector=it.connector)
            self._put_off(it, error, self._wait(it))

    def renew(self) -> None:
        """Keep what is being worked on."""
        with self._lock:
            held = list(self._held)
        work.renew(self._store, held, until=self.until())

    def _claim(self, kind: Kind, most: int, each: int, but: Collection[str]) -> list[Work]:
        if kind is Kind.JOB:
            return self._claim_of([self._house], kind, most, each)
        if not self._connectors:
            return []
        with self._lock:
            self._turn = (self._turn + 1) % len(self._connectors)
            turned = self._connectors[self._turn :] + self._connectors[: self._turn]
        connectors = [connector for connector in turned if connector not in but] if but else turned
        return self._claim_of(connectors, kind, most, each) if connectors else []

    def _claim_of(self, connectors: Sequence[str], kind: Kind, most: int, each: int) -> list[Work]:
        now = self._clock.now()
        return work.claim(self._store, kind, run=self.run, connectors=connectors, now=now, until=self.until(), most=most, each=each)

    def _wait(self, it: Work) -> timedelta:
        """Growing from half a ceiling to the whole of it, so that what fails at once is not tried at once."""
        return delay(it.attempts, 0.5 + random.random() / 2, first=self._retry.first, cap=self._retry.longest)

    def _put_off(self, it: Work, error: Exception, wait: timedelta) -> None:
        issue = Issue("GWY-14", f"{type(error).__name__}: {error}"[:500])
        self.postpone()
        try:
            with self._store.transaction() as tx:
                work.later(tx, it.lease, due_at=self._clock.now() + wait, issue=issue)
        except LeaseLost:
            return
