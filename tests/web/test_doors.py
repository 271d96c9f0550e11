"""The doors of the console and the API: who comes in, by which address, with whose request; deny by default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from gateway.app import Gateway
from gateway.desk import invitations, people
from gateway.desk.office import Office
from gateway.domain.access import BUILT_IN, OF_VENDOR_USERS, Authority, Staff
from gateway.store import audit, logins
from gateway.store.audit import AuditSearch
from gateway.web.application import declared
from gateway.web.doorman import HEADERS
from gateway.web.guard import FORM_TOKEN
from gateway.web.routes import Door, Face, Routes, all_different
from tests.reader import PASSWORD, Reader, add_people, console
from tests.town import Town

PAGES = [it for it in declared() if not it.changes and it.face is Face.PAGE]
PLAIN = [it.path for it in PAGES if "{" not in it.path]
OF_VENDOR = OF_VENDOR_USERS | {Authority.PERSONAL_DATA, Authority.FILES, Authority.RAW_FILES}
CHANGES = [it for it in declared() if it.changes]


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[Gateway]:
    with Town(tmp_path / "town", database_url).gateway() as gateway:
        add_people(gateway)
        yield gateway


@pytest.fixture
def reader(gateway: Gateway) -> Iterator[Reader]:
    with console(gateway) as reader:
        yield reader


def test_a_route_is_declared_once_and_says_who_may_open_it() -> None:
    routes = Routes()
    for _ in range(2):
        routes.get("/twice", may=Door.OPEN)(lambda _: None)  # type: ignore[arg-type, return-value]  # never called
    with pytest.raises(ValueError, match="GET /twice is declared twice"):
        all_different(routes)
    with pytest.raises(TypeError, match="may"):
        routes.get("/nobody")  # type: ignore[call-arg]  # that is the point


def test_who_is_not_signed_in_is_led_to_the_login_and_back(reader: Reader) -> None:
    answer = reader.get("/orders?number=A1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Forders%3Fnumber%3DA1")
    answer = reader.post("/login", {"name": "retailer.one", "password": PASSWORD, "next": "/orders?number=A1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders?number=A1")
    assert reader.get("/orders").status_code == 200
    assert reader.get("/login").headers["location"] == "/"


def test_after_the_login_nobody_is_sent_to_another_site(reader: Reader) -> None:
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"):
        answer = reader.post("/login", {"name": "retailer.one", "password": PASSWORD, "next": path})
        assert answer.headers["location"] == "/", path
        reader.get("/orders")
        reader.post("/logout")


def test_a_wrong_name_and_a_wrong_password_are_told_alike(reader: Reader) -> None:
    for name, password in (("retailer.one", "wrong wrong wrong"), ("nobody.here", PASSWORD), ("", "")):
        answer = reader.post("/login", {"name": name, "password": password})
        assert answer.status_code == 401
        assert "this user and password do not go together" in answer.text
    assert reader.get("/orders").status_code == 303


def test_a_session_ends_when_somebody_signs_out(reader: Reader) -> None:
    reader.sign_in("retailer.one")
    assert reader.post("/logout").headers["location"] == "/login"
    assert reader.get("/orders").status_code == 303


def test_who_is_taken_out_of_use_is_out_at_once(gateway: Gateway, reader: Reader) -> None:
    reader.sign_in("retailer.one")
    assert reader.get("/orders").status_code == 200
    office = Office(store=gateway.store, clock=gateway.clock, actor="user_admin.one", source="127.0.0.1")
    people.edit_person(office, "retailer.one", people.PersonEdit(active=False))
    assert reader.get("/orders").status_code == 303


def test_a_role_that_is_taken_works_no_more_at_once(gateway: Gateway, reader: Reader) -> None:
    reader.sign_in("retailer.one")
    office = Office(store=gateway.store, clock=gateway.clock, actor="user_admin.one", source="127.0.0.1")
    people.edit_person(office, "retailer.one", people.PersonEdit(roles=("user_admin",)))
    reader.sign_in("retailer.one")
    assert reader.get("/orders").status_code == 403


def test_the_second_factor_is_set_up_at_the_first_login_and_asked_for_at_the_next(gateway: Gateway, reader: Reader) -> None:
    gateway.store.attempt(lambda tx: logins.put(tx, "operator.one", demo=False))
    reader.sign_in("operator.one")
    assert reader.get("/orders").headers["location"] == "/login/code?next=%2Forders"
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", reader.get("/login/code").text)
    assert secret is not None
    now = gateway.clock.now()
    assert reader.post("/login/code", {"code": "000000"}).status_code == 401
    assert reader.post("/login/code", {"code": pyotp.TOTP(secret[1]).at(now)}).status_code == 303
    assert reader.get("/orders").status_code == 200
    with console(gateway) as other:
        other.sign_in("operator.one")
        assert other.get("/orders").status_code == 303
        again = other.post("/login/code", {"code": pyotp.TOTP(secret[1]).at(now)})
        assert again.status_code == 401
        assert "used before" in again.text


def test_the_first_person_comes_by_a_link_that_works_once(tmp_path: Path, database_url: str) -> None:
    with Town(tmp_path / "town", database_url).gateway() as gateway, console(gateway) as reader:
        token = invitations.setup_token(gateway.store, gateway.clock)
        form = {"user_id": "Anna.K", "name": "Anna K", "email": "", "password": PASSWORD, "again": PASSWORD}
        assert reader.get(f"/setup/{token}").status_code == 200
        assert "not the same" in reader.post(f"/setup/{token}", {**form, "again": "another one entirely"}).text
        assert "15 to 128 characters" in reader.post(f"/setup/{token}", {**form, "password": "short", "again": "short"}).text
        assert reader.post(f"/setup/{token}", form).headers["location"] == "/login"
        assert reader.post(f"/setup/{token}", {**form, "user_id": "second"}).status_code == 403
        assert invitations.setup_token(gateway.store, gateway.clock) is None
        assert reader.sign_in("anna.k").headers["location"].startswith("/login/code")


def test_an_invitation_lets_somebody_choose_a_password_once(gateway: Gateway, reader: Reader) -> None:
    office = Office(store=gateway.store, clock=gateway.clock, actor="user_admin.one")
    people.add_person(office, Staff(id="new.one", name="New One", roles=("retailer",)))
    token = invitations.invite(office, "new.one").token
    assert "Choose a password, New One" in reader.get(f"/password/{token}").text
    assert reader.post(f"/password/{token}", {"password": "password", "again": "password"}).status_code == 422
    assert reader.post(f"/password/{token}", {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert reader.get(f"/password/{token}").status_code == 403
    assert reader.sign_in("new.one").headers["location"] == "/"


def test_a_change_that_another_site_sends_is_refused(reader: Reader) -> None:
    reader.sign_in("retailer.one")
    for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}):
        assert reader.post("/logout", **headers).status_code == 403, headers
    assert reader.get("/orders").status_code == 200


def test_a_change_without_the_token_of_its_session_is_refused(reader: Reader) -> None:
    reader.sign_in("retailer.one")
    for token in ("", "wrong", "ü"):
        answer = reader.post("/logout", token=token)
        assert answer.status_code == 403
        assert "Nothing was changed" in answer.text


def test_every_change_asks_for_the_token(reader: Reader) -> None:
    reader.sign_in("operator.one")
    for route in CHANGES:
        if route.may is Door.OPEN or route.face is Face.API:
            continue
        path = re.sub(r"{[^}]+}", "1", route.path)
        assert reader.post(path, {FORM_TOKEN: "wrong"}).status_code == 403, route


def test_every_page_opens_for_exactly_those_who_may(gateway: Gateway) -> None:
    for role in (*BUILT_IN, "vendor"):
        may = BUILT_IN[role].authorities if role in BUILT_IN else OF_VENDOR
        with console(gateway) as reader:
            reader.sign_in("vendor.257" if role == "vendor" else f"{role}.one")
            for page in PAGES:
                status = reader.get(re.sub(r"{[^}]+}", "no-such-thing", page.path)).status_code
                if not isinstance(page.may, Authority):
                    assert status in {200, 303, 403, 404}, (role, page.path, status)
                elif page.may not in may:
                    assert status == 403, (role, page.path, status)
                elif "/acts/" in page.path:  # what it is about may stand behind the ?
                    assert status in {200, 404}, (role, page.path, status)
                else:
                    assert status == (404 if "{" in page.path else 200), (role, page.path, status)


def test_nobody_who_is_a_stranger_opens_anything_but_the_entrance(reader: Reader) -> None:
    for page in PAGES:
        status = reader.get(re.sub(r"{[^}]+}", "no-such-thing", page.path)).status_code
        assert status == 303 or page.may is Door.OPEN, page.path


def test_every_answer_says_what_a_browser_may_do_with_it(reader: Reader) -> None:
    for path in (*PLAIN, "/no/such/address", "/static/0/console.css"):
        answer = reader.get(path)
        assert {name: answer.headers[name] for name, _ in HEADERS} == dict(HEADERS), path
        assert "strict-transport-security" not in answer.headers


def test_who_asks_for_what_is_not_theirs_is_written_down_once_a_minute(gateway: Gateway, reader: Reader) -> None:
    reader.sign_in("retailer.one")
    assert [reader.get("/administration/record").status_code for _ in range(3)] == [403, 403, 403]
    with gateway.store.reading() as connection:
        found = [it for it in audit.found(connection, AuditSearch(), most=100) if it.event == "access_denied"]
    assert [(it.actor, it.about) for it in found] == [("retailer.one", "GET /administration/record")]


def test_a_key_that_does_not_work_finds_no_more_than_one_that_does(reader: Reader) -> None:
    for path in ("/api/v1/no-such-thing", "/no-such-thing"):
        assert reader.get(path, authorization="Bearer vgk_wrong").status_code == 404


def test_a_vendor_sees_the_orders_of_others_as_if_they_were_not_there(gateway: Gateway) -> None:
    with console(gateway) as reader:
        reader.sign_in("vendor.310")
        missing = reader.get("/orders/NOSUCH")
        assert missing.status_code == 404
        assert "There is no order NOSUCH" in missing.text


def test_passwords_are_not_taken_where_others_can_listen(gateway: Gateway) -> None:
    with console(gateway, client=("10.1.2.3", 50_000)) as reader:
        answer = reader.post("/login", {"name": "retailer.one", "password": PASSWORD})
        assert answer.status_code == 403
        assert "Open this page by HTTPS" in answer.text


def test_another_name_than_ours_is_turned_away(gateway: Gateway) -> None:
    with console(gateway, address="http://rebound.example") as reader:
        assert reader.get("/login").status_code == 421


def test_another_site_signs_nobody_in(tmp_path: Path, sqlite_url: str) -> None:
    with Town(tmp_path / "town", sqlite_url).gateway() as gateway, console(gateway) as reader:
        token = invitations.setup_token(gateway.store, gateway.clock)
        add_people(gateway)
        right = {"name": "retailer.one", "password": PASSWORD}
        for path in ("/login", f"/setup/{token}"):
            for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}):
                refused = reader.post(path, right, **headers)
                assert (refused.status_code, "came from another site" in refused.text) == (403, True), (path, headers)
        assert reader.get("/orders").status_code == 303
        assert reader.post("/login", right, origin="http://127.0.0.1:8420", sec_fetch_site="same-origin").status_code == 303
        assert reader.get("/orders").status_code == 200
