"""Documents that come again (decision 0024): the same content is a duplicate, other content a conflict with both sides shown, by type."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import inspect

from gateway.documents import BatchAcknowledgement, Document, Envelope, ShipmentLine
from gateway.domain.origin import Origin
from gateway.store import Store, tables
from tests.business import HEADER, MESSAGE, ORDER, RETAILER, TOTE, UPLOAD, a_detail, a_shipment, an_invoice
from tests.office import Office
from tests.storehouse import fresh_store

THREE = ShipmentLine(number=1, quantity=3)
SHIPMENT = a_shipment(THREE)
BILL = an_invoice(a_detail(1, 3, "8.98"))
ACKNOWLEDGEMENT = BatchAcknowledgement(vendor="257", batch=1, vendor_system="VENDOR", envelope=HEADER)
BUSINESS = (
    tables.purchase_order,
    tables.order_line,
    tables.order_history,
    tables.shipment,
    tables.invoice,
    tables.invoice_line,
    tables.change,
)


class Case(Struct, frozen=True):
    """A document that came, how it comes again, and what is said then."""

    first: Document
    again: Document
    origin: Origin
    verdict: str
    code: str
    differences: tuple[tuple[str, str, str], ...] = ()


CASES = {
    "order, the same": Case(ORDER, ORDER, RETAILER, "duplicate", "DSO-110"),
    "order, the same in other words": Case(
        ORDER, replace(ORDER, number="ab10747", envelope=Envelope(sender="OMS", version="17.0")), RETAILER, "duplicate", "DSO-110"
    ),
    "order, other content": Case(
        ORDER,
        replace(ORDER, lines=(replace(TOTE, quantity=4, unit_cost=Decimal("9.00")), *ORDER.lines[1:])),
        RETAILER,
        "conflict",
        "DSO-111",
        (("line 1 quantity", "3", "4"), ("line 1 unit_cost", "8.98", "9.00")),
    ),
    "acknowledgement, the same": Case(ACKNOWLEDGEMENT, ACKNOWLEDGEMENT, MESSAGE, "duplicate", "3021"),
    "acknowledgement, the same in other words": Case(
        ACKNOWLEDGEMENT, replace(ACKNOWLEDGEMENT, envelope=replace(HEADER, version="5.1")), MESSAGE, "duplicate", "3021"
    ),
    "shipment line, the same": Case(SHIPMENT, SHIPMENT, MESSAGE, "duplicate", "SHP-01"),
    "shipment line, the same with another weight": Case(SHIPMENT, a_shipment(THREE, weight=Decimal(9)), MESSAGE, "duplicate", "SHP-01"),
    "shipment line, the same tracking number without a date": Case(
        SHIPMENT, a_shipment(THREE, shipped_on=None), UPLOAD, "duplicate", "SHP-01"
    ),
    "shipment line, other quantity for the same tracking number": Case(
        SHIPMENT,
        a_shipment(ShipmentLine(number=1, quantity=2)),
        MESSAGE,
        "conflict",
        "SHP-02",
        (("line 1 quantity", "3", "2"),),
    ),
    "shipment line, other carrier for the same tracking number": Case(
        SHIPMENT, a_shipment(THREE, carrier="20"), MESSAGE, "conflict", "SHP-02", (("line 1 carrier", "50", "20"),)
    ),
    "invoice, the same": Case(BILL, BILL, UPLOAD, "duplicate", "INV-08"),
    "invoice, other unit cost": Case(
        BILL, an_invoice(a_detail(1, 3, "9.98")), UPLOAD, "conflict", "INV-08", (("order AB10747 line 1 unit_cost", "8.98", "9.98"),)
    ),
    "invoice, other quantity": Case(
        BILL, an_invoice(a_detail(1, 2, "8.98")), UPLOAD, "conflict", "INV-08", (("order AB10747 line 1 quantity", "3", "2"),)
    ),
    "invoice, other charges and terms": Case(
        BILL,
        an_invoice(a_detail(1, 3, "8.98", freight=Decimal(2)), gross_days=60),
        UPLOAD,
        "conflict",
        "INV-08",
        (("gross_days", "30", "60"), ("order AB10747 line 1 freight", "0.00", "2.00")),
    ),
    "invoice, another line": Case(
        BILL,
        an_invoice(a_detail(1, 3, "8.98"), a_detail(2, 1, "21.50")),
        UPLOAD,
        "conflict",
        "INV-08",
        (("order AB10747 line 2", "nothing", "1 at 21.50"),),
    ),
}


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """An order, its batch acknowledged, its first line shipped and billed: each of them once."""
    office = Office(store)
    office.receive(ORDER)
    office.cut()
    for document, origin in ((ACKNOWLEDGEMENT, MESSAGE), (SHIPMENT, MESSAGE), (BILL, UPLOAD)):
        office.receive(document, origin=origin)
    yield office
    assert office.differences() == []


def everything(office: Office) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in office.rows(table)] for table in BUSINESS]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_comes_again_changes_nothing_and_says_so(office: Office, case: Case) -> None:
    before = everything(office)
    message = office.receive(case.again, origin=case.origin)
    (receipt,) = [row for row in office.rows(tables.receipt) if row.message_id == message.id]
    assert (receipt.verdict, [it["code"] for it in receipt.issue]) == (case.verdict, [case.code])
    told = [(it["path"], it["booked"], it["sent"]) for issue in receipt.issue for it in issue.get("differences", ())]
    assert told == list(case.differences)
    assert everything(office) == before


def test_another_vendor_has_keys_of_its_own(office: Office) -> None:
    foreign = office.receive(replace(ACKNOWLEDGEMENT, vendor="11"), origin=replace(MESSAGE, vendor="11"))
    assert office.codes(foreign.id) == [["3020"]]


def test_in_one_file_the_second_of_two_is_the_duplicate(store: Store) -> None:
    office = Office(store)
    message = office.receive(ORDER, ORDER, replace(ORDER, number="AB10748"))
    assert office.verdicts(message.id) == ["booked", "duplicate", "booked"]


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_under_every_key_stands_a_unique_index(store: Store) -> None:
    found = inspect(store.engine)
    unique = {
        table: {tuple(it["column_names"]) for it in found.get_unique_constraints(table)}
        | {tuple(found.get_pk_constraint(table)["constrained_columns"])}
        for table in ("order_key", "content_key", "interchange", "document_key", "invoice", "invoice_line", "batch")
    }
    assert ("org", "po_no") in unique["order_key"]
    assert ("connector", "sha256") in unique["content_key"]
    assert ("pair", "level", "number") in unique["interchange"]
    assert ("scope", "kind", "key") in unique["document_key"]
    assert ("vendor", "number") in unique["invoice"]
    assert ("shipment_id",) in unique["invoice_line"]
    assert ("number",) in unique["batch"]
