"""People, roles and keys by programs: the acts of the pages, within the rights of the program, and a key told once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.desk.trail import list_entries
from gateway.domain.access import OF_VENDOR_PROGRAMS, Authority
from gateway.store.audit import AuditSearch
from tests.program import Program, program
from tests.reader import add_people
from tests.town import Town

LOOKS = (Authority.ORDERS, Authority.FILES, Authority.USERS)


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    with Town(tmp_path / "town", sqlite_url).gateway() as gateway:
        add_people(gateway)
        yield gateway


def noted(gateway: Gateway, event: str) -> list[tuple[str, str, str]]:
    return [(it.actor, it.about, it.reason) for it in list_entries(gateway.store, AuditSearch(event=event), most=9).rows]


def test_a_program_adds_people_within_its_own_rights(gateway: Gateway, client: TestClient) -> None:
    admin = program(gateway, client, *LOOKS)
    assert "retailer.one" in [it["id"] for it in admin.get("/people").json()["rows"]]
    role = {"name": "looker", "meaning": "looks", "authorities": ["orders", "files"], "reason": "asked"}
    assert admin.post("/roles", {**role, "authorities": ["orders", "reports"]}).status_code == 403
    assert admin.post("/roles", {**role, "authorities": ["users"]}).status_code == 403
    assert admin.post("/roles", role).json()["authorities"] == ["orders", "files"]
    anna = {"id": "anna.k", "name": "Anna", "roles": ["looker"]}
    assert admin.post("/people", {**anna, "roles": ["operator"]}).status_code == 403
    assert admin.post("/people", {**anna, "roles": ["no_such"]}).status_code == 422
    assert admin.post("/people", {**anna, "is_admin": True}).status_code == 400
    assert admin.post("/people", {**anna, "dry_run": True}).json()["roles"] == ["looker"]
    assert admin.get("/people/anna.k").status_code == 404
    assert admin.post("/people", anna).json()["roles"] == ["looker"]
    assert noted(gateway, "person_added") == [("key:probe", "user anna.k", "")]
    shown = admin.get("/people/anna.k")
    assert (shown.json()["may"], shown.json()["needs_second_factor"], shown.json()["sessions"]) == (["orders", "files"], False, [])
    assert admin.post("/people/anna.k/edit", {"roles": ["retailer"]}).status_code == 403
    assert admin.post("/people/anna.k/edit", {"authorities": ["orders"]}).status_code == 422
    assert admin.post("/people/anna.k/edit", {"name": "Anna K"}, if_match=shown.headers["etag"]).json()["changed"] == ["name"]
    assert admin.post("/people/anna.k/edit", {"name": "A"}, if_match=shown.headers["etag"]).status_code == 412
    assert admin.post("/people/anna.k/invite", {}, idempotency_key="0123456789").status_code == 400
    assert admin.post("/people/anna.k/invite", {"dry_run": True}).json()["link"] is None
    link = admin.post("/people/anna.k/invite", {}).json()["link"]
    assert client.get(link.removeprefix("http://127.0.0.1:8420")).status_code == 200
    for user in ("operator.one", "user_admin.one", "vendor.257"):
        for act in ("invite", "end_sessions", "drop_factor"):
            assert admin.post(f"/people/{user}/{act}", {}).status_code == 403, (user, act)
        assert admin.post(f"/people/{user}/edit", {"active": False}).status_code in {403, 422}, user
    assert admin.post("/roles/looker/drop", {}).status_code == 422
    assert admin.post("/people/anna.k/edit", {"roles": [], "active": False}).json()["person"]["active"] is False
    assert admin.post("/roles/looker/drop", {}).json() == {"name": "looker"}
    assert program(gateway, client, Authority.ORDERS).get("/people").status_code == 403


def test_a_key_is_told_once_and_gives_no_more_than_its_maker_has(gateway: Gateway, client: TestClient) -> None:
    admin, other = program(gateway, client, *LOOKS), program(gateway, client, Authority.REPORTS)
    wanted = {"name": "shop", "authorities": ["orders"], "reason": "shop"}
    for beyond in (["users"], ["orders", "files", "operations"], ["orders", "break_glass"]):
        assert admin.post("/keys", {**wanted, "authorities": beyond}).status_code in {403, 422}, beyond
    assert admin.post("/keys", wanted, idempotency_key="0123456789").status_code == 400
    assert admin.post("/keys", {**wanted, "dry_run": True}).json()["secret"] is None
    made = admin.post("/keys", {**wanted, "days": 730}).json()
    assert Program(client, made["secret"]).get("/orders").status_code == 200
    listed = admin.get("/keys")
    assert made["secret"] not in listed.text
    assert made["key"]["ends_at"] == listed.json()["rows"][-1]["ends_at"]
    assert noted(gateway, "key_made")[0] == ("key:probe", f"key {made['key']['id']}", "shop")
    of_vendor = admin.post("/keys", {**wanted, "vendor": "257"}).json()
    assert of_vendor["key"]["vendor"] == "257"
    assert admin.post("/keys", {**wanted, "vendor": "999"}).status_code == 422
    assert admin.post(f"/keys/{made['key']['id']}/revoke", {"reason": "lost"}).json()["revoked_at"]
    assert Program(client, made["secret"]).get("/orders").status_code == 401
    assert admin.post("/keys/2/revoke", {}).status_code == 403
    assert other.get("/reports/aging").status_code == 200
    assert admin.post("/keys/1/revoke", {}).status_code == 200
    assert admin.get("/keys").status_code == 401


def test_a_vendors_program_deals_with_colleagues_alone(gateway: Gateway, client: TestClient) -> None:
    admin = program(gateway, client, *OF_VENDOR_PROGRAMS, vendor="257")
    assert [it["id"] for it in admin.get("/colleagues").json()["rows"]] == ["vendor.257"]
    new = {"id": "bert.k", "name": "Bert", "authorities": ["orders", "shipping"]}
    assert admin.post("/colleagues", {**new, "vendor": "310"}).status_code == 422
    assert admin.post("/colleagues", {**new, "authorities": ["own_users"]}).status_code == 422
    assert admin.post("/colleagues", new).json()["vendor"] == "257"
    assert noted(gateway, "person_added") == [("key:probe 257", "user bert.k", "")]
    assert admin.post("/colleagues/bert.k/edit", {"authorities": ["orders"]}).json()["changed"] == ["authorities"]
    assert admin.post("/colleagues/bert.k/invite", {}).json()["link"]
    assert admin.post("/colleagues/bert.k/end_sessions", {}).json() == {"sessions": 0}
    assert admin.post("/colleagues/vendor.257/invite", {}).status_code == 403
    for stranger in ("vendor.310", "retailer.one", "nobody.here"):
        assert admin.get(f"/colleagues/{stranger}").status_code == 404
        assert admin.post(f"/colleagues/{stranger}/invite", {}).status_code == 404
    few = program(gateway, client, Authority.OWN_USERS, vendor="257")
    assert few.post("/colleagues", {**new, "id": "carl.k"}).status_code == 422
    assert few.post("/colleagues/bert.k/invite", {}).status_code == 403
    assert admin.get("/people").status_code == 403
