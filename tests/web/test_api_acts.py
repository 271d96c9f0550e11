"""What people do at the console, done by programs: orders by hand, slips, shipments, invoices, alarms, jobs; each with its authority."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.domain.access import BUILT_IN, OF_VENDOR_PROGRAMS, Authority
from gateway.kernel import Issue
from gateway.store import alarms, consistency
from gateway.store.alarms import About, NewAlarm
from tests.program import program
from tests.shop import Shop


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    with Shop(tmp_path / "shop", sqlite_url).after(lambda story: story.ordered().sent()) as gateway:
        yield gateway


def test_a_vendor_ships_and_bills(gateway: Gateway, client: TestClient) -> None:
    vendor = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    refused = vendor.post("/orders/AB10747/ship", {"lines": [{"number": 1, "quantity": 99}], "carrier": "50", "shipped_on": "2022-06-22"})
    assert (refused.status_code, refused.json()["issues"][0]["code"]) == (422, "3044")
    odd = vendor.post("/orders/AB10747/ship", {"lines": [{"number": 1, "quantity": 1, "colour": "red"}]})
    assert (odd.status_code, "colour" in odd.text) == (400, True)
    shipped = vendor.post("/orders/AB10747/ship", {"lines": [{"number": 1, "quantity": 3}], "carrier": "50", "shipped_on": "2022-06-22"})
    assert shipped.status_code == 200, shipped.text
    left = vendor.get("/uninvoiced").json()["rows"]
    assert [(it["order_number"], it["quantity"]) for it in left] == [("AB10747", 3)]
    made = vendor.post("/invoices", {"number": "RP-9", "date": "2022-06-23", "shipments": [left[0]["id"]]})
    assert (made.status_code, made.json()["number"]) == (200, "RP-9"), made.text
    assert vendor.post("/invoices/RP-9/edit", {"changes": {"freight": "1.50"}}).status_code == 200
    assert vendor.get("/invoices/RP-9").json()["freight"] == "1.50"
    assert vendor.post("/invoices/RP-9/submit", {}).status_code == 200
    assert vendor.post("/invoices/RP-9/delete", {}).status_code == 422
    other = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310")
    assert other.get("/uninvoiced?vendor=257").json()["rows"] == []
    assert other.post("/invoices/RP-9/edit", {"changes": {}}).status_code == 404
    foreign = {"number": "TN-1", "date": "2022-06-23", "shipments": [left[0]["id"]], "vendor": "257"}
    assert other.post("/invoices", foreign).status_code == 404


def test_an_order_is_made_by_hand_step_by_step(gateway: Gateway, client: TestClient) -> None:
    retailer = program(gateway, client, *BUILT_IN["retailer"].authorities)
    made = retailer.post("/drafts", {"form": {"vendor": "257", "colour": "red"}})
    assert (made.status_code, "colour" in made.text) == (422, True)
    begun = retailer.post("/drafts", {"form": {"vendor": "257", "brand": "1", "warehouse": "100", "carrier": "50"}})
    assert begun.status_code == 200, begun.text
    number = begun.json()["number"]
    assert retailer.get(f"/drafts/{number}").json()["lacks"]
    address = {"first_name": "Ariel", "last_name": "Byrd", "address1": "1 Quay", "city": "London", "postal_code": "SE1", "country": "GB"}
    lines = [{"number": 1, "item": "KT200", "quantity": 2, "unit_cost": "4.50", "carrier": "50"}]
    saved = retailer.post(f"/drafts/{number}/save", {"form": {"sold_to": address, "ship_to": address, "lines": lines}})
    assert saved.status_code == 200, saved.text
    assert retailer.post(f"/drafts/{number}/save", {"form": {"buyer": "X"}, "version": 0}).status_code == 422
    lacks = retailer.get(f"/drafts/{number}").json()["lacks"]
    assert lacks == [], lacks
    assert retailer.post(f"/drafts/{number}/approve", {"dry_run": True}).json()["after"] == "released"
    assert retailer.post(f"/drafts/{number}/approve", {}).json()["after"] == "released"
    assert retailer.get(f"/orders/{number}").json()["number"] == number
    twin = retailer.post(f"/drafts/{number}/clone", {}).json()["number"]
    assert retailer.post(f"/drafts/{twin}/cancel", {"reason": "not needed"}).json()["after"] == "cancelled"
    masked = program(gateway, client, Authority.ORDERS, Authority.ORDER_MAKING)
    assert "Ariel" not in masked.get(f"/drafts/{number}").text


def test_a_batch_is_taken_back_and_an_address_changed(gateway: Gateway, client: TestClient) -> None:
    vendor = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    assert vendor.get("/batches/1/slips").json()["batch"] == 1
    assert vendor.post("/batches/1/acknowledge", {}).status_code in {200, 422}
    rehearsed = vendor.post("/batches/1/void", {"reason": "torn", "dry_run": True})
    assert (rehearsed.status_code, rehearsed.json()["after"]) == (200, "void"), rehearsed.text
    assert vendor.get("/batches/1").json()["state"] != "void"
    other = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310")
    assert other.post("/batches/1/void", {"reason": "x"}).status_code == 404
    assert other.post("/slips", {"vendor": "257"}).status_code == 404
    retailer = program(gateway, client, *BUILT_IN["retailer"].authorities)
    place = {"first_name": "Ariel", "last_name": "Byrd", "address1": "9 New Road", "city": "London", "postal_code": "SE1", "country": "GB"}
    assert retailer.post("/orders/AB10748/address", {"ship_to": place}).json()["result"] in {"APPLIED", "PENDING"}
    whole = program(gateway, client, Authority.ORDERS, Authority.PERSONAL_DATA).get("/orders/AB10748").text
    hidden = program(gateway, client, Authority.ORDERS).get("/orders/AB10748").text
    assert ("9 New Road" in whole, "9 New Road" in hidden) == (True, False)
    assert retailer.post("/orders/AB10748/address", {"ship_to": {**place, "planet": "Mars"}}).status_code == 400
    with gateway.store.reading() as connection:
        assert not list(consistency.differences(connection))


def test_operations_clear_alarms_and_run_jobs(gateway: Gateway, client: TestClient) -> None:
    alarm = NewAlarm(about=About.DUE_DATE, subject="x", issue=Issue("GWY-32", "late"))
    gateway.store.attempt(lambda tx: alarms.ring(tx, alarm, now=gateway.clock.now()))
    operator = program(gateway, client, Authority.FILES, Authority.OPERATIONS)
    (found,) = operator.get("/alarms").json()["rows"]
    assert operator.post(f"/alarms/{found['id']}/clear", {}).status_code == 400
    assert operator.post(f"/alarms/{found['id']}/clear", {"reason": "seen"}).json() == {"cleared": True}
    assert (operator.get("/alarms").json()["rows"], len(operator.get("/alarms?ended=true").json()["rows"])) == ([], 1)
    names = [it["name"] for it in operator.get("/jobs").json()["rows"]]
    assert "due_dates" in names
    assert operator.post("/jobs/due_dates/run", {}).status_code == 200
    assert operator.post("/jobs/due_dates/run", {}).status_code == 409
    assert operator.get("/jobs/due_dates/runs").json()["rows"][0]["asked_by"]
    assert operator.post("/jobs/due_dates/pause", {"reason": "holiday"}).json() == {"changed": True}
    assert operator.get("/jobs/due_dates").json()["state"] == "Paused"
    assert operator.post("/jobs/due_dates/resume", {"reason": "back"}).json() == {"changed": True}
    assert operator.get("/jobs/no_such").status_code == 404
    channel = next(name for name in names if "/" in name)
    assert operator.get(f"/jobs/{channel.replace('/', ':')}").json()["name"] == channel


def test_files_are_handed_in_and_reports_made(gateway: Gateway, client: TestClient) -> None:
    tanuki = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310")
    channels = tanuki.get("/uploads").json()["rows"]
    assert {it["name"] for it in channels} == {"tanuki/shipments", "tanuki/invoices"}
    content = base64.b64encode(b"number\nX\n").decode()
    made = tanuki.post("/uploads", {"channel": "tanuki/invoices", "name": "inv_1.csv", "content": content}).json()
    again = tanuki.post("/uploads", {"channel": "tanuki/invoices", "name": "inv_2.csv", "content": content}).json()
    assert (made["duplicate_of"], again["duplicate_of"]) == (None, made["message"])
    assert tanuki.get(f"/messages/{made['message']}").json()["file"] == "inv_1.csv"
    assert tanuki.post("/uploads", {"channel": "oms/orders", "name": "a.xml", "content": content}).status_code == 404
    assert tanuki.post("/uploads", {"channel": "tanuki/invoices", "name": "../../etc", "content": content}).status_code == 422
    assert tanuki.post("/uploads", {"channel": "tanuki/invoices", "name": "inv_3.csv", "content": "%%"}).status_code == 400
    assert program(gateway, client, Authority.ORDERS, vendor="310").get("/uploads").status_code == 403
    auditor = program(gateway, client, Authority.REPORTS)
    rows = auditor.get("/reports/items?entered_from=2022-01-01&entered_to=2023-01-01").json()["rows"]
    assert {"AB10747", "AB10748"} <= {value for row in rows for value in row.values()}
    assert auditor.get("/reports/aging?what=lines").json()["rows"]
    assert auditor.get("/reports/aging?buckets=9,x").status_code == 422
