"""The search box: an exact hit opens at once, and nobody finds what they may not see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk.orders import search_orders
from gateway.domain.access import EVERYTHING, OF_VENDOR_PROGRAMS, Authority
from gateway.store.queries import OrderSearch
from tests.program import client_of, program
from tests.reader import add_people, console
from tests.town import Town


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        yield gateway


def test_every_key_leads_to_its_page(gateway: Gateway) -> None:
    order = search_orders(gateway.store, OrderSearch(vendor="257"), scope=EVERYTHING).rows[0]
    with console(gateway) as reader:
        reader.sign_in("operator.one")
        wanted = {
            order.number.lower(): f"/orders/{order.number}",
            order.sales_order: f"/orders/{order.number}",
            "CDSO_1.xml": "/messages/1",
        }
        for key, path in wanted.items():
            assert reader.get(f"/search?q={key}").headers["location"] == path, key
        several = reader.get("/search?q=1")
        assert [kind in several.text for kind in ("Batches", "Received files", "Outgoing files")] == [True] * 3
        assert "Nothing begins like that" in reader.get("/search?q=%C3%BC").text
        for path in ("/search?q=%00", "/orders?number=A%00", "/orders/A%00"):
            assert reader.get(path).status_code == 400, path
        assert "Nothing begins like that" in reader.get("/search").text


def test_a_vendor_finds_what_is_its_own(gateway: Gateway) -> None:
    order = search_orders(gateway.store, OrderSearch(vendor="257"), scope=EVERYTHING).rows[0]
    with console(gateway) as reader:
        reader.sign_in("vendor.257")
        assert reader.get(f"/search?q={order.number}").headers["location"] == f"/orders/{order.number}"
        assert "Received files" not in reader.get("/search?q=1").text
    with console(gateway) as reader:
        reader.sign_in("vendor.310")
        for key in (order.number, order.sales_order, "CDSO_1.xml", "1"):
            assert "Nothing begins like that" in reader.get(f"/search?q={key}").text, key
        assert reader.get(f"/orders/{order.number}").text.count(order.number) == reader.get("/orders/NOSUCH").text.count("NOSUCH")


def test_programs_search_as_people_do(gateway: Gateway) -> None:
    order = search_orders(gateway.store, OrderSearch(vendor="257"), scope=EVERYTHING).rows[0]
    with client_of(gateway) as client:
        whole = program(gateway, client, Authority.ORDERS, Authority.FILES, Authority.INVOICES)
        (found,) = whole.get(f"/search?q={order.number.lower()}").json()["rows"]
        assert found == {
            "kind": "orders",
            "id": order.number,
            "vendor": None,
            "path": f"/api/v1/orders/{order.number}",
            "text": f"{order.number}, sales order {order.sales_order}, New Order",
            "is_exact": True,
        }
        assert client.get(found["path"], headers={"authorization": whole.bearer}).status_code == 200
        several = whole.get("/search?q=1").json()["rows"]
        assert {"batches", "messages", "outbox"} <= {it["kind"] for it in several}
        assert [it["is_exact"] for it in several] == sorted((it["is_exact"] for it in several), reverse=True)
        assert whole.get("/search?q=%C3%BC").json()["rows"] == []
        for asked in ("/search", "/search?q=", f"/search?q={'a' * 201}", "/search?q=1&kind=orders"):
            assert whole.get(asked).status_code == 400, asked
        assert program(gateway, client, Authority.FILES).get(f"/search?q={order.number}").json()["rows"] == []
        assert program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257").get(f"/search?q={order.number}").json()["rows"]
        assert program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310").get(f"/search?q={order.number}").json()["rows"] == []
        assert client.get("/api/v1/search?q=1").status_code == 401


def test_tracking_numbers_lead_to_their_orders(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    rows = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges\n"
    town.drop("in/redpanda/SHIP_1.csv", rows + "AB10747,1,1,50,Track_12155,2.34,1.23\nAB10747,2,1,50,Z9-7,1.10,0.95\n")
    town.once()
    with town.gateway() as gateway, console(gateway) as reader:
        add_people(gateway)
        reader.sign_in("operator.one")
        for key in ("Track_12155", "tRACK_12155"):
            assert reader.get(f"/search?q={key}").headers["location"] == "/orders/AB10747", key
        assert "/orders/AB10747" in reader.get("/search?q=track_12").text
        for key in ("Trackx12155", "ack_12155", "tra", "Z9-8"):
            assert "Nothing begins like that" in reader.get(f"/search?q={key}").text, key
    with town.gateway() as gateway, console(gateway) as reader:
        reader.sign_in("vendor.257")
        assert reader.get("/search?q=Track_12155").headers["location"] == "/orders/AB10747"
    with town.gateway() as gateway, console(gateway) as reader:
        reader.sign_in("vendor.310")
        assert "Nothing begins like that" in reader.get("/search?q=Track_12155").text
