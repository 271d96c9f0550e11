"""Deadlines that hold: a watchdog that cuts a hanging connection, and the pace a transfer must keep.

Timeouts of sockets and channels do not always fire; cutting the socket from outside always ends a call.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.kernel.errors import EndpointDown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.transports.options import Deadlines

ENOUGH = 64 * 1024
"""So many bytes must move within the progress deadline."""


class Watchdog:
    """Calls `cut` when the guarded call takes longer than it may; one thread a connection."""

    def __init__(self, cut: Callable[[], None], *, tick: float) -> None:
        self._cut = cut
        self._tick = tick
        self._due: float | None = None
        self._ended = threading.Event()
        self.bitten = False
        self._thread = threading.Thread(target=self._watch, name="transport-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The body may take so long; calls inside a guarded body keep the outer limit."""
        if self._due is not None:
            yield
            return
        self._due = time.monotonic() + seconds
        try:
            yield
        finally:
            self._due = None

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(self._tick):
            due = self._due
            if due is not None and time.monotonic() > due:
                self.bitten = True
                self._cut()
                return


class Pace:
    """The time one file has spent waiting for the other side, against what it may."""

    def __init__(self, deadlines: Deadlines, *, doing: str, size: int | None = None) -> None:
        self._deadlines = deadlines
        self._doing = doing
        self._size = size or 0
        self._waited = 0.0
        self._window_waited = 0.0
        self._window_moved = 0

    def waited(self, seconds: float, *, moved: int) -> None:
        """Account for one wait; EndpointDown when the other side is too slow."""
        self._waited += seconds
        self._window_waited += seconds
        self._window_moved += moved
        progress = self._deadlines.progress.total_seconds()
        if self._window_moved >= ENOUGH:
            self._window_waited, self._window_moved = 0.0, 0
        elif self._window_waited > progress:
            raise EndpointDown(f"{self._doing}: only {self._window_moved} bytes in {progress:g} s; given up")
        allowed = self._deadlines.whole_file.total_seconds() + self._size / self._deadlines.slowest
        if self._waited > allowed:
            raise EndpointDown(f"{self._doing}: not finished after {allowed:g} s; given up")
