"""The hourly housekeeping of one store, by one node: rows that lost their work get it back, crashes are swept up.

What does not agree and cannot be mended safely is told, and left to a person.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from gateway.archive import Archive
from gateway.delivery import forget_departures
from gateway.kernel import Clock
from gateway.kernel.failpoints import failpoint
from gateway.store import Store, alarms, breakers, consistency, leases, nodes, notices, slots, work

log = structlog.get_logger()

EVERY = timedelta(hours=1)
NAME = "upkeep"
LEFT_BEHIND = timedelta(days=1)
FORGOTTEN = timedelta(days=7)
RUNS = timedelta(days=30)
JOURNAL = timedelta(days=400)
"""A backup older than that is not brought back."""


class Upkeep:
    """Housekeeping of a store and its archive; no retry puts work off for more than `longest`, in `lanes` files go in their order.

    The log of jobs keeps what ended within `runs`.
    """

    def __init__(
        self,
        store: Store,
        archive: Archive,
        clock: Clock,
        *,
        longest: timedelta,
        lanes: consistency.Lanes = consistency.NO_LANES,
        runs: timedelta = RUNS,
    ) -> None:
        self._store = store
        self._archive = archive
        self._clock = clock
        self._lanes = lanes
        self._runs = runs
        self._farthest = max(consistency.FARTHEST, 2 * longest)

    def start(self) -> None:
        """What a starting node puts right before it works: what a wrong clock has put off for longer than any retry does."""
        now = self._clock.now()
        with self._store.transaction() as tx:
            beyond = now + self._farthest
            late = len(work.hasten(tx, now=now, beyond=beyond)) + len(breakers.hasten(tx, now=now, beyond=beyond))
        if late:
            log.warning("clock_was_wrong", restored=late)

    def run(self, run: str) -> bool:
        """Do it, unless another node did it within the hour; answers whether it was done."""
        now = self._clock.now()
        held = leases.take(self._store, NAME, run=run, now=now, until=now + EVERY - timedelta(minutes=1))
        if held is None:
            return False
        failpoint("upkeep.begin")
        with self._store.transaction() as tx:
            mended = consistency.mend(tx, now=now, farthest=self._farthest, lanes=self._lanes)
            breakers.hasten(tx, now=now, beyond=now + self._farthest)
            nodes.forget(tx, silent_since=now - FORGOTTEN)
            slots.forget(tx, ended_before=now - self._runs)
            alarms.forget(tx, cleared_before=now - JOURNAL)
            notices.forget(tx, before=now - JOURNAL)
        with self._store.reading() as connection:
            found = consistency.differences(connection)
        swept = self._archive.sweep(older_than=LEFT_BEHIND.total_seconds())
        swept += forget_departures(self._archive.folder, before=now - JOURNAL)
        for one in mended:
            log.warning("work_restored", check=one.check, subject=one.subject, text=one.text)
        for one in found:
            log.error("store_disagrees", check=one.check, subject=one.subject, text=one.text)
        log.info("upkeep_done", restored=len(mended), disagreements=len(found), swept=swept)
        return True
