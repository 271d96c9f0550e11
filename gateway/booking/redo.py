"""Looks again at a document that was set aside (store.md 4, T5): woken by its order, at its deadline, or every minute.

The order's key is locked before the fence of the work row: whoever wakes does it in that order too, so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select, update

from gateway.booking import early, erasure
from gateway.booking.blame import MACHINE, Blame, blame
from gateway.booking.decide import Known
from gateway.booking.entry import Entry
from gateway.booking.load import load, lock, touch
from gateway.booking.master import Draft, Master
from gateway.booking.receipts import Place, Receipts
from gateway.booking.settle import NOBODY, drop_unused, judge, note, take_up, write
from gateway.booking.tally import Failure, Judged, Tally
from gateway.domain.outcome import Outcome, Verdict
from gateway.kernel.clock import Clock
from gateway.kernel.errors import LeaseLost, StoreBusy
from gateway.store import Store, loads, messages, tables, work
from gateway.store.dialects import prefer_indexes
from gateway.store.effects import Effects
from gateway.store.messages import MessageState
from gateway.store.session import Tx
from gateway.store.work import Work


def redo(works: Iterable[Work], *, store: Store, master: Master, clock: Clock) -> Tally:
    """Decide these early documents again, each in its own transaction; still too early before the deadline: they go on waiting."""
    tally = Tally()
    for it in works:
        try:
            done = _done(it, store=store, master=master, clock=clock)
        except LeaseLost:
            tally.lost.add(it.subject)
            continue
        tally.transactions += 1
        if done is not None:
            master.remember(done.draft.made)
            done.judged.measure()
            tally.verdicts[done.judged.verdict] += 1
            tally.put_off += done.judged.verdict is Verdict.EARLY
            tally.failures += done.failures
            tally.finished.update(done.states)
    return tally


class _Done(Struct, frozen=True):
    """What one look did."""

    judged: Judged
    draft: Draft
    failures: list[Failure]
    states: dict[int, MessageState]


def _done(it: Work, *, store: Store, master: Master, clock: Clock) -> _Done | None:
    """One look; when the database refuses the document, a second one that refuses it."""
    try:
        return store.attempt(lambda tx: _look(tx, it, master=master, at=clock.now(), blamed=NOBODY), at="park.redo")
    except (LeaseLost, StoreBusy):
        raise
    except MACHINE as error:
        raise StoreBusy(f"this machine cannot book now: {error}") from error
    except Exception as error:  # noqa: BLE001 - a data error or a bug of ours: this document stands alone already
        blamed = {(it.subject, it.place): blame(error)}
        return store.attempt(lambda tx: _look(tx, it, master=master, at=clock.now(), blamed=blamed), at="park.redo")


def _look(tx: Tx, it: Work, *, master: Master, at: datetime, blamed: Mapping[Place, Blame]) -> _Done | None:
    """Keys, then fence, then everything else as in booking."""
    prefer_indexes(tx)
    entry = _entry(tx, it, at)
    touched = touch([entry] if entry is not None else [], master.organization)
    locked = lock(tx, touched, also=loads.names(tx.connection, [it.waits_for] if it.waits_for is not None else []))
    work.require(tx, it.lease)
    early.leave(next((key for key in locked.keys.values() if key.id == it.waits_for), None))
    effects = Effects(tx, {key.id: key for key in locked.keys.values()}, at=at)
    if entry is None:
        work.finish(tx, it.lease)
        effects.write()
        drop_unused(tx, locked.keys.values())
        return None
    known, draft = load(tx, [entry], touched, locked, master=master, at=at)
    failures: list[Failure] = []
    entry = erasure.without(entry, known)
    outcome = judge(entry, known, blamed, failures)
    states: dict[int, MessageState] = {}
    if outcome.verdict is Verdict.EARLY:
        _wait_on(tx, it, entry, outcome, known)
        effects.write()
    else:
        receipts = Receipts(tx, [entry])
        take_up(outcome, entry, known, draft, effects)
        receipts.add(entry, outcome)
        write(tx, effects, known)
        work.finish(tx, it.lease)
        receipts.write()
        states = messages.settle(tx, [it.subject], now=at)
    erasure.note(tx, [entry], known)
    drop_unused(tx, locked.keys.values())
    note(tx, failures, at=at)
    judged = Judged(entry.kind, outcome.verdict, tuple(issue.code for issue in outcome.issues))
    return _Done(judged, draft, failures, states)


def _entry(tx: Tx, it: Work, at: datetime) -> Entry | None:
    """The document as it was kept; None when it was decided otherwise meanwhile."""
    receipt = tables.receipt.c
    here = (receipt.message_id == it.subject) & (receipt.place == it.place) & (receipt.verdict == Verdict.EARLY)
    body = tx.connection.execute(select(receipt.body).where(here)).scalar_one_or_none()
    return None if body is None else early.read(body).entry(at)


def _wait_on(tx: Tx, it: Work, entry: Entry, outcome: Outcome, known: Known) -> None:
    """Still too early: the same row, at another time, perhaps for another order."""
    key, due_at = early.wait_on(entry, outcome, known)
    work.later(tx, it.lease, due_at=due_at)
    waits_for = None if key is None else key.id
    if waits_for != it.waits_for:
        receipt = tables.receipt.c
        here = (receipt.message_id == it.subject) & (receipt.place == it.place)
        tx.connection.execute(update(tables.work).where(tables.work.c.id == it.lease.id).values(waits_for=waits_for))
        tx.connection.execute(update(tables.receipt).where(here).values(order_id=waits_for))
