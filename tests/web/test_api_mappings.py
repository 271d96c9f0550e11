"""Mappings by programs: their rules and tests, and which rule gave each value of a file, handed in or received."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.access import Authority
from tests.program import Program, client_of, program
from tests.town import Town

SHIPMENTS = (
    b"po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\nAB1,1,{},50,T1,1,1,2022-06-22\n"
)


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    return town


@pytest.fixture
def engineer(town: Town) -> Iterator[Program]:
    with town.gateway() as gateway, client_of(gateway) as client:
        yield program(gateway, client, Authority.PARTNERS)


def shipments(quantity: str, **more: Any) -> dict[str, Any]:
    body = SHIPMENTS.replace(b"{}", quantity.encode())
    return {"name": "SHIP_1.csv", "content": b64encode(body).decode(), **more}


def test_a_mapping_has_its_rules_its_tests_and_its_sample(engineer: Program) -> None:
    rows = {it["name"]: it for it in engineer.get("/mappings").json()["rows"]}
    assert rows["shipments-csv"]["used_by"] == ["redpanda"]
    shown = engineer.get("/mappings/createdsorder")
    told = shown.json()
    assert all(it["file"].endswith("createdsorder.yaml") and it["line"] > 0 for it in told["rules"])
    assert told["tests"]
    assert all(it["ok"] for it in told["tests"])
    assert any(field["rule"].startswith("createdsorder") for field in told["sample"]["documents"][0]["fields"])
    assert engineer.get("/mappings/createdsorder", if_none_match=shown.headers["etag"]).status_code == 304
    missing = engineer.get("/mappings/createdsorde")
    assert (missing.status_code, "did you mean 'createdsorder'" in missing.text) == (404, True)


@pytest.mark.parametrize(
    "way", [{"mapping": "shipments-csv"}, {"connector": "redpanda"}, {"connector": "redpanda", "channel": "shipments"}]
)
def test_what_a_mapping_reads_from_a_file_is_told_with_its_rules(engineer: Program, way: dict[str, str]) -> None:
    good = engineer.post("/preview", shipments("2", **way)).json()
    assert (good["mapping"], good["is_refused"], good["more"]) == ("shipments-csv", False, 0)
    field = next(it for it in good["documents"][0]["fields"] if it["field"] == "order_number")
    assert (field["value"], field["row"]) == ("AB1", 2)
    assert field["rule"].startswith("shipments-csv")
    bad = engineer.post("/preview", shipments("x", **way)).json()
    assert bad["is_refused"] is True
    assert "ship_qty" in bad["documents"][0]["issues"][0]["where"]
    assert engineer.get("/messages").status_code == 403, "nothing of it is stored, and nothing else is seen"


def test_what_cannot_be_previewed_says_why(engineer: Program) -> None:
    for more, told in (
        ({"mapping": "shipments-csb"}, "did you mean 'shipments-csv'"),
        ({"mapping": "../gateway"}, "unknown mapping"),
        ({"mapping": "shipments-csv", "connector": "redpanda"}, "not both"),
        ({"channel": "shipments"}, "a channel needs its connector"),
        ({"connector": "redpanda", "channel": "ships"}, "did you mean 'shipments'"),
        ({"connector": "redpandas"}, "did you mean 'redpanda'"),
        ({"connector": "redpanda", "name": "OTHER.bin"}, "no channel of redpanda takes 'OTHER.bin'"),
    ):
        answer = engineer.post("/preview", shipments("2", **more))
        assert (answer.status_code, told in answer.text) == (422, True), answer.text
    unfit = engineer.post("/preview", {"name": "what.bin", "content": b64encode(b"\x00\x01").decode()})
    assert (unfit.status_code, unfit.json()["issues"][0]["code"]) == (422, "MAP-02")
    for wrong in ({"content": "%%"}, {"content": ""}, {"documents": 0}, {"mapping": "a" * 256}):
        assert engineer.post("/preview", shipments("2", **wrong)).status_code == 400, wrong
    assert engineer.post("/preview", shipments("2"), idempotency_key="0123456789").status_code == 400


def test_every_mapping_answers_for_whatever_is_tried_with_it(engineer: Program) -> None:
    for name in [it["name"] for it in engineer.get("/mappings").json()["rows"]]:
        for body in (b"\x00\xff", b"<a/>", b"{}", b"ISA*", b"a,b\n1,2\n"):
            answer = engineer.post("/preview", {"name": "x", "content": b64encode(body).decode(), "mapping": name})
            assert answer.status_code in {200, 422}, (name, body, answer.text)


def test_a_received_file_is_previewed_with_what_is_personal_hidden(engineer: Program) -> None:
    told = engineer.post("/messages/1/preview", {})
    assert (told.json()["mapping"], told.json()["documents"][0]["key"]) == ("createdsorder", "AB10747")
    assert "Harbor" not in told.text
    assert any(it["field"] == "ship_to.address1" for it in told.json()["documents"][0]["fields"])
    assert (
        engineer.post("/messages/1/preview", {"documents": 1}).json()["more"]
        == len(engineer.post("/messages/1/preview", {}).json()["documents"]) - 1
    )
    assert engineer.post("/messages/1/preview", {"mapping": "shipments-csv"}).status_code in {200, 422}
    assert engineer.post("/messages/99/preview", {}).status_code == 404
