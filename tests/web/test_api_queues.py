"""What operations people do about queues, by programs: the outbox by partner, stopping everything, batches, and what vendors answer."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.domain.access import OF_VENDOR_PROGRAMS, Authority
from tests.program import program
from tests.town import Town

WATCHES = (Authority.ORDERS, Authority.FILES, Authority.OPERATIONS)
ORDER = "AB10747"
ROWS = """\
po_number,po_line_number,ship_qty,carrier_code,tracking_number,ship_date
AB10747,1,1,50,1Z0,2022-06-23
AB10747,2,99,50,1Z1,2022-06-23
"""
PLACE = {"first_name": "Ariel", "last_name": "Byrd", "address1": "9 New Road", "city": "London", "postal_code": "SE1", "country": "GB"}


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    """An order has left in a batch, which its vendor has not acknowledged."""
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    return town


@pytest.fixture
def gateway(town: Town) -> Iterator[Gateway]:
    with town.gateway() as gateway:
        yield gateway


def test_the_outbox_is_told_by_partner_and_by_what_hangs_on_a_file(gateway: Gateway, client: TestClient) -> None:
    operator = program(gateway, client, *WATCHES)
    (lane,) = [it for it in operator.get("/lanes").json()["rows"] if it["connector"] == "redpanda"]
    assert (lane["waiting"], lane["awaited"], lane["overdue"]) == (0, 1, 0)
    (item,) = operator.get("/outbox?kind=batch").json()["rows"]
    assert operator.get(f"/outbox/{item['id']}/hanging").json() == {"holder": None, "orders": 1}
    panda = program(gateway, client, Authority.ORDERS, Authority.FILES, vendor="257")
    assert panda.get(f"/outbox/{item['id']}/hanging").json()["orders"] == 1
    assert [panda.get(path).status_code for path in ("/lanes", "/outbound")] == [403, 403]
    assert program(gateway, client, Authority.ORDERS, Authority.FILES, vendor="310").get(f"/outbox/{item['id']}/hanging").status_code == 404


def test_everything_that_goes_out_is_stopped_and_let_go(gateway: Gateway, client: TestClient, town: Town) -> None:
    operator = program(gateway, client, *WATCHES)
    assert operator.get("/outbound").json() == {"standing": False, "since": None, "by": "", "reason": ""}
    for wrong in ({}, {"reason": " "}):
        assert operator.post("/outbound/hold", wrong).status_code == 400, wrong
    assert operator.post("/outbound/hold", {"reason": "fire", "dry_run": True}).json()["standing"] is True
    assert operator.get("/outbound").json()["standing"] is False
    key = "0123456789-stop"
    done = operator.post("/outbound/hold", {"reason": "fire"}, idempotency_key=key)
    again = operator.post("/outbound/hold", {"reason": "fire"}, idempotency_key=key)
    assert (done.json()["changed"], again.headers["idempotency-replayed"]) == (True, "true")
    standing = operator.get("/outbound").json()
    assert (standing["by"], standing["reason"]) == ("key:probe", "fire")
    assert operator.post("/outbound/release", {"reason": "out"}).json() | {"waiting": 0} == done.json() | {
        "standing": False,
        "since": None,
        "by": "",
        "reason": "",
        "waiting": 0,
    }
    assert program(gateway, client, Authority.FILES).post("/outbound/hold", {"reason": "fire"}).status_code == 403


def test_a_batch_is_taken_back_and_sent_anew(gateway: Gateway, client: TestClient, town: Town) -> None:
    operator = program(gateway, client, *WATCHES)
    seen = operator.get("/batches/1")
    assert operator.post("/batches/1/take_back", {"reason": " "}).status_code == 400
    assert operator.post("/batches/1/take_back", {"reason": "wrong vendor"}, if_match='"stale"').status_code == 412
    rehearsed = operator.post("/batches/1/take_back", {"reason": "wrong vendor", "dry_run": True}).json()
    assert (rehearsed["after"], operator.get("/batches/1").headers["etag"]) == ("void", seen.headers["etag"])
    count = {"order": ORDER, "line": 1, "quantity": 1}
    part = operator.post("/batches/1/send_anew", {"reason": "lost", "quantities": [count]})
    assert (part.status_code, part.json()["issues"][0]["code"]) == (422, "ACT-307")
    anew = {"reason": "lost", "quantities": [count | {"quantity": 0}]}
    done = operator.post("/batches/1/send_anew", anew, if_match=seen.headers["etag"])
    assert done.status_code == 200, done.text
    assert done.json()["replaced_by"] == 2
    assert operator.get("/batches/1").json()["state"] == "void"
    assert [it["line"] for it in operator.get("/batches/2").json()["lines"]] == [2]
    assert operator.post("/batches/1/take_back", {"reason": "again"}).status_code == 422
    assert operator.post("/batches/2/has_it", {}).json()["result"] == "APPLIED"
    assert [it["status"] for it in operator.get(f"/orders/{ORDER}").json()["lines"]] == ["New Order", "In Process"]
    back = operator.post("/batches/2/take_back", {"reason": "wrong vendor", "orders": [ORDER]})
    assert (back.status_code, back.json()["lines_removed"]) == (200, 1), back.text
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    assert [panda.post(f"/batches/2/{act}", {"reason": "mine"}).status_code for act in ("take_back", "send_anew")] == [403, 403]


def test_a_vendor_answers_line_by_line(gateway: Gateway, client: TestClient) -> None:
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    assert panda.post(f"/orders/{ORDER}/reject_line", {"line": 1}).status_code == 422
    assert panda.post(f"/orders/{ORDER}/accept_line", {"line": 1}).json()["result"] == "APPLIED"
    assert panda.post(f"/orders/{ORDER}/backorder_line", {"line": 2, "on": "2022-09-01"}).json()["result"] == "APPLIED"
    lines = {it["number"]: (it["status"], it["due_on"]) for it in panda.get(f"/orders/{ORDER}").json()["lines"]}
    assert (lines[1][0], lines[2]) == ("In Process", ("Held", "2022-09-01"))
    other = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310")
    assert other.post(f"/orders/{ORDER}/accept_line", {"line": 1}).status_code == 404


def test_requests_that_wait_are_listed_with_what_is_personal_hidden(gateway: Gateway, client: TestClient) -> None:
    retailer = program(gateway, client, Authority.ORDERS, Authority.CHANGE_ASKING)
    program(gateway, client, *WATCHES).post("/batches/1/has_it", {})
    assert retailer.post(f"/orders/{ORDER}/address", {"ship_to": PLACE}).json()["result"] == "PENDING"
    assert retailer.post(f"/orders/{ORDER}/cancel", {"line": 1}).json()["result"] == "PENDING"
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    first = panda.get("/requests?limit=1").json()
    assert (first["rows"][0]["request"]["kind"], first["more"]) == ("cancel", 2)
    assert first["next"] is not None
    assert "9 New Road" in panda.get("/requests?kind=address").text
    hidden = program(gateway, client, Authority.ORDERS, Authority.CHANGE_REQUESTS, vendor="257").get("/requests?kind=address")
    assert (len(hidden.json()["rows"]), "9 New Road" in hidden.text) == (2, False)
    assert program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310").get("/requests").json()["rows"] == []


def test_rows_that_were_not_taken_are_given_back(gateway: Gateway, client: TestClient, town: Town) -> None:
    town.drop("in/redpanda/SHIP_1.csv", ROWS)
    gateway.node().once()
    panda = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    (row,) = [it for it in panda.get("/messages").json()["rows"] if it["file"] == "SHIP_1.csv"]
    told = panda.get(f"/uploads/{row['id']}/rows").json()
    assert told["name"] == "SHIP_1.csv"
    given = b64decode(told["content"]).decode()
    assert ("1Z1" in given, "1Z0" in given) == (True, False)
    whole, left = (panda.get(f"/messages/{row['id']}{query}").json() for query in ("", "?not_taken=true"))
    assert (len(whole["receipts"]), len(left["receipts"])) == (2, 1)
    assert program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="310").get(f"/uploads/{row['id']}/rows").status_code == 404


def test_what_the_state_of_a_file_does_not_allow_is_refused(gateway: Gateway, client: TestClient) -> None:
    operator = program(gateway, client, Authority.FILES, Authority.OPERATIONS)
    item = operator.get("/outbox?state=sent").json()["rows"][0]
    for said in ({"reason": "too late"}, {"reason": "too late", "dry_run": True}):
        answer = operator.post(f"/outbox/{item['id']}/hold", said)
        assert (answer.status_code, answer.json()["issues"][0]["code"]) == (422, "GWY-20")
        assert "it is sent" in answer.json()["detail"]
        assert answer.json()["remedy"]
