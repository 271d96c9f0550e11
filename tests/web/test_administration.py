"""Who administers: people, roles, keys, the record; nobody changes their own rights, and secrets are told once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.desk import keys, people, trail
from gateway.desk.vendor_users import show_user
from gateway.domain.authority import VendorAuthority
from gateway.store import Tx, logins
from gateway.store.audit import AuditSearch
from tests.reader import PASSWORD, Reader, add_people, console, effects_of, kept
from tests.town import Town


@pytest.fixture
def gateway(tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    with Town(tmp_path / "town", sqlite_url).gateway() as gateway:
        add_people(gateway)
        yield gateway


@contextmanager
def at(gateway: Gateway, name: str) -> Iterator[Reader]:
    with console(gateway) as reader:
        assert reader.sign_in(name).status_code == 303
        yield reader


def does(reader: Reader, path: str, reason: str = "ticket 4711", **fields: str | list[str]) -> str:
    """An act, previewed and done; what came of it."""
    shown = reader.get(path)
    assert shown.status_code == 200, shown.text
    told = {"reason": reason, "token": reader.token, **fields}
    if 'value="preview"' in shown.text:
        reader.client.post(path, data={**told, "step": "preview"}, follow_redirects=False)
    done = reader.client.post(path, data={**told, "step": "do"}, follow_redirects=False)
    assert done.status_code == 200, done.text
    return effects_of(done.text)


def test_somebody_is_added_invited_changed_and_let_out(gateway: Gateway) -> None:
    with at(gateway, "user_admin.one") as admin:
        assert 'href="/administration/people/retailer.one"' in admin.get("/administration/people").text
        does(admin, "/administration/new/people", user_id="Anna.K", name="Anna Kay", email="a@shop.example", roles=["retailer", "auditor"])
        assert people.show_person(gateway.store, "anna.k").person.name == "Anna Kay"
        wrong = admin.post("/administration/new/people", {"user_id": "x", "name": "X", "reason": "y", "step": "preview"})
        assert "is not a user id" in unescape(wrong.text)
        path = "/administration/people/anna.k/acts"
        assert "works no more" in effects_of(admin.get(f"{path}/invite").text)
        link = re.search(r"http://127\.0\.0\.1:8420(/password/\S+)", does(admin, f"{path}/invite"))
        assert link is not None
        with console(gateway) as anna:
            anna.get(link[1])
            assert anna.post(link[1], {"password": PASSWORD, "again": PASSWORD}).headers["location"] == "/login"
            anna.sign_in("anna.k")
            assert anna.get("/orders").status_code == 200
            assert anna.get("/administration").headers["location"] == "/administration/record"
            assert "End sessions" in admin.get("/administration/people/anna.k").text
            told = does(admin, f"{path}/change", name="Anna Kay", email="", roles=["operator"])
            assert told == "anna.k: email, roles are changed; 1 session ended"
            assert anna.get("/orders").status_code == 303
        assert does(admin, f"{path}/deactivate") == "anna.k: active is changed"
        assert "Let in again" in admin.get("/administration/people/anna.k").text
    assert not people.show_person(gateway.store, "anna.k").person.active
    events = [it.event for it in trail.list_entries(gateway.store, AuditSearch(about="user anna.k"), most=10).rows]
    assert events == ["person_changed", "person_changed", "invited", "person_added"]


def test_nobody_changes_their_own_rights(gateway: Gateway) -> None:
    with at(gateway, "user_admin.one") as admin:
        page = admin.get("/administration/people/user_admin.one").text
        assert "This is you" in page
        assert "/acts/" not in page
        fields = {"name": "Me", "roles": "operator", "reason": "x", "step": "do"}
        for name in ("change", "deactivate", "drop_factor"):
            answer = admin.post(f"/administration/people/user_admin.one/acts/{name}", fields)
            assert answer.status_code == 403, name
            assert "Nobody changes their own rights" in answer.text
    assert people.show_person(gateway.store, "user_admin.one").authorities == ("users",)


def test_users_of_vendors_get_authorities_of_vendors_alone(gateway: Gateway) -> None:
    with at(gateway, "user_admin.one") as admin:
        may = ["orders", "shipping"]
        does(admin, "/administration/new/vendor_user", user_id="lee.panda", name="Lee Panda", vendor="257", authorities=may)
        assert "lee.panda" in admin.get("/administration/vendor-users?vendor=257").text
        assert "lee.panda" not in admin.get("/administration/vendor-users?vendor=310").text
        path = "/administration/people/lee.panda/acts/change"
        wrong = admin.client.post(path, data={"token": admin.token, "name": "Lee", "authorities": ["users", "shipping"], "reason": "x"})
        assert "nknown authority &#39;users&#39;" in wrong.text
        assert "authority shipping needs orders too" in wrong.text
        does(admin, path, name="Lee Panda", authorities=["invoices"])
    assert show_user(gateway.store, "lee.panda").user.authorities == (VendorAuthority.INVOICES,)


def test_roles_and_keys_are_made_and_a_key_is_told_once(gateway: Gateway) -> None:
    with at(gateway, "user_admin.one") as admin:
        does(admin, "/administration/new/role", name="night_watch", meaning="files at night", authorities=["files", "operations"])
        assert "night_watch" in admin.get("/administration/roles").text
        bad = {"token": admin.token, "name": "bad", "meaning": "x", "authorities": ["operations"], "reason": "x"}
        wrong = admin.client.post("/administration/new/role", data=bad)
        assert "operations needs files too" in wrong.text
        assert admin.get("/administration/roles/nobody/acts/drop").status_code == 404
        does(admin, "/administration/roles/night_watch/acts/drop")
        assert "night_watch" not in admin.get("/administration/roles").text

        told = does(admin, "/administration/new/key", name="Warehouse", days="30", vendor="257", authorities=["orders", "files"])
        secret = told.rpartition(" ")[2]
        assert secret.startswith("vgk_")
        page = admin.get("/administration/keys").text
        assert "Warehouse" in page
        assert secret not in page
        (key,) = keys.list_keys(gateway.store)
        assert (key.vendor, key.made_by) == ("257", "user_admin.one")
        does(admin, f"/administration/keys/{key.id}/acts/revoke")
        assert "revoked" in admin.get("/administration/keys").text


def test_the_record_is_searched_and_proved(gateway: Gateway) -> None:
    with at(gateway, "user_admin.one") as admin:
        does(admin, "/administration/people/retailer.one/acts/deactivate", reason="has left")
        assert admin.get("/administration/record").status_code == 403
    with at(gateway, "auditor.one") as auditor:
        page = auditor.get("/administration/record?event=person_changed&actor=user_admin.one").text
        assert "active: True → False" in page
        assert "has left" in page
        assert "No entry is like that" in auditor.get("/administration/record?since=2099-01-01").text
        proof = auditor.get("/administration/record/proof").text
        assert "follow from each other" in proof
        digest = re.search(r"<dd>([0-9a-f]{64})</dd>", proof)
        assert digest is not None
        assert "the digest that you have noted is one of them" in auditor.get(f"/administration/record/proof?digest={digest[1]}").text
        assert "is not among them" in auditor.get(f"/administration/record/proof?digest={'0' * 64}").text
        assert "is no digest" in auditor.get("/administration/record/proof?digest=abc").text
        assert auditor.get("/administration/people").status_code == 403
        assert 'data-key="s"' in auditor.get("/orders").text


def test_master_data_is_shown_with_its_origin_and_changed_where_the_file_is_silent(gateway: Gateway) -> None:
    with at(gateway, "configurator.one") as configurator:
        assert 'href="/administration/master/vendor/257"' in configurator.get("/administration/master").text
        assert 'href="/administration/master/carrier/10"' in configurator.get("/administration/master?kind=carrier").text
        page = configurator.get("/administration/master/vendor/257").text
        assert "organization.yaml:" in page
        assert "set?word=pull_sheet" in page
        assert "set?word=integrated" not in page
        path = "/administration/master/vendor/257/acts"
        assert does(configurator, f"{path}/set?word=pull_sheet", pull_sheet="true") == "vendor 257: pull sheet: False → True"
        assert "wins" in configurator.post(f"{path}/set?word=integrated", {"integrated": "false", "reason": "x", "step": "preview"}).text
        assert "number" in configurator.post(f"{path}/set?word=future_ship_days", {"future_ship_days": "many", "reason": "x"}).text
        assert does(configurator, f"{path}/set?word=return_address", **{"return_address.city": "Reno"}).endswith("nothing → Reno")
        assert "city Reno" in configurator.get("/administration/master/vendor/257").text
        does(configurator, f"{path}/reset?word=pull_sheet")
        assert configurator.get(f"{path}/set?word=nothing").status_code == 404
        assert configurator.get("/administration/master/nothing/257").status_code == 404
        does(configurator, "/administration/master/vendor/acts/add", code="777", name="Kestrel")
        assert "Kestrel" in configurator.get("/administration/master").text
    with at(gateway, "operator.one") as operator:
        assert "/acts/" not in operator.get("/administration/master/vendor/257").text
        assert operator.get(f"{path}/set?word=pull_sheet").status_code == 403


def test_a_vendor_sets_its_slips_and_mails_and_nothing_else(gateway: Gateway) -> None:
    with at(gateway, "vendor.257") as vendor:
        assert "/preferences/acts/set?word=pull_sheet" in vendor.get("/preferences").text
        assert does(vendor, "/preferences/acts/set?word=pull_sheet&vendor=310", pull_sheet="true") == "vendor 257: pull sheet: False → True"
        assert vendor.get("/preferences/acts/set?word=unit_cost_threshold").status_code == 404
        assert vendor.get("/preferences/acts/set").status_code == 404
        assert "unit cost threshold" not in vendor.get("/preferences").text
        assert vendor.get("/administration/master").status_code == 403


def test_a_vendor_administers_its_own_users_where_that_is_delegated(gateway: Gateway) -> None:
    with at(gateway, "user_admin.one") as admin:
        may = ["orders", "shipping", "own_users"]
        does(admin, "/administration/new/vendor_user", user_id="lee.panda", name="Lee Panda", vendor="257", authorities=may)

        def work(tx: Tx) -> None:
            logins.put(tx, "lee.panda", password=kept(), password_at=gateway.clock.now(), demo=True)

        gateway.store.attempt(work)
    with at(gateway, "lee.panda") as lee:
        assert 'href="/users/vendor.257"' in lee.get("/users").text
        assert "vendor.310" not in lee.get("/users").text
        assert "invoices" not in lee.get("/users/acts/vendor_user").text
        does(lee, "/users/acts/vendor_user", user_id="mio.panda", name="Mio Panda", vendor="257", authorities=["orders"])
        assert "/password/" in does(lee, "/users/mio.panda/acts/invite")
        token = {"token": lee.token, "name": "Mio", "reason": "x", "step": "do"}
        more = lee.client.post("/users/mio.panda/acts/change", data={**token, "authorities": ["orders", "pack_slips"]})
        assert "you cannot give pack_slips" in more.text
        foreign = {**token, "user_id": "some.body", "vendor": "310", "authorities": ["orders"]}
        assert "users of vendor 257 alone" in lee.client.post("/users/acts/vendor_user", data=foreign).text
        assert lee.post("/users/vendor.257/acts/deactivate", {"reason": "x"}).status_code == 403  # who may do more
        assert lee.post("/users/lee.panda/acts/change", {"name": "Me", "reason": "x", "step": "do"}).status_code == 403
        for user in ("vendor.310", "retailer.one", "nobody.here"):
            assert lee.get(f"/users/{user}").status_code == 404
            assert lee.post(f"/users/{user}/acts/end_sessions", {"reason": "x"}).status_code == 404
        assert lee.get("/administration/people").status_code == 403
        does(lee, "/users/mio.panda/acts/deactivate")
    assert not show_user(gateway.store, "mio.panda").user.active
