"""A node at work: threads that wake each other, slots that open once, and a second process that is told."""

from __future__ import annotations

import errno
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.app import Gateway
from gateway.intake import process
from gateway.intake.suspect import put_off
from gateway.kernel import FixedClock
from gateway.kernel.errors import AlreadyRunning
from gateway.runtime.node import FRUITLESS
from gateway.store import tables
from tests.town import OMS, Town
from tests.waiting import wait_until

PATIENCE = 20.0
ACK = "vendor_code,batch_id\n257,1\n"
SHIPMENTS = """\
po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date
AB10747,1,3,50,Track12155,2.34,1.23,2022-06-22
AB10747,2,1,50,Track12156,1.10,0.95,2022-06-22
"""
INVOICE = "HEADER,257,RP-2201,DR,2022-06-22,,0,0,0,,0,0,30\nDETAIL,AB10747,1,3,8.98,0,0,0,\n"


@contextmanager
def serving(gateway: Gateway) -> Iterator[None]:
    node = gateway.node()
    thread = threading.Thread(target=node.serve)
    thread.start()
    try:
        yield
    finally:
        node.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_serving_node_is_woken_by_the_file_and_brings_it_through(town: Town) -> None:
    with town.gateway() as gateway, serving(gateway):
        wait_until((town.root / "in/oms/.taken/orders/done").is_dir)
        town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
        wait_until(lambda: "PO_000001.csv" in town.files("out/redpanda/orders"))
        wait_until(lambda: "orders.xml.resp.xml" in town.files("out/oms/responses"))


def test_what_one_look_leaves_is_taken_by_the_next_and_not_an_hour_later(town: Town) -> None:
    town.declare("oms", OMS.replace("watch: true", "watch: false\n    limits: {files: 2}"))
    for number in range(7):
        town.drop(f"in/oms/{number}.xml", town.sample("createdsorder.xml").replace(b"ab10747", b"ab1%04d" % number))
    with town.gateway() as gateway, serving(gateway):
        wait_until(lambda: len(town.files("out/oms/responses")) == 7)


def test_every_file_of_a_burst_is_taken_by_the_watch_alone(town: Town) -> None:
    with town.gateway() as gateway, serving(gateway):
        wait_until((town.root / "in/oms/.taken/orders/done").is_dir)
        for number in range(300):
            town.drop(f"in/oms/{number}.xml", b"<CreateDSOrders number='%d'/>" % number)
        wait_until(lambda: not list((town.root / "in/oms").glob("*.xml")))


def test_the_whole_story_from_order_to_posting_in_single_runs(town: Town) -> None:
    for place, content in (
        ("in/oms/orders.xml", town.sample("createdsorder.xml")),
        ("in/redpanda/ACK_1.csv", ACK.encode()),
        ("in/redpanda/SHIP_1.csv", SHIPMENTS.encode()),
        ("in/redpanda/INV_1.csv", INVOICE.encode()),
    ):
        town.drop(place, content)
        town.once()
    assert list(town.files("out/redpanda/orders")) == ["PO_000001.csv"]
    assert 'result="CREATED"' in town.files("out/oms/responses")["orders.xml.resp.xml"]
    assert [text.count("<change ") for text in town.files("out/oms/changes").values()] == [2, 2]
    (posting,) = town.files("out/oms/invoices").values()
    assert 'invoice_no="RP-2201"' in posting
    assert 'total="26.94"' in posting
    with town.gateway() as gateway, gateway.store.reading() as connection:
        assert connection.execute(select(tables.invoice.c.state)).scalar_one() == "Posted"
        assert connection.execute(select(func.count()).select_from(tables.work)).scalar_one() == 0
        assert connection.execute(select(tables.outbox.c.ack).where(tables.outbox.c.kind == "batch")).scalar_one() == "accepted"


def test_files_in_the_wrong_order_wait_for_each_other(town: Town) -> None:
    town.drop("in/redpanda/INV_1.csv", INVOICE)
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENTS)
    town.once()
    assert town.files("out/oms/changes") == {}
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    assert 'invoice_no="RP-2201"' in "".join(town.files("out/oms/invoices").values())


