"""Deliveries, one item at a time, so that every partner has its turn and none has more than its share of the threads."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from gateway.delivery import Courier, Reach, outbound_hold
from gateway.kernel import Clock
from gateway.runtime.claims import Claims
from gateway.runtime.shares import Shares
from gateway.store import Store
from gateway.store.work import Kind


class Rounds:
    """Takes the next item of a partner who may be served now, and brings it there."""

    def __init__(self, store: Store, clock: Clock, claims: Claims, courier: Courier, reach: Reach, shares: Shares) -> None:
        self._store = store
        self._clock = clock
        self._claims = claims
        self._courier = courier
        self._reach = reach
        self._shares = shares
        self._turn = threading.Lock()

    def step(self) -> int:
        """Try one item that is due; answers how many there were. None while everything that goes out is on hold."""
        if outbound_hold(self._store) is not None:
            return 0
        with ExitStack() as held:
            with self._turn:  # or two threads would set out to one partner at once
                works = held.enter_context(self._claims.some(Kind.DELIVER, but=self._closed() | set(self._shares.full())))
                for it in works:
                    held.callback(self._shares.give, it.connector, self._shares.take(it.connector))
            for it in works:
                self._claims.guarded(it, self._courier.deliver)
        return len(works)

    def _closed(self) -> set[str]:
        """The connectors whose items wait now without a try."""
        now = self._clock.now()
        return {name for name, why in self._reach.closed().items() if not why.is_due(now)}
