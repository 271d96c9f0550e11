"""Deliveries, one item at a time, so that every partner has its turn and none has more than its share of the threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from gateway.delivery import Courier, Reach, outbound_hold
from gateway.kernel import Clock
from gateway.runtime.claims import Claims
from gateway.runtime.shares import Shares
from gateway.store import Store
from gateway.store.outbox import ItemState
from gateway.store.work import Kind, Work

ON_THE_WAY = frozenset({ItemState.WAITING, ItemState.BLESSED})
MOST, EACH = 8, 4
"""So many items are claimed at a time, so many of them for one partner."""


class Rounds:
    """Takes the next item of a partner who may be served now, and brings it there.

    A few items are claimed at a time and lie in hand until a thread may set out with them; they wait for nobody but their own partner.
    """

    def __init__(self, store: Store, clock: Clock, claims: Claims, courier: Courier, reach: Reach, shares: Shares) -> None:
        self._store = store
        self._clock = clock
        self._claims = claims
        self._courier = courier
        self._reach = reach
        self._shares = shares
        self._turn = threading.Lock()  # or two threads would set out to one partner at once
        self._hand: dict[str, deque[Work]] = {}

    def step(self) -> int:
        """Try one item that is due; answers how many there were. None while everything that goes out is on hold."""
        if outbound_hold(self._store) is not None:
            self.close()
            return 0
        with self._next() as it:
            if it is not None:
                self._claims.guarded(it, self._deliver)
        return 0 if it is None else 1

    def _deliver(self, it: Work) -> None:
        if self._courier.deliver(it) in ON_THE_WAY:
            self._claims.postpone()

    def close(self) -> None:
        """Hand back what no thread has set out with."""
        with self._turn:
            self._put_back(list(self._hand))

    @contextmanager
    def _next(self) -> Iterator[Work | None]:
        """An item whose partner may be served now, the partner's share taken while the body runs."""
        with self._turn:
            it = self._chosen()
            share = 0.0 if it is None else self._shares.take(it.connector)
        try:
            yield it
        finally:
            if it is not None:
                self._shares.give(it.connector, share)
                self._claims.drop([it.lease])

    def _chosen(self) -> Work | None:
        """From what is in hand, or newly claimed; what must wait now is not kept in hand."""
        closed = self._closed()
        self._put_back([name for name in self._hand if name in closed])
        full = self._shares.full()
        found = self._from_hand(full)
        if found is None:
            but = closed | set(full) | set(self._hand)
            for it in self._claims.take(Kind.DELIVER, most=MOST, each=EACH, but=but):
                self._hand.setdefault(it.connector, deque()).append(it)
            found = self._from_hand(full)
        return found

    def _from_hand(self, full: Collection[str]) -> Work | None:
        """The next item of a partner that has a thread free; partners take turns."""
        name = next((name for name in self._hand if name not in full), None)
        if name is None:
            return None
        items = self._hand.pop(name)
        found = items.popleft()
        if items:
            self._hand[name] = items  # at the end of the row
        return found

    def _put_back(self, names: Collection[str]) -> None:
        """These partners' items wait in the store, as if nobody had claimed them."""
        items = [it for name in names for it in self._hand.pop(name)]
        if items:
            self._claims.hand_back(items)

    def _closed(self) -> set[str]:
        """The connectors whose items wait now without a try."""
        now = self._clock.now()
        return {name for name, why in self._reach.closed().items() if not why.is_due(now)}
