"""Master data and preferences by programs: the acts of the pages, by the same rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.domain.access import OF_VENDOR_PROGRAMS, Authority
from tests.program import Program, client_of, program
from tests.town import Town


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    with Town(tmp_path / "town", sqlite_url).gateway() as gateway:
        yield gateway


@pytest.fixture
def configurator(gateway: Gateway, client: TestClient) -> Program:
    return program(gateway, client, Authority.PARTNERS, Authority.MASTER_DATA)


def words(sheet: dict[str, list[dict[str, object]]]) -> dict[object, object]:
    return {it["word"]: it["value"] for it in sheet["words"]}


def told(answer: object) -> list[str]:
    return [it["text"] for it in answer.json()["issues"]]  # type: ignore[attr-defined]


def test_every_table_is_listed_and_shown(configurator: Program) -> None:
    for kind in ("organization", "system", "location", "brand", "carrier", "vendor"):
        rows = configurator.get(f"/master/{kind}").json()["rows"]
        assert rows, kind
        sheet = configurator.get(f"/master/{kind}/{rows[0]['code']}").json()
        assert (sheet["kind"], sheet["code"]) == (kind, rows[0]["code"])
        assert all(it["origin"] for it in sheet["words"])
    assert configurator.get("/master/vendor user").status_code == 404
    missing = configurator.get("/master/vendor/25")
    assert (missing.status_code, "did you mean '257'" in missing.text) == (404, True)


def test_a_code_is_added_and_its_words_are_set_and_set_back(configurator: Program) -> None:
    new = {"code": "777", "words": {"name": "Kestrel", "carriers": ["50"], "address": {"city": "Reno"}}, "reason": "begins in May"}
    rehearsed = configurator.post("/master/vendor", {**new, "dry_run": True})
    assert (rehearsed.status_code, rehearsed.json()["mode"]) == (200, "rehearsal"), rehearsed.text
    assert configurator.get("/master/vendor/777").status_code == 404
    assert configurator.post("/master/vendor", new).status_code == 200
    assert told(configurator.post("/master/vendor", new)) == [
        "vendor 777 is there already; change it with: gateway vendor set 777 WORD=VALUE"
    ]
    shown = configurator.get("/master/vendor/777")
    assert (words(shown.json())["carriers"], words(shown.json())["address"]["city"]) == (["50"], "Reno")  # type: ignore[index]
    done = configurator.post("/master/vendor/777/set", {"words": {"future_ship_days": 3, "active": False}, "reason": "ships early"})
    assert [(it["word"], it["before"], it["after"]) for it in done.json()["changes"]] == [
        ("active", True, False),
        ("future_ship_days", 1, 3),
    ]
    back = configurator.post("/master/vendor/777/set", {"reset": ["future_ship_days"]})
    assert [(it["word"], it["after"]) for it in back.json()["changes"]] == [("future_ship_days", 1)]
    history = configurator.get("/master/vendor/777").json()["history"]
    assert [(it["word"], it["reason"]) for it in history][:3] == [
        ("future_ship_days", ""),
        ("future_ship_days", "ships early"),
        ("active", "ships early"),
    ]


def test_every_wrong_value_is_told_at_once(configurator: Program) -> None:
    configurator.post("/master/vendor", {"code": "777"})
    wrong = {"future_ship_days": "many", "carriers": ["nobody"], "colour": "red", "address": {"planet": "Mars"}, "active": "perhaps"}
    refused = configurator.post("/master/vendor/777/set", {"words": wrong, "reset": ["size"]})
    assert refused.status_code == 422
    text = "\n".join(told(refused))
    assert [part in text for part in ("future_ship_days:", "'nobody'", "'colour'", "address.planet:", "active:", "'size'")] == [True] * 6, (
        text
    )
    both = configurator.post("/master/vendor/777/set", {"words": {"name": "A"}, "reset": ["name"]})
    assert told(both) == ["name: is set and set back at once"]
    fixed = configurator.post("/master/vendor/257/set", {"words": {"integrated": False}})
    assert ("organization.yaml:" in told(fixed)[0], "wins" in told(fixed)[0]) == (True, True)
    assert told(configurator.post("/master/vendor", {"code": "too long a code"}))
    assert told(configurator.post("/master/organization", {"code": "2"}))
    assert configurator.post("/master/vendor/999/set", {"words": {"name": "A"}}).status_code == 404
    assert configurator.post("/master/vendor/777/set", {"words": {"name": "A"}, "colour": "red"}).status_code == 400


def test_a_code_is_changed_only_as_it_was_seen(tmp_path: Path, database_url: str) -> None:
    with Town(tmp_path / "town", database_url).gateway() as gateway, client_of(gateway) as client:
        configurator = program(gateway, client, Authority.PARTNERS, Authority.MASTER_DATA)
        seen = configurator.get("/master/vendor/257").headers["etag"]
        assert configurator.post("/master/vendor/257/set", {"words": {"pull_sheet": True}}, if_match=seen).status_code == 200
        stale = configurator.post("/master/vendor/257/set", {"words": {"pull_sheet": False}}, if_match=seen)
        assert stale.status_code == 412
        assert words(configurator.get("/master/vendor/257").json())["pull_sheet"] is True


def test_who_only_looks_changes_nothing(gateway: Gateway, client: TestClient) -> None:
    looks = program(gateway, client, Authority.PARTNERS)
    assert looks.get("/master/vendor").status_code == 200
    assert looks.post("/master/vendor/257/set", {"words": {"pull_sheet": True}}).status_code == 403
    assert looks.post("/master/brand", {"code": "9"}).status_code == 403
    assert program(gateway, client, Authority.MASTER_DATA).get("/master/vendor").status_code == 403


def test_a_vendor_sets_its_own_preferences_and_nothing_else(gateway: Gateway, client: TestClient) -> None:
    vendor = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    shown = vendor.get("/preferences/257")
    assert "unit_cost_threshold" not in words(shown.json())
    assert "organization.yaml" not in shown.text
    done = vendor.post("/preferences/257/set", {"words": {"pull_sheet": True}}, if_match=shown.headers["etag"])
    assert [(it["word"], it["after"]) for it in done.json()["changes"]] == [("pull_sheet", True)]
    assert vendor.post("/preferences/257/set", {"words": {"pull_sheet": False}}, if_match=shown.headers["etag"]).status_code == 412
    refused = vendor.post("/preferences/257/set", {"words": {"unit_cost_threshold": "5", "pdf_form": "bent"}})
    assert (refused.status_code, "unknown preference 'unit_cost_threshold'" in refused.text) == (422, True)
    assert "pdf_form:" in vendor.post("/preferences/257/set", {"words": {"pdf_form": "bent"}}).text
    others, missing = (vendor.get(f"/preferences/{code}") for code in ("310", "999"))
    assert (others.status_code, others.text.replace("310", "")) == (404, missing.text.replace("999", ""))
    assert vendor.post("/preferences/310/set", {"words": {"pull_sheet": True}}).status_code == 404
    assert vendor.get("/master/vendor").status_code == 403
    house = program(gateway, client, Authority.CONFIGURATION)
    assert words(house.get("/preferences/257").json())["pull_sheet"] is True
    assert house.get("/preferences/999").status_code == 404
