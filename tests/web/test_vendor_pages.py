"""A vendor at work: prints, ships with what is wrong told at its field, answers, takes back; and sees nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.orders import OrderSheet, show_order
from gateway.domain.access import EVERYTHING
from tests.reader import Reader, add_people, console, effects_of
from tests.shop import Shop, open_story

NUMBER = "AB10747"


@contextmanager
def opened(root: Path, url: str) -> Iterator[Gateway]:
    """Two orders of vendor 257 are on batch 1 and In Process."""
    shop = Shop(root / "shop", url)
    with open_story(shop.url) as story:
        story.ordered().sent()
    with shop.opened() as gateway:
        add_people(gateway)
        yield gateway


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    with opened(tmp_path, sqlite_url) as gateway:
        yield gateway


@pytest.fixture
def on_both(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    """For pages with questions of their own to the database."""
    with opened(tmp_path, database_url) as gateway:
        yield gateway


@contextmanager
def at(gateway: Gateway, name: str) -> Iterator[Reader]:
    with console(gateway) as reader:
        reader.sign_in(name)
        yield reader


def sheet(gateway: Gateway, number: str = NUMBER) -> OrderSheet:
    return show_order(gateway.store, number, organization=gateway.master.organization, scope=EVERYTHING)


def test_a_shipment_is_confirmed_in_part_and_what_is_wrong_stands_at_its_field(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        listed = vendor.get("/shipments").text
        assert f'href="/shipments/{NUMBER}"' in listed
        assert 'name="quantity.1"' in vendor.get(f"/shipments/{NUMBER}").text
        wrong = vendor.post(f"/shipments/{NUMBER}", {"quantity.1": "9", "quantity.2": "x", "weight.1": "much", "step": "do"})
        assert wrong.status_code == 422
        assert "&#39;x&#39; is no whole number" in wrong.text
        assert "is no amount" in wrong.text
        assert '<small class="broken" id="fault-quantity.1">3044' in wrong.text
        wrong = vendor.post(f"/shipments/{NUMBER}", {"quantity.1": "9", "shipped_on": "2022-06-22", "step": "do"})
        assert '<small class="broken" id="fault-quantity.1">3044' in wrong.text
        assert "No quantity is told" in vendor.post(f"/shipments/{NUMBER}", {"step": "do"}).text
        assert sheet(gateway).shipments == ()

        form = {"quantity.1": "2", "tracking.1": "1Z1 1Z2", "shipped_on": "2022-06-22", "weight": "2.5"}
        preview = vendor.post(f"/shipments/{NUMBER}", {**form, "step": "preview"})
        assert "Nothing is booked yet" in preview.text
        assert sheet(gateway).shipments == ()
        done = vendor.post(f"/shipments/{NUMBER}", {**form, "step": "do"})
        assert "Shipped of order" in done.text
        (shipped,) = sheet(gateway).shipments
        assert (shipped.line_no, shipped.quantity, shipped.tracking) == (1, 2, ("1Z1", "1Z2"))
        assert sheet(gateway).history[-1].user == "vendor.257"
        assert sheet(gateway).history[-1].source.value == "UI"

        two = {"quantity.1": "1", "quantity.2": "1", "tracking.1": "A", "shipped_on": "2022-06-22", "step": "do"}
        vendor.post(f"/shipments/{NUMBER}?parcels=2", two)
        assert [(it.line_no, it.quantity) for it in sheet(gateway).shipments] == [(1, 2), (1, 1), (2, 1)]
        assert "No line of this order is In Process" in vendor.get(f"/shipments/{NUMBER}").text


def test_a_batch_has_its_paper_made_and_is_taken_back_or_printed_anew(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        assert 'href="/slips/1"' in vendor.get("/slips").text
        assert vendor.post("/slips/1/documents").headers["location"] == "/slips/1"
        gateway.node().once()
        page = vendor.get("/slips/1").text
        assert "1-001-slips.pdf" in page
        place = page.partition('href="/slips/1/documents/')[2].partition('"')[0]
        fetched = vendor.get(f"/slips/1/documents/{place}")
        assert fetched.headers["content-disposition"].startswith("attachment; filename=")
        assert fetched.content[:4] in {b"%PDF", b'"bat', b'\xef\xbb\xbf"'}
        assert vendor.get("/slips/1/documents/999").status_code == 404
        assert "new print quantity" in vendor.get(f"/slips/1/acts/reprint?order={NUMBER}").text
        answer = vendor.post("/slips/1/acts/void", {"reason": "the printer ate it"})
        assert "→ void, 4 lines off it" in effects_of(answer.text)
        assert {it.status.value for it in sheet(gateway).lines if it.status} == {"New Order"}
        assert "/slips/1/acts/void" not in vendor.get("/slips/1").text


def test_a_vendor_with_files_gets_its_new_orders_as_one(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        vendor.post("/slips/1/acts/void", {"reason": "again"})
        assert "Get purchase orders" in vendor.get("/slips").text
        shown = vendor.post("/slips/acts/get", {"step": "preview"})
        assert f"{NUMBER}: 2 lines would go out as a file" in effects_of(shown.text)
        assert "gets its new orders as files" in vendor.post("/slips/acts/print", {"step": "preview"}).text


def test_requests_are_answered_where_they_are_listed(on_both: Gateway) -> None:
    with at(on_both, "retailer.one") as retailer:
        retailer.post(f"/orders/{NUMBER}/acts/cancel", {"line": "2", "why": "too late", "step": "do"})
    with at(on_both, "vendor.257") as vendor:
        page = vendor.get("/requests").text
        assert "cancel 1 of 1 open" in page
        assert f'href="/orders/{NUMBER}/acts/accept_cancel?line=2"' in page
        vendor.post(f"/orders/{NUMBER}/acts/accept_cancel", {"line": "2", "step": "do"})
        assert "Nothing waits for an answer" in vendor.get("/requests").text


def test_the_first_page_counts_what_there_is_to_do_and_leads_there(on_both: Gateway) -> None:
    with at(on_both, "vendor.257") as vendor:
        page = vendor.get("/").text
        assert '<a href="/shipments"><b>4</b> lines to ship</a>' in page
        assert "<b>4</b> lines late" in page
        assert 'aria-label="Open lines by due day: very late 4, late 0, now, within 2 days 0, later 0"' in page
        for path in set(re.findall(r'<li class="\w+"><a href="([^"]+)"', page)):
            assert vendor.get(unescape(path)).status_code == 200, path
        one, none = vendor.get("/?brand=1").text, vendor.get("/?brand=2").text
        for page, lines in ((one, 4), (none, 0)):
            assert f"<b>{lines}</b> lines to ship" in page
            assert f"very late {lines}, late 0" in page
            assert "files not taken" not in page
        assert '<option value="1" selected>' in one
        for path in set(re.findall(r'<li class="\w+"><a href="([^"]+)"', one)):
            assert "brand=1" in path
            assert vendor.get(unescape(path)).status_code == 200, path
        words = re.findall(r'data-key="\w"[^>]*>([^<]+)<', page)
        assert words == ["Home", "Orders", "Pack slips", "Shipments", "Requests", "Invoices", "Uploads"]
    with at(on_both, "vendor.310") as other:
        assert "<b>0</b> lines to ship" in other.get("/").text


def test_what_belongs_to_another_vendor_is_not_there(gateway: Gateway) -> None:
    with at(gateway, "vendor.310") as other:
        for path in ("/shipments", "/slips", "/requests"):
            text = other.get(path).text
            assert NUMBER not in text
            assert 'class="empty"' in text
        for path in (f"/shipments/{NUMBER}", "/slips/1", "/slips/1/acts/void", "/slips/1/documents/1"):
            assert other.get(path).status_code == 404, path
        for path in (f"/shipments/{NUMBER}", "/slips/1/documents", "/slips/1/acts/void"):
            assert other.post(path, {"reason": "x", "quantity.1": "1", "step": "do"}).status_code == 404, path
    with at(gateway, "retailer.one") as retailer:
        assert retailer.get("/shipments").status_code == 403
        assert retailer.post("/slips/1/documents").status_code == 403


def test_an_invoice_is_made_changed_handed_in_rejected_and_mended(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        shipped = {"quantity.1": "3", "quantity.2": "1", "shipped_on": "2022-06-23", "step": "do"}
        vendor.post(f"/shipments/{NUMBER}", shipped)
        page = vendor.get("/uninvoiced").text
        ids = re.findall(r'name="shipment" value="(\d+)"', page)
        assert len(ids) == 2
        wrong = vendor.post("/uninvoiced", {"number": "", "date": "soon"})
        assert wrong.status_code == 422
        for told in ("say the number of the invoice", "is no day", "No shipment is ticked"):
            assert told in wrong.text
        assert "INV-07" in vendor.post("/uninvoiced", {"number": "RP-9", "date": "2099-01-01", "shipment": ids[0]}).text
        made = vendor.post("/uninvoiced", {"number": "RP-9", "date": "2022-06-24", "shipment": ids[0], "step": "save"})
        assert made.headers["location"] == "/invoices/RP-9?vendor=257"
        path = "/invoices/RP-9/edit?vendor=257"
        assert path in unescape(vendor.get("/invoices/RP-9?vendor=257").text)
        form = dict.fromkeys(("freight", "handling", "other", "discount_percent", "freight.1", "handling.1", "other.1"), "0")
        wrong = vendor.post(path, {**form, "date": "2022-06-24", "unit_cost.1": "x", "discount_days": "1000", "step": "save"})
        assert 'id="fault-unit_cost.1"' in wrong.text
        assert 'id="fault-discount_days">INV-01' in wrong.text
        form |= {"date": "2022-06-24", "unit_cost.1": "12.5", "freight": "4.5"}
        wrong = vendor.post(path, {**form, "discount_days": "1000", "freight.1": "1.005", "step": "save"})
        assert 'id="fault-discount_days">INV-01' in wrong.text
        assert 'id="fault-freight.1">INV-04' in wrong.text
        assert "It would come to $42.00" in vendor.post(path, {**form, "step": "preview"}).text
        assert vendor.post(path, {**form, "step": "submit"}).status_code == 303
        assert "Held" in vendor.get("/invoices/RP-9?vendor=257").text
        assert vendor.get(path).status_code == 409
    with at(gateway, "retailer.one") as retailer:
        retailer.post("/invoices/RP-9/acts/reject?vendor=257", {"reason": "agreed on 8.98"})
        assert retailer.get(path).status_code == 403
    with at(gateway, "vendor.257") as vendor:
        assert "agreed on 8.98" in vendor.get(path).text
        assert vendor.post(path, {**form, "unit_cost.1": "8.98", "step": "submit"}).status_code == 303
        assert "Approved" in vendor.get("/invoices/RP-9?vendor=257").text
    with at(gateway, "vendor.310") as other:
        assert other.get(path).status_code == 404
        assert other.post(path, {**form, "step": "save"}).status_code == 404
        assert "INV-12" in other.post("/uninvoiced", {"number": "X-1", "shipment": ids[1]}).text
