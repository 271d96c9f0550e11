"""What people do to orders at the command line: the retailer's wishes and the vendor's answers, with the history of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.store import tables
from tests import commands
from tests.town import OMS, Town
from tests.turns import in_turns

BY_HAND = {"H1", "H2", "H3", "H4"}


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    town = Town(tmp_path / "town", database_url)
    (town.root / "order.xml").write_bytes(town.sample("createdsorder.xml"))
    assert run(town, "message", "take", "oms/orders", str(town.root / "order.xml"))["state"] == "booked"
    town.once()
    return town


def run(town: Town, *words: str, code: int = 0) -> Any:
    done = commands.here(town.root, *words, "--json")
    assert done.code == code, done.err
    return done.json if code == 0 else done.err


def history(town: Town) -> list[tuple[int, str, str | None]]:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        rows = connection.execute(select(tables.order_history).order_by(tables.order_history.c.seq)).all()
    return [(row.line_no, row.event, row.status_after) for row in rows if row.event not in BY_HAND]


def test_a_file_can_be_handed_in_and_is_answered(town: Town) -> None:
    again = commands.here(town.root, "message", "take", "oms/orders", str(town.root / "order.xml"), "--json")
    assert (again.code, again.json["state"]) == (0, "duplicate")
    assert 'result="CREATED"' in town.files("out/oms/responses")["order.xml.resp.xml"]
    wrong = commands.here(town.root, "message", "take", "oms/order", str(town.root / "order.xml"))
    assert (wrong.code, "did you mean 'oms/orders'" in wrong.err) == (2, True)
    town.declare("oms", "enabled: false\n" + OMS)
    off = commands.here(town.root, "message", "take", "oms/orders", str(town.root / "order.xml"))
    assert (off.code, "connectors/oms.yaml" in off.err) == (2, True)


def test_everything_that_can_happen_to_a_line(town: Town) -> None:
    rehearsed = run(town, "order", "hold", "ab10747", "--line", "1", "--reason", "Backordered", "--dry-run")
    assert (rehearsed["mode"], history(town)) == ("rehearsal", [])
    assert run(town, "order", "hold", "AB10747", "--line", "1", "--reason", "Backordered")["history"][0]["note"] == "Held: Backordered"
    run(town, "order", "due-date", "AB10747", "2022-06-28", "--line", "1", "--reason", "Delay")
    assert "ACT-304" in run(town, "order", "due-date", "AB10747", "9999-12-31", "--line", "1", "--reason", "Delay", code=3)
    far = run(town, "order", "ship", "AB10747", "--line", "1=1", "--carrier", "50", "--date", "9999-12-31", code=2)
    assert "9999-12-31 is not possible" in far
    run(town, "order", "note", "AB10747", "Expected next week", "--line", "2")
    run(town, "order", "note", "AB10747", "", "--line", "2")
    run(town, "order", "release", "AB10747", "--line", "1")
    run(town, "batch", "acknowledge", "1")
    assert run(town, "order", "cancel", "AB10747", "--line", "2")["result"] == "PENDING"
    run(town, "order", "decline", "AB10747", "cancel", "--line", "2")
    run(town, "order", "cancel", "AB10747", "--line", "2")
    run(town, "order", "accept", "AB10747", "cancel", "--line", "2")
    address = ("--company", "New Ltd", "--address1", "9 New Road", "--city", "London", "--postal-code", "se1 1aa", "--country", "GB")
    assert run(town, "order", "address", "AB10747", *address)["result"] == "PENDING"
    run(town, "order", "accept", "AB10747", "address")
    run(town, "order", "cost", "AB10747", "9.98", "--line", "1")
    run(town, "order", "ship", "AB10747", "--line", "1=3", "--carrier", "50", "--tracking", "T1", "--date", "2022-06-22", "--weight", "2")
    assert history(town) == [
        (1, "H19", "Held"),
        (1, "H21", "Held"),
        (2, "H22", "New Order"),
        (2, "H23", "New Order"),
        (1, "H20", "New Order"),
        (2, "H8", "In Process"),
        (2, "H10", "In Process"),
        (2, "H8", "In Process"),
        (2, "H9", "Cancelled"),
        (1, "H13", "In Process"),
        (1, "H15", "In Process"),
        (1, "H17", "In Process"),
        (1, "H5", "Shipped"),
    ]
    too_late = commands.here(town.root, "order", "cancel", "AB10747", "--line", "1")
    assert (too_late.code, "AB10747: is rejected." in too_late.out) == (3, True)
    assert "DSC-203 line 1: the line is Shipped" in too_late.out
    assert "Cancel Auto Rejected" in too_late.out
    asked = run(town, "order", "show", "AB10747")["requests"]
    assert [(it["line"], it["kind"], it["state"]) for it in asked] == [
        (2, "cancel", "declined"),
        (2, "cancel", "accepted"),
        (1, "address", "accepted"),
        (2, "address", "rejected"),
        (1, "cost", "applied"),
        (1, "cancel", "rejected"),
    ]
    assert (asked[2]["before"]["ship_to"]["address1"], asked[2]["after"]["ship_to"]["address1"]) == ("1 Quay Road", "9 New Road")
    shown = commands.here(town.root, "order", "show", "AB10747").out
    assert "Requests of the retailer" in shown


REJECTED: dict[str, tuple[tuple[str, ...], str, list[str]]] = {
    "too late": (("cancel", "AB10747", "--line", "1"), "DSC-203", ["Cancel Auto Rejected"]),
    "more than is open": (("cancel", "AB10747", "--line", "2", "--quantity", "9"), "DSC-204", ["Cancel Auto Rejected"]),
    "a cost too late": (("cost", "AB10747", "9.98", "--line", "1"), "DSC-203", []),
}


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["in earnest", "as a rehearsal"])
@in_turns(("words", "code", "actions"), REJECTED.values(), ids=REJECTED)
def test_what_is_rejected_ends_with_3_and_says_why(
    town: Town, words: tuple[str, ...], code: str, actions: list[str], options: tuple[str, ...]
) -> None:
    run(town, "order", "cancel", "AB10747", "--line", "1")
    before = len(history(town))
    done = commands.here(town.root, "order", *words, *options, "--json")
    assert (done.code, done.json["result"], [issue["code"] for issue in done.json["issues"]]) == (3, "REJECTED", [code])
    assert [it["action"] for it in done.json["history"]] == actions
    assert {it["source"] for it in done.json["history"]} <= {"UI"}
    assert len(history(town)) - before == (0 if options else len(actions))
    assert code in commands.here(town.root, "order", *words, "--dry-run").out


def test_the_whole_address_can_be_told(town: Town) -> None:
    parts = {"prefix": "Dr.", "first-name": "Ariel", "middle-name": "M.", "last-name": "Byrd", "suffix": "Jr.", "evening-phone": "555-0100"}
    names = [word for name, value in parts.items() for word in (f"--{name}", value)]
    rest = ("--address1", "9 New Road", "--city", "London", "--postal-code", "SE1 1AA", "--country", "GB")
    assert run(town, "order", "address", "AB10747", *names, *rest)["result"] == "APPLIED"
    (asked, _) = run(town, "order", "show", "AB10747")["requests"]
    assert {name: asked["after"]["ship_to"][name.replace("-", "_")] for name in parts} == parts


def test_lines_answered_one_by_one(town: Town) -> None:
    run(town, "order", "acknowledge", "AB10747", "--line", "1")
    run(town, "order", "backorder", "AB10747", "--line", "2", "--date", "2022-07-15")
    assert run(town, "batch", "show", "1")["state"] == "acknowledged"
    assert "a reason is needed" in run(town, "order", "reject", "AB10747", "--line", "1", code=2)
    run(town, "order", "reject", "AB10747", "--line", "1", "--reason", "No stock")
    assert [entry[1] for entry in history(town)] == ["H21", "H19", "H19"]


def test_batches_and_changes_come_again(town: Town) -> None:
    run(town, "batch", "acknowledge", "1")
    town.once()
    (feed,) = [row for row in run(town, "feed", "list") if row["system"] == "OMS"]
    assert (feed["exported"], feed["channels"]) == (2, ["oms/changes"])
    wanted = ("batch", "request", "257", "--batch", "1")
    assert run(town, *wanted, "--dry-run")["orders"] == [{"order_number": "AB10747", "lines": 2, "quantity": 4}]
    shown = commands.here(town.root, *wanted, "--dry-run").out
    assert ("batch 1 would go:" in shown, "AB10747" in shown) == (True, True)
    run(town, *wanted)
    assert "3009" in run(town, "batch", "request", "257", code=3)
    shown = commands.here(town.root, "feed", "again", "OMS", "--after", "1", "--dry-run").out
    assert "OMS would get the changes 2 to the last that was sent again, by oms/changes." in shown
    run(town, "feed", "again", "OMS", "--after", "1")
    assert "3009" in run(town, "feed", "again", "OMS", "--after", "2", code=3)
    town.once()
    assert "PO_000001_r2.csv" in town.files("out/redpanda/orders")
    first, again = town.files("out/oms/changes").values()
    assert ('first_seq="1"' in first, 'first_seq="2"' in again, 'change_seq="1"' in again) == (True, True, False)


def test_changes_that_no_channel_sends_are_told(town: Town) -> None:
    run(town, "batch", "acknowledge", "1")
    town.declare("oms", OMS.partition("send:\n")[0])
    done = commands.here(town.root, "feed", "list")
    assert "Nothing is sent to OMS: give its connector a send channel with `gather: {changes: true, now: true}`." in done.err
    (feed,) = [row for row in run(town, "feed", "list") if row["system"] == "OMS"]
    assert (feed["waiting"], feed["channels"]) == (2, [])


def test_what_cannot_be_is_said_in_words(town: Town) -> None:
    assert "there is no order X1" in run(town, "order", "hold", "X1", "--reason", "x", code=2)
    assert "a reason is needed" in run(town, "order", "hold", "AB10747", code=2)
    assert "3042" in run(town, "order", "hold", "AB10747", "--line", "7", "--reason", "x", code=3)
    assert "1=2" in run(town, "order", "ship", "AB10747", "--line", "1", "--carrier", "50", "--date", "2022-06-22", code=2)
    assert "is no amount" in run(town, "order", "cost", "AB10747", "dear", "--line", "1", code=2)


def test_a_change_of_cost_is_shown_in_one_form_with_its_currency(town: Town) -> None:
    run(town, "order", "cost", "AB10747", "9.981", "--line", "1")
    told = town.command("order", "show", "AB10747").out
    [row] = [line for line in told.splitlines() if " applied " in line]
    assert "$ 8.98   $ 9.981   applied" in row
    assert "Before $ 8.98 - After $ 9.981" in told
    shown = run(town, "order", "show", "AB10747")
    (asked,) = shown["requests"]
    assert (asked["before"]["unit_cost"], asked["after"]["unit_cost"], shown["lines"][0]["unit_cost"]) == ("8.98", "9.981", "9.981")


def test_a_refusal_speaks_the_words_of_the_command_and_says_where_to_look(town: Town) -> None:
    run(town, "order", "cancel", "AB10747", "--line", "1")
    see = "See how the order stands: gateway order show AB10747"
    for words, told in (
        (("note", "AB10747", "x", "--line", "1"), "note is not possible: the line is Cancelled"),
        (("due-date", "AB10747", "2026-12-01", "--line", "1", "--reason", "x"), "due-date is not possible: the line is Cancelled"),
    ):
        refused = town.command("order", *words, ends=3)
        assert told in refused.err
        assert see in refused.err


@pytest.mark.parametrize("words", [("hold",), ("due-date", "2026-12-01"), ("reject", "--line", "2")], ids=lambda words: words[0])
def test_an_act_without_its_reason_is_wrong_use_and_a_rehearsal_needs_none(town: Town, words: tuple[str, ...]) -> None:
    act, *more = words
    asked = ("order", act, "AB10747", *more)
    assert "a reason is needed: say why with --reason TEXT" in town.command(*asked, ends=2).err
    town.command(*asked, "--dry-run")


def test_an_empty_list_says_that_there_is_no_such_vendor(town: Town) -> None:
    for words in (
        ("order", "list"),
        ("batch", "list"),
        ("slip", "list"),
        ("invoice", "list"),
        ("invoice", "uninvoiced"),
        ("alarm", "list"),
    ):
        assert "There is no vendor 9999; see which there are: gateway vendor list" in town.command(*words, "--vendor", "9999").out
    assert "There is no vendor" not in town.command("invoice", "list", "--vendor", "257").out
    assert town.command("order", "list", "--vendor", "9999", "--json").json == []


def test_who_asks_for_a_batch_that_there_is_not_is_told_where_to_look(town: Town) -> None:
    assert "there is no vendor 9999\nSee which there are: gateway vendor list" in town.command("batch", "request", "9999", ends=2).err
    refused = town.command("batch", "request", "257", "--batch", "99", ends=3)
    assert "See what there is: gateway batch list --vendor 257" in refused.err
