"""Whole stories in a real browser, from login to result: somebody of operations, of the retailer, of a vendor; every page can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.app import Gateway
from gateway.desk.invoices import show_invoice
from gateway.desk.orders import OrderSheet, show_order
from gateway.desk.outbox import show_item
from gateway.domain.access import EVERYTHING
from gateway.store.outbox import ItemState
from tests.chromium import Seat, chromium, seat
from tests.reader import add_people, desk_of
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ORDER = "AB10747"
UNKNOWN = "DSO-103"
SHIPPED = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
DEAR = "HEADER,257,RP-1,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1,3,9.99,0,0,0,\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Iterator[Town]:
    """One order that nobody has touched, and people to touch it."""
    town = Town(tmp_path / "town", sqlite_url, gather="count: 1000")
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write("[web]\nport = 0\n")
    with town.staying_open():
        town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
        town.once()
        with town.gateway() as gateway:
            add_people(gateway)
        yield town


def test_an_operations_person_mends_what_is_refused_and_what_is_stuck(town: Town, browser: Browser) -> None:
    broken = town.sample("createdsorder.xml").replace(b"10747", b"10750").replace(b"<brand_cd>1<", b"<brand_cd>7<")
    town.drop("in/oms/CDSO_2.xml", broken)
    (town.root / "out/oms/responses").rename(town.root / "out/oms/away")
    (town.root / "out/oms/responses").write_text("a file where a folder should be")
    town.once()
    with town.gateway() as gateway, seat(gateway, browser) as here:
        here.sign_in("operator.one")
        page = here.open("/messages?state=refused")
        page.get_by_role("link", name="2", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("CDSO_2.xml")
        expect(page.get_by_text(UNKNOWN).first).to_be_visible()
        assert barriers(here) == []
        town.command("brand", "add", "7", "name=Otter Mills", "--reason", "a new brand")
        act(page, "Replay", reason="the brand is known now")
        town.once()
        here.open("/messages/2")
        expect(page.get_by_text("Booked").first).to_be_visible()
        page.get_by_role("link", name="AB10750").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("AB10750")

        stuck = here.open("/outbox?state=parked").locator("tbody a").first.get_attribute("href")
        assert stuck is not None
        item = int(stuck.rpartition("/")[2])
        here.open(stuck)
        expect(page.locator("main").get_by_text("is not a folder").first).to_be_visible()
        assert barriers(here) == []
        (town.root / "out/oms/responses").unlink()
        (town.root / "out/oms/away").rename(town.root / "out/oms/responses")
        for word, after in (("Retry", ItemState.WAITING), ("Hold", ItemState.HELD), ("Release", ItemState.WAITING)):
            here.open(stuck)
            act(page, word, reason="the folder is back")
            assert state(gateway, item) is after
        town.once()
        here.open(stuck)
        expect(page.locator("main .state").first).to_contain_text("sent")
        assert state(gateway, item) is ItemState.SENT


def test_a_retailer_user_looks_at_an_order_and_judges_its_invoice(town: Town, browser: Browser) -> None:
    with town.gateway() as gateway, seat(gateway, browser) as here:
        town.command("batch", "cut", "257")
        town.command("batch", "acknowledge", "1")
        town.drop("in/redpanda/SHIP_1.csv", f"{SHIPPED}{ORDER},1,3,50,1Z999,2.34,1.23,2022-06-22\n")
        town.once()
        town.drop("in/redpanda/INV_1.csv", DEAR)
        town.once()
        here.sign_in("retailer.one")
        page = here.open("/")
        page.get_by_role("searchbox").fill(ORDER)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(ORDER)
        page.get_by_role("link", name="History", exact=True).click()
        expect(page.get_by_text("1Z999").first).to_be_visible()
        assert barriers(here) == []
        page.get_by_role("link", name="Invoices", exact=True).first.click()
        here.open("/invoices?state=Held")
        page.get_by_role("link", name="RP-1").click()
        assert barriers(here) == []
        act(page, "Approve", reason="agreed by phone")
        here.open("/invoices/RP-1?vendor=257")
        expect(page.get_by_text("agreed by phone")).to_be_visible()
        sheet = show_invoice(desk_of(gateway), "RP-1", scope=EVERYTHING, vendor="257")
        assert (sheet.state.value, sheet.history[-1].actor) == ("Approved", "retailer.one")


def test_a_vendor_user_works_a_new_order_to_its_shipment(town: Town, browser: Browser) -> None:
    with town.gateway() as gateway, seat(gateway, browser) as here:
        here.sign_in("vendor.257")
        page = here.open("/")
        assert barriers(here) == []
        page.get_by_role("link", name="Pack slips", exact=True).click()
        page.get_by_role("link", name="Get purchase orders").click()
        panel = page.get_by_role("dialog")
        panel.get_by_role("button", name="Preview").click()
        panel.get_by_role("button", name="Get them").click()
        expect(panel.get_by_text("go out as a file now")).to_be_visible()
        town.once()
        town.command("batch", "acknowledge", "1")
        page = here.open("/shipments")
        page.get_by_role("link", name=ORDER).first.click()
        assert barriers(here) == []
        page.get_by_label("Tracking number").fill("1Z999")
        page.get_by_label("Quantity of line 2").fill("")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("Nothing is booked yet")).to_be_visible()
        page.get_by_role("button", name="Confirm shipment").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Shipped of order")
        here.open(f"/orders/{ORDER}?tab=history")
        expect(page.get_by_text("1Z999").first).to_be_visible()
        assert [(it.line_no, it.quantity, it.tracking) for it in order(gateway).shipments] == [(1, 3, ("1Z999",))]


def act(page: Page, word: str, *, reason: str) -> None:
    """Open an act's panel, say why, do it, and close the panel."""
    page.get_by_role("link", name=word, exact=True).click()
    panel = page.get_by_role("dialog")
    panel.get_by_label("Reason").fill(reason)
    panel.get_by_role("button", name=word, exact=True).click()
    expect(panel.get_by_role("status")).to_be_visible()


def barriers(here: Seat) -> list[str]:
    """What axe finds on this page, by day and by night."""
    found = here.barriers()
    here.page.emulate_media(color_scheme="dark")
    found += here.barriers()
    here.page.emulate_media(color_scheme="light")
    return found


def state(gateway: Gateway, item: int) -> ItemState:
    return show_item(gateway.store, item, scope=EVERYTHING).state


def order(gateway: Gateway) -> OrderSheet:
    return show_order(gateway.store, ORDER, organization=gateway.master.organization, scope=EVERYTHING)
