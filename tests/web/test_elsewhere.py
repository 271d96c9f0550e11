"""Logging in at an issuer of the organization: whom it vouches for comes in, and nothing else that comes back does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.config.settings import OidcSettings
from gateway.desk import people
from gateway.desk.office import Office
from gateway.store import logins
from tests.issuer import CLIENT, SECRET, TestIssuer, issuing, signed
from tests.reader import ADDRESS, Reader, add_people, console
from tests.town import Town

BACK = "/login/elsewhere/back"


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestIssuer]:
    from gateway.kernel import SystemClock

    with issuing(SystemClock().now().timestamp()) as issuer:
        monkeypatch.setenv("GATEWAY_OIDC__ISSUER", issuer.address)
        monkeypatch.setenv("GATEWAY_OIDC__CLIENT", CLIENT)
        monkeypatch.setenv("GATEWAY_OIDC__SECRET", "secret:oidc")
        monkeypatch.setenv("GATEWAY_OIDC__PEOPLE", '["person-1:retailer.one", "person-2:operator.one", "person-3:nobody.here"]')
        monkeypatch.setenv("GATEWAY_SECRET_OIDC", SECRET)
        yield issuer


@pytest.fixture
def gateway(issuer: TestIssuer, tmp_path: Path, sqlite_url: str) -> Iterator[Gateway]:
    with Town(tmp_path / "town", sqlite_url).gateway() as gateway:
        add_people(gateway)
        issuer.now = gateway.clock.now().timestamp()
        yield gateway


@pytest.fixture
def reader(gateway: Gateway) -> Iterator[Reader]:
    with console(gateway) as reader:
        yield reader


def come(reader: Reader, issuer: TestIssuer) -> str:
    """There; gives the way back, as the browser is told it."""
    there = reader.get("/login/elsewhere")
    assert there.status_code == 303, there.text
    assert there.headers["location"].startswith(issuer.address)
    return issuer.let_in(there.headers["location"]).removeprefix(ADDRESS)


def test_whom_the_issuer_vouches_for_comes_in(reader: Reader, issuer: TestIssuer) -> None:
    assert "Sign in with our organization" in reader.get("/login").text
    back = come(reader, issuer)
    arrived = reader.get(back)
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/")
    assert reader.get("/orders").status_code == 200
    reader.get("/settings")
    reader.post("/logout")
    assert reader.get(back).status_code == 403


def test_the_second_factor_is_due_all_the_same(gateway: Gateway, reader: Reader, issuer: TestIssuer) -> None:
    gateway.store.attempt(lambda tx: logins.put(tx, "operator.one", demo=False))
    issuer.subject = "person-2"
    assert reader.get(come(reader, issuer)).headers["location"].startswith("/login/code")
    assert reader.get("/orders").status_code == 303


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1_000_000_000},
        {"iat": 9_000_000_000},
        {"sub": ""},
        {"sub": "person-9"},
        {"sub": "person-3"},
        {"sub": "retailer.one"},
        {"sub": ["person-1"]},
    ],
    ids=str,
)
def test_what_does_not_belong_to_the_login_lets_nobody_in(reader: Reader, issuer: TestIssuer, lies: dict[str, object]) -> None:
    issuer.lies = lies
    assert reader.get(come(reader, issuer)).status_code == 403
    assert reader.get("/orders").status_code == 303


FORGED = {
    "another's key": lambda token: signed(_said(token), of="another"),
    "no signature": lambda token: token.rpartition(".")[0] + ".",
    "no algorithm": lambda token: signed(_said(token), alg="none"),
    "a shared secret": lambda token: signed(_said(token), alg="HS256"),
    "another kind of key": lambda token: signed(_said(token), alg="RS256"),
    "a key that is not there": lambda token: signed(_said(token), kid="two"),
    "something that must be understood": lambda token: signed(_said(token), crit=["exp"]),
    "other claims": lambda token: ".".join(
        [token.split(".")[0], signed({**_said(token), "sub": "person-2"}).split(".")[1], token.split(".")[2]]
    ),
    "no token": lambda _: "x",
    "garbage": lambda _: "a.b.ä",
}


def _said(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_the_issuer_has_not_signed_lets_nobody_in(reader: Reader, issuer: TestIssuer, forge: Callable[[str], str]) -> None:
    issuer.forge = forge
    assert reader.get(come(reader, issuer)).status_code == 403
    assert reader.get("/orders").status_code == 303


def test_a_way_back_that_was_not_begun_in_this_browser_leads_nowhere(gateway: Gateway, reader: Reader, issuer: TestIssuer) -> None:
    stolen = come(reader, issuer)
    with console(gateway) as other:
        assert other.get(stolen).status_code == 403
        come(other, issuer)
        assert other.get(stolen).status_code == 403
    assert reader.get(f"{BACK}?state=x&code=y").status_code == 403
    assert reader.get(f"{BACK}?error=access_denied").status_code == 403
    own = come(reader, issuer)
    assert reader.get(own.replace("code=", "code=x")).status_code == 403


def test_who_is_out_of_use_stays_out(gateway: Gateway, reader: Reader, issuer: TestIssuer) -> None:
    office = Office(store=gateway.store, clock=gateway.clock, actor="user_admin.one", source="127.0.0.1")
    people.edit_person(office, "retailer.one", people.PersonEdit(active=False))
    assert reader.get(come(reader, issuer)).status_code == 403


def test_without_an_issuer_there_is_no_such_address(tmp_path: Path, sqlite_url: str) -> None:
    with Town(tmp_path / "town", sqlite_url).gateway() as gateway, console(gateway) as reader:
        assert reader.get("/login/elsewhere").status_code == 404
        assert reader.get(BACK).status_code == 404
        assert "Sign in with" not in reader.get("/login").text


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"issuer": "http://login.example"}, "not the address of an issuer"),
        ({"issuer": "https://login.example"}, "needs 'client' and 'secret'"),
        ({"people": ["anna"]}, "is not SUBJECT:USER"),
        ({"people": ["a:anna.k", "a:bert.k"]}, "stands twice"),
    ],
)
def test_settings_that_cannot_be_are_refused(words: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        OidcSettings.model_validate(words)
