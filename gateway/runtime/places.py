"""The connections to one host that all nodes share: leases `host:<host>:<n>`, held as long as a connection is kept.

One statement when a connection is made, one when it is closed, and the renewals of the node; none for a file. A node that finds all
places taken leaves a note (`host:<host>:wanted`): at their next renewal the others close what is idle there.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import structlog

from gateway.kernel import Clock
from gateway.store import Store, leases
from gateway.store.leases import Held

log = structlog.get_logger()

WANTED = "wanted"


class HostPlaces:
    """The places of one run. Before `begin` there is no run, and nothing is asked of the store."""

    def __init__(self, store: Store, clock: Clock, *, most: int, lease: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._most = most
        self._lease = lease
        self._run = ""
        self._lock = threading.Lock()
        self._held: dict[str, Held] = {}

    def begin(self, run: str) -> None:
        """From now on connections are made by this run. A file database has one node, whose own caps are enough."""
        if not self._store.is_sqlite:
            self._run = run

    def take(self, host: str) -> str | None:
        """A place at that host; None when all are taken, by whichever node."""
        if not self._run:
            return ""
        with self._lock:
            mine = set(self._held)
        names = [name for n in range(self._most) if (name := f"host:{host}:{n}") not in mine]
        held = leases.take_any(self._store, names, run=self._run, now=self._clock.now(), until=self._until())
        if held is None:
            leases.take(self._store, f"host:{host}:{WANTED}", run=self._run, now=self._clock.now(), until=self._until())
            return None
        with self._lock:
            self._held[held.name] = held
        return held.name

    def give(self, place: str) -> None:
        """The connection is closed."""
        with self._lock:
            held = self._held.pop(place, None)
        if held is not None:
            leases.release(self._store, held)

    def is_held(self, place: str) -> bool:
        """Whether the place is still ours; when it is not, the connection must go."""
        with self._lock:
            return not place or place in self._held

    def renew(self) -> frozenset[str]:
        """Keep the places; answers the hosts at which another node waits for one."""
        with self._lock:
            held = list(self._held.values())
        for one in held:
            if not leases.renew(self._store, one, until=self._until()):
                with self._lock:
                    self._held.pop(one.name, None)
                log.info("place_lost", host=_host(one.name))
        if not held:
            return frozenset()
        hosts = {_host(one.name) for one in held}
        names = {f"host:{host}:{WANTED}": host for host in hosts}
        with self._store.reading() as connection:
            wanted = leases.standing(connection, names, now=self._clock.now(), but=self._run)
        return frozenset(names[name] for name in wanted)

    def _until(self) -> datetime:
        return self._clock.now() + self._lease


def _host(place: str) -> str:
    """The host of a place; its name may hold colons of its own."""
    return place.split(":", 1)[1].rpartition(":")[0]
