"""Delivery by a blessed name: complete at first sight, never twice by itself, never silently not at all (decision 0005)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.archive import Archive
from gateway.delivery import Delivery, Destination, temporary_name
from gateway.kernel import FixedClock
from gateway.kernel.errors import Answered, EndpointDown, LeaseLost
from gateway.store import Store, outbox, tables, work
from gateway.store.outbox import ItemState, NewItem
from gateway.store.work import Kind, Work
from gateway.transports import MemoryServer, MemoryTransport, RemotePath, Transport
from tests.storehouse import NOON, fresh_store

BATCH = b"batch_id,po_number\n74,AB10747\n"
NAME = b"PO_000074.csv"
LEASE = timedelta(minutes=2)


class Crash(BaseException):
    """The process dies here."""


class Office:
    """One item on its way to a vendor whose server lies in memory."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self.clock = FixedClock(NOON)
        self.store = store
        self.archive = archive
        self.server = MemoryServer("in", clock=self.clock)
        self.told: list[int] = []
        stored = archive.put(io.BytesIO(BATCH))
        new = NewItem(
            idem="batch:74",
            connector="redpanda",
            channel="orders",
            kind="batch",
            file_name=NAME,
            sha256=stored.sha256,
            size=stored.size,
            archive_key=stored.key,
            made_at=NOON,
            ack=outbox.Ack.DUE,
        )
        with store.transaction() as tx:
            self.item_id = outbox.make(tx, new)

    def claim(self, run: str = "run-1") -> Work:
        now = self.clock.now()
        (found,) = work.claim(self.store, Kind.DELIVER, run=run, connectors=["redpanda"], now=now, until=now + LEASE)
        return found

    def attempt(self, it: Work, transport: Transport | None = None) -> ItemState:
        with self.store.transaction() as tx:
            item = outbox.begin_attempt(tx, it.lease, it.subject, now=self.clock.now())
        delivery = Delivery(store=self.store, archive=self.archive, clock=self.clock, effect=lambda _, sent: self.told.append(sent.id))
        to = Destination(RemotePath.of("in"), timedelta(hours=24))
        return delivery.run(it.lease, item, transport or MemoryTransport(self.server), to)

    def after_the_lease(self) -> Work:
        """The next claim, once the last one's holder is given up."""
        self.clock.advance(LEASE + timedelta(seconds=1))
        return self.claim("run-2")

    @property
    def item(self) -> outbox.Item:
        with self.store.reading() as connection:
            found = outbox.get(connection, self.item_id)
        assert found is not None
        return found

    def files(self) -> dict[bytes, bytes]:
        return {name: entry.body for name, entry in self.server.within((b"in",)).items()}

    def work_left(self) -> int:
        with self.store.reading() as connection:
            return len(connection.execute(select(tables.work.c.id)).all())


class Failing(MemoryTransport):
    """A server that fails at one call, before or after it was carried out."""

    def __init__(self, server: MemoryServer, call: str, error: BaseException, *, after: bool) -> None:
        super().__init__(server)
        self._call, self._error, self._after = call, error, after

    def put(self, path: RemotePath, body: Any) -> None:
        self._strike("put", lambda: super(Failing, self).put(path, body))

    def rename(self, old: RemotePath, new: RemotePath) -> None:
        self._strike("rename", lambda: super(Failing, self).rename(old, new))

    def _strike(self, call: str, act: Callable[[], None]) -> None:
        if call != self._call:
            act()
            return
        if self._after:
            act()
        raise self._error


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with fresh_store(database_url) as store:
        yield Office(store, Archive(tmp_path / "archive"))


def test_an_item_is_delivered_complete_and_once(office: Office) -> None:
    assert office.attempt(office.claim()) is ItemState.SENT
    assert office.files() == {NAME: BATCH}
    assert (office.item.state, office.item.known, office.item.ack) == (ItemState.SENT, outbox.Known.SEEN, outbox.Ack.DUE)
    assert office.item.ack_due_at == NOON + timedelta(hours=24)
    assert (office.told, office.work_left()) == ([office.item_id], 0)


@pytest.mark.parametrize("failure", [Crash(), EndpointDown("cut")], ids=["the process dies", "the line is cut"])
@pytest.mark.parametrize(("call", "after"), [("put", False), ("put", True), ("rename", False), ("rename", True)])
def test_whatever_fails_the_next_attempt_ends_with_one_complete_file(
    office: Office, call: str, failure: BaseException, *, after: bool
) -> None:
    with pytest.raises(type(failure)):
        office.attempt(office.claim(), Failing(office.server, call, failure, after=after))
    assert office.attempt(office.after_the_lease()) is ItemState.SENT
    assert office.files() == {NAME: BATCH}
    assert office.told == [office.item_id]


