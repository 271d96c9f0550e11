"""While everything that goes out is on hold nothing leaves, on any node, whatever is under way; afterwards it goes on as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.archive import Archive
from gateway.delivery import hold_outbound, outbound_hold
from gateway.kernel import SystemClock
from gateway.kernel.errors import OutboundHeld
from gateway.store import Store, outbox, pauses, tables
from gateway.store.outbox import ItemState
from gateway.transports import MemoryTransport, RemotePath
from tests.flow.test_delivery import Office
from tests.storehouse import NOON, fresh_store
from tests.town import Town

WHY = "the database went back in time"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as opened:
        yield opened


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    return Office(store, Archive(tmp_path / "archive"))


def test_nothing_leaves_while_outbound_is_held_and_everything_afterwards(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway:
        hold_outbound(gateway.store, WHY, now=SystemClock().now())
        summary = gateway.node().once()
        assert (summary.outbound_held.partition(": ")[2].partition(";")[0], summary.is_cut_off) == (WHY, True)
        assert town.files("out/redpanda/orders") == {}
        with gateway.store.reading() as connection:
            assert connection.execute(select(tables.outbox_attempt.c.item_id)).all() == []
            assert set(connection.execute(select(tables.work.c.attempts)).scalars()) == {0}
        with gateway.store.transaction() as tx:
            assert pauses.go_on(tx, pauses.OUTBOUND)
        assert gateway.node().once().undelivered == 0
    assert list(town.files("out/redpanda/orders")) == ["PO_000001.csv"]


def test_a_hold_is_told_once_and_names_its_reason(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert (hold_outbound(store, WHY, now=NOON), hold_outbound(store, "again", now=NOON)) == (True, False)
    assert capsys.readouterr().err.count("outbound_held") == 1
    found = outbound_hold(store)
    assert found is not None
    assert pauses.words(found).startswith(f"nothing goes out since 2026-11-21 12:00:00 UTC: {WHY}; once partners and store agree: ")


def test_a_delivery_under_way_stops_before_its_name_is_blessed(office: Office) -> None:
    it = office.claim()

    class HeldMeanwhile(MemoryTransport):
        def put(self, *args: object) -> None:
            super().put(*args)  # type: ignore[arg-type]
            hold_outbound(office.store, WHY, now=NOON)

    with pytest.raises(OutboundHeld):
        office.attempt(it, HeldMeanwhile(office.server))
    assert office.item.state is ItemState.WAITING
    assert [file.name for file in MemoryTransport(office.server).listing(RemotePath.of("in"))] == [b".PO_000074.csv.1.1.part"]


def test_what_was_blessed_before_the_hold_is_not_begun_again(office: Office) -> None:
    it = office.claim()
    with office.store.transaction() as tx:
        outbox.begin_attempt(tx, it.lease, it.subject, now=NOON)
        outbox.bless(tx, it.lease, it.subject, b".PO_000074.csv.1.1.part")
    hold_outbound(office.store, WHY, now=NOON)
    with pytest.raises(OutboundHeld):
        office.attempt(office.after_the_lease())
    assert office.item.state is ItemState.BLESSED
