"""The console in a real browser: everybody can read every page, with no data and with some, in light and in dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gateway.app import Gateway
from gateway.desk import master
from gateway.desk.master import Books
from gateway.domain.access import BUILT_IN, Authority
from gateway.domain.master import MasterKind
from gateway.web.application import declared
from gateway.web.routes import Door, Face
from tests.chromium import WIDE, Seat, chromium, seat
from tests.reader import add_people, desk_of
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = [it for it in declared() if not it.changes and it.face is Face.PAGE and not it.by_itself]
OPEN = [it.path for it in PAGES if "{" not in it.path]
PARAMETER = re.compile(r"{\w+(?::\w+)?}")
AT_NIGHT = ("color-contrast", "scrollable-region-focusable", "target-size")
"""What other colours and a narrow page can break."""
PHONE = {"width": 390, "height": 844}
SHIPMENTS = "po_number,po_line_number,carrier,shipped_quantity,tracking_number\nNOSUCH,x,10,1,1Z1\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    town = Town(tmp_path / "town", sqlite_url)
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write("[web]\nport = 0\n")
    return town


@pytest.fixture
def here(town: Town, browser: Browser) -> Iterator[tuple[Gateway, Seat]]:
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENTS)
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        with seat(gateway, browser) as found:
            yield gateway, found


def test_everybody_can_read_the_pages(here: tuple[Gateway, Seat]) -> None:
    _, seat = here
    seat.open("/login")
    assert seat.barriers() == []
    seat.sign_in("operator.one")
    for path in OPEN:
        seat.open(path)
        assert seat.barriers() == [], path


@pytest.mark.parametrize(
    ("user", "least"),
    [("vendor.257", 22), ("user_admin.one", 12), ("retailer.one", 28), ("privacy.one", 20), ("auditor.one", 28)],
    ids=["a user of a vendor", "who administers people", "the retailer", "who erases", "who audits"],
)
def test_others_can_read_every_page_that_is_open_to_them(here: tuple[Gateway, Seat], user: str, least: int) -> None:
    """By day at a desk, and by night on a phone: every page that any page of theirs leads to, one of each kind."""
    _, seat = here
    seat.sign_in(user)
    seen, waiting, told = set(), ["/"], []
    while waiting:
        path = waiting.pop()
        kind = _kind(path)
        if kind in seen:
            continue
        seen.add(kind)
        seat.open(path)
        links = seat.page.eval_on_selector_all("a[href^='/']", "found => found.map(it => it.getAttribute('href'))")
        waiting += [it for it in links if _kind(it) not in seen and not LEFT_OUT.search(it)]
        told += [(path, it) for it in seat.barriers()]
        seat.page.emulate_media(color_scheme="dark")
        seat.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dictionary
        told += [(path, it) for it in seat.barriers(AT_NIGHT)]
        if seat.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            told.append((path, "is wider than a phone"))
        seat.page.emulate_media(color_scheme="light")
        seat.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert told == []
    assert len(seen) >= least, sorted(seen)


def test_everybody_can_read_what_the_pages_lead_to(here: tuple[Gateway, Seat]) -> None:
    _, seat = here
    seat.sign_in("operator.one")
    links = ["/messages/2", "/messages/2/raw", "/lineage/message/1", "/outbox/1", "/batches/1", "/partners/redpanda", "/no/such/page"]
    links += ["/mappings/createdsorder", "/preview?message=1", "/reports/aging?what=lines"]
    links += ["/administration/jobs/purge", "/administration/master/vendor/257", "/alarms/1", "/outbox/acts/redeliver?id=1"]
    links += ["/orders?batch=x&vendor=nobody"]
    for path in [*links, *_orders(seat)]:
        seat.open(path)
        assert seat.barriers() == [], path


def test_the_colours_of_the_night_can_be_read_too_on_a_phone(here: tuple[Gateway, Seat]) -> None:
    _, seat = here
    seat.page.emulate_media(color_scheme="dark")
    seat.sign_in("operator.one")
    seat.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dictionary
    for path in ("/", "/orders", "/messages", "/messages/2", "/outbox", "/settings", "/lineage/message/1", "/calendar", "/alarms", "/take"):
        seat.open(path)
        assert seat.barriers() == [], path
        assert seat.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


def test_somebody_finds_an_order_by_the_keyboard(here: tuple[Gateway, Seat]) -> None:
    _, seat = here
    seat.sign_in("retailer.one")
    page = seat.page
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text("Purchase orders")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Purchase order ")
    page.get_by_role("link", name="Detail").click()
    expect(page.get_by_role("columnheader", name="Order Qty")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_form_grows_and_a_page_says_that_it_has_changed(here: tuple[Gateway, Seat]) -> None:
    _, seat = here
    page = seat.page
    page.clock.install()
    seat.sign_in("retailer.one")
    seat.open("/draft")
    page.get_by_label("SKU of row 1").fill("BX100 RED")
    page.get_by_role("button", name="More lines").click()
    assert page.locator("#lines tbody").count() == 4
    page.locator("[name='lines.3.item']").fill("KT200")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Still needed for approval")).to_be_visible()
    expect(page.locator("[name='lines.1.item']")).to_have_value("KT200")
    assert seat.barriers() == []
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Source").fill("Phone")
    other.get_by_role("button", name="Save").last.click()
    other.close()
    page.clock.fast_forward(25_000)
    page.get_by_role("link", name="Changed since").click()
    expect(page.get_by_label("Source")).to_have_value("Phone")


def test_a_first_page_shows_itself_anew_unless_somebody_is_busy_and_draws_the_logo(here: tuple[Gateway, Seat]) -> None:
    gateway, seat = here
    page, logo = seat.page, "https://pictures.shop.example/harbor.png"
    picture = (files("gateway.web") / "static/mark.svg").read_bytes()
    page.route(logo, lambda route: route.fulfill(body=picture, content_type="image/svg+xml"))
    books = Books.of(desk_of(gateway), gateway.workspace)
    words = {"portal_logo": logo, "announcement": "Closed on Friday", "contact_email": "help@shop.example"}
    master.set_words(books, MasterKind.ORGANIZATION, gateway.master.organization, words)
    page.clock.install()
    seat.sign_in("vendor.257")
    assert page.locator(".logo").evaluate("image => [image.naturalWidth > 0, image.offsetWidth, image.offsetHeight]") == [True, 250, 35]
    assert seat.barriers() == []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(seat.address)))
    page.locator("main a").first.focus()
    page.clock.run_for(15 * 60_000)
    assert asked == []
    page.locator("main a").first.blur()
    page.locator("main select").select_option(index=1)
    page.locator("main select").blur()
    page.clock.run_for(15 * 60_000)
    assert asked == []
    page.locator("main select").select_option(index=0)
    page.locator("main select").blur()
    with page.expect_response("**/landing"):
        page.clock.run_for(15 * 60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Red Panda Outfitters")
    page.context.clear_cookies()
    with page.expect_response("**/landing"):
        page.clock.run_for(15 * 60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    seat.complaints = [it for it in seat.complaints if it != f"asked {logo}"]


def test_it_works_without_scripts(town: Town, browser: Browser) -> None:
    with town.gateway() as gateway:
        add_people(gateway)
        with seat(gateway, browser) as plain:
            context = browser.new_context(java_script_enabled=False)
            try:
                found = Seat(context.new_page(), plain.address)
                found.sign_in("retailer.one")
                found.open("/orders")
                expect(found.page.get_by_text("There is no order yet")).to_be_visible()
            finally:
                context.close()


def test_every_role_has_a_rail_that_leads_only_where_it_may_go(here: tuple[Gateway, Seat]) -> None:
    _, seat = here
    for role in BUILT_IN:
        seat.page.context.clear_cookies()
        seat.sign_in(f"{role}.one")
        words = seat.page.locator(".rail a")
        for path in [words.nth(number).get_attribute("href") for number in range(words.count())]:
            answer = seat.page.request.get(seat.address + str(path))
            assert answer.status == 200, (role, path)


def test_doors_for_everybody_are_few() -> None:
    """A page that anybody may open is a decision, and stands here."""
    assert {it.path for it in declared() if it.may is Door.OPEN} == {
        *("/healthz", "/readyz", "/static/{digest}/{name:path}"),
        *("/login", "/setup/{token}", "/password/{token}"),
        *("/login/elsewhere", "/login/elsewhere/back", "/schemas/{name}"),
    }
    assert all(isinstance(it.may, Authority | Door) for it in declared())


LEFT_OUT = re.compile(r"^/(static|schemas|log(in|out))|/(rows|documents/\d+)$|\.(csv|xlsx)")
"""What is no page, or a file to be kept."""


def _kind(path: str) -> str:
    """The declared page behind an address, and the tab that it shows; all acts look alike."""
    plain, _, query = path.partition("#")[0].partition("?")
    tab = f"?{query}" if query.startswith("tab=") else ""
    if "/acts/" in plain:
        return "an act"
    return next((it.path for it in PAGES if re.fullmatch(PARAMETER.sub("[^/]+", it.path), plain)), plain) + tab


def _orders(seat: Seat) -> list[str]:
    page = seat.open("/orders")
    link = page.locator("tbody a").first.get_attribute("href")
    assert link is not None
    return [f"{link}?tab={tab}" for tab in ("header", "detail", "invoices", "history", "messages", "lineage")]
