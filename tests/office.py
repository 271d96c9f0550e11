"""An office that books: a store, a clock, master data, and files that lie in memory instead of the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Table, func, insert, select

from gateway.booking import Incoming, Master, Tally, book, redo
from gateway.documents import Document
from gateway.domain import cut
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import BatchChanged, Verdict
from gateway.domain.reference import Reference
from gateway.kernel import FixedClock, Issue
from gateway.mapping import Reading
from gateway.store import Store, batches, consistency, loads, messages, tables, work
from gateway.store.effects import Effects
from gateway.store.messages import Message, NewMessage
from gateway.store.session import Tx
from gateway.store.work import Kind, NewWork, Work
from tests.business import MESSAGE, ORDER, REFERENCE, RETAILER, TOTE
from tests.storehouse import NOON

LEASE = timedelta(minutes=2)
KINDS = {
    "Order": "order",
    "Shipment": "shipment",
    "BatchAcknowledgement": "batch_acknowledgement",
    "Invoice": "invoice",
    "ChangeRequest": "change_request",
}
Content = Document | Issue
"""What stands at a place of a file: a document, or why it is none."""


class File(msgspec.Struct, frozen=True):
    """A file in memory."""

    contents: tuple[Content, ...]
    origin: Origin
    wait: Mapping[str, timedelta]

    @property
    def kind(self) -> str:
        return next((KINDS[type(it).__name__] for it in self.contents if not isinstance(it, Issue)), "order")

    def readings(self) -> Iterable[Reading]:
        for place, it in enumerate(self.contents, 1):
            if isinstance(it, Issue):
                yield Reading(place, None, (it,), key=f"K{place}")
            else:
                yield Reading(place, it)


class Office:
    """One node that books."""

    def __init__(self, store: Store, *, reference: Reference = REFERENCE, run: str = "run-1") -> None:
        self.store = store
        self.clock = FixedClock(NOON)
        self.master = Master(reference)
        self.run = run
        self.files: dict[int, File] = {}

    def drop(self, *contents: Content, origin: Origin = RETAILER, wait: Mapping[str, timedelta] | None = None, name: str = "a.xml") -> int:
        """A file arrives: recorded, and waiting to be booked."""
        raw = msgspec.json.encode([name, [msgspec.to_builtins(it) for it in contents], len(self.files)])
        new = NewMessage(
            connector=origin.connector,
            channel="c",
            file_name=name.encode(),
            sha256=sha256(raw).hexdigest(),
            size=len(contents),
            archive_key="k",
            received_at=self.clock.now(),
        )
        with self.store.transaction() as tx:
            recorded = messages.record(tx, new)
        assert recorded is not None
        message_id = recorded.message_id
        self.files[message_id] = File(contents, origin, wait or {})
        return message_id

    def claim(self, kind: Kind = Kind.BOOK, most: int = 1000) -> list[Work]:
        now = self.clock.now()
        connectors = sorted({RETAILER.connector, MESSAGE.connector})
        return work.claim(self.store, kind, run=self.run, connectors=connectors, now=now, until=now + LEASE, most=most, each=most)

    def incoming(self, claimed: Iterable[Work]) -> list[Incoming]:
        return [
            Incoming(work=it, kind=file.kind, origin=file.origin, readings=file.readings(), wait=file.wait)
            for it in claimed
            for file in [self.files[it.subject]]
        ]

    def book(self, most: int = 200) -> Tally:
        """Everything that waits, in one go."""
        return book(self.incoming(self.claim()), store=self.store, master=self.master, clock=self.clock, most=most)

    def redo(self) -> Tally:
        return redo(self.claim(Kind.REDO), store=self.store, master=self.master, clock=self.clock)

    def receive(self, *contents: Content, origin: Origin = RETAILER, wait: Mapping[str, timedelta] | None = None) -> Message:
        """Drop a file and book it; answers its message."""
        message_id = self.drop(*contents, origin=origin, wait=wait)
        self.book()
        return self.message(message_id)

    def cut(self, vendor: str = "257") -> int:
        """A batch of everything new of the vendor; answers its number."""
        channel = f"{vendor}/orders"
        with self.store.transaction() as tx:
            number = batches.reserve(tx, channel=channel, vendor=vendor, now=self.clock.now())
        with self.store.transaction() as tx:
            found = batches.candidates(tx.connection, vendor, most=500)
            keys = batches.lock_unchanged(tx, {it.order_id: it.version for it in found})
            orders = loads.orders(tx.connection, keys).values()
            outcome = cut(
                list(orders), number=number, channel=channel, vendor=REFERENCE.vendors[vendor], origin=MESSAGE, at=self.clock.now()
            )
            item_id = _an_item(tx, number)
            changes = [BatchChanged(replace(it.batch, item_id=item_id)) if isinstance(it, BatchChanged) else it for it in outcome.changes]
            effects = Effects(tx, keys, at=self.clock.now())
            effects.add(replace(outcome, changes=tuple(changes)), MESSAGE)
            effects.write()
        return number

    def message(self, message_id: int) -> Message:
        with self.store.reading() as connection:
            found = messages.get(connection, message_id)
        assert found is not None
        return found

    def verdicts(self, message_id: int) -> list[str]:
        return [row.verdict for row in self.rows(tables.receipt) if row.message_id == message_id]

    def codes(self, message_id: int) -> list[list[str]]:
        """The codes told about each document of a file."""
        return [[it["code"] for it in row.issue or ()] for row in self.rows(tables.receipt) if row.message_id == message_id]

    def order(self, number: str = "AB10747") -> PurchaseOrder:
        with self.store.reading() as connection:
            key = connection.execute(select(tables.order_key.c.id).where(tables.order_key.c.po_no == number)).scalar_one()
            return loads.orders(connection, [key])[key]

    def rows(self, table: Table) -> Sequence[Any]:
        with self.store.reading() as connection:
            return connection.execute(select(table).order_by(*table.primary_key)).all()

    def count(self, table: Table) -> int:
        with self.store.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def differences(self) -> list[object]:
        """What the consistency job would find."""
        with self.store.reading() as connection:
            return list(consistency.differences(connection))

    def tallies(self) -> Counter[str]:
        """All messages together."""
        total: Counter[str] = Counter()
        for row in self.rows(tables.message):
            total.update({verdict: getattr(row, verdict) for verdict in Verdict})
        return total


def orders(count: int, first: int = 1) -> list[Document]:
    """Orders of three pieces each."""
    return [replace(ORDER, number=f"PO{number}", lines=(TOTE,)) for number in range(first, first + count)]


def _an_item(tx: Tx, number: int) -> int:
    """The outgoing item of a batch, as little of it as the store asks for."""
    values = {
        "idem": f"batch:{number}",
        "connector": "redpanda",
        "channel": "orders",
        "kind": "batch",
        "file_name": f"PO_{number}.csv".encode(),
        "sha256": "0" * 64,
        "size": 0,
        "archive_key": "k",
        "state": "waiting",
        "made_at": NOON,
    }
    made = int(tx.connection.execute(insert(tables.outbox).values(values).returning(tables.outbox.c.id)).scalar_one())
    work.add(tx, NewWork(kind=Kind.DELIVER, subject=made, connector="redpanda", due_at=NOON))
    return made
