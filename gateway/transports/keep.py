"""Connections kept between polls: one owner at a time, a cap an endpoint and a cap a host, thrown away after any error.

The cap of a host counts what is lent and what is kept. Where several nodes talk to it, they share the places (`Places`).
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from gateway.kernel import meter
from gateway.kernel.errors import GatewayError, PlacesTaken
from gateway.transports.base import FileExists, FolderMissing, NoSuchFile, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from gateway.kernel.clock import Clock

OUTCOMES = (NoSuchFile, FileExists, FolderMissing)
"""Answers after which a connection is still good."""
LOOK = 0.5
"""Seconds between two looks for a place that another node may have given back."""


class Places(Protocol):
    """The connections to a host that all nodes may have together. A place is held as long as its connection is kept."""

    def take(self, host: str) -> str | None:
        """A place at that host; None when all are taken."""
        ...

    def give(self, place: str) -> None:
        """The connection is closed."""
        ...

    def is_held(self, place: str) -> bool:
        """Whether the place is still ours; when it is not, the connection must go."""
        ...


class NoPlaces:
    """One process alone: its own caps are enough."""

    def take(self, host: str) -> str | None:
        return ""

    def give(self, place: str) -> None:
        """Nobody asks."""

    def is_held(self, place: str) -> bool:
        return True


class Kept(Struct):
    """An open connection: to whom, at which host, by what place, and since when it is idle."""

    endpoint: str
    transport: Transport
    host: str | None
    place: str
    since: float = 0.0


class Connections:
    """Lends transports by endpoint name; a dead partner uses up only its own."""

    def __init__(
        self,
        clock: Clock,
        *,
        most: int = 4,
        idle: timedelta = timedelta(minutes=5),
        wait: timedelta = timedelta(seconds=30),
        places: Places | None = None,
    ) -> None:
        self._clock = clock
        self._most = most
        self._idle = idle.total_seconds()
        self._wait = wait.total_seconds()
        self._places = places or NoPlaces()
        self._changed = threading.Condition()
        self._busy: Counter[str] = Counter()
        self._at_host: Counter[str] = Counter()
        self._open: Counter[str] = Counter()
        self._kept: dict[str, list[Kept]] = defaultdict(list)
        self._lent: list[Kept] = []
        self._closed = False

    def cap(self, own: int | None) -> int:
        """The most connections to an endpoint that asks for so many itself."""
        return min(own or self._most, self._most)

    @contextmanager
    def lend(
        self, endpoint: str, connect: Callable[[], Transport], *, most: int | None = None, host: str | None = None
    ) -> Iterator[Transport]:
        """A kept connection or a new one, for one thread; kept again unless the body failed. `most`: the endpoint's own cap."""
        end = time.monotonic() + self._wait
        self._enter(endpoint, self.cap(most), end)
        try:
            lent = self._take(endpoint) or self._connected(endpoint, connect, host, end)
            with self._changed:
                self._lent.append(lent)
            try:
                yield lent.transport
            except OUTCOMES:
                self._return(lent)
                raise
            except BaseException:
                self._drop(lent)
                raise
            self._return(lent)
        finally:
            with self._changed:
                self._busy[endpoint] -= 1
                self._changed.notify_all()

    def forget(self, endpoint: str) -> None:
        """Close what is kept for an endpoint whose connector was changed."""
        with self._changed:
            old = self._kept.pop(endpoint, [])
        for one in old:
            self._end(one)

    def shed(self, hosts: Collection[str]) -> None:
        """Close what is idle too long, what has lost its place, and everything idle at these hosts: others wait for a place there."""
        with self._changed:
            gone = self._sorted_out([one for kept in self._kept.values() for one in kept], hosts)
        for one in gone:
            self._end(one)

    def cut(self) -> None:
        """End what is under way, from another thread: its users see a connection that broke."""
        with self._changed:
            lent = list(self._lent)
        for one in lent:
            with suppress(GatewayError):
                one.transport.close()

    def close(self) -> None:
        """Close everything that is kept; what is lent closes when it comes back."""
        self._closed = True
        for endpoint in list(self._kept):
            self.forget(endpoint)

    def _enter(self, endpoint: str, cap: int, end: float) -> None:
        """One of the endpoint's own connections, when one is free."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._busy[endpoint] < cap, max(0.0, end - time.monotonic())):
                raise PlacesTaken(f"all {cap} connections to {endpoint} are busy", retry_after=timedelta(seconds=self._wait))
            self._busy[endpoint] += 1

    def _connected(self, endpoint: str, connect: Callable[[], Transport], host: str | None, end: float) -> Kept:
        """A new connection, once there is room for it at the host."""
        place = "" if host is None else self._room(host, end)
        try:
            transport = connect()
        except BaseException:
            self._leave(host, place)
            raise
        self._count(endpoint, 1)
        return Kept(endpoint, transport, host, place)

    def _room(self, host: str, end: float) -> str:
        """A place at the host: an idle connection there goes first; then we wait for ourselves and for other nodes."""
        while True:
            with self._changed:
                idle = self._idle_at(host) if self._at_host[host] >= self._most else None
                fits = self._at_host[host] < self._most
                self._at_host[host] += fits
            if idle is not None:
                self._end(idle)
                continue
            place = self._place(host) if fits else None
            if place is not None:
                return place
            if time.monotonic() >= end:
                raise PlacesTaken(f"all {self._most} connections to {host} are busy", retry_after=timedelta(seconds=self._wait))
            with self._changed:
                self._changed.wait(min(LOOK, max(0.0, end - time.monotonic())))

    def _place(self, host: str) -> str | None:
        """The place that all nodes know of, for a connection that fits here; counted back when there is none."""
        place = None
        try:
            place = self._places.take(host)
        finally:
            if place is None:
                with self._changed:
                    self._at_host[host] -= 1
        return place

    def _idle_at(self, host: str) -> Kept | None:
        """An idle connection to the host, taken out: the one that has been idle longest."""
        idle = [one for kept in self._kept.values() for one in kept if one.host == host]
        oldest = min(idle, key=lambda one: one.since, default=None)
        if oldest is not None:
            self._kept[oldest.endpoint].remove(oldest)
        return oldest

    def _take(self, endpoint: str) -> Kept | None:
        """The one used last; older ones than `idle` are closed, since servers drop them without a word."""
        with self._changed:
            stale = self._sorted_out(list(self._kept[endpoint]), ())
            taken = self._kept[endpoint].pop() if self._kept[endpoint] else None
        for one in stale:
            self._end(one)
        return taken

    def _sorted_out(self, idle: list[Kept], hosts: Collection[str]) -> list[Kept]:
        """Those that are not kept any longer, taken out."""
        now = self._clock.monotonic()
        gone = [one for one in idle if now - one.since > self._idle or one.host in hosts or not self._places.is_held(one.place)]
        for one in gone:
            self._kept[one.endpoint].remove(one)
        return gone

    def _return(self, lent: Kept) -> None:
        with self._changed:
            is_good = not self._closed and self._places.is_held(lent.place)
            if is_good:
                self._lent.remove(lent)
                lent.since = self._clock.monotonic()
                self._kept[lent.endpoint].append(lent)
        if not is_good:
            self._drop(lent)

    def _drop(self, lent: Kept) -> None:
        with self._changed:
            self._lent.remove(lent)
        self._end(lent)

    def _end(self, one: Kept) -> None:
        """Close it and give its place back."""
        try:
            one.transport.close()
        finally:
            self._leave(one.host, one.place)
            self._count(one.endpoint, -1)

    def _leave(self, host: str | None, place: str) -> None:
        if host is None:
            return
        try:
            self._places.give(place)
        finally:
            with self._changed:
                self._at_host[host] -= 1
                self._changed.notify_all()

    def _count(self, endpoint: str, by: int) -> None:
        with self._changed:
            self._open[endpoint] += by
            meter.put(meter.CONNECTIONS_OPEN, self._open[endpoint], connector=endpoint)
