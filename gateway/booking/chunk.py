"""Books documents a chunk a commit (decision 0006): fenced, retried when the world is busy, halved when the data is at fault.

A deadlock or a time-out never blames a document; bad data is narrowed down by halving until the guilty one stands alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from gateway.booking.blame import MACHINE, Blame, blame
from gateway.booking.entry import MOST, Broken, Chunk, Incoming, chunks
from gateway.booking.master import Master
from gateway.booking.receipts import Place
from gateway.booking.settle import settle
from gateway.booking.tally import Tally
from gateway.kernel.clock import Clock
from gateway.kernel.errors import LeaseLost, StoreBusy
from gateway.kernel.failpoints import failpoint
from gateway.store import BadData, OutcomeUnknown, Rule, Store, StoreAway, messages, tables, work
from gateway.store.dialects import prefer_indexes
from gateway.store.messages import MessageState
from gateway.store.session import Tx

HOLD = timedelta(seconds=120)
"""How long a file stays ours after each commit, unless the caller says otherwise."""
TRIES = 3
TRIES_ALONE = 8
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0


def book(files: Iterable[Incoming], *, store: Store, master: Master, clock: Clock, most: int = MOST, hold: timedelta = HOLD) -> Tally:
    """Book the documents of these files. Safe to run again at any point; all files belong to one run.

    A file whose lease was lost or whose reading breaks off leaves the others alone and stands in the tally. Raises StoreBusy when the
    database stays busy or away: what was committed stays, the rest is done again after a new claim.
    """
    booker = _Booker(store, master, clock, hold)
    for chunk in chunks(files, most=most):
        if isinstance(chunk, Broken):
            booker.tally.broken[chunk.message_id] = chunk.error
        else:
            booker.book(chunk)
    return booker.tally


class _Booker:
    """The store and what came of it so far."""

    def __init__(self, store: Store, master: Master, clock: Clock, hold: timedelta) -> None:
        self._store = store
        self._master = master
        self._clock = clock
        self._hold = hold
        self._blamed: dict[Place, Blame] = {}
        self.tally = Tally()

    def book(self, chunk: Chunk) -> None:
        """Bring this chunk to its end: booked whole, or in halves when it is refused."""
        tries, raced = 0, False
        while chunk.slices:
            error = self._attempt(chunk)
            match error:
                case None:
                    return
                case OutcomeUnknown():
                    chunk = self._what_is_left(chunk)
                    tries += 1
                    if tries >= TRIES_ALONE:
                        raise error
                    _pause(tries)
                case StoreAway():
                    raise error
                case StoreBusy() | LeaseLost():
                    tries += 1
                    if tries >= TRIES and chunk.size > 1:
                        self._book_halves(chunk)
                        return
                    if tries >= TRIES_ALONE:
                        raise error
                    _pause(tries)
                case BadData(rule=Rule.UNIQUE) if not raced:
                    raced = True  # somebody was faster with the same key; now we see who
                case _ if chunk.size > 1:
                    self._book_halves(chunk)
                    return
                case _:
                    self._condemn(chunk, error)

    def _attempt(self, chunk: Chunk) -> Exception | None:
        """One transaction; answers why it failed, if it did."""
        try:
            self._transact(chunk)
        except MACHINE as error:
            return StoreBusy(f"this machine cannot book now: {error}")
        except Exception as error:  # noqa: BLE001 - what went wrong decides what is done next
            return error
        return None

    def _book_halves(self, chunk: Chunk) -> None:
        """In their order, so that the order inside a file survives."""
        for half in chunk.halves():
            self.book(half)

    def _condemn(self, chunk: Chunk, error: Exception) -> None:
        """The guilty document stands alone: next time it is refused, with the reason."""
        places = [(entry.message_id, entry.place) for entry in chunk.entries]
        if not places or places[0] in self._blamed:
            raise error
        self._blamed[places[0]] = blame(error)

    def _transact(self, chunk: Chunk) -> None:
        """Files whose fence is lost leave before anything else; all others are decided, counted, and finished or put forward."""
        at = self._clock.now()
        self.tally.transactions += 1
        with self._store.transaction("in.apply") as tx:
            failpoint("in.apply.begin")
            prefer_indexes(tx)
            held = chunk.of(work.fence(tx, [part.work.lease for part in chunk.slices]))
            settled = settle(tx, held.entries, master=self._master, at=at, blamed=self._blamed)
            states = _close(tx, held, at, self._hold)
        self._master.remember(settled.draft.made)
        for it in settled.judged:
            it.measure()
        self.tally.verdicts += settled.verdicts
        self.tally.failures += settled.failures
        self.tally.finished.update(states)
        self.tally.lost |= {part.message_id for part in chunk.slices} - {part.message_id for part in held.slices}

    def _what_is_left(self, chunk: Chunk) -> Chunk:
        """After a commit whose answer was lost: the work rows tell whether it happened (store.md 4, class unknown)."""
        wanted = [part.work.lease.id for part in chunk.slices]
        columns = (tables.work.c.id, tables.work.c.holder, tables.work.c.fence, tables.work.c.next_place)
        with self._store.reading() as connection:
            rows = {row.id: row for row in connection.execute(select(*columns).where(tables.work.c.id.in_(wanted)))}
        left = []
        for part in chunk.slices:
            row = rows.get(part.work.lease.id)
            if row is None or (row.holder, row.fence) != (part.work.lease.holder, part.work.lease.fence):
                continue
            if part.total is not None or row.next_place < part.next_place:
                left.append(part)
        return Chunk(tuple(left))


def _close(tx: Tx, chunk: Chunk, at: datetime, hold: timedelta) -> dict[int, MessageState]:
    """Files that end here get their state and give up their work row; the others note how far they came, and stay ours."""
    totals = [(part.message_id, part.total) for part in chunk.slices if part.total is not None]
    messages.set_totals(tx, totals)
    states = messages.settle(tx, [message_id for message_id, _ in totals], now=at)
    ended = [part.work.lease for part in chunk.slices if part.total is not None]
    if ended:
        work.finish(tx, *ended)
    for part in chunk.slices:
        if part.total is None:
            work.progress(tx, part.work.lease, next_place=part.next_place, until=at + hold)
    return states


def _pause(tries: int) -> None:
    """Full jitter, within seconds; longer waits belong to the work row."""
    time.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries)))
