"""Shipments under invoice numbers through the whole program: files in, invoices in the store, postings out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from gateway.documents import ShipmentLine
from gateway.store import Store, tables
from tests.business import MESSAGE, ORDER, UPLOAD, a_detail, a_shipment, an_invoice
from tests.flow.test_node import ACK
from tests.office import Office
from tests.storehouse import fresh_store
from tests.town import RED_PANDA, Town

COLUMNS = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date,invoice_number\n"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    office = Office(store)
    for number in ("AB10747", "MORE"):
        office.receive(replace(ORDER, number=number))
    yield office
    assert office.differences() == []


def confirmed(line: int, quantity: int, *, number: str = "AB10747", tracking: str, invoice: str = "RP-1") -> object:
    return a_shipment(ShipmentLine(number=line, quantity=quantity), number=number, tracking=tracking, invoice_number=invoice)


def billed(office: Office) -> list[tuple[int, int, int]]:
    return [(row.line_no, row.order_line, row.quantity) for row in office.rows(tables.invoice_line)]


def events(office: Office) -> list[tuple[int, str, str]]:
    return [(row.seq, row.action, row.to_state) for row in office.rows(tables.invoice_history)]


def test_shipments_of_one_file_and_of_the_next_stand_on_one_invoice(office: Office) -> None:
    office.receive(confirmed(1, 2, tracking="A"), confirmed(1, 1, tracking="B"), confirmed(2, 1, tracking="C"), origin=UPLOAD)
    office.receive(confirmed(1, 3, number="MORE", tracking="D"), origin=MESSAGE)
    assert billed(office) == [(1, 1, 2), (2, 1, 1), (3, 2, 1), (4, 1, 3)]
    assert events(office) == [(1, "Created", "New"), (2, "Lines added", "New"), (3, "Lines added", "New")]
    assert [line.invoiced for number in ("AB10747", "MORE") for line in office.order(number).lines] == [3, 1, 3, 0]


def test_an_upload_hands_in_what_shipments_have_begun(office: Office) -> None:
    office.receive(confirmed(1, 3, tracking="A"), confirmed(1, 3, number="MORE", tracking="B"), origin=UPLOAD)
    message = office.receive(an_invoice(a_detail(1, 3, "8.98", number="MORE"), number="RP-1"), origin=UPLOAD)
    assert office.verdicts(message.id) == ["booked"]
    assert billed(office) == [(1, 1, 3)]
    assert [row.state for row in office.rows(tables.invoice)] == ["Approved"]
    assert [line.invoiced for number in ("AB10747", "MORE") for line in office.order(number).lines] == [0, 0, 3, 0]


def test_a_shipment_and_the_invoice_of_its_number_in_one_chunk_bill_it_once(office: Office) -> None:
    office.drop(confirmed(1, 3, tracking="A"), origin=UPLOAD)
    office.drop(an_invoice(a_detail(1, 3, "9.88"), number="RP-1"), origin=UPLOAD)
    office.book()
    assert billed(office) == [(1, 1, 3)]
    assert events(office) == [(1, "Created", "New"), (2, "Edited", "New"), (3, "Submitted", "Held")]


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Town:
    town = Town(tmp_path_factory.mktemp("town"), database_url)
    town.declare("redpanda", RED_PANDA.replace("mapping: shipments-csv", "mapping: shipments-csv-invoiced").replace("GATHER", "now: true"))
    return town


@pytest.mark.parametrize("at_once", [False, True])
def test_a_row_with_an_invoice_number_is_billed_and_posted(town: Town, at_once: bool) -> None:
    if at_once:
        page = town.root / "organization.yaml"
        page.write_text(page.read_text().replace("user: redpanda", "user: redpanda\n    submit_at_shipping: true"))
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/redpanda/ACK_1.csv", ACK)
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", f"{COLUMNS}AB10747,1,3,50,Track12155,2.34,1.23,2022-06-22,RP-1\n")
    town.once()
    assert ",APPLIED,0," in town.files("out/redpanda/results")["SHIP_1.csv.result.csv"]
    if not at_once:
        assert town.files("out/oms/invoices") == {}
        town.command("invoice", "submit", "RP-1")
        town.once()
    (posted,) = town.files("out/oms/invoices").values()
    assert 'invoice_no="RP-1"' in posted
    assert 'invoice_date="2022-06-22"' in posted
    assert 'total="26.94"' in posted