def test_a_second_process_on_a_sqlite_workspace_is_told_who_has_it(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    with town.gateway() as gateway, serving(gateway):
        wait_until((town.root / "in/oms/.taken/orders/done").is_dir)
        with pytest.raises(AlreadyRunning, match="already works on this workspace"):
            gateway.node().once()


def test_a_timetable_makes_one_batch_a_due_time_whoever_looks_and_however_often(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url, gather='at: "06:00 daily UTC"')
    clock = FixedClock(datetime(2026, 11, 21, 5, 0, tzinfo=UTC))
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    with town.gateway(clock) as gateway, town.gateway(clock) as another:
        gateway.node().work_until_idle()
        town_before = town.files("out/redpanda/orders")
        gateway.node().once()
        assert (town_before, town.files("out/redpanda/orders")) == ({}, {})
        clock.advance(timedelta(hours=1, minutes=1))
        opened = [one.gatherer.open_due() for one in (gateway, another, gateway)]
        assert opened[1:] == [0, 0]
        gateway.node().work_until_idle()
    assert list(town.files("out/redpanda/orders")) == ["PO_000001.csv"]


def test_a_number_of_waiting_orders_makes_a_batch(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url, gather="count: 2")
    sample = town.sample("createdsorder.xml")
    town.drop("in/oms/one.xml", sample)
    town.once()
    assert town.files("out/redpanda/orders") == {}
    town.drop("in/oms/two.xml", sample.replace(b"ab10747", b"ab10748"))
    town.once()
    (batch,) = town.files("out/redpanda/orders").values()
    assert {"AB10747" in batch, "AB10748" in batch} == {True}


def test_an_order_the_layout_cannot_carry_is_left_out_and_told_and_the_others_go(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    layout = (town.root / "mappings/batch-csv.yaml").read_text()
    narrow = re.sub(r"(?m)^( *ship_to_city: +)ship_to.city$", r"\1{field: ship_to.city, as: text(8)}", layout)
    assert narrow != layout
    (town.root / "mappings/batch-csv.yaml").write_text(narrow)
    sample = town.sample("createdsorder.xml")
    town.drop("in/oms/one.xml", sample)
    town.drop("in/oms/two.xml", sample.replace(b"ab10747", b"ab10748").replace(b"<city>London", b"<city>Llanfairpwllgwyngyll"))
    town.once()
    (batch,) = town.files("out/redpanda/orders").values()
    assert ("AB10747" in batch, "AB10748" in batch) == (True, False)
    with town.gateway() as gateway, gateway.store.reading() as connection:
        slot = connection.execute(select(tables.slot).where(tables.slot.c.job == "redpanda/orders")).one()
    assert (slot.state, slot.failed) == ("failed", 1)
    assert "AB10748" in str(slot.issue)


def test_a_file_of_more_rows_than_its_channel_takes_is_parked_whole(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    narrow = (town.root / "connectors/redpanda.yaml").read_text().replace("files: SHIP_*.csv", "files: SHIP_*.csv\n    limits: {rows: 1}")
    town.declare("redpanda", narrow)
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENTS)
    town.once()
    with town.gateway() as gateway, gateway.store.reading() as connection:
        message = connection.execute(select(tables.message)).one()
    assert (message.state, message.issues[0]["code"]) == ("parked", "MAP-01")
    assert "more than 1 rows" in message.issues[0]["text"]


def test_a_single_run_tells_what_is_not_complete_and_what_nobody_gets(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/redpanda/SHIP_1.csv", b"")
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml").replace(b"<vendor_cd>257", b"<vendor_cd>999"))
    with town.gateway() as gateway:
        summary = gateway.node().once()
    assert (summary.unripe, summary.unsent, summary.files) == (1, {"999": 2}, {"booked": 1})
    assert summary.to_print == ("999",)
    assert summary.waits == {"redpanda/shipments": ("SHIP_1.csv is empty",)}


def test_housekeeping_gives_lost_work_back_and_is_done_by_one_node(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway:
        node = gateway.node()
        node.work_until_idle()  # the timed jobs that are due
        node.engine.poll(node.engine.spots[0])
        with gateway.store.transaction() as tx:
            tx.connection.execute(tables.work.delete())
        assert node.work_until_idle() == 0
        node.engine.keep_up()
        assert node.work_until_idle() > 0
        with gateway.store.transaction() as tx:
            tx.connection.execute(tables.work.delete())
        gateway.node().engine.keep_up()
    assert list(town.files("out/redpanda/orders")) == ["PO_000001.csv"]


def test_a_single_run_ends_where_a_file_is_put_off_again_and_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FixedClock(datetime(2022, 6, 22, 12, tzinfo=UTC))
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    monkeypatch.setattr(process, "is_suspect", lambda _: True)
    monkeypatch.setattr(process, "examine_apart", lambda *_, **__: put_off(OSError(errno.ENOSPC, "no room")))
    with town.gateway(clock) as gateway:
        node = gateway.node()
        engine = node.engine
        engine.poll(engine.spots[0])

        def book_late() -> int:
            clock.advance(timedelta(minutes=1))  # as where a round takes longer than a file is put off for
            return engine.book()

        monkeypatch.setattr(node, "_steps", lambda: [book_late])  # jobs would find something to do every minute
        assert node.work_until_idle() == FRUITLESS
