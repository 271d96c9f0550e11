"""What a vendor works on, by programs: its orders by item, the shipments it has to make, and the counts of its first page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.domain.access import OF_VENDOR_PROGRAMS, Authority
from tests.program import program
from tests.shop import Shop

FIRST, SECOND = "AB10747", "AB10748"


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    """Two orders of two lines are In Process."""
    with Shop(tmp_path / "shop", database_url).after(lambda story: story.ordered().sent()) as gateway:
        yield gateway


def test_orders_are_viewed_by_item(gateway: Gateway, client: TestClient) -> None:
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    newest, oldest = panda.get("/order-lines").json()["rows"]
    assert (newest["order"]["number"], oldest["order"]["number"]) == (SECOND, FIRST)
    assert [(it["number"], it["status"]) for it in oldest["lines"]] == [(1, "In Process"), (2, "In Process")]
    item = oldest["lines"][1]["item"]
    told = panda.get(f"/order-lines?item={item}&number={FIRST}").json()["rows"]
    assert [(row["order"]["number"], [it["item"] for it in row["lines"]]) for row in told] == [(FIRST, [item])]
    first = panda.get("/order-lines?limit=1").json()
    second = panda.get(f"/order-lines?limit=1&cursor={first['next']}").json()
    assert (first["rows"], first["more"], second["rows"], second["next"]) == ([newest], 1, [oldest], None)
    assert panda.get("/order-lines?line_status=Held").json()["rows"] == []
    assert panda.get("/order-lines?by=Item").status_code == 400


def test_orders_are_looked_for_by_people_where_the_key_may_see_them(gateway: Gateway, client: TestClient) -> None:
    sees = program(gateway, client, Authority.ORDERS, Authority.PERSONAL_DATA)
    blind = program(gateway, client, Authority.ORDERS)
    name = sees.get(f"/orders/{FIRST}").json()["document"]["ship_to"]["last_name"]
    for path in ("/orders", "/order-lines"):
        assert len(sees.get(f"{path}?ship_to={name}").json()["rows"]) == 2, path
        assert sees.get(f"{path}?ship_to=Nobody").json()["rows"] == [], path
        assert blind.get(f"{path}?ship_to={name}").status_code == 403, path


def test_what_is_still_to_be_shipped_is_listed(gateway: Gateway, client: TestClient) -> None:
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    assert [it["order"]["number"] for it in panda.get("/shipments").json()["rows"]] == [SECOND, FIRST]
    shipped = panda.post(f"/orders/{FIRST}/ship", {"lines": [{"number": 1, "quantity": 1}], "shipped_on": "2022-06-22", "carrier": "50"})
    assert shipped.json()["result"] == "APPLIED", shipped.text
    assert panda.post(f"/orders/{FIRST}/hold", {"line": 2, "reason": "kiln"}).json()["result"] == "APPLIED"
    (row,) = panda.get(f"/shipments?number={FIRST}&batch=1").json()["rows"]
    assert [it["number"] for it in row["lines"]] == [1]
    assert panda.get("/shipments?batch=2").json()["rows"] == []
    assert program(gateway, client, Authority.ORDERS, vendor="257").get("/shipments").status_code == 403


def test_what_waits_for_a_vendor_is_counted_as_far_as_its_key_may_see(gateway: Gateway, client: TestClient) -> None:
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    program(gateway, client, Authority.ORDERS, Authority.CHANGE_ASKING).post(f"/orders/{FIRST}/cancel", {"line": 2})
    told = panda.get("/home").json()
    assert (told["vendor"], told["brand"], told["requests"], told["files_not_taken"]) == ("257", None, 1, 0)
    assert told["lines"] == {"New Order": 0, "In Process": 4, "Held": 0}
    assert told["late"] == told["due"]["late"] + told["due"]["very_late"]
    assert (len(told["week"]), told["uninvoiced"], told["invoices"]["New"]) == (7, 0, 0)
    narrow = program(gateway, client, Authority.ORDERS, vendor="257").get("/home").json()
    assert narrow == told | {"requests": None, "files_not_taken": None, "uninvoiced": None, "invoices": None}
    assert panda.get("/home?brand=1").json()["lines"] == told["lines"]
    one = panda.get("/home?brand=2").json()
    assert (one["brand"], one["lines"]["In Process"], one["requests"], one["invoices"]) == ("2", 0, 0, None)
    unknown = panda.get("/home?brand=nonsense")
    assert (unknown.status_code, "brand" in unknown.json()["title"]) == (404, True)


def test_a_vendor_sees_its_own_work_alone(gateway: Gateway, client: TestClient) -> None:
    other = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310")
    for path in ("/order-lines", "/shipments"):
        assert [other.get(f"{path}{asked}").json()["rows"] for asked in ("", "?vendor=257", f"?number={FIRST}")] == [[], [], []], path
    assert set(other.get("/home").json()["lines"].values()) == {0}
    assert other.get("/home?vendor=257").status_code == 404
    retailer = program(gateway, client, Authority.ORDERS, Authority.FILES)
    assert retailer.get("/home?vendor=257").json()["lines"]["In Process"] == 4
    assert [retailer.get(path).status_code for path in ("/home", "/home?vendor=none")] == [404, 404]
