"""What operations people watch, for programs: the chain, the bytes as they came, what needs a person, the calendar, the record."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.desk.trail import list_entries
from gateway.domain.access import Authority
from gateway.store.audit import AuditSearch
from tests.program import program
from tests.town import Town

BROKEN = "po_number,po_line_number,carrier,shipped_quantity,tracking_number\nNOSUCH,1,10,1,1Z1\n"
EXPECTING = '    watch: true\n    expect: {by: "23:59", zone: UTC}\n'


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    """A day at work: an order came and left in a batch, a file of the vendor is broken."""
    town = Town(tmp_path / "town", sqlite_url)
    file = town.root / "connectors/oms.yaml"
    file.write_text(file.read_text().replace("    watch: true\n", EXPECTING, 1))
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.drop("in/redpanda/SHIP_1.csv", BROKEN)
    town.once()
    town.drop("in/oms/WHAT.xml", "<strange/>")
    town.once()
    return town


@pytest.fixture
def gateway(town: Town) -> Iterator[Gateway]:
    with town.gateway() as gateway:
        yield gateway


def test_the_chain_is_the_same_from_each_of_its_parts(gateway: Gateway, client: TestClient) -> None:
    reader = program(gateway, client, Authority.ORDERS, Authority.FILES)
    of_batch = reader.get("/batches/1/lineage").json()
    (order,), (batch,), (item,) = of_batch["orders"], of_batch["batches"], of_batch["items"]
    assert [(it["file"], it["state"]) for it in of_batch["files"]] == [("CDSO_1.xml", "booked")]
    assert (of_batch["documents"], order["lines"], batch["state"]) == ({"booked": 1}, {"New Order": 2}, "open")
    assert (item["file"], item["state"], item["ack"]) == ("PO_000001.csv", "sent", "due")
    for path in (f"/orders/{order['number']}", "/messages/1", f"/outbox/{item['id']}"):
        found = reader.get(f"{path}/lineage").json()
        assert (found["orders"], found["batches"]) == ([order], [batch]), path
        assert item in found["items"], path
    for path in ("/orders/NOSUCH", "/messages/99", "/batches/99", "/outbox/99", "/outbox/x"):
        assert reader.get(f"{path}/lineage").status_code == 404, path


def test_the_chain_leaves_out_what_a_key_may_not_see(gateway: Gateway, client: TestClient) -> None:
    orders, files = program(gateway, client, Authority.ORDERS), program(gateway, client, Authority.FILES)
    of_batch, of_message = orders.get("/batches/1/lineage").json(), files.get("/messages/1/lineage").json()
    assert (of_batch["files"], of_batch["items"], of_batch["documents"], len(of_batch["orders"])) == ([], [], {}, 1)
    assert (of_message["orders"], of_message["batches"], len(of_message["files"])) == ([], [], 1)
    assert orders.get("/messages/1/lineage").status_code == 403
    panda = program(gateway, client, Authority.ORDERS, Authority.FILES, vendor="257")
    assert (panda.get("/batches/1/lineage").json()["files"], panda.get("/messages/1/lineage").status_code) == ([], 404)
    assert program(gateway, client, Authority.ORDERS, vendor="310").get("/batches/1/lineage").status_code == 404


def test_a_file_is_shown_as_it_came_with_what_is_personal_hidden(gateway: Gateway, client: TestClient) -> None:
    reader = program(gateway, client, Authority.FILES)
    page = reader.get("/messages/1/raw")
    assert (page.json()["format"], page.json()["hides"]) == ("xml", True)
    assert "Harbor" not in page.text
    assert reader.get("/messages/1/raw?page=9").json()["rows"] == []
    assert reader.get("/messages/1/raw?page=0").status_code == 400
    wrong = reader.get("/messages/2/raw").json()["rows"]
    assert [row["number"] for row in wrong if row["issues"]] == [2]
    for path in ("reveal", "download"):
        assert reader.post(f"/messages/1/{path}", {"reason": "curious"}).status_code == 403, path


def test_a_look_behind_is_written_down_with_its_reason(gateway: Gateway, client: TestClient, town: Town) -> None:
    reader = program(gateway, client, Authority.FILES, Authority.RAW_FILES)

    def noted() -> list[tuple[str, str, object]]:
        rows = list_entries(gateway.store, AuditSearch(event="raw_file_seen"), most=9).rows
        return [(it.actor, it.reason, it.detail["act"]) for it in rows]

    for wrong in ({}, {"reason": ""}, {"reason": " "}):
        assert reader.post("/messages/1/reveal", wrong).status_code == 400, wrong
    assert reader.post("/messages/1/reveal", {"reason": "x"}, idempotency_key="0123456789").status_code == 400
    assert noted() == []
    shown = reader.post("/messages/1/reveal", {"reason": "parcel lost"})
    assert (shown.json()["hides"], "Harbor" in shown.text) == (False, True)
    took = reader.post("/messages/1/download", {"reason": "for the carrier"}).json()
    assert (b64decode(took["content"]), took["name"]) == (town.sample("createdsorder.xml"), "CDSO_1.xml")
    assert noted() == [("key:probe", "for the carrier", "download"), ("key:probe", "parcel lost", "reveal")]
    blob = gateway.archive.path(reader.get("/messages/1").json()["archive_key"])
    blob.write_bytes(blob.read_bytes()[:-9])
    lost = reader.post("/messages/1/download", {"reason": "again"})
    assert (lost.status_code, "verify --deep" in lost.json()["remedy"], len(noted())) == (404, True, 2)
    panda = program(gateway, client, Authority.ORDERS, Authority.FILES, Authority.RAW_FILES, vendor="257")
    assert panda.post("/messages/1/reveal", {"reason": "curious"}).status_code == 404
    assert "NOSUCH" in panda.post("/messages/2/reveal", {"reason": "mending"}).text


def test_what_needs_a_person_is_told_to_keys_that_may_do_it(gateway: Gateway, client: TestClient) -> None:
    reader = program(gateway, client, Authority.FILES, Authority.OPERATIONS)
    rows = reader.get("/needs").json()["rows"]
    assert rows == sorted(rows, key=lambda it: it["since"])
    (need,) = [it for it in rows if it["matter"] == "message"]
    assert need["id"] == "3"
    assert need["title"] == "WHAT.xml from oms/orders is parked"
    assert all(need[word] for word in ("why", "since", "remedy"))
    assert program(gateway, client, Authority.FILES).get("/needs").json()["rows"] == []


def test_days_are_told_with_what_was_expected(gateway: Gateway, client: TestClient) -> None:
    reader = program(gateway, client, Authority.FILES)
    today = gateway.clock.now().date()
    (channel,) = reader.get("/calendar").json()["rows"]
    assert (channel["connector"], channel["channel"], len(channel["days"])) == ("oms", "orders", 14)
    (one,) = reader.get(f"/calendar?first={today + timedelta(days=1)}&last={today + timedelta(days=1)}").json()["rows"]
    assert [it["state"] for it in one["days"]] == ["expected"]
    (sheet,) = reader.get("/expectations").json()["rows"]
    assert (sheet["connector"], sheet["at_least"]) == ("oms", 1)
    for wrong in ("first=2026-02-01&last=2026-01-01", "first=2026-01-01&last=2027-01-01", "first=0001-01-01", "last=9999-12-31", "day=1"):
        assert reader.get(f"/calendar?{wrong}").status_code == 400, wrong
    panda = program(gateway, client, Authority.ORDERS, Authority.FILES, vendor="257")
    assert (panda.get("/calendar").json()["rows"], panda.get("/expectations").json()["rows"]) == ([], [])


def test_what_moved_is_told_to_keys_of_the_retailer_alone(gateway: Gateway, client: TestClient) -> None:
    told = program(gateway, client, Authority.FILES).get("/flow").json()
    assert (len(told["hours"]), sum(it["came"] for it in told["hours"]), len(told["waiting"])) == (24, 3, 5)
    panda = program(gateway, client, Authority.ORDERS, Authority.FILES, vendor="257").get("/flow")
    assert (panda.status_code, "own files" in panda.json()["remedy"]) == (403, True)


def test_the_record_is_read_page_by_page_and_proven(gateway: Gateway, client: TestClient) -> None:
    for reason in ("first", "second"):
        program(gateway, client, Authority.FILES, Authority.RAW_FILES).post("/messages/1/reveal", {"reason": reason})
    auditor = program(gateway, client, Authority.AUDIT)
    first = auditor.get("/record?event=raw_file_seen&limit=1").json()
    assert ([it["reason"] for it in first["rows"]], first["more"]) == (["second"], 1)
    second = auditor.get(f"/record?event=raw_file_seen&limit=1&cursor={first['next']}").json()
    assert [it["reason"] for it in second["rows"]] == ["first"]
    assert [it["about"] for it in auditor.get("/record?actor=key:probe&about=message%201").json()["rows"]] == ["message 1"] * 2
    assert auditor.get("/record?since=2099-01-01T00:00:00Z").json()["rows"] == []
    for wrong in ("since=2026-01-01T00:00:00", "since=0001-01-01T00:00:00%2B14:00", "cursor=x", "who=me"):
        assert auditor.get(f"/record?{wrong}").status_code == 400, wrong
    proof = auditor.get("/record/proof").json()
    assert (proof["holds"], proof["broken_at"], proof["missing"]) == (True, None, 0)
    assert auditor.get(f"/record/proof?digest={proof['head'].upper()}").json()["has_digest"] is True
    assert auditor.get(f"/record/proof?digest={'0' * 63}1").json()["holds"] is False
    assert auditor.get("/record/proof?digest=0").status_code == 400
    assert program(gateway, client, Authority.FILES).get("/record").status_code == 403
