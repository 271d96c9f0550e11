"""Whether the threads of a process are at work: each gives a sign of life, and may be silent only so long.

A thread in the middle of a large file is silent for a while and healthy; one that has ended, or hangs for good, is not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from msgspec import Struct

from gateway.kernel import Clock

LONGEST_STEP = timedelta(minutes=15)
"""No single step of a loop takes longer; a larger file is booked in many commits, each of them a sign of life of its lease."""


class Beating(Struct):
    """One thread: its last sign of life (monotonic seconds), how long it may be silent, and whether it exists at all."""

    at: float
    within: float
    lives: Callable[[], bool]


class Pulse:
    """The signs of life of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._beating: dict[str, Beating] = {}

    def expect(self, name: str, *, within: timedelta, lives: Callable[[], bool] = lambda: True) -> None:
        """From now on somebody of this name gives a sign of life at least so often."""
        with self._lock:
            self._beating[name] = Beating(self._clock.monotonic(), within.total_seconds(), lives)

    def beat(self, name: str) -> None:
        """A sign of life."""
        with self._lock:
            if name in self._beating:
                self._beating[name].at = self._clock.monotonic()

    def silent(self) -> dict[str, float | None]:
        """Who has been silent for too long, with the seconds; None for a thread that has ended."""
        now = self._clock.monotonic()
        with self._lock:
            return {
                name: None if not it.lives() else now - it.at
                for name, it in sorted(self._beating.items())
                if not it.lives() or now - it.at > it.within
            }

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody who is expected to give signs of life."""
        with self._lock:
            return tuple(sorted(self._beating))
