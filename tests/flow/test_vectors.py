"""The acceptance vectors of sdf 13 by files, by commands, by the console and by the API: the same answers, the same history.

T20 to T23 stand in `test_invoice_vectors.py`, T24 in `test_privacy.py`. Batch 74 is the first
batch here, 1. A shipment by message is H6 and one by a person H5: here both come as the vendor's own upload or act.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.desk.orders import OrderSheet, show_order
from gateway.domain.access import EVERYTHING
from gateway.store import tables
from tests.flow.test_changes import CHANGES
from tests.flow.test_vendor_actions import ACTIONS
from tests.town import OMS, RED_PANDA, Town
from tests.ways import ByCommand, ByFile, Way
from tests.ways_web import ByApi, ByScreen

NEW, PROCESS, HELD, SHIPPED, CANCELLED = "New Order", "In Process", "Held", "Shipped", "Cancelled"
API = "api:\n  receive:\n    - {channel: posted, mapping: createdsorder, answer: createdsorder-response}\n"
Entry = tuple[int, str, int, str, str]
"""Line, event, quantity, status after, note."""


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """Nobody has ordered anything yet."""
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n") + API)
    vendor = RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("GATHER", "now: true")
    town.declare("redpanda", vendor.replace("    wait: {order: 4h}\n    via: upload\n", "    via: upload\n"))
    for folder in ("in/oms/changes", "in/redpanda/actions"):
        (town.root / folder).mkdir()
    with town.staying_open():
        yield town


WAYS = pytest.mark.parametrize("way", [ByFile, ByCommand, ByScreen, ByApi])


def begin(town: Town, way: type[Way]) -> Way:
    """T1."""
    acts = way(town)
    assert acts.order(town.sample("createdsorder.xml")) in {"CREATED", "booked"}
    town.once()
    return acts


def history(town: Town) -> list[Entry]:
    entry = tables.order_history.c
    with town.gateway() as gateway, gateway.store.reading() as connection:
        rows = connection.execute(select(tables.order_history).order_by(entry.seq)).all()
    notes = [it.note for it in sheet(town).history]
    return [(row.line_no, row.event, row.quantity, row.status_after, note) for row, note in zip(rows, notes, strict=True)]


def lines(town: Town) -> list[tuple[str, int, int, int, int | None]]:
    return [(str(row.status), row.printed, row.shipped, row.cancelled, row.batch) for row in sheet(town).lines]


def header(town: Town) -> tuple[str, str]:
    shown = sheet(town)
    return str(shown.status), str(shown.total)


def sheet(town: Town) -> OrderSheet:
    """The order as every face shows it."""
    with town.gateway() as gateway:
        return show_order(gateway.store, "AB10747", organization=gateway.master.organization, scope=EVERYTHING)


def shipped(tracking: str) -> str:
    return f"Ship Date: 06/22/2022, Carrier: 50, Tracking #: {tracking}, Weight: 2.34, Rate: $ 1.23"


BEGUN: Sequence[Entry] = [
    (1, "H1", 3, NEW, ""),
    (2, "H1", 1, NEW, ""),
    (1, "H3", 3, NEW, "Batch ID (1)"),
    (2, "H3", 1, NEW, "Batch ID (1)"),
]
TAKEN: Sequence[Entry] = [*BEGUN, (1, "H4", 3, PROCESS, "Batch ID (1)"), (2, "H4", 1, PROCESS, "Batch ID (1)")]


@WAYS
def test_t1_to_t13_the_life_of_an_order(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    assert header(town) == (NEW, "48.44")
    sample = town.sample("createdsorder.xml")
    assert acts.order(sample.replace(b"<po_unit_price>8.98", b"<po_unit_price>9.00")) == "DSO-111"
    assert history(town) == BEGUN
    assert lines(town) == [(NEW, 0, 0, 0, 1), (NEW, 0, 0, 0, 1)]
    assert acts.request_batch() == "3009"
    assert acts.request_batch("1") == "APPLIED"
    assert history(town) == BEGUN
    acts.acknowledge()
    acts.acknowledge()
    assert history(town) == TAKEN
    assert lines(town) == [(PROCESS, 3, 0, 0, 1), (PROCESS, 1, 0, 0, 1)]
    acts.ship(1, 2, "T-1")
    assert (lines(town)[0], header(town)[0]) == ((PROCESS, 1, 2, 0, 1), PROCESS)
    assert acts.ship(1, 2, "T-2") == "3044"
    assert acts.cancel(2, "C-1") == "PENDING"
    assert acts.act("decline_cancel", 2) == "APPLIED"
    assert acts.cancel(2, "C-2") == "PENDING"
    assert acts.act("accept_cancel", 2) == "APPLIED"
    assert (lines(town)[1][:4], header(town)[0]) == ((CANCELLED, 0, 0, 1), "Open")
    assert acts.address("A-1") == "PENDING"
    assert acts.address("A-2") == "PENDING"
    acts.ship(1, 1, "T-3")
    assert header(town)[0] == "Complete"
    acts.cancel(1, "C-3")
    assert history(town) == [
        *TAKEN,
        (1, "H5", 2, PROCESS, shipped("T-1")),
        (2, "H8", 1, PROCESS, "Cancel Requested"),
        (2, "H10", 1, PROCESS, "Cancellation Rejected"),
        (2, "H8", 1, PROCESS, "Cancel Requested"),
        (2, "H9", 1, CANCELLED, "Cancellation Approved"),
        (1, "H13", 1, PROCESS, "Address Change Requested"),
        (1, "H13", 1, PROCESS, "Address Change Requested"),
        (1, "H5", 1, SHIPPED, shipped("T-3")),
        (1, "H16", 0, SHIPPED, "Address Change Auto Rejected"),
        (1, "H11", 3, SHIPPED, "Cancel Request Auto Rejected"),
    ]


@WAYS
def test_t14_to_t17_what_is_noted_and_asked_of_a_new_line(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    assert acts.act("due_date", 1, "Delay", "2022-06-28") == "APPLIED"
    assert acts.cost(1, "9.98") == "APPLIED"
    assert header(town) == (NEW, "51.44")
    assert acts.cancel(2, "C-1") == "APPLIED"
    assert acts.act("hold", 1, "Backordered") == "APPLIED"
    assert acts.cancel(1, "C-2") == "PENDING"
    assert acts.act("release", 1) == "APPLIED"
    assert history(town) == [
        *BEGUN,
        (1, "H21", 3, NEW, "Maintenance Delay Revised Due Date: 06/28/2022"),
        (1, "H17", 3, NEW, "Before $ 8.98 - After $ 9.98"),
        (2, "H7", 1, CANCELLED, "Automatically Cancelled"),
        (1, "H19", 3, HELD, "Held: Backordered"),
        (1, "H8", 3, HELD, "Cancel Requested"),
        (1, "H20", 3, NEW, "Released"),
        (1, "H9", 3, CANCELLED, "Cancellation Approved"),
    ]
    assert header(town)[0] == CANCELLED


@WAYS
def test_t18_a_slip_is_voided(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    acts.acknowledge()
    assert acts.void() == "APPLIED"
    assert history(town)[:8] == [*TAKEN, (1, "H25", 3, NEW, "Batch ID (1)"), (2, "H25", 1, NEW, "Batch ID (1)")]


@WAYS
def test_t19_a_slip_is_made_again_with_less_and_shipped(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    acts.acknowledge()
    assert acts.reprint(l1=2) == "APPLIED"
    acts.ship(1, 2, "T-1")
    assert [entry for entry in history(town)[6:] if entry[0] == 1][:3] == [
        (1, "H24", 3, PROCESS, "Batch ID (2)"),
        (1, "H5", 2, PROCESS, shipped("T-1")),
        (1, "H26", 1, NEW, ""),
    ]
    assert lines(town)[0][:4] == (NEW, 0, 2, 0)


@WAYS
def test_t2_other_bytes_of_the_same_order_are_a_duplicate_and_another_price_is_not(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    sample = town.sample("createdsorder.xml")
    assert acts.order(sample.replace(b"\n", b"\n ")) == "DUPLICATE"
    assert acts.order(sample.replace(b">8.98<", b">9.00<")) == "DSO-111"
    assert history(town) == BEGUN


@WAYS
def test_t25_a_trailer_that_counts_more_orders_than_there_are_refuses_the_file(town: Town, way: type[Way]) -> None:
    assert way(town).order(town.sample("createdsorder.xml").replace(b'po_count="1"', b'po_count="2"')) == "DSO-005"
    assert town.command("order", "list", "--json").json == []


@WAYS
def test_t26_every_row_of_a_shipment_file_stands_for_itself(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    acts.act("hold", 2, "Backordered")
    rows = ["AB10747,2,1,50,T1", "AB10747,1,1,50,T2", "NOPE,1,1,50,T3", "AB10747,0,1,50,T4", "AB10747,1,0,50,T5", "AB10747,1,1,90,T6"]
    assert acts.upload([f"{row},1,1,2022-06-22\n" for row in rows]) == ["0", "0", "3031", "3042", "3043", "0"]
    assert [(status, shipped) for status, _, shipped, _, _ in lines(town)] == [(NEW, 2), (SHIPPED, 1)]
    assert [entry[:2] for entry in history(town) if entry[0] == 2][2:] == [(2, "H19"), (2, "H20"), (2, "H5")]
