"""What the organization says of its console: refresh, time-out, announcement, contact and logo, for those they are for (sdf 8.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.desk import master
from gateway.desk.master import Books
from gateway.domain.access import IDLE
from gateway.domain.master import MasterKind
from gateway.kernel import FixedClock
from tests.reader import Reader, add_people, console, desk_of
from tests.shown import Shown
from tests.town import Town

MINUTE = timedelta(minutes=1)
LOGO = "https://pictures.shop.example/harbor.png"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str, clock: FixedClock) -> Iterator[Gateway]:
    with Town(tmp_path / "town", sqlite_url).gateway(clock) as gateway:
        add_people(gateway)
        yield gateway


def say(gateway: Gateway, *reset: str, **words: str) -> None:
    books = Books.of(desk_of(gateway), gateway.workspace)
    master.set_words(books, MasterKind.ORGANIZATION, gateway.master.organization, words, reset=reset)


def policy(reader: Reader, path: str = "/") -> str:
    return reader.get(path).headers["content-security-policy"]


def test_everybody_signed_in_reads_the_announcement_and_it_is_only_text(gateway: Gateway) -> None:
    with console(gateway) as reader:
        say(gateway, announcement="No files on <b>Friday</b> & Saturday")
        assert "Friday" not in reader.get("/login").text
        for who in ("retailer.one", "vendor.257"):
            reader.sign_in(who)
            for path in ("/orders", "/no/such/page"):
                page = reader.get(path).text
                assert "No files on &lt;b&gt;Friday&lt;/b&gt; &amp; Saturday</aside>" in page, (who, path)
        assert "Friday" not in reader.get("/", hx_request="true").text  # it stands beside the part that is fetched
        say(gateway, "announcement")
        assert "aside" not in reader.get("/orders").text


def test_who_is_stuck_reads_whom_to_ask(gateway: Gateway) -> None:
    with console(gateway) as reader:
        assert "Questions?" not in reader.get("/no/such/page").text
        say(gateway, contact_email="Help desk <help@shop.example>")
        mail = '<a href="mailto:help@shop.example">help@shop.example</a>'
        shown = {path: reader.get(path).text.count(mail) for path in ("/login", "/no/such/page")}
        reader.sign_in("vendor.257")
        shown |= {f"vendor {path}": reader.get(path).text.count(mail) for path in ("/", "/orders", "/no/such/page")}
        reader.sign_in("retailer.one")
        shown |= {f"retailer {path}": reader.get(path).text.count(mail) for path in ("/orders", "/no/such/page")}
    assert [path for path, count in shown.items() if count != 1] == ["retailer /orders"]


def test_pictures_come_from_the_site_of_the_logo_on_pages_of_vendors_alone(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("vendor.257")
        without = policy(reader)
        assert "<img" not in reader.get("/").text
        say(gateway, portal_logo=LOGO)
        page = reader.get("/orders")
        (image,) = Shown(page.text).root.xpath("//img[@class='logo']")
        assert (image.get("src"), image.get("width"), image.get("height")) == (LOGO, "250", "35")
        assert image.get("referrerpolicy") == "no-referrer"
        assert page.headers["content-security-policy"] == without.replace("'self' data:", "'self' data: https://pictures.shop.example")
        assert policy(reader, "/healthz") == without
        reader.sign_in("retailer.one")
        assert (policy(reader, "/orders"), LOGO in reader.get("/orders").text) == (without, False)


def test_first_pages_show_themselves_anew_and_keep_no_session_alive(gateway: Gateway, clock: FixedClock) -> None:
    with console(gateway) as reader:
        for who, heading in (("operator.one", "Today"), ("vendor.257", "Red Panda Outfitters")):
            say(gateway, "landing_refresh_minutes")
            reader.sign_in(who)
            (main,) = Shown(reader.get("/").text).root.xpath("//main")
            assert (main.get("hx-get"), main.get("hx-trigger")) == ("/landing", "every 900s")
            assert main.xpath("//noscript/meta/@content") == ["900;url=/landing"]
            assert 'hx-get="/landing?brand=1&amp;x=%3C"' in reader.get("/?brand=1&x=%3C").text
            say(gateway, landing_refresh_minutes="999")
            assert "every 59940s" in reader.get("/").text
            again = reader.get("/landing", hx_request="true")
            assert (f"<h1>{heading}</h1>" in again.text, "<html" in again.text) == (True, False)
            assert 'hx-get="/landing"' not in reader.get("/orders").text
            for _ in range(2):
                assert reader.get("/landing", hx_request="true").status_code == 200
                clock.advance(8 * MINUTE)
            assert reader.get("/landing").headers["location"] == "/login"


@pytest.mark.parametrize(
    ("who", "minutes", "ends"), [("retailer.one", 5, 5), ("operator.one", 5, 5), ("operator.one", 30, 15), ("retailer.one", 30, 30)]
)
def test_a_session_ends_after_the_time_out_and_never_later_than_security_asks(
    gateway: Gateway, clock: FixedClock, who: str, minutes: int, ends: int
) -> None:
    with console(gateway) as reader:
        reader.sign_in(who)
        say(gateway, time_out_minutes=str(minutes))
        assert f"nothing is done in it for {ends} minutes" in reader.get("/settings").text
        for _ in range(2):
            clock.advance(ends * MINUTE - timedelta(seconds=1))
            assert reader.get("/settings").status_code == 200
        clock.advance(ends * MINUTE)
        assert reader.get("/settings").status_code == 303
    assert timedelta(minutes=30) == IDLE


def test_what_was_set_counts_at_once_and_what_is_set_back_goes_at_once(gateway: Gateway, tmp_path: Path) -> None:
    """Also in a process that began while it was set; everything else of the organization waits for a start."""
    say(gateway, announcement="before", paper="a4")
    with open_gateway(Workspace.load(tmp_path / "town")) as other:
        for announced in ("before", "after"):
            say(gateway, announcement=announced)
            house = other.master.references.shown(other.store)
            assert (house.announcement, house.paper) == (announced, "a4")
        say(gateway, "announcement", "paper")
        house = other.master.references.shown(other.store)
        assert (house.announcement, house.paper) == ("", "a4")


def test_bad_values_and_vendors_without_an_origin_are_refused_on_the_page_too(gateway: Gateway) -> None:
    say(gateway, shipping_integration="true")
    table = "/administration/master"
    told = {
        f"{table}/organization/1/acts/set?word=portal_logo": ({"portal_logo": "http://x.example/a.png"}, "is not fetched by https"),
        f"{table}/organization/1/acts/set?word=time_out_minutes": ({"time_out_minutes": "45"}, "30 minutes at the latest"),
        f"{table}/vendor/acts/add": ({"code": "600", "name": "Hare"}, "shipping systems need it as origin of vendor 600"),
    }
    with console(gateway) as reader:
        reader.sign_in("configurator.one")
        for path, (fields, reason) in told.items():
            reader.get(path)
            for step in ("preview", "do"):
                assert reason in unescape(reader.post(path, {**fields, "reason": "asked for", "step": step}).text), (path, step)
    house = gateway.master.references.shown(gateway.store)
    assert (house.portal_logo, house.time_out_minutes) == ("", 30)
