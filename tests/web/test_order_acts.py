"""Acts about orders and invoices at the console: offered to who may, previewed, refused in the words of the business, done once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.invoices import show_invoice
from gateway.desk.needs import needs
from gateway.desk.orders import OrderSheet, show_order
from gateway.domain.access import EVERYTHING, Authority
from gateway.domain.outcome import InvoiceState
from tests.reader import Reader, add_people, console, desk_of, effects_of
from tests.shop import Shop, open_story

NUMBER = "AB10748"


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered().sent().shipped().billed()
    with shop.opened() as gateway:
        add_people(gateway)
        yield gateway


@contextmanager
def at(gateway: Gateway, name: str) -> Iterator[Reader]:
    with console(gateway) as reader:
        reader.sign_in(name)
        yield reader


def sheet(gateway: Gateway) -> OrderSheet:
    return show_order(gateway.store, NUMBER, organization=gateway.master.organization, scope=EVERYTHING)


def test_a_vendor_holds_and_releases_a_line(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        assert "Hold" in vendor.get(f"/orders/{NUMBER}").text
        path, form = f"/orders/{NUMBER}/acts/hold", {"line": "2", "why": "kiln is broken"}
        assert vendor.get(path).status_code == 200
        preview = vendor.post(path, {**form, "step": "preview"})
        assert "Maintenance, Held: kiln is broken; then Held" in effects_of(preview.text)
        assert all(line.status is None or line.status.value != "Held" for line in sheet(gateway).lines)
        vendor.post(path, {**form, "step": "do"})
        found = sheet(gateway)
        assert [line.status.value for line in found.lines if line.status and line.number == 2] == ["Held"]
        assert (found.history[-1].user, found.history[-1].source.value, found.history[-1].note) == (
            "vendor.257",
            "UI",
            "Held: kiln is broken",
        )
        vendor.post(f"/orders/{NUMBER}/acts/release", {"line": "2", "step": "do"})
        assert sheet(gateway).history[-1].note == "Released"


def test_a_vendor_keeps_several_lines_at_once(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        page = vendor.get("/orders?by=Item").text
        assert f'name="id" value="{NUMBER}/2"' in page
        assert "/lines/acts/due_date" in page
        both, form = f"/lines/acts/due_date?id={NUMBER}/1&id={NUMBER}/2&id={NUMBER}/77", {"on": "2030-01-15", "why": "kiln is broken"}
        assert "Revise due date: 3 lines" in vendor.get(both).text
        assert "is no day" in vendor.post(both, {"on": "soon", "step": "do"}).text
        told = effects_of(vendor.post(both, {**form, "step": "preview"}).text)
        assert told.count("01/15/2030") == 2
        assert f"{NUMBER} line 2: Maintenance" in told
        assert "not possible" in told
        assert all(str(line.due_on) != "2030-01-15" for line in sheet(gateway).lines)
        vendor.post(both, {**form, "step": "do"})
        assert [str(line.due_on) for line in sheet(gateway).lines] == ["2030-01-15"] * 2
        assert vendor.get("/lines/acts/hold").status_code == 404
    with at(gateway, "vendor.310") as other:
        assert other.get(both).status_code == 404
        assert other.post(both, {**form, "step": "do"}).status_code == 404
    with at(gateway, "retailer.one") as retailer:
        assert retailer.get(both).status_code == 403
        assert 'name="id"' not in retailer.get("/orders?by=Item").text


def test_what_lacks_or_is_no_value_is_told_with_the_form(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        assert "Reason: say it" in vendor.post(f"/orders/{NUMBER}/acts/hold", {"line": "1", "step": "do"}).text
        assert "is no day" in vendor.post(f"/orders/{NUMBER}/acts/due_date", {"on": "soon", "step": "do"}).text
        assert "is no whole number" in vendor.post(f"/orders/{NUMBER}/acts/hold", {"line": "x", "why": "y", "step": "do"}).text
    with at(gateway, "retailer.one") as retailer:
        for amount in ("much", "NaN", "1e999"):
            answer = retailer.post(f"/orders/{NUMBER}/acts/cost", {"line": "1", "unit_cost": amount, "step": "preview"})
            assert answer.status_code == 422, amount


def test_the_retailer_asks_for_a_cancel_and_the_vendor_accepts(gateway: Gateway) -> None:
    with at(gateway, "retailer.one") as retailer:
        done = retailer.post(f"/orders/{NUMBER}/acts/cancel", {"line": "2", "step": "do"})
        assert "Cancel Requested" in effects_of(done.text)
    with at(gateway, "vendor.257") as vendor:
        assert "Accept cancel" in vendor.get(f"/orders/{NUMBER}").text
        done = vendor.post(f"/orders/{NUMBER}/acts/accept_cancel", {"line": "2", "step": "do"})
        assert "Cancellation Approved" in effects_of(done.text)
        assert "Accept cancel" not in vendor.get(f"/orders/{NUMBER}").text


def test_each_may_do_only_what_is_theirs(gateway: Gateway) -> None:
    with at(gateway, "retailer.one") as retailer:
        assert retailer.post(f"/orders/{NUMBER}/acts/hold", {"why": "x", "step": "do"}).status_code == 403
    with at(gateway, "vendor.257") as vendor:
        assert vendor.post(f"/orders/{NUMBER}/acts/cancel", {"step": "do"}).status_code == 403
        assert vendor.post("/invoices/RP-2/acts/approve?vendor=257", {"reason": "x"}).status_code == 403
    with at(gateway, "vendor.310") as other:
        assert other.post(f"/orders/{NUMBER}/acts/hold", {"why": "x", "step": "do"}).status_code == 404
        assert other.get("/invoices/RP-2?vendor=257").status_code == 404


def test_a_held_invoice_waits_for_a_yes_or_no(gateway: Gateway) -> None:
    with at(gateway, "retailer.one") as retailer:
        assert "1 held" in retailer.get("/invoices").text
        assert "1 held invoice waits for a yes or no" in retailer.get("/needs").text
        (need,) = needs(gateway.store, frozenset({Authority.INVOICE_REVIEW}), scope=EVERYTHING)
        assert need.since == show_invoice(desk_of(gateway), "RP-2", scope=EVERYTHING, vendor="257").history[-1].at
        path = "/invoices/RP-2/acts/approve?vendor=257"
        assert "Held → Approved" in effects_of(retailer.get(path).text)
        assert show_invoice_state(gateway) is InvoiceState.HELD
        assert "Say why" in retailer.post(path).text
        assert "Held → Approved" in effects_of(retailer.post(path, {"reason": "agreed by phone"}).text)
        assert show_invoice_state(gateway) is InvoiceState.APPROVED
        again = retailer.post(path, {"reason": "again"})
        assert again.status_code == 422
        assert "Approved" in again.text


def show_invoice_state(gateway: Gateway) -> InvoiceState:
    from gateway.desk.acting import Desk

    desk = Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user="test")
    return show_invoice(desk, "RP-2", scope=EVERYTHING, vendor="257").state
