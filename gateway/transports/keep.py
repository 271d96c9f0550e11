"""Connections kept between polls: one owner at a time, a cap an endpoint, thrown away after any error."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.kernel.errors import EndpointDown
from gateway.transports.base import FileExists, FolderMissing, NoSuchFile, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.kernel.clock import Clock

OUTCOMES = (NoSuchFile, FileExists, FolderMissing)
"""Answers after which a connection is still good."""


class Connections:
    """Lends transports by endpoint name; a dead partner uses up only its own."""

    def __init__(
        self, clock: Clock, *, most: int = 4, idle: timedelta = timedelta(minutes=5), wait: timedelta = timedelta(seconds=30)
    ) -> None:
        self._clock = clock
        self._most = most
        self._idle = idle.total_seconds()
        self._wait = wait.total_seconds()
        self._lock = threading.Lock()
        self._slots: dict[str, threading.BoundedSemaphore] = {}
        self._kept: dict[str, list[tuple[float, Transport]]] = defaultdict(list)
        self._closed = False

    @contextmanager
    def lend(self, endpoint: str, connect: Callable[[], Transport], *, most: int | None = None) -> Iterator[Transport]:
        """A kept connection or a new one, for one thread; kept again unless the body failed. `most`: the endpoint's own cap."""
        cap = min(most or self._most, self._most)
        slots = self._slots_of(endpoint, cap)
        if not slots.acquire(timeout=self._wait):
            raise EndpointDown(f"all {cap} connections to {endpoint} are busy", retry_after=timedelta(seconds=self._wait))
        try:
            transport = self._take(endpoint) or connect()
            try:
                yield transport
            except OUTCOMES:
                self._keep(endpoint, transport)
                raise
            except BaseException:
                transport.close()
                raise
            self._keep(endpoint, transport)
        finally:
            slots.release()

    def forget(self, endpoint: str) -> None:
        """Close what is kept for an endpoint whose connector was changed."""
        with self._lock:
            old = self._kept.pop(endpoint, [])
        for _, transport in old:
            transport.close()

    def close(self) -> None:
        """Close everything that is kept; what is lent closes when it comes back."""
        self._closed = True
        for endpoint in list(self._kept):
            self.forget(endpoint)

    def _slots_of(self, endpoint: str, cap: int) -> threading.BoundedSemaphore:
        with self._lock:
            return self._slots.setdefault(endpoint, threading.BoundedSemaphore(cap))

    def _take(self, endpoint: str) -> Transport | None:
        """The one used last; older ones than `idle` are closed, since servers drop them without a word."""
        now = self._clock.monotonic()
        with self._lock:
            kept = self._kept[endpoint]
            stale = [transport for since, transport in kept if now - since > self._idle]
            fresh = [(since, transport) for since, transport in kept if now - since <= self._idle]
            taken = fresh.pop()[1] if fresh else None
            self._kept[endpoint] = fresh
        for transport in stale:
            transport.close()
        return taken

    def _keep(self, endpoint: str, transport: Transport) -> None:
        with self._lock:
            if not self._closed:
                self._kept[endpoint].append((self._clock.monotonic(), transport))
                return
        transport.close()
