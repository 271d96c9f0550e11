"""How many threads of this process may be with one partner at a time: never more than its share, and never all there are.

What takes long does not count as being all there are, since a fresh thread takes its place (`crew.py`); it still counts for its share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping

from gateway.kernel import Clock

PATIENCE = 1.0
"""Seconds after which a step is long."""


class Shares:
    """Who is being served now. `most`: so many threads for each partner; `width`: so many do brisk work together."""

    def __init__(
        self, clock: Clock, most: Mapping[str, int], *, width: int, suspect: Callable[[str], bool], patience: float = PATIENCE
    ) -> None:
        self._clock = clock
        self._most = most
        self._brisk = max(1, width - 1)
        self._suspect = suspect
        self._patience = patience
        self._lock = threading.Lock()
        self._since: dict[str, list[float]] = {}

    def full(self) -> Collection[str]:
        """The partners for whom no further thread may set out: a suspect one has a single thread."""
        now = self._clock.monotonic()
        with self._lock:
            return {name for name, since in self._since.items() if self._is_full(name, since, now)}

    def take(self, name: str) -> float:
        """One thread sets out to this partner; answers what to `give` back."""
        since = self._clock.monotonic()
        with self._lock:
            self._since.setdefault(name, []).append(since)
        return since

    def give(self, name: str, since: float) -> None:
        """It is back."""
        with self._lock:
            self._since[name].remove(since)
            if not self._since[name]:
                del self._since[name]

    def _is_full(self, name: str, since: list[float], now: float) -> bool:
        most = 1 if self._suspect(name) else self._most.get(name, 1)
        return len(since) >= most or sum(now - one <= self._patience for one in since) >= self._brisk
