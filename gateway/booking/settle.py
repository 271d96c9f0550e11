"""The inside of one transaction: lock what the documents touch, load it, decide each, write everything in bulk (store.md 4, T4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import delete

from gateway.booking import early, erasure
from gateway.booking.blame import MACHINE, Blame, blame
from gateway.booking.decide import Known, decide
from gateway.booking.entry import Entry
from gateway.booking.load import load, lock, touch
from gateway.booking.master import Draft, Master
from gateway.booking.receipts import Place, Receipts
from gateway.booking.tally import Failure, Judged
from gateway.domain.notice import NO_PAPER, Notice, Paper, wanted_of
from gateway.domain.order import KeyState
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, Verdict, refused
from gateway.kernel.failpoints import failpoint
from gateway.store import events, tables, work
from gateway.store.effects import Effects
from gateway.store.loads import LockedKey
from gateway.store.messages import SYSTEM
from gateway.store.session import Tx

NOBODY: Mapping[Place, Blame] = MappingProxyType({})


class Settled(Struct, frozen=True):
    """What a transaction decided; told and remembered only once it is committed."""

    judged: tuple[Judged, ...]
    failures: tuple[Failure, ...]
    draft: Draft

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many documents were decided how."""
        return Counter(it.verdict for it in self.judged)


def settle(tx: Tx, entries: Sequence[Entry], *, master: Master, at: datetime, blamed: Mapping[Place, Blame] = NOBODY) -> Settled:
    """Decide the documents in their order and write what follows from them; receipts that are final stay."""
    receipts = Receipts(tx, entries)
    todo = [entry for entry in entries if not receipts.is_final(entry)]
    touched = touch(todo, master.organization)
    known, draft = load(tx, todo, touched, lock(tx, touched), master=master, at=at)
    effects = Effects(tx, {key.id: key for key in known.keys.values()}, at=at)
    judged: list[Judged] = []
    failures: list[Failure] = []
    for entry in todo:
        failpoint("in.map.record")
        entry = erasure.without(entry, known)  # noqa: PLW2901 - from here on without what was erased
        outcome = judge(entry, known, blamed, failures)
        if outcome.verdict is Verdict.EARLY and not early.has_room(tx, entry.origin.connector):
            outcome = replace(outcome, verdict=Verdict.REFUSED)
        take_up(outcome, entry, known, draft, effects)
        if outcome.verdict is Verdict.EARLY:
            receipts.add_early(entry, early.promised(outcome, entry, known), early.set_aside(tx, entry, outcome, known))
        else:
            receipts.add(entry, outcome)
        judged.append(Judged(entry.kind, outcome.verdict, tuple(issue.code for issue in outcome.issues)))
    write(tx, effects, known)
    receipts.write()
    erasure.note(tx, todo, known)
    drop_unused(tx, known.keys.values())
    note(tx, failures, at=at)
    return Settled(tuple(judged), tuple(failures), draft)


def take_up(outcome: Outcome, entry: Entry, known: Known, draft: Draft, effects: Effects) -> None:
    """The decision goes to what is written, and to what later documents know."""
    effects.tell(told_of(outcome, entry.origin, known, paper=_paper(entry)))
    stored = effects.add(outcome, entry.origin)
    if outcome.changes:
        known.carry_on(outcome, stored, entry.origin)
        draft.reference = known.reference
    if outcome.reference:
        draft.add(outcome.reference)
        known.reference = draft.reference


def told_of(outcome: Outcome, origin: Origin, known: Known, *, paper: Paper = NO_PAPER) -> Iterable[Notice]:
    """What people are to be told of a decision; `known` as it was before."""
    return wanted_of(outcome, origin=origin, paper=paper, orders=known.orders, reference=known.reference, at=known.at)


def _paper(entry: Entry) -> Paper:
    return Paper(kind=entry.kind, where=entry.reading.where, said=entry.reading.document)


def write(tx: Tx, effects: Effects, known: Known) -> None:
    """Wake what waits for the orders we changed, then write the effects."""
    waited_for = [key.id for key in known.keys.values() if key.changed and key.waiting]
    work.wake_waiting(tx, waited_for, now=known.at)
    effects.write()


def drop_unused(tx: Tx, keys: Iterable[LockedKey]) -> None:
    """Keys that were made for orders which were refused after all; nobody waits for them."""
    unused = [key.id for key in keys if key.state is KeyState.EXPECTED and not key.waiting]
    if unused:
        tx.connection.execute(delete(tables.order_key).where(tables.order_key.c.id.in_(unused)))


def note(tx: Tx, failures: Iterable[Failure], *, at: datetime) -> None:
    """The traceback of a failure of ours stands in the story of its message."""
    for it in failures:
        events.of_message(tx, it.message_id, "failed", actor=SYSTEM, at=at, detail={"place": it.place, "trace": it.trace})


def judge(entry: Entry, known: Known, blamed: Mapping[Place, Blame], failures: list[Failure]) -> Outcome:
    """What becomes of the document; if a rule of ours breaks on it, this document is refused and the others go on."""
    place = (entry.message_id, entry.place)
    found = blamed.get(place)
    if found is None:
        try:
            outcome = decide(entry, known)
        except MACHINE:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a rule raises is a bug, and concerns this document alone
            found = blame(error)
        else:
            if outcome.verdict is Verdict.EARLY and not early.may_wait(outcome, known):
                return replace(outcome, verdict=Verdict.REFUSED)
            return outcome
    if found.trace:
        failures.append(Failure(*place, found.trace))
    return refused(found.issue, key=entry.reading.key)
