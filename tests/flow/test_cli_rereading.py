"""`gateway message reprocess` and `replay`: the bytes of a file are read once more, looked at first, and every reading is kept."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from gateway.cli.exits import Exit
from gateway.kernel.failpoints import VARIABLE
from gateway.store import again, tables
from gateway.store.messages import KILLER
from tests.commands import ROOT
from tests.shop import Shop
from tests.storehouse import NOON, opened
from tests.town import Town
from tests.turns import in_turns

GOOD = (ROOT / "samples/createdsorder.xml").read_bytes()
ODD = GOOD.replace(b"<brand_cd>1<", b"<brand_cd>77<")
LAYOUT = "mappings/createdsorder.yaml"


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    """A shop on each database that has booked a file of orders."""
    shop = Shop(tmp_path / "shop", database_url)
    shop.change("connectors/oms.yaml", "stable_for: 2s", "stable_for: 0s")
    (shop.root / "inbox/oms/a.xml").write_bytes(GOOD)
    assert shop.gateway("serve", "--once").code == Exit.FINE
    return shop


def show(shop: Shop, message: int) -> dict[str, Any]:
    return dict(shop.gateway("message", "show", str(message), "--json").json)


def orders(shop: Shop) -> list[dict[str, Any]]:
    """The orders, without the files that told of them."""
    sheets = [shop.gateway("order", "show", row["number"], "--json").json for row in shop.gateway("order", "list", "--json").json]
    return [{word: sheet[word] for word in ("number", "lines", "history", "total")} for sheet in sheets]


def read_otherwise(shop: Shop) -> None:
    """The layout takes the unit price for something else than it was."""
    shop.change(LAYOUT, "version: 1\n", "version: 2\n")
    shop.change(LAYOUT, "{field: unit_cost, as: decimal(2-4)}", "{field: unit_cost, as: decimal(2-4), default: '1.00'}")
    shop.change(LAYOUT, "po_unit_price: ", "po_unit_cost_as_agreed: ")


def test_a_booked_file_is_read_once_more_as_a_new_message_and_changes_nothing(shop: Shop) -> None:
    before = orders(shop)
    done = shop.gateway("message", "reprocess", "1", "--reason", "the auditor asks")
    assert (done.code, len(before)) == (Exit.FINE, len(orders(shop)))
    sheet = show(shop, 2)
    assert f"Message 2 (a.xml), made of message 1, is booked: 0 booked, {sheet['duplicate']} duplicate." in done.out
    assert (sheet["state"], sheet["reprocess_of"], sheet["sha256"]) == ("booked", 1, show(shop, 1)["sha256"])
    assert {it["verdict"] for it in sheet["receipts"]} == {"duplicate"}
    assert orders(shop) == before


def test_every_reading_of_the_bytes_is_linked_with_who_when_why_and_what_came_of_it(shop: Shop) -> None:
    shop.gateway("message", "reprocess", "1", "--reason", "the auditor asks")
    shop.gateway("message", "reprocess", "2", "--reason", "once more")
    told = [show(shop, number)["attempts"] for number in (1, 2, 3)]
    assert told[0] == told[1] == told[2]
    assert [(it["message"], it["act"], it["actor"], it["reason"], it["state"]) for it in told[0]] == [
        (1, "received", "SYSTEM", "", "booked"),
        (2, "reprocessed", getpass.getuser(), "the auditor asks", "booked"),
        (3, "reprocessed", getpass.getuser(), "once more", "booked"),
    ]
    assert {(it["mapping"], it["mapping_version"]) for it in told[0]} == {("createdsorder", 1)}
    assert (show(shop, 1)["reprocessed_as"], show(shop, 2)["reprocessed_as"], show(shop, 3)["reprocess_of"]) == ([2], [3], 2)
    assert "Readings of these bytes" in shop.gateway("message", "show", "1").out


def test_a_rehearsal_shows_each_document_and_changes_nothing(shop: Shop) -> None:
    told = shop.gateway("message", "reprocess", "1", "--dry-run", "--json")
    assert told.code == Exit.FINE
    assert {(it["before"], it["after"]) for it in told.json["documents"]} == {("booked", "duplicate")}
    assert (told.json["verb"], told.json["mapping"]) == ("reprocess", "createdsorder v1")
    assert [row["id"] for row in shop.gateway("message", "list", "--json").json] == [1]


def test_what_a_changed_layout_reads_otherwise_is_a_conflict_shown_field_by_field(shop: Shop) -> None:
    before = orders(shop)
    read_otherwise(shop)
    looked = shop.gateway("message", "reprocess", "1", "--dry-run")
    done = shop.gateway("message", "reprocess", "1", "--reason", "the layout is new", "--json")
    assert (looked.code, done.code) == (Exit.DATA_REFUSED, Exit.DATA_REFUSED)
    assert "What differs" in looked.out
    assert looked.err.endswith("mend what the issues above name, here or with the sender, and look again.\n")
    made = done.json["id"]
    first = show(shop, made)["receipts"][0]
    assert (first["verdict"], first["issues"][0]["code"]) == ("conflict", "DSO-111")
    assert {"path": "line 1 unit_cost", "booked": "8.98", "sent": "1.00"} in first["issues"][0]["differences"]
    assert orders(shop) == before
    page = shop.gateway("message", "show", str(made)).out
    assert "send a cancel, address or cost change instead" in page
    assert [it["mapping_version"] for it in show(shop, 1)["attempts"]] == [1, 2]


def test_the_sender_is_told_what_differs(shop: Shop) -> None:
    read_otherwise(shop)
    shop.gateway("message", "reprocess", "1", "--reason", "the layout is new")
    (answer,) = [path for path in (shop.root / "outbox/oms/responses").iterdir() if "_r2" in path.name]
    assert "line 1 unit_cost: 8.98, now 1.00" in answer.read_text()


def test_a_replay_keeps_what_the_reading_before_came_to(shop: Shop) -> None:
    (shop.root / "inbox/oms/b.xml").write_bytes(ODD)
    shop.gateway("serve", "--once")
    still = shop.gateway("message", "replay", "2", "--reason", "look again")
    assert still.code == Exit.DATA_REFUSED
    shop.change("organization.yaml", '  "2": {name: Harbor Kids}', '  "2": {name: Harbor Kids}\n  "77": {name: New brand}')
    shop.gateway("message", "replay", "2", "--reason", "brand 77 is set up now")
    told = show(shop, 2)["attempts"]
    assert [(it["number"], it["act"], it["reason"], it["refused"] > 0) for it in told] == [
        (1, "received", "", True),
        (2, "replayed", "look again", True),
        (3, "replayed", "brand 77 is set up now", False),
    ]


def test_a_person_may_pick_the_layout(shop: Shop) -> None:
    shop.write("mappings/older.yaml", (shop.root / LAYOUT).read_text().replace("mapping: createdsorder ", "mapping: older "))
    read_otherwise(shop)
    told = shop.gateway("message", "reprocess", "1", "--dry-run", "--mapping", "older", "--json")
    assert (told.code, told.json["mapping"]) == (Exit.FINE, "older v1")
    assert shop.gateway("message", "reprocess", "1", "--mapping", "older", "--reason", "as it was").code == Exit.FINE
    assert [(it["mapping"], it["picked"]) for it in show(shop, 1)["attempts"]] == [("createdsorder", ""), ("older", "older")]


@in_turns(
    ("arguments", "code", "words"),
    [
        (["reprocess", "1"], Exit.USAGE, "a reason is needed"),
        (["reprocess", "99", "--reason", "x"], Exit.USAGE, "there is no message 99"),
        (["reprocess", "1", "--reason", "x", "--mapping", "createdsordr"], Exit.USAGE, "did you mean 'createdsorder'"),
        (["reprocess", "1", "--reason", "x", "--mapping", "createdsorder-response"], Exit.DATA_REFUSED, ""),
        (["reprocess", "1", "--reason", "x", "--mapping", "vendor-response-json"], Exit.USAGE, "only writes"),
    ],
)
def test_what_cannot_be_done_is_said(shop: Shop, arguments: list[str], code: Exit, words: str) -> None:
    done = shop.gateway("message", *arguments)
    assert done.code == code, done.err
    assert words in done.err


def test_nobody_reads_bytes_a_second_time_while_somebody_is_at_them(shop: Shop) -> None:
    with opened(shop.url) as store, store.transaction() as tx:
        first = again.reprocess(tx, 1, actor="anna", now=NOON, reason="x")
        assert first is not None
        assert again.reprocess(tx, 1, actor="ben", now=NOON) is None
        assert again.reprocess(tx, first, actor="ben", now=NOON) is None
        assert again.reprocess(tx, 99, actor="ben", now=NOON) is None
    done = shop.gateway("message", "reprocess", "1", "--reason", "x")
    assert (done.code, done.err.splitlines()[0]) == (
        Exit.DATA_REFUSED,
        "GWY-20 message 1 is still being worked on; wait for its end",
    )


def test_a_file_that_kills_its_readers_is_not_read_by_a_rehearsal(shop: Shop) -> None:
    killer = {"code": KILLER, "text": "reading this file has killed its reader"}
    with opened(shop.url) as store, store.transaction() as tx:
        tx.connection.execute(update(tables.message).values(state="parked", issues=[killer]))
    told = shop.gateway("message", "replay", "1", "--dry-run", "--json")
    assert (told.code, [it["code"] for it in told.json["issues"]]) == (Exit.DATA_REFUSED, [KILLER])


def test_a_layout_that_changes_in_the_middle_of_a_file_stops_it(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/a.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway:
        node = gateway.node()
        for spot in node.engine.spots:
            node.engine.poll(spot)
        node.engine.let_go()
        with gateway.store.transaction() as tx:  # as a node leaves it that dies after the first document
            tx.connection.execute(update(tables.message).values(mapping="createdsorder", mapping_version=1, mapping_mark="of yesterday"))
            tx.connection.execute(update(tables.work).where(tables.work.c.kind == "book").values(next_place=2))
    town.once()
    with town.gateway() as gateway, gateway.store.reading() as connection:
        row = connection.execute(select(tables.message)).one()
        text = "the layout changed while the file was being read: up to document 1 it was createdsorder v1, now it is createdsorder v1"
        assert (row.state, [(it["code"], it["text"]) for it in row.issues]) == ("parked", [("GWY-07", text)])


def test_a_node_that_dies_in_a_file_leaves_it_to_the_same_layout_or_to_a_person(tmp_path: Path, sqlite_url: str) -> None:
    shop = Shop(tmp_path / "shop", sqlite_url)
    shop.change("connectors/oms.yaml", "stable_for: 2s", "stable_for: 0s")
    shop.change("gateway.toml", "# chunk_documents = 200", "chunk_documents = 1")
    (shop.root / "inbox/oms/a.xml").write_bytes((ROOT / "samples/createdsorder-one-bad-order.xml").read_bytes())
    with patch.dict("os.environ", {VARIABLE: "in.apply.after_commit:1:kill"}):
        assert shop.process("serve", "--once").code == -9
    shop.change(LAYOUT, "version: 1\n", "version: 2\n")
    shop.gateway("serve", "--once")
    parked = show(shop, 1)
    assert (parked["state"], parked["booked"], [it["code"] for it in parked["issues"]]) == ("parked", 1, ["GWY-07"])
    assert "up to document 1 it was createdsorder v1, now it is createdsorder v2" in parked["issues"][0]["text"]
    assert shop.gateway("message", "replay", "1", "--reason", "the layouts say the same").code == Exit.DATA_REFUSED
    done = show(shop, 1)
    assert (done["state"], done["booked"], done["refused"], done["mapping_version"]) == ("partly_booked", 2, 1, 2)
    assert [(it["state"], it["mapping_version"]) for it in done["attempts"]] == [("parked", 1), ("partly_booked", 2)]
