"""The acceptance vectors, file by file through the real program: what partners leave, what the store then holds, what partners find.

Batch 74 of the vectors is the first batch, number 1.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Gathering
from gateway.domain.order import LineStatus, OrderStatus
from gateway.store import tables
from tests.exchange import BUSINESS, Day, Exchange, open_day

HEADING = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
TWO_OF_LINE_ONE = "AB10747,1,2,50,Track12155,2.34,1.23,2022-06-22\n"
ALL_OF_LINE_ONE = "AB10747,1,3,50,Track12155,2.34,1.23,2022-06-22\n"
LINE_TWO = "AB10747,2,1,50,Track12157,1.10,0.95,2022-06-22\n"
ACKNOWLEDGEMENT = "vendor_code,batch_id\n257,1\n"
INVOICE = "HEADER,257,RP-2201,DR,2022-06-22,,0.00,0.00,0.00,,0.00,0,30\n"
CONFIRMATION = {
    "messageHeader": {"datetime": "2022-06-22T14:00:00", "version": "5.0", "source": "REDPANDA", "destination": "locate"},
    "poNo": "AB10747",
    "vendorCd": "257",
    "vendorSystemCd": "VENDOR",
    "carrierCd": "50",
    "trackingNumber": "Track12157",
    "weight": 1.10,
    "rate": 0.95,
    "shipDate": "2022-06-22",
    "lines": [{"poLineNo": 2, "shippedQty": 1}],
}


@pytest.fixture
def day(tmp_path: Path, sqlite_url: str) -> Iterator[Day]:
    with open_day(tmp_path / "exchange", sqlite_url) as day:
        yield day


@pytest.fixture
def either_day(tmp_path: Path, database_url: str) -> Iterator[Day]:
    """On both databases."""
    with open_day(tmp_path / "exchange", database_url) as day:
        yield day


@pytest.fixture
def waiting_day(tmp_path: Path, database_url: str) -> Iterator[Day]:
    """Documents may wait for what they need."""
    exchange = Exchange(tmp_path / "exchange", database_url)
    exchange.shop.change("connectors/redpanda.yaml", "mapping: shipments-csv\n", "mapping: shipments-csv\n    wait: {order: 4h}\n")
    listed = "mapping: [acknowledgement-xml, acknowledgement-json, acknowledgement-csv]\n"
    exchange.shop.change("connectors/redpanda.yaml", listed, listed + "    wait: {batch: 1h}\n")
    with exchange.opened() as day:
        yield day


def loaded(day: Day) -> None:
    assert day.send("orders", "CDSO_1.xml", day.exchange.sample("createdsorder.xml")).state == "booked"


def acknowledged(day: Day) -> None:
    loaded(day)
    day.make(Gathering.NEW_ORDERS)
    assert day.send("acknowledgements", "ACK_1.csv", ACKNOWLEDGEMENT).state == "booked"


def shipped(day: Day) -> None:
    acknowledged(day)
    assert day.send("shipments", "SHIP_1.csv", HEADING + ALL_OF_LINE_ONE).state == "booked"


def detail(line: int, quantity: int, unit_cost: str) -> str:
    return f"DETAIL,AB10747,{line},{quantity},{unit_cost},0.00,0.00,0.00,\n"


def events(day: Day) -> list[tuple[Any, ...]]:
    return [(row.line_no, row.event, row.quantity, row.status_after) for row in day.rows(tables.order_history)]


def columns(rows: Sequence[Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(row, name) for name in names) for row in rows]


def test_t1_the_sample_leads_to_the_exact_store_content(either_day: Day) -> None:
    day = either_day
    loaded(day)
    order = day.order()
    assert (order.number, order.ship_via, order.total, order.status, order.next_due_on) == (
        "AB10747",
        "50",
        Decimal("48.44"),
        OrderStatus.NEW,
        date(2022, 6, 28),
    )
    header = ("system", "location", "brand", "vendor", "sales_order", "entered_on", "currency", "stage", "buyer", "buyer_name")
    assert columns(day.rows(tables.purchase_order), *header) == [
        ("OMS", "100", "1", "257", "00012025-001", date(2022, 6, 20), "USD", "released", "EZK", "E. Buyer")
    ]
    amounts = ("tender", "paid", "freight", "additional_freight", "freight_tax", "discount_percent", "discount")
    assert columns(day.rows(tables.purchase_order), *amounts) == [
        ("MULTI PAY", Decimal("54.93"), Decimal("6.95"), Decimal("2.00"), Decimal("0.56"), Decimal("0.00"), Decimal("0.00"))
    ]
    words = ("gift", "ship_complete", "shipping_instructions", "vendor_name", "vendor_email")
    assert columns(day.rows(tables.purchase_order), *words) == [
        (False, False, "DRP SHP ORD#00012025", "Red Panda Outfitters", "orders@redpanda.example")
    ]
    line = ("line_no", "status", "ordered", "printed", "shipped", "batch_number", "unit_cost", "retail_price", "tax", "due_on", "carrier")
    assert columns(day.rows(tables.order_line), *line) == [
        (1, "New Order", 3, 0, 0, None, Decimal("8.98"), Decimal("14.99"), Decimal("1.12"), date(2022, 6, 28), "50"),
        (2, "New Order", 1, 0, 0, None, Decimal("21.50"), None, Decimal("0.00"), date(2022, 7, 1), "50"),
    ]
    goods = ("item", "description", "vendor_item", "vendor_description", "gift_wrap")
    assert columns(day.rows(tables.order_line), *goods) == [
        ("BX100 RED", "Tote bag, red", "V1000", "TOTE RED LG", False),
        ("KT200", "Kettle", "V2000", None, None),
    ]
    parties = {row.role: row for row in day.rows(tables.order_party)}
    ship_to, sold_to = parties["ship_to"], parties["sold_to"]
    assert (ship_to.company, ship_to.address1, ship_to.city, ship_to.postal_code) == (
        "Byrd Imports Ltd",
        "1 Quay Road",
        "London",
        "SE1 9GF",
    )
    assert (sold_to.prefix, sold_to.apartment, sold_to.region, sold_to.postal_code) == ("Ms.", "4B", "MA", "01581")
    history = ("line_no", "event", "actor", "source", "quantity", "status_after")
    assert columns(day.rows(tables.order_history), *history) == [
        (1, "H1", "Admin", "WS", 3, "New Order"),
        (2, "H1", "Admin", "WS", 1, "New Order"),
    ]
    assert '<purchase_order po_no="AB10747" result="CREATED"' in day.answer("CDSO_1.xml", "oms")
    assert day.differences() == []


def test_t2_the_same_order_in_other_bytes_is_a_duplicate_and_a_dearer_one_a_conflict(day: Day) -> None:
    loaded(day)
    before = day.business()
    text = day.exchange.sample("createdsorder.xml")
    encoded = text.replace("UTF-8", "UTF-16").replace("    ", "\t").replace("ab10747", "AB10747").encode("utf-16")
    again = day.send("orders", "CDSO_2.xml", encoded)
    assert (again.state, again.verdicts, again.codes) == ("booked", ["duplicate"], ["DSO-110"])
    assert 'result="DUPLICATE"' in day.answer("CDSO_2.xml", "oms")
    dearer = day.send("orders", "CDSO_3.xml", text.replace("<po_unit_price>8.98", "<po_unit_price>9.00"))
    assert (dearer.state, dearer.verdicts, dearer.codes) == ("refused", ["conflict"], ["DSO-111"])
    assert "line 1 unit_cost: 8.98, now 9.00" in dearer.issues[0]["text"]
    assert 'code="DSO-111"' in day.answer("CDSO_3.xml", "oms")
    assert day.business() == before


def test_t3_t4_a_batch_is_cut_once_and_its_lines_wait_for_the_acknowledgement(day: Day) -> None:
    loaded(day)
    day.make(Gathering.NEW_ORDERS)
    assert [(line.status, line.batch, line.printed) for line in day.order().lines] == [(LineStatus.NEW, 1, 0), (LineStatus.NEW, 1, 0)]
    assert events(day)[2:] == [(1, "H3", 3, "New Order"), (2, "H3", 1, "New Order")]
    folder = day.exchange.root / "outbox/redpanda/orders"
    assert [path.name for path in folder.iterdir()] == ["PO_000001.csv"]
    rows = list(csv.DictReader((folder / "PO_000001.csv").read_text(encoding="utf-8").splitlines()))
    assert [value for row in rows for value in row.values() if value in {"BX100 RED", "KT200"}] == ["BX100 RED", "KT200"]
    before = day.business()
    day.make(Gathering.NEW_ORDERS)
    assert day.business() == before
    assert [path.name for path in folder.iterdir()] == ["PO_000001.csv"]


def test_t6_only_its_vendor_acknowledges_a_batch_and_only_once(day: Day) -> None:
    loaded(day)
    day.make(Gathering.NEW_ORDERS)
    other = day.send("inbox/anvil/acknowledgements", "ACK_anvil.csv", "vendor_code,batch_id\n11,1\n")
    assert (other.state, other.codes) == ("refused", ["3020"])
    assert [line.printed for line in day.order().lines] == [0, 0]
    first = day.send("acknowledgements", "ACK_1.xml", '<DSAcknowledge vendor_cd="257" batch_id="1"/>\n')
    assert (first.state, first.codes) == ("booked", [])
    assert [(line.status, line.printed) for line in day.order().lines] == [(LineStatus.IN_PROCESS, 3), (LineStatus.IN_PROCESS, 1)]
    assert events(day)[4:] == [(1, "H4", 3, "In Process"), (2, "H4", 1, "In Process")]
    second = day.send("acknowledgements", "ACK_1.csv", ACKNOWLEDGEMENT)
    assert (second.verdicts, second.codes) == (["duplicate"], ["3021"])
    assert "3021" in day.answer("ACK_1.csv")
    assert len(events(day)) == 6


def test_t7_t8_a_part_of_a_line_is_shipped_and_more_than_is_open_is_not(day: Day) -> None:
    acknowledged(day)
    two = {**CONFIRMATION, "trackingNumber": "Track12155", "lines": [{"poLineNo": 1, "shippedQty": 2}]}
    assert day.send("confirmations", "SHIP_1.json", json.dumps(two)).state == "booked"
    line = day.order().line(1)
    assert line is not None
    assert (line.shipped, line.printed, line.status, day.order().status) == (2, 1, LineStatus.IN_PROCESS, OrderStatus.IN_PROCESS)
    assert events(day)[6:] == [(1, "H6", 2, "In Process")]
    again = day.send("shipments", "SHIP_2.csv", HEADING + TWO_OF_LINE_ONE.replace("Track12155", "Track12156"))
    assert (again.state, again.codes) == ("refused", ["3044"])
    assert "row 1, order line 1" in again.issues[0]["where"]
    (row,) = csv.DictReader(day.answer("SHIP_2.csv").splitlines())
    assert (row["row"], row["po_number"], row["ship_qty"], row["result"], row["code"]) == ("1", "AB10747", "2", "REJECTED", "3044")
    assert len(events(day)) == 7


@pytest.mark.parametrize(("unit_cost", "state"), [("9.87", "Approved"), ("9.88", "Held")])
def test_t20_an_invoice_is_held_when_a_cost_differs_by_more_than_the_threshold(day: Day, unit_cost: str, state: str) -> None:
    shipped(day)
    told = day.send("invoices", "INV_1.csv", INVOICE + detail(1, 3, unit_cost))
    assert told.state == "booked"
    assert columns(day.rows(tables.invoice), "number", "state") == [("RP-2201", state)]


def test_t22_a_held_invoice_cannot_be_deleted_and_a_rejected_one_frees_its_number(tmp_path: Path, sqlite_url: str) -> None:
    exchange = Exchange(tmp_path / "exchange", sqlite_url, at=datetime.now(UTC))
    with exchange.opened() as day:
        shipped(day)
        day.send("invoices", "INV_1.csv", INVOICE + detail(1, 3, "9.88"))
    refused = exchange.shop.gateway("invoice", "delete", "RP-2201")
    assert (refused.code, "Held" in refused.err) == (3, True), refused
    assert exchange.shop.gateway("invoice", "reject", "RP-2201", "--reason", "too dear").code == 0
    assert exchange.shop.gateway("invoice", "delete", "RP-2201").code == 0
    with exchange.opened() as day:
        assert day.rows(tables.invoice) == []
        told = day.send("invoices", "INV_2.csv", INVOICE + detail(1, 3, "8.98"))
        assert (told.state, told.codes) == ("booked", [])
        assert columns(day.rows(tables.invoice), "number", "state") == [("RP-2201", "Approved")]


def test_t23_one_bad_invoice_leaves_the_other_and_a_bad_unit_cost_leaves_none(day: Day) -> None:
    shipped(day)
    day.send("shipments", "SHIP_2.csv", HEADING + LINE_TWO)
    blank = INVOICE.replace("RP-2201", "RP-2202").replace(",,0.00,0.00,0.00,", ",,,0.00,0.00,")
    spoilt = day.send("invoices", "INV_1.csv", INVOICE + detail(1, 3, "8.98") + blank + detail(2, 1, ""))
    assert (spoilt.state, spoilt.verdicts, spoilt.codes) == ("refused", ["refused", "refused"], ["INV-10", "INV-10", "INV-04"])
    assert day.rows(tables.invoice) == []
    told = day.send("invoices", "INV_2.csv", INVOICE + detail(1, 3, "8.98") + blank + detail(2, 1, "21.50"))
    assert (told.state, told.verdicts, told.codes) == ("partly_booked", ["booked", "refused"], ["INV-04"])
    assert columns(day.rows(tables.invoice), "number", "state") == [("RP-2201", "Approved")]


def test_t25_a_trailer_that_counts_more_orders_than_there_are_refuses_the_file(day: Day) -> None:
    told = day.send("orders", "CDSO_1.xml", day.exchange.sample("createdsorder.xml").replace('po_count="1"', 'po_count="2"'))
    assert (told.state, told.receipts, told.codes) == ("refused", {}, ["DSO-005"])
    assert day.numbers() == set()
    assert 'status="REJECTED"' in day.answer("CDSO_1.xml", "oms")
    assert 'code="DSO-005"' in day.answer("CDSO_1.xml", "oms")


def test_t26_every_row_of_a_shipment_file_stands_for_itself(day: Day) -> None:
    loaded(day)
    rows = [
        "AB10747,1,1,50,T1,1,1,2022-06-22\n",
        "NOPE,1,1,50,T2,1,1,2022-06-22\n",
        "AB10747,0,1,50,T3,1,1,2022-06-22\n",
        "AB10747,1,0,50,T4,1,1,2022-06-22\n",
        "AB10747,1,1,90,T5,1,1,2022-06-22\n",
    ]
    told = day.send("shipments", "SHIP_1.csv", HEADING + "".join(rows))
    assert [(receipt.verdict, [issue["code"] for issue in receipt.issues]) for receipt in told.receipts.values()] == [
        ("booked", []),
        ("refused", ["3031"]),
        ("refused", ["3042"]),
        ("refused", ["3043"]),
        ("booked", []),
    ]
    line = day.order().line(1)
    assert line is not None
    assert line.shipped == 2
    answer = list(csv.DictReader(day.answer("SHIP_1.csv").splitlines()))
    assert [row["code"] for row in answer] == ["0", "3031", "3042", "3043", "0"]


def test_a_shipment_before_its_order_waits_and_is_booked_when_the_order_comes(waiting_day: Day) -> None:
    day = waiting_day
    early = day.send("shipments", "SHIP_1.csv", HEADING + ALL_OF_LINE_ONE)
    assert early.verdicts == ["early"]
    assert day.rows(tables.shipment) == []
    loaded(day)
    told = day.told("SHIP_1.csv")
    assert (told.state, told.verdicts) == ("booked", ["booked"])
    line = day.order().line(1)
    assert line is not None
    assert (line.shipped, line.status) == (3, LineStatus.SHIPPED)
    assert "APPLIED" in day.answer("SHIP_1.csv")
    assert day.differences() == []


def test_a_shipment_whose_order_never_comes_is_refused_in_the_end(waiting_day: Day) -> None:
    day = waiting_day
    assert day.send("shipments", "SHIP_1.csv", HEADING + ALL_OF_LINE_ONE).verdicts == ["early"]
    day.pass_time(timedelta(hours=4, seconds=1))
    day.run()
    told = day.told("SHIP_1.csv")
    assert (told.state, told.verdicts, told.codes) == ("refused", ["refused"], ["3031"])
    assert told.issues[0]["where"] == "row 1"
    assert "3031" in day.answer("SHIP_1.csv")


def test_an_acknowledgement_of_a_batch_that_nobody_knows_yet_waits_for_it(waiting_day: Day) -> None:
    day = waiting_day
    loaded(day)
    assert day.send("acknowledgements", "ACK_1.csv", ACKNOWLEDGEMENT).verdicts == ["early"]
    day.make(Gathering.NEW_ORDERS)
    day.pass_time(timedelta(minutes=1))
    day.run()
    assert day.told("ACK_1.csv").state == "booked"
    assert [line.status for line in day.order().lines] == [LineStatus.IN_PROCESS] * 2


def test_an_acknowledgement_of_a_batch_that_never_comes_is_refused_in_the_end(waiting_day: Day) -> None:
    day = waiting_day
    assert day.send("acknowledgements", "ACK_1.csv", ACKNOWLEDGEMENT).verdicts == ["early"]
    day.pass_time(timedelta(hours=1, seconds=1))
    day.run()
    told = day.told("ACK_1.csv")
    assert (told.state, told.codes) == ("refused", ["3020"])


def test_without_waiting_what_comes_too_soon_is_refused_at_once(day: Day) -> None:
    assert day.send("shipments", "SHIP_1.csv", HEADING + ALL_OF_LINE_ONE).codes == ["3031"]
    assert day.send("acknowledgements", "ACK_1.csv", ACKNOWLEDGEMENT).codes == ["3020"]
    loaded(day)
    assert day.send("invoices", "INV_1.csv", INVOICE + detail(1, 3, "8.98")).codes == ["INV-13"]


def test_every_file_offered_again_changes_nothing(either_day: Day) -> None:
    day = either_day
    files = {
        ("orders", "CDSO_1.xml"): day.exchange.sample("createdsorder.xml"),
        ("acknowledgements", "ACK_1.csv"): ACKNOWLEDGEMENT,
        ("shipments", "SHIP_1.csv"): HEADING + ALL_OF_LINE_ONE,
        ("confirmations", "SHIP_2.json"): json.dumps(CONFIRMATION, indent=1) + "\n",
        ("invoices", "INV_1.csv"): INVOICE + detail(1, 3, "8.98"),
    }
    for (channel, name), text in files.items():
        assert day.send(channel, name, text).state == "booked", name
        if channel == "orders":
            day.make(Gathering.NEW_ORDERS)
    day.make(Gathering.APPROVED_INVOICES)
    assert day.order().status is OrderStatus.SHIPPED
    assert columns(day.rows(tables.invoice), "state") == [("Posted",)]
    business, sent = day.business(), not_answers(day)
    assert set(business) == {table.name for table in BUSINESS}

    for (channel, name), text in files.items():
        day.exchange.drop(channel, name, text)
        day.exchange.drop(channel, f"renamed_{name}", text)
        day.exchange.drop(channel, f"windows_{name}", text.replace("\n", "\r\n"))
    day.run()
    for _, name in files:
        assert [day.told(f"{prefix}{name}").state for prefix in ("", "renamed_")] == ["duplicate", "duplicate"]
        assert day.told(name).codes == ["DSO-006"]
        other = day.told(f"windows_{name}")
        assert (other.state, other.verdicts) == ("booked", ["duplicate"]), name
    day.make(Gathering.NEW_ORDERS)
    day.make(Gathering.APPROVED_INVOICES)
    assert (day.business(), not_answers(day)) == (business, sent)
    assert day.differences() == []


def not_answers(day: Day) -> list[tuple[Any, ...]]:
    """What was sent of our own accord."""
    return [(row.kind, row.file_name, row.sha256, row.state) for row in day.rows(tables.outbox) if row.kind != "answer"]


def test_the_story_tells_the_retailer_what_happened(day: Day) -> None:
    shipped(day)
    day.send("invoices", "INV_1.csv", INVOICE + detail(1, 3, "8.98"))
    day.make(Gathering.APPROVED_INVOICES)
    posting = (day.exchange.root / "outbox/oms/invoices/DSPST_00000001.xml").read_text(encoding="utf-8")
    assert 'invoice_no="RP-2201"' in posting
    assert 'total="26.94"' in posting
    changes = "".join(path.read_text(encoding="utf-8") for path in sorted((day.exchange.root / "outbox/oms/changes").iterdir()))
    assert re.findall(r'type="(\w+)" po_no="AB10747" po_line_no="(\d)"', changes) == [("PULLED", "1"), ("PULLED", "2"), ("SHIPPED", "1")]
    assert 'tracking_number="Track12155"' in changes
