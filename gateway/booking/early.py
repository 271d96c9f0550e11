"""Documents that come before what they need (decision 0017): set aside with their content, woken by the order, decided in the end.

Whoever sets a document aside holds the lock of the order's key, and so does whoever brings the order: no wake-up is lost.
A batch that nobody knows has no key to wait on; such a document is looked at every minute until its deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select

from gateway.booking.decide import Known
from gateway.booking.entry import Entry
from gateway.documents import DOCUMENTS, Document
from gateway.domain.origin import Origin
from gateway.domain.outcome import Missing, Outcome
from gateway.kernel.instants import in_utc
from gateway.kernel.typed import decode
from gateway.mapping import Reading
from gateway.store import tables, work
from gateway.store.loads import LockedKey
from gateway.store.session import Tx
from gateway.store.work import Kind, NewWork

LOOK = timedelta(minutes=1)
MOST_WAITING = 10_000
"""Documents of one connector that may wait at a time; what comes beyond is answered at once."""


class Waiting(Struct, frozen=True, kw_only=True):
    """The body of an early receipt: the document, who spoke, since when it waits and how long it may for what."""

    kind: str
    document: msgspec.Raw
    origin: Origin
    since: datetime
    wait: dict[str, timedelta]
    where: str = ""

    def entry(self, at: datetime) -> Entry:
        """The document as it is decided again; what its time has run out for, it may not wait for any longer."""
        origin = self.origin
        if origin.message_id is None or origin.place is None:
            raise ValueError("a document that waits belongs to a message")
        document: Document = decode(self.document, DOCUMENTS[self.kind])  # type: ignore[assignment]  # a table of types
        left = {word: self.since + limit - at for word, limit in self.wait.items()}
        return Entry(
            message_id=origin.message_id,
            place=origin.place,
            kind=self.kind,
            reading=Reading(origin.place, document, where=self.where),
            origin=origin,
            wait={word: limit for word, limit in left.items() if limit > timedelta()},
        )


class Aside(Struct, frozen=True):
    """A document that was set aside: the body of its receipt, and the order that will wake it."""

    body: bytes
    order_id: int | None


def read(body: bytes) -> Waiting:
    """The body of an early receipt."""
    return decode(body, Waiting)


def key_to_wait_on(missing: Missing, known: Known) -> LockedKey | None:
    """The order whose transaction will wake the document; None for a batch that nobody knows."""
    return known.keys.get((missing.org, missing.order_number)) if missing.order_number else None


def may_wait(outcome: Outcome, known: Known) -> bool:
    """Whether there is something to wait on: a locked key, or a batch by its number."""
    missing = outcome.missing
    return missing is not None and (missing.batch is not None or key_to_wait_on(missing, known) is not None)


def has_room(tx: Tx, connector: str) -> bool:
    """Whether one more document of this connector may wait."""
    waiting = select(func.count()).where(tables.work.c.kind == Kind.REDO, tables.work.c.connector == connector)
    return int(tx.connection.execute(waiting).scalar_one()) < MOST_WAITING


def promised(outcome: Outcome, entry: Entry, known: Known) -> Outcome:
    """The same, where the sender reads until when the document is kept."""
    until = f"kept until {in_utc(_deadline(entry, outcome, known))}"
    return replace(outcome, issues=tuple([replace(it, text=f"{it.text}; {until}") for it in outcome.issues]))


def set_aside(tx: Tx, entry: Entry, outcome: Outcome, known: Known) -> Aside:
    """Ask for the document to be looked at again; answers what its receipt keeps. The key's new count is written by the effects."""
    key, due_at = wait_on(entry, outcome, known)
    order_id = None if key is None else key.id
    new = NewWork(
        kind=Kind.REDO,
        subject=entry.message_id,
        place=entry.place,
        connector=entry.origin.connector,
        due_at=due_at,
        waits_for=order_id,
    )
    work.add(tx, new)
    document = msgspec.Raw(msgspec.json.encode(entry.reading.document))
    waiting = Waiting(
        kind=entry.kind, document=document, origin=entry.origin, since=known.at, wait=dict(entry.wait), where=entry.reading.where
    )
    return Aside(msgspec.json.encode(waiting), order_id)


def wait_on(entry: Entry, outcome: Outcome, known: Known) -> tuple[LockedKey | None, datetime]:
    """Count the document in at the key that will wake it, if there is one; answers the key, and when to look without being woken."""
    deadline = _deadline(entry, outcome, known)
    key = key_to_wait_on(outcome.missing, known) if outcome.missing is not None else None
    if key is None:
        return None, min(deadline, known.at + LOOK)
    key.waiting += 1
    key.touched = True
    return key, deadline


def _deadline(entry: Entry, outcome: Outcome, known: Known) -> datetime:
    """Until when the document waits for what it misses."""
    if outcome.missing is None:
        raise ValueError("a document is early when it misses something")
    return known.at + entry.wait[outcome.missing.kind]


def leave(key: LockedKey | None) -> None:
    """The document does not wait on this key any more."""
    if key is not None:
        key.waiting -= 1
        key.touched = True
