"""Orders that others have published, read where they lie: `GATEWAY_SAMPLES` names the folder; without it nothing here is collected.

The tables below were read in the files by eye; the manifest beside them says which files there are and what they hold.
"""

from __future__ import annotations

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.documents import Order
from gateway.mapping import Library, Reading, Values

EDI = Path(os.environ["GATEWAY_SAMPLES"]) / "edi"
MAPPINGS = Path(__file__).parents[2] / "mappings"
PARTNER = {"brand": "1", "system": "OMS", "location": "100", "vendor": "257", "carrier": "50"}
LAYOUTS = {("XML-UBL", "Order"): "ubl-order", ("XML-cXML", "OrderRequest"): "cxml-order"}

UBL = "xml/oca__UBL-Order-2.0-Example.xml"
CXML_TWO_PARTIES = "xml/cxml__OrderRequest.xml"
CXML_TWO_CHAIRS = "xml/cxml__order_request.xml"

ORDERS = {
    UBL: {
        "number": "AEG012345",
        "sales_order": "CON0095678",
        "entered_on": "2010-06-20",
        "due_on": "2010-02-26",
        "currency": "GBP",
        "vendor_name": "Consortial",
        "vendor_email": "bouquet@fpconsortial.co.uk",
        "messages": "sample",
        "sold_to.id": "XFB01",
        "sold_to.company": "IYT Corporation",
        "sold_to.first_name": "Mr Fred",
        "sold_to.last_name": "Churchill",
        "sold_to.address1": "Avon Way 56A",
        "sold_to.address3": "3rd Floor, Room 5",
        "sold_to.address4": "Thereabouts",
        "sold_to.city": "Bridgtow",
        "sold_to.region": "Avon",
        "sold_to.postal_code": "ZZ99 1ZZ",
        "sold_to.country": "GB",
        "sold_to.day_phone": "0127 2653214",
        "sold_to.email": "fred@iytcorporation.gov.uk",
        "ship_to.company": "The Terminus",
        "ship_to.first_name": "S",
        "ship_to.last_name": "Massiah",
        "ship_to.address1": "Avon Way 56A",
        "ship_to.city": "Bridgtow",
        "ship_to.postal_code": "ZZ99 1ZZ",
        "ship_to.country": "GB",
        "ship_to.day_phone": "0127 98876545",
        "ship_to.email": "smassiah@the-email.co.uk",
    },
    CXML_TWO_PARTIES: {
        "number": "DO1234",
        "entered_on": "2000-10-12",
        "currency": "EUR",
        "total": "85.00",
        "ship_to.company": "Acme",
        "ship_to.first_name": "Joe",
        "ship_to.last_name": "Smith",
        "ship_to.address1": "123 Anystreet",
        "ship_to.address4": "Mailstop M-543",
        "ship_to.city": "Sunnyvale",
        "ship_to.region": "CA",
        "ship_to.postal_code": "90489",
        "ship_to.country": "US",
        "ship_to.day_phone": "1-800-5551212",
        "sold_to.company": "Zinc GmbH",
        "sold_to.address1": "An den Eichen 18",
        "sold_to.city": "Solingen",
        "sold_to.postal_code": "42699",
        "sold_to.country": "DE",
        "sold_to.day_phone": "49-761-1234567",
        "envelope.sender": "inbound@prominate-platform.com",
        "envelope.receiver": "supplier@supplier.com",
        "envelope.reference": "1625586002.193314.7293@dev",
        "envelope.sent_at": "2000-10-12 18:39:09",
        "envelope.test": "True",
    },
    CXML_TWO_CHAIRS: {
        "number": "MYORDER-1",
        "entered_on": "2022-09-14",
        "currency": "USD",
        "total": "3420.60",
        "ship_to.company": "Acme",
        "ship_to.first_name": "Joe",
        "ship_to.last_name": "Smith",
        "ship_to.address1": "123 Anystreet",
        "ship_to.city": "Sunnyvale",
        "ship_to.region": "CA",
        "ship_to.postal_code": "90489",
        "ship_to.country": "US",
        "sold_to.company": "name",
        "envelope.reference": "933695160894",
        "envelope.sent_at": "2021-01-08 23:00:06",
    },
}

