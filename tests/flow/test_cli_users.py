"""`gateway user` and `gateway audit`: people, roles, keys and the record, from the command line."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.cli.exits import Exit
from gateway.cli.user import address_of
from gateway.config.settings import WebSettings
from gateway.desk.invitations import choose_password
from gateway.desk.login import Reception
from gateway.kernel import SystemClock
from gateway.store import Store
from tests.storehouse import opened
from tests.town import Town

GOOD = "eleven quiet lighthouses at dusk"


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    return Town(tmp_path / "town", database_url)


@pytest.fixture
def sqlite_town(tmp_path: Path, sqlite_url: str) -> Town:
    return Town(tmp_path / "town", sqlite_url)


def login(store: Store, user: str, link: str) -> Reception:
    clock = SystemClock()
    choose_password(store, clock, link.rpartition("/")[2], GOOD, source="192.0.2.1")
    reception = Reception(store=store, clock=clock)
    reception.come(user, GOOD, source="192.0.2.1", agent="Browser 1")
    return reception


def test_somebody_is_added_invited_changed_and_taken_out_of_use(town: Town) -> None:
    assert "There is nobody yet" in town.command("user", "list").out
    added = town.command(
        *("user", "add", "Anna.K", "--name", "Anna Kay", "--email", "anna@shop.example", "--role", "retailer,auditor", "--json")
    )
    assert added.json["roles"] == ["retailer", "auditor"]
    link = town.command("user", "invite", "anna.k", "--json").json["link"]
    assert (urlsplit(link).netloc, urlsplit(link).path.split("/")[:2]) == ("127.0.0.1:8420", ["", "password"])
    with opened(town.url) as store:
        login(store, "anna.k", link)
    shown = town.command("user", "show", "ANNA.K").out
    for words in ("Anna Kay", "retailer, auditor", "invoice_review", "Browser 1", "192.0.2.1", "Last login"):
        assert words in shown
    told = town.command("user", "show", "anna.k", "--json")
    assert "argon2" not in told.out
    assert told.json["entrance"]["factor_at"] is None
    assert "1 session ended" in town.command("user", "set", "anna.k", "--role", "auditor", "--reason", "other work").out
    assert "Nothing is different" in town.command("user", "set", "anna.k", "--role", "auditor").out
    assert town.command("user", "set", "anna.k", "--role", "", "--json").json["person"]["roles"] == []
    assert "is not active" in town.command("user", "deactivate", "anna.k", "--reason", "left").out
    assert town.command("user", "invite", "anna.k", ends=Exit.USAGE).err.startswith("anna.k is not active")
    assert "is active" in town.command("user", "activate", "anna.k").out
    assert "0 sessions" in town.command("user", "end-sessions", "anna.k").out
    assert "no second factor any more" in town.command("user", "drop-factor", "anna.k", "--reason", "lost").out
    assert town.command("user", "end-sessions", "Anna.K", "--json").json == {"user_id": "anna.k", "ended": 0}
    assert town.command("user", "drop-factor", "anna.k", "--reason", "lost", "--json").json == {"user_id": "anna.k", "ended": 0}
    (listed,) = town.command("user", "list", "--json").json
    assert listed == {"id": "anna.k", "name": "Anna Kay", "email": "anna@shop.example", "roles": [], "active": True}


@pytest.mark.parametrize(
    ("web", "address"),
    [
        ({}, "http://127.0.0.1:8420"),
        ({"host": "::1", "port": "9000"}, "http://[::1]:9000"),
        ({"host": "0.0.0.0"}, "http://localhost:8420"),
        ({"host": "0.0.0.0", "hosts": ["gw.shop.example"], "certificate": "c.pem", "key": "k.pem"}, "https://gw.shop.example:8420"),
        ({"hosts": ["gw.shop.example"], "proxies": ["10.0.0.7"]}, "https://gw.shop.example"),
        ({"port": "0"}, ""),
    ],
)
def test_a_link_begins_where_people_find_the_pages(web: dict[str, object], address: str) -> None:
    assert address_of(WebSettings.model_validate(web)) == address


def test_users_of_vendors_are_invited_and_shown_and_changed_elsewhere(town: Town) -> None:
    town.command("vendor", "user", "add", "lee.panda", "--vendor", "257", "--name", "Lee Panda", "--may", "orders,shipping")
    told = town.command("user", "invite", "lee.panda", "--reason", "new").out
    assert "/password/" in told
    with opened(town.url) as store:
        login(store, "lee.panda", told.splitlines()[1])
    shown = town.command("user", "show", "lee.panda").out
    assert "257" in shown
    assert "shipping" in shown
    refused = town.command("user", "set", "lee.panda", "--role", "auditor", ends=Exit.USAGE).err
    assert "gateway vendor user set lee.panda" in refused
    town.command("vendor", "user", "set", "lee.panda", "--may", "orders", "--reason", "less")
    assert town.command("user", "show", "lee.panda", "--json").json["sessions"] == []
    assert "there is a user lee.panda already" in town.command("user", "add", "lee.panda", "--name", "Lee", ends=Exit.USAGE).err
    town.command("user", "add", "anna.k", "--name", "Anna")
    refused = town.command("vendor", "user", "add", "anna.k", "--vendor", "257", "--name", "Anna", ends=Exit.USAGE).err
    assert "there is a user anna.k already" in refused
    events = [it["event"] for it in town.command("audit", "list", "--about", "user lee.panda", "--json").json]
    assert events == ["person_changed", "invited", "person_added"]


REFUSED = [
    (["add", "anna", "--name", "Anna"], "is not a user id"),
    (["add", "anna.k", "--name", " "], "1 to 60 characters"),
    (["add", "anna.k", "--name", "Anna", "--email", "anna"], "not an e-mail address"),
    (["add", "anna.k", "--name", "Anna", "--role", "boss"], "there is no role 'boss'; there are auditor"),
    (["set", "nobody", "--name", "Anna"], "there is no user nobody"),
    (["show", "nobody"], "there is no user nobody"),
    (["invite", "nobody"], "there is no user nobody"),
    (["end-sessions", "nobody"], "there is no user nobody"),
    (["drop-factor", "nobody", "--reason", "x"], "there is no user nobody"),
    (["drop-factor", "nobody"], "a reason is needed"),
    (["role", "set", "night", "--may", "order", "--meaning", "x"], "did you mean 'orders'"),
    (["role", "set", "night", "--may", "operations", "--meaning", "x"], "operations needs files too"),
    (["role", "set", "night", "--may", "orders"], "what the role is for"),
    (["role", "set", "operator", "--may", "orders", "--meaning", "x"], "is built in"),
    (["role", "drop", "night"], "unknown role 'night'"),
    (["key", "add", "erp", "--may", "break_glass"], "no key can have break_glass"),
    (["key", "add", "erp", "--may", "orders", "--vendor", "999"], "unknown vendor '999'"),
    (["key", "revoke", "7"], "there is no key 7 that works"),
]


def test_what_cannot_be_is_refused_with_the_reason(sqlite_town: Town) -> None:
    for command, told in REFUSED:
        assert told in sqlite_town.command("user", *command, ends=Exit.USAGE).err, command
    assert sqlite_town.command("user", "list", "--json").json == []
    assert sqlite_town.command("audit", "list", "--json").json == []


def test_a_rehearsal_shows_and_changes_nothing(sqlite_town: Town) -> None:
    town = sqlite_town
    town.command("user", "add", "anna.k", "--name", "Anna", "--role", "auditor")
    for command in (
        ["add", "ben.two", "--name", "Ben"],
        ["set", "anna.k", "--role", "retailer"],
        ["deactivate", "anna.k"],
        ["invite", "anna.k"],
        ["drop-factor", "anna.k"],
        ["end-sessions", "anna.k"],
        ["role", "set", "night", "--may", "orders", "--meaning", "Looks"],
        ["key", "add", "erp", "--may", "orders"],
    ):
        said = town.command("user", *command, "--dry-run").out
        assert "Only shown; nothing was changed." in said, command
        assert "/password/" not in said
        assert "vgk_" not in said
    assert town.command("user", "invite", "anna.k", "--dry-run", "--json").json["link"] is None
    assert len(town.command("audit", "list", "--json").json) == 1


def test_roles_and_keys_are_made_listed_and_taken_away(town: Town) -> None:
    town.command("user", "role", "set", "night", "--may", "orders,files", "--meaning", "Looks at night")
    assert "may: orders, files, operations." in town.command("user", "role", "set", "night", "--may", "files,operations,orders").out
    roles = {it["name"]: it for it in town.command("user", "roles", "--json").json}
    assert (roles["night"]["meaning"], roles["night"]["built_in"], roles["operator"]["built_in"]) == ("Looks at night", False, True)
    assert town.command("user", "role", "drop", "night", "--json").json == {"role": "night"}
    made = town.command("user", "key", "add", "erp", "--may", "orders", "--vendor", "257", "--days", "30", "--json").json
    assert made["key"].startswith(made["head"])
    assert "vgk_" in town.command("user", "key", "add", "wms", "--may", "orders,files").out
    (wms, erp) = town.command("user", "keys", "--json").json
    assert (erp["vendor"], wms["vendor"], erp["authorities"]) == ("257", None, ["orders"])
    assert "wms works no more" in town.command("user", "key", "revoke", str(wms["id"])).out
    assert town.command("user", "key", "revoke", str(erp["id"]), "--json").json["revoked_at"]
    assert made["key"] not in town.command("user", "keys").out


def test_the_record_tells_who_did_what_and_that_it_is_whole(town: Town) -> None:
    town.command("user", "add", "anna.k", "--name", "Anna", "--role", "auditor")
    town.command("user", "set", "anna.k", "--role", "retailer", "--reason", "other work")
    shown = town.command("audit", "list").out
    assert "roles auditor → retailer" in shown
    assert "other work" in shown
    assert "command line" in shown
    assert "1 more" in town.command("audit", "list", "--limit", "1").out
    assert len(town.command("audit", "list", "--event", "person_added", "--since", "2026-01-01", "--json").json) == 1
    first = town.command("audit", "verify", "--json").json
    assert (first["entries"], first["broken_at"], first["missing"]) == (2, None, 0)
    town.command("user", "deactivate", "anna.k")
    assert "3 entries, each follows" in town.command("audit", "verify", "--digest", first["head"]).out
    assert "is not in this record" in town.command("audit", "verify", "--digest", "0" * 64, ends=Exit.DIFFERENCES).err
    assert "is no digest" in town.command("audit", "verify", "--digest", "abc", ends=Exit.USAGE).err
    with opened(town.url) as store, store.transaction() as tx:
        if tx.is_sqlite:
            tx.connection.exec_driver_sql("drop trigger audit_no_update")
        else:
            tx.connection.exec_driver_sql("alter table audit disable trigger all")
        tx.connection.exec_driver_sql("update audit set actor = 'mallory' where event = 'person_changed'")
    assert "does not follow from the one before" in town.command("audit", "verify", ends=Exit.DIFFERENCES).err
    found = town.command("verify", "--json", ends=Exit.DIFFERENCES).json["differences"]
    assert [it["check"] for it in found if it["part"] == "ledger"] == ["broken record"]


def test_the_job_forgets_what_has_run_out_and_notes_where_the_record_ends(town: Town) -> None:
    town.command("user", "add", "anna.k", "--name", "Anna")
    head = town.command("audit", "verify", "--json").json["head"]
    ran = town.command("job", "run", "sessions")
    assert head in ran.err + ran.out
