"""What is to be done at partners' places soon: looks into channels, and tidying up there. Each once, however often it is asked for.

The clockwork only asks; a crew does it, so that a partner who hangs holds up his own visits and no clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgspec import Struct

from gateway.runtime.shares import Shares


class Visit(Struct, frozen=True):
    """One thing to do with one partner; `key` tells it from others."""

    key: str
    partner: str
    act: Callable[[], object]


class Visits:
    """The visits that are asked for, in that order; partners whose share is used up are passed over."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._changed = threading.Condition()
        self._waiting: dict[str, Visit] = {}
        self._going: set[str] = set()

    def ask(self, visit: Visit) -> None:
        """Soon, unless it is waiting or going already: who asks by the clock asks again."""
        with self._changed:
            if visit.key not in self._going:
                self._waiting.setdefault(visit.key, visit)
                self._changed.notify()

    def ask_again(self, visit: Visit) -> None:
        """Soon, or once more after the one that is going: something has happened that it may have missed."""
        with self._changed:
            self._waiting.setdefault(visit.key, visit)
            self._changed.notify()

    def step(self) -> int:
        """Make one visit; answers how many were made."""
        with self._changed:
            full = self._shares.full()
            chosen = next((it for it in self._waiting.values() if it.key not in self._going and it.partner not in full), None)
            if chosen is None:
                return 0
            del self._waiting[chosen.key]
            self._going.add(chosen.key)
            share = self._shares.take(chosen.partner)
        try:
            chosen.act()
        finally:
            self._shares.give(chosen.partner, share)
            with self._changed:
                self._going.discard(chosen.key)
                self._changed.notify_all()
        return 1

    def rest(self, seconds: float) -> None:
        """Wait until something changes, at most so long."""
        with self._changed:
            self._changed.wait(seconds)