LINES = {
    UBL: [
        {"number": 1, "quantity": 100, "unit": "KGM", "unit_cost": "100.00", "tax": "17.50", "item": "6578489", "vendor_item": "17589683",
         "description": "Acme beeswax", "messages": "this is an illustrative order line"},
    ],
    CXML_TWO_PARTIES: [
        {"number": 1, "quantity": 10, "unit": "EA", "unit_cost": "2.10", "item": "1233244", "vendor_item": "1233244",
         "description": "hello from item 1", "due_on": "2020-02-28"},
        {"number": 2, "quantity": 20, "unit": "EA", "unit_cost": "3.20", "item": "1233245", "vendor_item": "1233245",
         "description": "hello from item 2", "due_on": "2020-02-28", "messages": "Test comment"},
    ],
    CXML_TWO_CHAIRS: [
        {"number": 1, "quantity": 3, "unit": "EA", "unit_cost": "763.20", "item": "KD5555", "vendor_item": "5555",
         "description": "Excelsior Desk Chair"},
        {"number": 2, "quantity": 5, "unit": "EA", "unit_cost": "226.20", "item": "KD666", "vendor_item": "666",
         "description": "Other Desk Chair"},
    ],
}  # fmt: skip


def manifest() -> list[dict[str, str]]:
    """The rows of the manifest for valid orders of the two kinds."""
    with (EDI / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["verdict"] == "valid" and (row["format"], row["transactions"]) in LAYOUTS]


def readings(file: str) -> list[Reading]:
    """What a file gives with the layout of its kind."""
    row = next(row for row in manifest() if row["file"] == file)
    with (EDI / file).open("rb") as source:
        return list(Library(MAPPINGS).get(LAYOUTS[row["format"], row["transactions"]]).read(source, Values(partner=PARTNER)))


def only_order(file: str) -> Order:
    """The one order of a file; its issues are the message when there is none."""
    (reading,) = readings(file)
    assert isinstance(reading.document, Order), [str(issue) for issue in reading.issues]
    return reading.document


def shown(thing: object, path: str) -> str:
    """A value of a document as text; lists joined by a comma."""
    for name in path.split("."):
        thing = getattr(thing, name)
    return ", ".join(thing) if isinstance(thing, tuple) else str(thing)


def test_the_tables_cover_every_valid_order_of_the_manifest() -> None:
    assert sorted(row["file"] for row in manifest()) == sorted(ORDERS) == sorted(LINES)


@pytest.mark.parametrize("file", sorted(ORDERS))
def test_a_published_order_gives_what_it_holds(file: str) -> None:
    order = only_order(file)

    assert {path: shown(order, path) for path in ORDERS[file]} == ORDERS[file]


@pytest.mark.parametrize("file", sorted(LINES))
def test_a_published_order_gives_every_line(file: str) -> None:
    order = only_order(file)

    assert len(order.lines) == len(LINES[file])
    for line, expected in zip(order.lines, LINES[file], strict=True):
        assert {name: shown(line, name) for name in expected if name != "unit_cost"} == {
            name: str(value) for name, value in expected.items() if name != "unit_cost"
        }
        assert line.unit_cost == Decimal(str(expected["unit_cost"]))


@pytest.mark.parametrize("file", sorted(ORDERS))
def test_a_published_order_agrees_with_the_manifest(file: str) -> None:
    order = only_order(file)
    facts = next(row for row in manifest() if row["file"] == file)["documents"].split(",")

    assert f"lines={len(order.lines)}" in facts
    number = next(fact for fact in facts if fact.startswith(("id=", "po=")))
    assert number.partition("=")[2].upper() == order.number


@pytest.mark.parametrize("file", sorted(ORDERS))
def test_a_published_order_takes_the_codes_of_its_connector(file: str) -> None:
    order = only_order(file)

    assert (order.brand, order.system, order.location, order.vendor) == ("1", "OMS", "100", "257")
    assert {line.carrier for line in order.lines} == {"50"}


def test_a_total_that_the_lines_do_not_give_is_told_and_takes_nothing_away() -> None:
    (reading,) = readings(UBL)

    assert reading.document is not None
    assert [issue.field for issue in reading.issues if "differs" in issue.kind] == ["total"]
