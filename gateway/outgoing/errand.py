"""A claimed piece of making work: its lease and its slot. Ends in the transaction that says what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from gateway.kernel import Issue
from gateway.store import Store, Tx, slots, work
from gateway.store.slots import SlotState
from gateway.store.work import Lease


class Errand(Struct, frozen=True):
    """Why something is made now, and the right to make it."""

    lease: Lease
    slot_id: int

    def begin(self, store: Store, *, now: datetime) -> None:
        """The slot runs."""
        with store.transaction("schedule.start") as tx:
            work.require(tx, self.lease)
            slots.start(tx, self.slot_id, now=now, run=self.lease.holder)

    def require(self, tx: Tx) -> None:
        """The first statement of every transaction of the errand."""
        work.require(tx, self.lease)

    def end(self, store: Store, *, done: int, now: datetime, issues: Sequence[Issue] = (), failed: int = 0) -> None:
        """Nothing (more) is to be made: the work row goes, the slot says how it went and keeps the first issue."""
        state = SlotState.SUCCESS if not issues else SlotState.FAILED if done else SlotState.ERROR
        with store.transaction("schedule.end") as tx:
            work.finish(tx, self.lease)
            slots.end(tx, self.slot_id, state, now=now, done=done, failed=failed, issue=next(iter(issues), None))
