"""What each role may do about an order from its page: changes asked for, slips printed again and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.app import Gateway
from gateway.desk import slips
from gateway.desk.acting import Desk
from gateway.desk.orders import OrderSheet, show_order
from gateway.domain.access import EVERYTHING
from gateway.domain.authority import VendorAuthority, VendorUser
from gateway.domain.origin import Origin, Via
from gateway.domain.slip import Selection
from gateway.store import logins, vendor_users
from tests.business import ORDER
from tests.reader import Reader, add_people, console, effects_of, kept
from tests.shop import Shop, open_story
from tests.shown import Shown

PAPER, FILE, NEW = "AB20", "AB10748", "AB30/1"
DO = {"step": "do"}


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    """One order on paper, one in a batch that went as a file, and one that nobody was told of."""
    shop = Shop(tmp_path / "shop", sqlite_url)
    with open_story(shop.url) as story:
        story.ordered().sent()
        story.office.receive(replace(ORDER, number=PAPER, vendor="11", vendor_name="Anvil"))
        story.office.receive(replace(ORDER, number=NEW))
    with shop.opened() as gateway:
        add_people(gateway)
        add_smith(gateway)
        slips.generate(Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user="smith"), "11", Selection())
        yield gateway


def add_smith(gateway: Gateway) -> None:
    """A user of the vendor that works on paper."""
    user = VendorUser(id="smith", vendor="11", name="A Smith", authorities=tuple(VendorAuthority))
    now = gateway.clock.now()
    gateway.store.attempt(lambda tx: vendor_users.add(tx, user, origin=Origin(user="test", via=Via.SCREEN), reason="", at=now))
    gateway.store.attempt(lambda tx: logins.put(tx, user.id, password=kept(), password_at=now, demo=True))


def sheet(gateway: Gateway, number: str) -> OrderSheet:
    return show_order(gateway.store, number, organization=gateway.master.organization, scope=EVERYTHING)


def told(gateway: Gateway, number: str) -> list[tuple[int | None, str, str, str]]:
    return [(it.line, it.action, it.note, it.user) for it in sheet(gateway, number).history]


def acts(reader: Reader, path: str) -> set[str]:
    """The acts that a page offers."""
    links = Shown(reader.get(path).text).links()
    return {it.rpartition("/acts/")[2].partition("?")[0] for it in links if "/acts/" in it}


def test_each_role_finds_its_own_acts_and_no_others(gateway: Gateway) -> None:
    mine = {
        "retailer.one": {"cancel", "address", "cost", "clone"},
        "operator.one": {"take_back", "reissue"},
        "auditor.one": set[str](),
        "vendor.257": {"hold", "due_date", "reason", "void", "reprint"},
    }
    for name, expected in mine.items():
        with console(gateway) as reader:
            reader.sign_in(name)
            assert acts(reader, f"/orders/{FILE}") == expected, name
    with console(gateway) as reader:
        reader.sign_in("smith")
        assert acts(reader, f"/orders/{PAPER}") == {"hold", "due_date", "reason", "void", "reprint"}
        assert f"/shipments/{PAPER}" in Shown(reader.get(f"/orders/{PAPER}").text).links()
        assert acts(reader, f"/orders/{PAPER}/lines/1") == {"hold", "due_date", "reason"}
        assert Shown(reader.get(f"/orders/{PAPER}/acts/hold?line=2").text).fields()["line"] == "2"
        assert reader.get(f"/orders/{FILE}/acts/hold").status_code == 404


def test_the_retailer_cancels_a_part_and_changes_address_and_cost(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("retailer.one")
        cancel = reader.post(f"/orders/{FILE}/acts/cancel", {"line": "1", "quantity": "2", "why": "too many", **DO})
        assert "Cancel Requested" in effects_of(cancel.text)
        many = reader.post(f"/orders/{FILE}/acts/cancel", {"line": "2", "quantity": "9"})
        assert "Cancel Auto Rejected" in effects_of(many.text)
        assert "nothing is cancelled: DSC-204" in effects_of(many.text)
        at = f"/orders/{FILE}/acts/address"
        form = Shown(reader.get(at).text).fields()
        assert (form["company"], form["address1"], form["postal_code"]) == ("Byrd Imports Ltd", "1 Quay Road", "SE1 9GF")
        assert "City: say it" in reader.post(at, {**form, "city": ""}).text
        preview = reader.post(at, {**form, "address1": "9 New Road", "step": "preview"})
        assert "Address Change Requested" in effects_of(preview.text)
        assert [it[2] for it in told(gateway, FILE)].count("Address Change Requested") == 0
        reader.post(at, {**form, "address1": "9 New Road", **DO})
        assert [it[2] for it in told(gateway, FILE)].count("Address Change Requested") == 2
        assert "An address change request is pending" in reader.get(f"/orders/{FILE}").text
        cost = reader.post(f"/orders/{FILE}/acts/cost", {"line": "2", "unit_cost": "19.98", **DO})
        assert "Before $ 21.50 - After $ 19.98" in effects_of(cost.text)
    with console(gateway) as vendor:
        vendor.sign_in("vendor.257")
        assert {"accept_cancel", "decline_cancel", "accept_address", "decline_address"} <= acts(vendor, f"/orders/{FILE}")
        vendor.post(f"/orders/{FILE}/acts/accept_address", DO)
        vendor.post(f"/orders/{FILE}/acts/decline_cancel", {"why": "packed", **DO})
    assert sheet(gateway, FILE).document.ship_to.address1 == "9 New Road"
    assert told(gateway, FILE)[-1] == (1, "Cancel", "Cancellation Rejected", "vendor.257")


def test_operations_takes_an_order_out_of_its_batch_or_sends_it_in_a_new_one(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("operator.one")
        at = f"/orders/{PAPER}/acts/reissue"
        assert Shown(reader.get(at).text).fields()["line_1"] == "3"
        assert "in place of batch 2" in effects_of(reader.post(at, {"line_1": "2", "why": "one is missing"}).text)
        reader.post(at, {"line_1": "2", "why": "one is missing", **DO})
        assert [(it.printed, it.batch) for it in sheet(gateway, PAPER).lines] == [(2, 3), (1, 3)]
        done = reader.post(f"/orders/{PAPER}/acts/take_back", {"why": "wet", **DO})
        assert "2 lines off it" in effects_of(done.text)
        assert {it[1] for it in told(gateway, PAPER)[-2:]} == {"Pack Slip Voided"}
        assert acts(reader, f"/orders/{PAPER}") == set()
        assert "on a batch any more" in reader.post(f"/orders/{PAPER}/acts/take_back", DO).text


def test_a_number_with_a_slash_has_its_pages_too(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("retailer.one")
        (path,) = [it for it in Shown(reader.get(f"/orders?number={NEW}").text).links() if "AB30" in it]
        assert reader.get(path).status_code == 200
        assert f'href="{path}?tab=detail"' in reader.get(path).text
        cancelled = reader.post(f"{path}/acts/cancel", DO)
        assert "Automatically Cancelled" in effects_of(cancelled.text)
        assert f'action="{path}/acts/cost"' in reader.get(f"{path}/acts/cost").text
        assert reader.get(f"/search?q={NEW}").headers["location"] == path
