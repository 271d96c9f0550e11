"""The time of several nodes: the database's clock, counted on by each machine between two looks at it.

Nothing depends on a clock, but a machine whose clock runs an hour ahead would take everybody's leases, and one that is behind would
never see them lapse. On PostgreSQL every node goes by the server's clock; on SQLite there is one machine and its own clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from gateway.kernel import Clock, SystemClock
from gateway.store.session import Store

log = structlog.get_logger()

OFF = timedelta(seconds=30)
"""A machine whose clock differs by more is told about."""
SLOW = 1.0
"""Seconds; an answer that took longer says too little about the time."""


def seconds_awake_or_not() -> float:
    """Seconds since the machine started, those in which it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class StoreClock:
    """The clock of a PostgreSQL server; `sync` looks at it, `now` counts on from there without asking anybody."""

    def __init__(self, store: Store, *, machine: Clock | None = None, seconds: Callable[[], float] = seconds_awake_or_not) -> None:
        self._store = store
        self._machine = machine or SystemClock()
        self._seconds = seconds
        self._base: tuple[datetime, float] | None = None
        self._is_off = False
        self.sync()

    def now(self) -> datetime:
        """The server's time of day, as far as we can tell."""
        if self._base is None:
            return self._machine.now()
        at, seconds = self._base
        return at + timedelta(seconds=self._seconds() - seconds)

    def monotonic(self) -> float:
        """Seconds of this machine."""
        return self._machine.monotonic()

    def sync(self) -> None:
        """Look at the server's clock; where the answer takes long, what we know already is better."""
        before = self._seconds()
        with self._store.statement() as connection:
            told = connection.exec_driver_sql("select clock_timestamp()").scalar_one()
        after = self._seconds()
        if self._base is not None and after - before > SLOW:
            return
        self._base = (told.astimezone(UTC), (before + after) / 2)
        self._tell_difference()

    def _tell_difference(self) -> None:
        """Once, when this machine's own clock is far from the server's; and again after it was mended."""
        difference = self._machine.now() - self.now()
        is_off = abs(difference) > OFF
        if is_off and not self._is_off:
            log.warning("clock_differs", seconds=round(difference.total_seconds()))
        self._is_off = is_off


def clock_of(store: Store) -> Clock:
    """The clock by which the nodes on this store go."""
    return SystemClock() if store.is_sqlite else StoreClock(store)
