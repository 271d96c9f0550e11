"""Pages that ask whether what they show has changed, and the inquiry of orders by order and by item."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.app import Gateway
from gateway.kernel import FixedClock
from tests.business import ORDER, SOLD_TO
from tests.reader import Reader, add_people, console
from tests.shop import Shop, open_story
from tests.shown import Shown
from tests.storehouse import NOON


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, clock: FixedClock) -> Iterator[Gateway]:
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered()
        story.office.receive(replace(ORDER, number="ZZ1", vendor="310", sold_to=replace(SOLD_TO, last_name="Quill")))
    with shop.opened(clock=clock) as gateway:
        add_people(gateway)
        yield gateway


@pytest.fixture
def retailer(gateway: Gateway) -> Iterator[Reader]:
    with console(gateway) as reader:
        reader.sign_in("retailer.one")
        yield reader


def asks(reader: Reader, path: str) -> tuple[str, str]:
    """The mark that a page shows, and where it asks for it."""
    (main,) = Shown(reader.get(path).text).root.xpath("//main")
    return main.get("data-mark"), main.get("data-mark-at")


def test_a_page_hears_that_what_it_shows_has_changed(retailer: Reader) -> None:
    pages = {
        path: asks(retailer, path) for path in ("/orders/AB10747", "/orders?vendor=257", "/orders?vendor=310", "/orders/ZZ1?tab=history")
    }
    for mark, at in pages.values():
        assert retailer.get(at).text == mark
    retailer.post("/orders/AB10747/acts/cost", {"line": "1", "unit_cost": "7.5", "step": "do"})
    changed = {path for path, (mark, at) in pages.items() if retailer.get(at).text != mark}
    assert changed == {"/orders/AB10747", "/orders?vendor=257"}
    draft = retailer.post("/draft", {"source": "Phone", "step": "save"}).headers["location"]
    mark, at = asks(retailer, draft)
    retailer.post(draft.partition("?")[0], {"version": mark, "source": "E-mail", "step": "save"})
    assert retailer.get(at).text != mark


def test_nobody_hears_of_what_they_may_not_see(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("vendor.310")
        assert reader.get("/marks/orders/AB10747").status_code == 404
        assert reader.get("/marks/orders/ZZ1").status_code == 200
        assert reader.get("/marks/orders?vendor=257").text == reader.get("/marks/orders").text
        assert reader.get("/marks/drafts/M1").status_code == 403


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(retailer: Reader, clock: FixedClock) -> None:
    for _ in range(14):
        clock.advance(timedelta(minutes=10))
        asked = retailer.get("/marks/orders").status_code
    assert asked == 303
    retailer.sign_in("retailer.one")
    for _ in range(14):
        clock.advance(timedelta(minutes=10))
        assert retailer.get("/orders").status_code == 200


def test_the_inquiry_shows_orders_or_their_lines(retailer: Reader) -> None:
    orders = Shown(retailer.get("/orders").text).table("PO number")
    assert [(it["PO number"], it["Ship to"]) for it in orders][-1] == ("AB10747", "Ariel Byrd, Byrd Imports Ltd, London")
    lines = Shown(retailer.get("/orders?by=Item&number=AB10747").text).table("PO number")
    words = ("PO number", "Line #", "Item #", "Vendor item", "Description", "Due Date", "Order Qty", "Shipped Qty")
    assert [tuple(it[word] for word in words) for it in lines] == [
        ("AB10747", "1", "BX100 RED", "V1000", "Tote bag, red", "2022-06-28", "3", "0"),
        ("AB10747", "2", "KT200", "V2000", "Kettle", "2022-07-01", "1", "0"),
    ]
    assert len(Shown(retailer.get("/orders?vendor=red+pan").text).table("PO number")) == 2
    assert [it["PO number"] for it in Shown(retailer.get("/orders?ship_to=quill").text).table("PO number")] == ["ZZ1"]
    for search in ("item=kt", "item=V2000", "due_from=2022-06-30"):
        found = Shown(retailer.get(f"/orders?by=Item&number=AB10747&{search}").text).table("PO number")
        assert [it["Line #"] for it in found] == ["2"], search
