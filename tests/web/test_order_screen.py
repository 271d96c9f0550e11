"""The order screen against its page of the specification: every tab, field, window and message (sdf 9.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.app import Gateway
from gateway.desk.trail import list_entries
from gateway.documents import ChangeRequest, ShipmentLine
from gateway.domain.order import OrderStatus
from gateway.store.audit import AuditSearch
from gateway.web import tones
from tests.business import MESSAGE, ORDER, SHIP_TO, UPLOAD, a_detail, a_shipment, an_invoice
from tests.reader import Reader, add_people, console
from tests.shop import Shop, open_story
from tests.shown import Shown

NEW_ROAD = replace(SHIP_TO, address1="9 New Road", apartment="4B", day_phone="020 1", postal_code="SE1 1AA", country="GB")
TOP = {
    "Purchase Order Number": "AB10747",
    "Date Created": "2022-06-20",
    "Sales Order Number": "00012025-001",
    "Order Status": f"{tones.mark(OrderStatus.OPEN)} Open",
    "Brand": "Harbor and Home",
    "Location": "100 - Westborough distribution center",
    "Vendor": "Red Panda Outfitters (257)",
    "Organization": "Locate Retail",
}
HEADER = {
    "Next Due Date": "2022-07-01",
    "Ship Via": "50 - FedEx Home Delivery",
    "Gift": "N",
    "Buyer": "EZK",
    "Shipping Instructions": "DRP SHP ORD#00012025",
    "Ship Complete": "N",
    "Total": "$35.92",
    "Discount": "0.00% / $0.00",
    "Currency": "USD",
    "Pay Method": "MULTI PAY",
    "Freight Charges": "$6.95",
    "Additional Charges": "$2.00",
    "Paid Amount": "$54.93",
    "Tax on Freight": "$0.56",
    "Tax Charges": "$1.12",
}
DETAIL = {
    "Line #": "1",
    "Item #": "BX100 RED",
    "Item Description": "Tote bag, red",
    "Order Qty": "3",
    "Shipped Qty": "3",
    "Printed Qty": "0",
    "Cancel Qty": "0",
    "Due Date": "2022-06-28",
    "Custom": "Custom",
    "Messages": "Messages",
    "Display": "Display",
}
LINE = {
    "Line #": "1",
    "Item #": "BX100 RED",
    "Item Description": "Tote bag, red",
    "Vendor Item #": "V1000",
    "Order Qty": "3",
    "Shipped Qty": "3",
    "Printed Qty": "0",
    "Cancel Qty": "0",
    "Open Qty": "0",
    "Due Date": "2022-06-28",
    "Ship Via": "50 - FedEx Home Delivery",
    "PO Unit Cost": "$8.98",
    "Extended": "$26.94",
    "Retail Price": "$14.99",
    "Tax": "$1.12",
    "Gift Wrap": "N",
    "Batch": "1",
}
INVOICE = {
    "Line #": "1",
    "Item #": "BX100 RED - Tote bag, red",
    "Invoice Number": "RP-1",
    "Invoice Date": "2022-06-22",
    "Invoice Qty": "3",
    "Invoice Unit Cost": "$8.98",
    "Extended": "$26.94",
    "Display": "Display",
}
HISTORY = ("Line #", "Item", "Quantity", "Action Type", "Status", "Date / Time", "User", "Source", "Transaction Notes", "Details")


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    """One line is shipped and billed, the other waits; the address is to change, and a cost has."""
    shop = Shop(tmp_path / "shop", sqlite_url)
    with open_story(shop.url) as story:
        story.ordered().sent()
        story.office.receive(
            ChangeRequest(kind="cost", order_number="AB10747", line=2, unit_cost=ORDER.lines[0].unit_cost, request_id="K-7")
        )
        story.office.receive(a_shipment(ShipmentLine(number=1, quantity=3)), origin=MESSAGE)
        story.office.receive(ChangeRequest(kind="address", order_number="AB10747", ship_to=NEW_ROAD, request_id="A-55"))
        story.office.receive(an_invoice(a_detail(1, 3, "8.98"), number="RP-1"), origin=UPLOAD)
    with shop.opened() as gateway:
        add_people(gateway)
        yield gateway


@pytest.fixture
def retailer(gateway: Gateway) -> Iterator[Reader]:
    with console(gateway) as reader:
        reader.sign_in("retailer.one")
        yield reader


def seen(reader: Reader, path: str) -> Shown:
    answer = reader.get(f"/orders/AB10747{path}")
    assert answer.status_code == 200, answer.text
    return Shown(answer.text)


def test_every_field_of_every_tab_stands_there_as_the_page_says(retailer: Reader) -> None:
    header = seen(retailer, "")
    for tab in ("header", "detail", "invoices", "history", "messages", "lineage"):
        page = seen(retailer, f"?tab={tab}")
        assert {label: page.facts[label] for label in TOP} == TOP, tab
        assert "An address change request is pending" in page.text, tab
    assert {label: header.facts[label] for label in HEADER} == HEADER
    assert [it for it in header.heads if it in {"Sold To", "Ship To", "Sales Order Summary"}] == [
        "Sold To",
        "Ship To",
        "Sales Order Summary",
    ]
    for part in ("Ms. Ariel Byrd", "12 Harbor Street", "Apt / Unit #: 4B", "Westborough, MA, 01581, US", "Day: 508-555-0100", "SE1 9GF"):
        assert part in header.text, part
    detail = seen(retailer, "?tab=detail")
    row = detail.table("Line #")[0]
    assert {label: row[label] for label in DETAIL} == DETAIL
    assert detail.table("Line #")[1]["Custom"] == ""
    assert "V1000" in detail.hovers()
    (billed,) = seen(retailer, "?tab=invoices").table("Line #")
    assert {label: billed[label] for label in INVOICE} == INVOICE
    messages = seen(retailer, "?tab=messages").text
    assert "Sales Order Thank you for your order. Questions? Call customer service." in messages
    assert "Gift Messages Happy birthday!" in messages


def test_the_windows_of_a_line_tell_all_there_is(retailer: Reader) -> None:
    links = seen(retailer, "?tab=detail").links()
    for path in ("/lines/1", "/lines/1/customizations", "/lines/1/messages", "/lines/2"):
        assert f"/orders/AB10747{path}" in links, path
    assert "/orders/AB10747/lines/2/messages" not in links
    page = seen(retailer, "/lines/1")
    assert {label: page.facts[label] for label in LINE} == LINE
    assert seen(retailer, "/lines/1/customizations").table("Label") == [{"Label": "MONO", "Value": "ARB"}]
    assert "Customer asked for careful packing" in seen(retailer, "/lines/1/messages").text
    panel = retailer.get("/orders/AB10747/lines/1", hx_request="true").text
    assert panel.lstrip().startswith('<h2 id="panel-title">')
    for path in ("/lines/9", "/lines/x", "/lines/1/nothing", "/history/99"):
        assert retailer.get(f"/orders/AB10747{path}").status_code == 404, path


def test_the_history_shows_a_change_before_and_after(retailer: Reader) -> None:
    history = seen(retailer, "?tab=history")
    rows = history.table("Line #")
    assert tuple(rows[0])[: len(HISTORY)] == HISTORY
    told = [(it["Line #"], it["Action Type"], it["Transaction Notes"], it["User"], it["Source"]) for it in rows]
    assert ("1", "PO Created", "", "Admin", "WS") in told
    assert ("2", "Cost Change", "Before $ 21.50 - After $ 8.98", "Admin", "WS") in told
    assert next(it["Item"] for it in rows if it["Line #"] == "2") == "KT200 - Kettle"
    details = [path for path in history.links() if "/history/" in path]
    assert len(details) == len([it for it in rows if it["Details"]]) == 1 + len([it for it in told if it[1] == "Address Change"])
    pages = [Shown(retailer.get(path).text) for path in details]
    cost = next(it for it in pages if it.facts["Action Type"] == "Cost Change")
    assert cost.text.endswith("Before $21.50 After $8.98 Close")
    address = next(it for it in pages if it.facts["Action Type"] == "Address Change")
    before, _, after = address.text.partition("Before")[2].partition("After")
    assert "1 Quay Road" in before
    for part in ("9 New Road", "Apt / Unit #: 4B", "SE1 1AA"):
        assert part in after, part


def test_who_may_not_see_people_sees_none_in_any_window(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("auditor.one")
        paths = [path for path in seen(reader, "?tab=history").links() if "/history/" in path]
        for path in ("/orders/AB10747", "/orders/AB10747?tab=messages", "/orders/AB10747/lines/1/messages", *paths):
            text = reader.get(path).text
            for word in ("Byrd", "Road", "Street", "careful", "birthday"):
                assert word not in text, (path, word)


def test_in_an_emergency_people_are_shown_with_a_reason_and_it_rings(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("operator.one")
        assert "Byrd" not in reader.get("/orders/AB10747").text
        assert reader.post("/orders/AB10747/people").status_code == 422
        shown = Shown(reader.post("/orders/AB10747/people", {"reason": "parcel at the wrong door"}).text)
        assert "Ms. Ariel Byrd" in shown.text
        found = list_entries(gateway.store, AuditSearch(event="personal_data_seen"), most=9).rows
        assert [(it.actor, it.about, it.reason) for it in found] == [("operator.one", "order AB10747", "parcel at the wrong door")]
        assert "has seen the people of order AB10747: parcel at the wrong door" in reader.get("/needs").text
    with console(gateway) as reader:
        reader.sign_in("auditor.one")
        assert reader.post("/orders/AB10747/people", {"reason": "curious"}).status_code == 403


def test_all_tabs_stand_one_below_the_other_to_be_printed(retailer: Reader) -> None:
    page = seen(retailer, "?tab=all")
    for word in ("Sales Order Summary", "Tote bag, red", "RP-1", "Address Change Requested", "Happy birthday!", "Files that brought it"):
        assert word in page.text, word


def test_everybody_reads_days_and_amounts_in_the_own_way(retailer: Reader) -> None:
    retailer.post("/settings", {"zone": "Europe/Berlin", "dates": "european", "numbers": "continental", "theme": "dark"})
    page = seen(retailer, "")
    assert (page.facts["Date Created"], page.facts["Total"]) == ("20.06.2022", "$35,92")
    shipped = [it["Transaction Notes"] for it in seen(retailer, "?tab=history").table("Line #") if it["Action Type"] == "Shipped"]
    assert shipped == ["Ship Date: 22.06.2022, Carrier: 50, Tracking #: Track12155, Weight: 2,34, Rate: $ 1,23"]
