"""Threads that repeat one step. Whoever takes long over a step is relieved: a fresh thread takes the place, and the slow one ends later.

So a partner that hangs costs a thread of its own and nobody else's; how many may hang is bounded by the shares of all partners.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gateway.runtime.shares import PATIENCE

TICK = 0.25
"""Seconds between two looks at who is slow."""


class Crew:
    """So many brisk threads (`width`), never more than `most` altogether.

    `step` says how much it did; `rest` waits for more after nothing was, and is given what it answered the time before.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], int],
        rest: Callable[[int], int],
        *,
        width: int,
        most: int,
        stop: threading.Event,
        patience: float = PATIENCE,
    ) -> None:
        self.name = name
        self._step = step
        self._rest = rest
        self._width = width
        self._most = most
        self._stop = stop
        self._patience = patience
        self._lock = threading.Lock()
        self._since: dict[threading.Thread, float | None] = {}  # None: at rest
        self._numbers = 0

    def relieve(self) -> None:
        """Have as many brisk threads as there should be; called again and again by whoever started the crew."""
        with self._lock:
            missing = min(self._width - self._brisk(), self._most - len(self._since))
            fresh = [self._recruited() for _ in range(missing)]
        for thread in fresh:
            thread.start()

    def is_alive(self) -> bool:
        """Whether anybody is at work."""
        with self._lock:
            return any(thread.is_alive() for thread in self._since)

    def join(self, *, seconds: float) -> bool:
        """Wait until all have ended, at most so long; they do after the step they are at, once `stop` is set."""
        end = time.monotonic() + seconds
        with self._lock:
            threads = list(self._since)
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _recruited(self) -> threading.Thread:
        self._numbers += 1
        thread = threading.Thread(target=self._work, name=f"{self.name}-{self._numbers}", daemon=True)
        self._since[thread] = None
        return thread

    def _work(self) -> None:
        me = threading.current_thread()
        seen = 0
        try:
            while not self._stop.is_set() and self._is_wanted(me):
                done = self._step()
                with self._lock:
                    self._since[me] = None
                if not done:
                    seen = self._rest(seen)
        finally:
            with self._lock:
                self._since.pop(me, None)

    def _is_wanted(self, me: threading.Thread) -> bool:
        """One more step, unless somebody has taken my place meanwhile."""
        with self._lock:
            self._since[me] = time.monotonic()
            return self._brisk() <= self._width

    def _brisk(self) -> int:
        now = time.monotonic()
        return sum(since is None or now - since <= self._patience for since in self._since.values())
