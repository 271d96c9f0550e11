"""When nobody knocks any more: after refused logins or a changed host key an endpoint stands still until a person mends it.

A login is tried a few times, then no more, for all channels and deliveries together: the partner's account must not be locked
by us. What waits goes on waiting; a `gateway connector test` that succeeds lets everything go on.
"""

from __future__ import annotations

import structlog

from gateway.kernel import Clock, Issue
from gateway.kernel.errors import GatewayError, HostKeyRefused, LoginRefused, StandsStill
from gateway.kernel.instants import in_utc
from gateway.store import Store, pauses, refusals
from gateway.store.pauses import Pause

log = structlog.get_logger()

LOGINS = 3
"""So many refused logins in a row, by all processes together."""
LONGEST = 500


class Standstill:
    """Refusals are counted in the store, where the standstill is too: for every node, and for processes that live a moment only."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def require(self, connector: str) -> None:
        """StandsStill while the endpoint stands still, with the reason and the remedy."""
        with self._store.reading() as connection:
            found = pauses.standing(connection).get(name_of(connector))
        if found is not None:
            raise StandsStill(words(connector, found))

    def fine(self, connector: str) -> None:
        """The endpoint let us in."""
        with self._store.reading() as connection:
            if refusals.find(connection, connector) is None:
                return
        with self._store.transaction() as tx:
            refusals.forget(tx, connector)

    def refused(self, connector: str, error: GatewayError) -> None:
        """Count a refusal; the last one allowed, or a host key that is not pinned, makes the endpoint stand still."""
        if not isinstance(error, LoginRefused | HostKeyRefused):
            return
        now, reason = self._clock.now(), str(error)[:LONGEST]
        with self._store.transaction() as tx:
            times = LOGINS
            if isinstance(error, LoginRefused):
                times = refusals.add(tx, connector, now=now, reason=reason)
                error.args = (f"{error} Refused {times} of {LOGINS} times.",)
            stops = times >= LOGINS and pauses.stop(tx, name_of(connector), actor="SYSTEM", now=now, issue=Issue("GWY-12", reason))
        if stops:
            log.error("endpoint_stands_still", connector=connector, reason=str(error))


def words(connector: str, found: Pause) -> str:
    """What a person is told about an endpoint that stands still."""
    why = found.issue.text if found.issue else "a person stopped it"
    return f"{connector} stands still since {in_utc(found.at)}: {why}; mend it, then: gateway connector test {connector}"


def name_of(connector: str) -> str:
    """The name of an endpoint's standstill in the store."""
    return pauses.ENDPOINT + connector


def let_go_on(store: Store, connector: str) -> bool:
    """A person has seen to it: the endpoint is tried again; False when it was not standing still."""
    with store.transaction() as tx:
        refusals.forget(tx, connector)
        return pauses.go_on(tx, name_of(connector))
