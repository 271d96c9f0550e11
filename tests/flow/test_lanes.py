"""One partner never holds up another: not by hanging, not by the number of its files, not by one bad file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from gateway.config.settings import RetrySettings
from gateway.kernel import FixedClock, SystemClock
from gateway.kernel.errors import Answered
from gateway.runtime.claims import Claims
from gateway.store import Store, outbox, tables
from gateway.store.dialects import bulk_insert
from gateway.store.outbox import ItemState
from gateway.store.work import Kind
from gateway.transports.memory import Entry
from tests.flow.test_node import serving, wait_until
from tests.harbor import Harbor, send
from tests.storehouse import NOON, fresh_store, write
from tests.waiting import PATIENCE

ACK = b"vendor_code,batch_id\n11,1\n"


class Hanging:
    """A partner that takes everybody in and answers nobody until it is let go."""

    def __init__(self) -> None:
        self.tries = 0
        self.end = threading.Event()

    def __call__(self, name: bytes) -> None:
        self.tries += 1
        self.end.wait(PATIENCE)


class Polled:
    """A healthy partner that counts how often somebody comes by."""

    def __init__(self) -> None:
        self.visits = 0

    def __call__(self, name: bytes) -> None:
        self.visits += 1


@contextmanager
def let_go_at_the_end(hanging: Hanging) -> Iterator[None]:
    """Or a test that fails would wait for the partner."""
    try:
        yield
    finally:
        hanging.end.set()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    found = Hanging()
    yield found
    found.end.set()


def test_a_healthy_partner_is_served_while_others_hang(tmp_path: Path, database_url: str, hanging: Hanging) -> None:
    harbor = Harbor(tmp_path / "harbor", database_url, "redpanda", "tanuki", "anvil", clock=SystemClock())
    for name in ("redpanda", "tanuki"):
        harbor.servers[name].knock = hanging
    healthy = harbor.servers["anvil"].knock = Polled()
    with harbor.gateway() as gateway:
        for name in ("redpanda", "tanuki"):
            send(gateway, name, *(f"PO_{n:06}.csv" for n in range(8)))
        with serving(gateway), let_go_at_the_end(hanging):
            wait_until(lambda: hanging.tries >= 4)  # polls and deliveries of both
            before = healthy.visits
            send(gateway, "anvil", *(f"PO_{n:06}.csv" for n in range(3)))
            harbor.servers["anvil"].within((b"out",))[b"SHIP_1.csv"] = Entry(b"po_number\n", 0.0)
            wait_until(lambda: len(harbor.collected("anvil")) == 3)
            wait_until(lambda: _received(gateway.store) == [b"SHIP_1.csv"])
            assert healthy.visits > before
            assert hanging.tries <= 2 * gateway.workspace.settings.connections.per_host  # nobody goes where no connection is free
            assert harbor.collected("redpanda") == []
            hanging.end.set()
            wait_until(lambda: len(harbor.collected("redpanda")) == 8)


def test_ten_thousand_waiting_files_of_one_do_not_delay_the_one_file_of_another(database_url: str) -> None:
    with fresh_store(database_url) as store:
        rows = [(Kind.BOOK.value, n, 0, "redpanda", NOON) for n in range(1, 10_001)]
        write(store, lambda tx: bulk_insert(tx, tables.work, ("kind", "subject", "place", "connector", "due_at"), rows))
        write(
            store,
            lambda tx: bulk_insert(
                tx, tables.work, ("kind", "subject", "place", "connector", "due_at"), [("book", 20_000, 0, "zoo", NOON)]
            ),
        )
        claims = _claims(store, "redpanda", "zoo")
        found = []
        for _ in range(2):
            with claims.some(Kind.BOOK, most=200, each=100) as works:
                found += [it.subject for it in works]
        assert 20_000 in found


def test_many_large_files_of_one_do_not_delay_the_large_file_of_another(database_url: str) -> None:
    with fresh_store(database_url) as store:
        rows = [(Kind.BULK.value, n, 0, "redpanda", NOON) for n in range(1, 101)] + [(Kind.BULK.value, 20_000, 0, "zoo", NOON)]
        write(store, lambda tx: bulk_insert(tx, tables.work, ("kind", "subject", "place", "connector", "due_at"), rows))
        claims = _claims(store, "redpanda", "zoo")
        found = []
        for _ in range(2):
            with claims.some(Kind.BULK) as works:
                found += [it.subject for it in works]
        assert 20_000 in found


def test_every_partner_has_its_turn_at_deliveries(tmp_path: Path, database_url: str) -> None:
    harbor = Harbor(tmp_path / "harbor", database_url, "redpanda", "tanuki", "anvil")
    with harbor.gateway() as gateway:
        send(gateway, "redpanda", *(f"PO_{n:06}.csv" for n in range(50)))
        send(gateway, "anvil", "PO_000001.csv")
        send(gateway, "tanuki", "PO_000001.csv")
        engine = gateway.node().engine
        for _ in range(4):  # as many as there are connectors, the retailer's among them
            engine.deliver()
        assert (harbor.collected("anvil"), harbor.collected("tanuki")) == (["PO_000001.csv"], ["PO_000001.csv"])


@pytest.fixture
def harbor(tmp_path: Path, database_url: str) -> Harbor:
    return Harbor(tmp_path / "harbor", database_url, "redpanda", "anvil")


def full_disk_for(*names: str) -> Callable[[bytes], None]:
    """A server whose disk is full whenever one of these files is put."""

    def knock(name: bytes) -> None:
        if any(name.startswith(f".{one}.".encode()) for one in names):
            raise Answered("the server's disk is full")

    return knock


def test_an_item_that_cannot_be_sent_steps_aside(harbor: Harbor) -> None:
    with harbor.gateway() as gateway:
        harbor.servers["redpanda"].within((b"in",))[b"PO_000001.csv"] = Entry(b"somebody else's", 0.0)
        items = send(gateway, "redpanda", "PO_000001.csv", "PO_000002.csv", "PO_000003.csv")
        gateway.node().work_until_idle()
        assert _states(gateway.store, items) == [ItemState.CONFLICT, ItemState.SENT, ItemState.SENT]


def test_order_is_kept_only_where_a_channel_asks_for_it(harbor: Harbor) -> None:
    with harbor.gateway() as gateway:
        lane = send(gateway, "redpanda", "A_1.csv", "A_2.csv", lane="redpanda/orders")
        free = send(gateway, "redpanda", "B_1.csv", "B_2.csv")
        harbor.servers["redpanda"].knock = full_disk_for("A_1.csv", "B_1.csv")
        node = gateway.node()
        node.work_until_idle()
        assert _states(gateway.store, lane) == [ItemState.WAITING, ItemState.WAITING]
        assert _states(gateway.store, free) == [ItemState.WAITING, ItemState.SENT]
        harbor.servers["redpanda"].knock = full_disk_for()
        harbor.clock.advance(RetrySettings().longest)
        node.work_until_idle()
        assert {*_states(gateway.store, lane), *_states(gateway.store, free)} == {ItemState.SENT}


def test_a_parked_head_of_a_lane_lets_the_lane_go_on(harbor: Harbor) -> None:
    with harbor.gateway() as gateway:
        harbor.servers["redpanda"].within((b"in",))[b"A_1.csv"] = Entry(b"somebody else's", 0.0)
        lane = send(gateway, "redpanda", "A_1.csv", "A_2.csv", lane="redpanda/orders")
        gateway.node().work_until_idle()
        assert _states(gateway.store, lane) == [ItemState.CONFLICT, ItemState.SENT]


def _claims(store: Store, *connectors: str) -> Claims:
    return Claims(store, FixedClock(NOON), run="run-1", connectors=connectors, lease=RetrySettings().longest, retry=RetrySettings())


def test_work_that_is_restored_keeps_the_order_of_its_channel(tmp_path: Path, database_url: str) -> None:
    harbor = Harbor(tmp_path / "harbor", database_url, "redpanda")
    connector = harbor.town.root / "connectors/redpanda.yaml"
    connector.write_text(connector.read_text().replace("    retry:", "    in_order: true\n    retry:"))
    names = [f"PO_{n:06}.csv" for n in range(5)]
    with harbor.gateway() as gateway:
        ids = send(gateway, "redpanda", *names, lane="redpanda/orders")
        row = tables.work.c
        with gateway.store.transaction() as tx:
            tx.connection.execute(tables.work.delete().where(row.subject.in_([ids[0], ids[2]])))
        harbor.clock.advance(timedelta(hours=1))
        node = gateway.node()
        node.engine.keep_up()
        with gateway.store.reading() as connection:
            restored = connection.execute(select(row.subject, row.lane).order_by(row.id)).all()
        assert [(it.subject, it.lane) for it in restored] == [(it, "redpanda/orders") for it in ids]
        with capture_logs() as logs:
            node.work_until_idle()
    assert [line["file_name"] for line in logs if line["event"] == "item_delivered"] == names


def test_received_files_that_are_restored_are_booked_in_their_order(tmp_path: Path, database_url: str) -> None:
    harbor = Harbor(tmp_path / "harbor", database_url, "redpanda")
    connector = harbor.town.root / "connectors/redpanda.yaml"
    connector.write_text(connector.read_text().replace("    mapping: shipments-csv", "    in_order: true\n    mapping: shipments-csv"))
    for number in range(3):
        harbor.servers["redpanda"].within((b"out",))[b"SHIP_%d.csv" % number] = Entry(b"po_number\n%d\n" % number, 0.0)
    with harbor.gateway() as gateway:
        node = gateway.node()
        node.engine.poll(next(spot for spot in node.engine.spots if spot.names == ("redpanda", "shipments")))
        row = tables.work.c
        with gateway.store.transaction() as tx:
            before = tx.connection.execute(select(row.subject, row.lane).order_by(row.id)).all()
            tx.connection.execute(tables.work.delete().where(row.subject == before[1].subject))
        node.engine.keep_up()
        with gateway.store.reading() as connection:
            after = connection.execute(select(row.subject, row.lane).order_by(row.id)).all()
    assert after == before
    assert [it.lane for it in after] == ["redpanda/shipments"] * 3


def _received(store: Store) -> list[bytes]:
    with store.reading() as connection:
        return [bytes(name) for name in connection.execute(select(tables.message.c.file_name)).scalars()]


def _states(store: Store, items: list[int]) -> list[ItemState]:
    with store.reading() as connection:
        return [found.state for it in items if (found := outbox.get(connection, it)) is not None]
