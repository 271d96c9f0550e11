"""How the channels of this process fare: when they were last fine, since when not, and why."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from gateway.kernel import Clock
from gateway.kernel.errors import PolicyRefused, StandsStill


class Condition(Struct, frozen=True):
    """One channel. `failures` counts in a row; `reason` is that of the last one."""

    fine_at: datetime | None = None
    looked_at: datetime | None = None
    """The last look, well or not."""
    failing_since: datetime | None = None
    failures: int = 0
    reason: str = ""
    is_refused: bool = False
    """A policy says no (host key, login, permission): not a matter of waiting."""
    waiting: int = 0
    """Files that wait for their sender: empty, or without their marker."""
    waits: tuple[str, ...] = ()
    """What the first of them lack."""


class Health:
    """Shared by the threads of a process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, Condition] = {}

    def fine(self, name: str, *, waiting: int = 0, waits: tuple[str, ...] = ()) -> None:
        """The channel was reached and looked through; so many files there wait for their sender."""
        with self._lock:
            now = self._clock.now()
            self._found[name] = Condition(fine_at=now, looked_at=now, waiting=waiting, waits=waits)

    def failed(self, name: str, error: Exception) -> bool:
        """The channel could not be looked through; answers whether the reason is news."""
        with self._lock:
            old = self._found.get(name, Condition())
            now = self._clock.now()
            since = old.failing_since or now
            refused = isinstance(error, PolicyRefused | StandsStill)
            self._found[name] = Condition(old.fine_at, now, since, old.failures + 1, str(error), refused)
            return old.reason != str(error)

    def conditions(self) -> Mapping[str, Condition]:
        """All channels that were looked at."""
        with self._lock:
            return dict(self._found)
