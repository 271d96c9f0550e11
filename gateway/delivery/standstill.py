"""When nobody knocks any more: after refused logins or a changed host key an endpoint stands still until a person mends it.

A login is tried a few times, then no more, for all channels and deliveries together: the partner's account must not be locked
by us. What waits goes on waiting; a `gateway connector test` that succeeds lets everything go on.
"""

from __future__ import annotations

import threading
from collections import Counter

import structlog

from gateway.kernel import Clock, Issue
from gateway.kernel.errors import GatewayError, HostKeyRefused, LoginRefused, StandsStill
from gateway.store import Store, pauses
from gateway.store.pauses import Pause

log = structlog.get_logger()

LOGINS = 3
"""So many refused logins in a row, by all threads of a process together."""


class Standstill:
    """Watches the refusals of one process; the standstill itself is in the store, so it holds for every node and after a restart."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._refused: Counter[str] = Counter()

    def require(self, connector: str) -> None:
        """StandsStill while the endpoint stands still, with the reason and the remedy."""
        with self._store.reading() as connection:
            found = pauses.standing(connection).get(name_of(connector))
        if found is not None:
            raise StandsStill(words(connector, found))

    def fine(self, connector: str) -> None:
        """The endpoint let us in."""
        with self._lock:
            self._refused.pop(connector, None)

    def refused(self, connector: str, error: GatewayError) -> None:
        """Count a refusal; the last one allowed, or a host key that is not pinned, makes the endpoint stand still."""
        if not isinstance(error, LoginRefused | HostKeyRefused):
            return
        with self._lock:
            self._refused[connector] += 1
            if isinstance(error, LoginRefused) and self._refused[connector] < LOGINS:
                return
        with self._store.transaction() as tx:
            issue = Issue("GWY-12", str(error)[:500])
            if pauses.stop(tx, name_of(connector), actor="SYSTEM", now=self._clock.now(), issue=issue):
                log.error("endpoint_stands_still", connector=connector, reason=str(error))


def words(connector: str, found: Pause) -> str:
    """What a person is told about an endpoint that stands still."""
    why = found.issue.text if found.issue else "a person stopped it"
    return f"{connector} stands still since {found.at:%Y-%m-%d %H:%M} UTC: {why}; mend it, then: gateway connector test {connector}"


def name_of(connector: str) -> str:
    """The name of an endpoint's standstill in the store."""
    return pauses.ENDPOINT + connector


def let_go_on(store: Store, connector: str) -> bool:
    """A person has seen to it: the endpoint is tried again; False when it was not standing still."""
    with store.transaction() as tx:
        return pauses.go_on(tx, name_of(connector))
