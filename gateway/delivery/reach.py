"""The door to every endpoint, for polls and deliveries of all nodes together: who may try it now, and what every try has found.

Two things close it: a standstill, which a person ends, and a breaker, which a successful probe ends. Both are in the store.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import get_ident

import structlog
from msgspec import Struct
from sqlalchemy import Connection

from gateway.config.settings import RetrySettings
from gateway.delivery import circuit, standstill
from gateway.delivery.circuit import Finding
from gateway.delivery.standstill import Standstill
from gateway.kernel import Clock
from gateway.kernel.backoff import delay
from gateway.kernel.errors import CutOff, GatewayError, PolicyRefused, StandsStill
from gateway.store import Store, breakers, pauses
from gateway.store.breakers import Breaker, BreakerState

log = structlog.get_logger()


class Closed(Struct, frozen=True):
    """Why nobody may try an endpoint, in words; when a probe may, if it is not for a person to open it."""

    text: str
    probe_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether somebody may probe it."""
        return self.probe_at is not None and self.probe_at <= now


class Reach:
    """Asked before every try and told after it. `lease`: so long a probe may take before somebody else probes."""

    def __init__(
        self, store: Store, clock: Clock, *, retry: RetrySettings, lease: timedelta, chance: Callable[[], float] = random.random
    ) -> None:
        self._store = store
        self._clock = clock
        self._retry = retry
        self._lease = lease
        self._chance = chance
        self._standstill = Standstill(store, clock)
        self._troubled: set[str] = set()
        self._probing: dict[str, int] = {}
        """Whose probe is under way, and on which thread: others may have set out before the endpoint was cut off."""
        self._is_closing = False

    def closed(self) -> Mapping[str, Closed]:
        """Every endpoint that nobody may try now, or that is only probed."""
        return closed_endpoints(self._store)

    def admit(self, connector: str, *, run: str) -> None:
        """StandsStill or CutOff, with the reason, unless this run may try the endpoint now; then it must say what it `heard`."""
        with self._store.reading() as connection:
            stopped = pauses.find(connection, standstill.name_of(connector))
            known = breakers.get(connection, connector)
        if stopped is not None:
            raise StandsStill(standstill.words(connector, stopped))
        if known is None:
            return
        self._troubled.add(connector)
        if known.state is not BreakerState.OPEN:
            return
        now = self._clock.now()
        if not breakers.take_probe(self._store, connector, run=run, now=now, until=now + self._lease):
            raise CutOff(circuit.words(known), retry_after=None if known.probe_at is None else known.probe_at - now)
        self._probing[connector] = get_ident()
        log.info("endpoint_probed", connector=connector)

    def close(self) -> None:
        """This process ends: what breaks from now on we have broken ourselves."""
        self._is_closing = True

    def leave(self, connector: str, *, run: str) -> None:
        """After `admit`, it was not tried; if this would have been the probe, somebody may try again soon."""
        if self._was_probe(connector):
            breakers.leave_probe(self._store, connector, run=run, probe_at=self._clock.now() + self._retry.first)

    def is_suspect(self, connector: str) -> bool:
        """Whether this process has lately seen it fail, and not seen it succeed since."""
        return connector in self._troubled

    def let_in(self, connector: str) -> None:
        """The login was accepted."""
        self._standstill.fine(connector)

    @contextmanager
    def heard(self, connector: str, *, run: str) -> Iterator[None]:
        """The try itself: how it ends says whether the endpoint can be reached."""
        try:
            yield
        except GatewayError as error:
            match Finding.NOTHING if self._is_closing else circuit.finding(error):
                case Finding.REACHED:
                    self._reached(connector, refusal=str(error) if isinstance(error, PolicyRefused) else None)
                case Finding.CUT_OFF:
                    self._failed(connector, str(error), run)
                case Finding.NOTHING:
                    self.leave(connector, run=run)
            self._standstill.refused(connector, error)
            raise
        except BaseException:
            self.leave(connector, run=run)
            raise
        self._reached(connector)

    def _reached(self, connector: str, *, refusal: str | None = None) -> None:
        self._probing.pop(connector, None)
        if connector in self._troubled:
            self._troubled.discard(connector)
            let_through(self._store, connector, self._clock, refusal=refusal)

    def _failed(self, connector: str, reason: str, run: str) -> None:
        now = self._clock.now()
        self._troubled.add(connector)
        prober = run if self._was_probe(connector) else None
        with self._store.transaction("breaker.failed") as tx:
            known = breakers.locked(tx, circuit.first_failure(connector, reason, now=now))
            if known is None:
                return
            changed = circuit.another_failure(known, reason, prober=prober, now=now, waits=self._wait)
            breakers.keep(tx, changed)
        if changed.state is not known.state:
            log.warning("endpoint_cut_off", connector=connector, failures=changed.failures, reason=reason, due_at=_iso(changed))

    def _was_probe(self, connector: str) -> bool:
        """Whether this thread has probed the endpoint; it has ended then."""
        if self._probing.get(connector) != get_ident():
            return False
        del self._probing[connector]
        return True

    def _wait(self, probe: int) -> timedelta:
        return delay(probe, self._chance(), first=self._retry.first, cap=self._retry.longest)


def closed_endpoints(store: Store) -> Mapping[str, Closed]:
    """Every endpoint that nobody may try now, or that is only probed, and why."""
    with store.reading() as connection:
        return closed_in(connection)


def closed_in(connection: Connection) -> Mapping[str, Closed]:
    """The same as the picture of this connection has it."""
    troubled, stopped = breakers.standing(connection), pauses.endpoints(connection)
    found = {name: Closed(circuit.words(it), it.probe_at) for name, it in troubled.items() if it.state is BreakerState.OPEN}
    return found | {name: Closed(standstill.words(name, it)) for name, it in stopped.items()}


def let_through(store: Store, connector: str, clock: Clock, *, refusal: str | None = None) -> bool:
    """The endpoint was reached: whatever was wrong is forgotten; answers whether it was cut off until now.

    `refusal`: its words where it answered only to refuse us.
    """
    with store.transaction("breaker.reached") as tx:
        known = breakers.clear(tx, connector, now=clock.now())
    if known is None or known.state is not BreakerState.OPEN:
        return False
    if refusal is None:
        log.info("endpoint_reached_again", connector=connector, since=known.since.isoformat())
    else:
        log.warning("endpoint_answers_refusing", connector=connector, since=known.since.isoformat(), reason=refusal)
    return True


def _iso(known: Breaker) -> str:
    return "" if known.probe_at is None else known.probe_at.isoformat()
