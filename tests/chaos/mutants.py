"""Defects of the product, put into a process of the kit on purpose: each must be seen by the checker, or the kit is worth nothing.

They stand here and not in the product: a switch that no release carries cannot be thrown by accident.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select, update

import gateway.archive
import gateway.delivery.journal
from gateway.booking.chunk import _Booker
from gateway.booking.entry import Chunk
from gateway.delivery.deliver import Delivery
from gateway.intake.collect import Collector
from gateway.intake.names import taken_name
from gateway.intake.process import Processor
from gateway.intake.spot import Picked
from gateway.store import counters, messages, outbox, tables, work
from gateway.store.counters import Numbers
from gateway.store.dialects import claims
from gateway.store.session import Tx


def mark_before_apply() -> None:
    """How far a file has come is committed before its documents are booked."""
    apply = _Booker._transact

    def transact(self: _Booker, chunk: Chunk) -> None:
        with self._store.transaction() as tx:
            for part in chunk.slices:
                work.progress(tx, part.work.lease, next_place=part.next_place, until=part.work.until)
        apply(self, chunk)

    _set(_Booker, "_transact", transact)


def apply_without_fence() -> None:
    """Nobody asks whether the work is still theirs."""
    _set(claims, "fence_rows", lambda connection, pairs, *, run: {pair[0] for pair in pairs})
    _set(work, "_still", lambda leases: tables.work.c.id.in_([lease.id for lease in leases]))
    _set(work, "_all", lambda found, leases: None)


def settle_by_delete() -> None:
    """A file is read where it lies and deleted when it is recorded."""
    record = Collector._record

    def pick(self: Collector, transport: Any, file: Any) -> Picked | None:
        stored = self._read_whole(transport, file)
        return None if stored is None else Picked(file.name, taken_name(file.name), stored)

    def recorded(self: Collector, read: list[Picked], transport: Any, found: Any) -> None:
        record(self, read, transport, found)
        for one in read:
            transport.remove(self._spot.folder.join(one.name))

    _set(Collector, "_pick", pick)
    _set(Collector, "_record", recorded)


def bless_omitted() -> None:
    """A delivery renames without having committed the name it renames."""
    _set(outbox, "bless", lambda tx, lease, item_id, name: work.require(tx, lease))


def no_fsync_before_publish() -> None:
    """A blob gets its name before its bytes are on disk."""
    _set(gateway.archive, "os", _ForgetfulSystem())


def no_fsync_of_the_journal() -> None:
    """A file leaves before it is on disk that it may."""
    _set(gateway.delivery.journal, "os", _ForgetfulSystem())


def number_outside_transaction() -> None:
    """A number is taken when the file is rendered, not when it is stored."""
    expect = counters.expect

    def taken(connection: Any, name: str, count: int = 1) -> Numbers:
        expected = expect(connection, name, count)
        with connection.engine.begin() as own:
            tx = Tx(own)
            counters.ensure(tx, name)
            own.execute(update(tables.counter).where(tables.counter.c.name == name).values(last=expected.numbers[-1]))
        return expected

    _set(counters, "expect", taken)
    _set(counters, "advance", lambda tx, expected: None)


def quarantine_in_its_own_transaction() -> None:
    """That a file is refused, and that its sender must hear of it, are two facts."""
    ask = messages._ask_answer

    def refuse(self: Processor, it: Any, message: Any, result: Any, spot: Any) -> None:
        now = self._clock.now()
        _set(messages, "_ask_answer", lambda tx, ids, *, now: None)
        try:
            with self._store.transaction("in.refuse") as tx:
                messages.refuse(tx, it.lease, it.subject, result.issues, now=now)
        finally:
            _set(messages, "_ask_answer", ask)
        with self._store.transaction() as tx:
            ask(tx, [it.subject], now=now)

    _set(Processor, "_refuse", refuse)


def retry_renders_again() -> None:
    """Every attempt sends bytes of its own."""

    def upload(self: Delivery, transport: Any, temporary: Any, item: Any) -> None:
        fence = int(temporary.name.split(b".")[-2])
        with self._archive.open(item.archive_key) as body:
            transport.put(temporary, io.BytesIO(body.read() + b"\n" * (fence - 1)))
        gateway.delivery.deliver.failpoint("out.upload.stat")

    _set(Delivery, "_upload", upload)


def duplicate_by_name() -> None:
    """A name that was seen before is a file that was seen before."""
    record = messages.record

    def by_name(tx: Tx, new: messages.NewMessage) -> Any:
        same = (tables.message.c.connector == new.connector) & (tables.message.c.file_name == new.file_name)
        first = tx.connection.execute(select(tables.message).where(same).order_by(tables.message.c.id).limit(1)).one_or_none()
        if first is not None:
            new = replace(new, sha256=first.sha256, size=first.size, archive_key=first.archive_key)
        return record(tx, new)

    _set(messages, "record", by_name)


def lease_without_heartbeat() -> None:
    """Nobody says that they are still at it."""
    _set(work, "renew", lambda store, leases, *, until: set(leases))


MUTANTS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "mark before apply": mark_before_apply,
        "apply without fence": apply_without_fence,
        "settle by delete": settle_by_delete,
        "bless omitted": bless_omitted,
        "no fsync before publish": no_fsync_before_publish,
        "no fsync of the journal": no_fsync_of_the_journal,
        "number outside the transaction": number_outside_transaction,
        "quarantine in its own transaction": quarantine_in_its_own_transaction,
        "retry renders again": retry_renders_again,
        "duplicate by name": duplicate_by_name,
        "lease without heartbeat": lease_without_heartbeat,
    }
)


def mutate(name: str) -> None:
    """Put this defect into the process."""
    MUTANTS[name]()


class _ForgetfulSystem:
    """The system, without the one call."""

    def __getattr__(self, name: str) -> Any:
        return (lambda handle: None) if name == "fsync" else getattr(os, name)


def _set(target: Any, name: str, value: Any) -> None:
    """Where the product stood; it must have stood there, or the mutant is none."""
    getattr(target, name)
    setattr(target, name, value)