def test_a_vendor_that_collects_at_once_gets_the_file_once_though_the_answer_was_lost(office: Office) -> None:
    with pytest.raises(EndpointDown):
        office.attempt(office.claim(), Failing(office.server, "rename", EndpointDown("cut"), after=True))
    collected = office.server.within((b"in",)).pop(NAME)
    assert collected.body == BATCH
    assert office.attempt(office.after_the_lease()) is ItemState.SENT
    assert office.files() == {}
    assert office.item.known is outbox.Known.INFERRED


def test_a_rename_by_link_and_unlink_that_broke_off_in_between_is_finished_and_not_repeated(office: Office) -> None:
    class Halved(MemoryTransport):
        """The server dies after the link; from then on it refuses to rename onto what is there."""

        def rename(self, old: RemotePath, new: RemotePath) -> None:
            if new.name in office.files():
                raise Answered("renaming: Failure")
            super().put(new, io.BytesIO(office.files()[old.name]))
            raise EndpointDown("cut")

    with pytest.raises(EndpointDown):
        office.attempt(office.claim(), Halved(office.server))
    assert set(office.files()) == {NAME, temporary_name(NAME, office.item_id, 1)}
    assert office.attempt(office.after_the_lease(), Halved(office.server)) is ItemState.SENT
    assert office.files() == {NAME: BATCH}
    assert (office.item.known, office.told, office.work_left()) == (outbox.Known.SEEN, [office.item_id], 0)


def test_a_late_worker_changes_nothing(office: Office) -> None:
    zombie = office.claim()
    survivor = office.after_the_lease()
    with pytest.raises(LeaseLost):
        office.attempt(zombie)
    assert office.attempt(survivor) is ItemState.SENT
    assert office.files() == {NAME: BATCH}


def test_a_worker_that_slept_while_another_delivered_takes_its_own_upload_away(office: Office) -> None:
    class Slept(MemoryTransport):
        """Between two calls the process stood still for longer than its lease."""

        def put(self, path: RemotePath, body: Any) -> None:
            assert office.attempt(office.after_the_lease()) is ItemState.SENT
            super().put(path, body)

    with pytest.raises(LeaseLost):
        office.attempt(office.claim(), Slept(office.server))
    assert office.files() == {NAME: BATCH}
    assert (office.told, office.work_left()) == ([office.item_id], 0)


def test_foreign_content_under_the_final_name_is_never_replaced(office: Office) -> None:
    MemoryTransport(office.server).put(RemotePath.of("in").join(NAME), io.BytesIO(b"something else"))
    assert office.attempt(office.claim()) is ItemState.CONFLICT
    assert office.files() == {NAME: b"something else"}
    assert office.item.issue is not None
    assert office.item.issue.code == "GWY-10"
    assert office.item.issue.text.endswith("move that file away, then try this item again")  # there is no other way out


def test_foreign_content_that_comes_after_the_blessing_is_not_replaced_either(office: Office) -> None:
    with pytest.raises(EndpointDown):
        office.attempt(office.claim(), Failing(office.server, "rename", EndpointDown("cut"), after=False))
    MemoryTransport(office.server).put(RemotePath.of("in").join(NAME), io.BytesIO(b"something else"))
    assert office.attempt(office.after_the_lease()) is ItemState.PARKED
    assert office.files()[NAME] == b"something else"
    assert office.item.blessed_name is not None


def test_our_own_bytes_under_the_final_name_count_as_sent(office: Office) -> None:
    MemoryTransport(office.server).put(RemotePath.of("in").join(NAME), io.BytesIO(BATCH))
    assert office.attempt(office.claim()) is ItemState.SENT
    assert office.files() == {NAME: BATCH}


def test_temporary_names_of_dead_attempts_are_swept(office: Office) -> None:
    dead = temporary_name(NAME, office.item_id, 1)
    with pytest.raises(Crash):
        office.attempt(office.claim(), Failing(office.server, "put", Crash(), after=True))
    assert set(office.files()) == {dead}
    office.attempt(office.after_the_lease())
    assert set(office.files()) == {NAME}


def test_an_upload_that_was_cut_short_is_seen_and_made_again(office: Office) -> None:
    class Short(MemoryTransport):
        def put(self, path: RemotePath, body: Any) -> None:
            super().put(path, io.BytesIO(body.read()[:5]))

    with pytest.raises(EndpointDown, match="uploaded again"):
        office.attempt(office.claim(), Short(office.server))
    assert office.files() == {}
    assert office.attempt(office.after_the_lease()) is ItemState.SENT
    assert hashlib.sha256(office.files()[NAME]).hexdigest() == office.item.sha256
