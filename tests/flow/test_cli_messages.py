"""`gateway message`: received files, what became of each document, and reading them again once something was mended."""

from __future__ import annotations

import getpass
import shutil
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from tests.commands import ROOT
from tests.shop import Shop
from tests.storehouse import Templates

GOOD = (ROOT / "samples/createdsorder.xml").read_bytes()
ODD = GOOD.replace(b"<brand_cd>1<", b"<brand_cd>77<")
"""The brand is known to nobody yet."""
ONE_BAD = (ROOT / "samples/createdsorder-one-bad-order.xml").read_bytes()


@pytest.fixture
def shop(tmp_path: Path, sqlite_url: str) -> Shop:
    return quick(Shop(tmp_path / "shop", sqlite_url))


@pytest.fixture
def any_shop(tmp_path: Path, database_url: str) -> Shop:
    """A shop on each database."""
    return quick(Shop(tmp_path / "shop", database_url))


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Shop:
    """A shop with a booked message and its duplicate, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("received")
    shutil.copy(templates.sqlite, folder / "gateway.db")
    shop = quick(Shop(folder / "shop", f"sqlite:///{folder / 'gateway.db'}"))
    receive(shop, a=GOOD)
    receive(shop, d=GOOD)
    return shop


def quick(shop: Shop) -> Shop:
    """Files need not rest long before they are taken."""
    shop.change("connectors/oms.yaml", "stable_for: 2s", "stable_for: 0s")
    return shop


def receive(shop: Shop, **files: bytes) -> None:
    for name, body in files.items():
        (shop.root / f"inbox/oms/{name}.xml").write_bytes(body)
    done = shop.gateway("serve", "--once")
    assert done.code in {Exit.FINE, Exit.DATA_REFUSED}, done.err


def know_the_brand(shop: Shop) -> None:
    shop.change("organization.yaml", '  "2": {name: Harbor Kids}', '  "2": {name: Harbor Kids}\n  "77": {name: New brand}')


def test_files_are_listed_with_what_became_of_them(shop: Shop) -> None:
    receive(shop, a=GOOD, b=ODD, c=b"<order/>")
    receive(shop, d=GOOD)
    rows = {row["file"]: row for row in shop.gateway("message", "list", "--json").json}
    assert {name: row["state"] for name, row in rows.items()} == {
        "a.xml": "booked",
        "b.xml": "refused",
        "c.xml": "parked",
        "d.xml": "duplicate",
    }
    assert "DSO-006" in rows["d.xml"]["first"]
    assert "DSO-" in rows["b.xml"]["first"]
    assert [row["file"] for row in shop.gateway("message", "list", "--state", "parked", "--state", "refused", "--json").json] == [
        "c.xml",
        "b.xml",
    ]
    assert [
        row["file"] for row in shop.gateway("message", "list", "--file", "a", "--connector", "oms", "--channel", "orders", "--json").json
    ] == ["a.xml"]
    assert shop.gateway("message", "list", "--since", "2099-01-01", "--json").json == []
    assert "3 more" in shop.gateway("message", "list", "--limit", "1").out


def test_a_file_is_shown_document_by_document(shop: Shop) -> None:
    receive(shop, b=ODD)
    sheet = shop.gateway("message", "show", "1", "--json").json
    assert (sheet["file"], sheet["state"], sheet["mapping"], sheet["booked"]) == ("b.xml", "refused", "createdsorder", 0)
    assert {issue["code"] for receipt in sheet["receipts"] for issue in receipt["issues"]} == {"DSO-103"}
    assert [event["event"] for event in sheet["events"]][:1] == ["received"]
    assert shop.gateway("message", "show", "1", "--verdict", "booked", "--json").json["receipts"] == []
    assert "DSO-103" in shop.gateway("message", "show", "1").out


def test_of_many_documents_the_first_are_shown_or_those_of_a_verdict(shop: Shop) -> None:
    receive(shop, b=ONE_BAD)
    shown = shop.gateway("message", "show", "1", "--limit", "2").out
    assert "1 more; see them with --limit, or only some with --verdict." in shown
    (refused,) = shop.gateway("message", "show", "1", "--verdict", "refused", "--json").json["receipts"]
    assert (refused["place"], refused["key"]) == (2, "AB10752")


def test_the_bytes_as_they_came_can_be_had(shop: Shop) -> None:
    receive(shop, a=GOOD)
    assert shop.gateway("message", "show", "1", "--raw").out.encode() == GOOD


def test_a_replay_is_looked_at_first_and_changes_nothing(any_shop: Shop) -> None:
    receive(any_shop, b=ODD)
    know_the_brand(any_shop)
    told = any_shop.gateway("message", "replay", "1", "--dry-run", "--json").json
    assert told["mapping"].startswith("createdsorder v")
    assert {(it["before"], it["after"]) for it in told["documents"]} == {("refused", "booked")}
    assert any_shop.gateway("message", "show", "1", "--json").json["state"] == "refused"
    assert any_shop.gateway("order", "list", "--json").json == []
    assert "refused   booked" in any_shop.gateway("message", "replay", "1", "--dry-run").out


def test_a_replay_books_what_was_refused_and_keeps_who_and_why(any_shop: Shop) -> None:
    receive(any_shop, b=ODD)
    know_the_brand(any_shop)
    done = any_shop.gateway("message", "replay", "1", "--reason", "brand 77 is set up now")
    assert done.code == Exit.FINE, done.err
    assert "Message 1 (b.xml) is booked:" in done.out
    assert any_shop.gateway("order", "list", "--brand", "77", "--json").json
    (event,) = [it for it in any_shop.gateway("message", "show", "1", "--json").json["events"] if it["event"] == "replayed"]
    assert (event["actor"], event["detail"]["reason"]) == (getpass.getuser(), "brand 77 is set up now")


def test_a_file_that_nobody_can_read_still_cannot_be_read(shop: Shop) -> None:
    receive(shop, c=b"<order/>")
    told = shop.gateway("message", "replay", "1", "--dry-run")
    assert told.code == Exit.DATA_REFUSED
    assert "DSO-001" in told.out
    done = shop.gateway("message", "replay", "1", "--reason", "try again", "--json")
    assert (done.code, done.json["state"]) == (Exit.DATA_REFUSED, "parked")
    assert done.err.endswith("Not everything was taken; see: gateway message show 1\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["replay", "1", "--reason", "again"], Exit.DATA_REFUSED, "GWY-20 message 1 is booked; there is nothing left to decide"),
        (["replay", "1", "--dry-run"], Exit.DATA_REFUSED, "GWY-20 message 1 is booked; there is nothing left to decide"),
        (["replay", "2", "--reason", "again"], Exit.DATA_REFUSED, "has the same bytes as message 1; replay that one"),
        (["replay", "1"], Exit.USAGE, "a reason is needed"),
        (["replay", "99", "--reason", "x"], Exit.USAGE, "See which there are: gateway message list"),
        (["show", "99"], Exit.USAGE, "there is no message 99"),
        (["show", "99", "--raw"], Exit.USAGE, "there is no message 99"),
        (["show", "1", "--verdict", "boked"], Exit.USAGE, "did you mean 'booked'?"),
        (["list", "--state", "parkd"], Exit.USAGE, "did you mean 'parked'?"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do_next(received: Shop, arguments: list[str], code: Exit, words: str) -> None:
    done = received.gateway("message", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert len(done.err.splitlines()) == 2


def test_scripts_can_rely_on_the_exit_code_of_the_process(shop: Shop) -> None:
    receive(shop, a=GOOD)
    assert shop.process("message", "list", "--json").code == Exit.FINE
    assert shop.process("message", "show", "99").code == Exit.USAGE
    assert shop.process("message", "replay", "1", "--reason", "again").code == Exit.DATA_REFUSED
