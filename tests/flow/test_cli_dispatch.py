"""`gateway outbox hold | release | retry | cancel | redeliver`: what people do about outgoing files, and what they are told before."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from gateway.cli.exits import Exit
from gateway.kernel import Issue, failpoints
from gateway.store import pauses, tables
from gateway.store.pauses import GATHERING, OUTBOUND, Pause
from tests.business import ORDER
from tests.shop import Shop, Story, open_story
from tests.storehouse import NOON
from tests.turns import in_turns

FILE = "PO_000001.xml"
SECOND = "PO_000002.xml"


@pytest.fixture
def story(tmp_path: Path, database_url: str) -> Iterator[tuple[Shop, Story]]:
    """A shop on each database, with two orders that wait."""
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        yield shop, story.ordered()


@pytest.fixture
def shop(story: tuple[Shop, Story]) -> Shop:
    return story[0]


@pytest.fixture
def stuck(story: tuple[Shop, Story]) -> Shop:
    """Two batches that cannot be delivered, for their folder is gone."""
    shop, told = story
    outbox(shop).rmdir()
    shop.gateway("batch", "cut")
    told.office.receive(replace(ORDER, number="AB10749"))
    shop.gateway("batch", "cut")
    return shop


def outbox(shop: Shop) -> Path:
    return shop.root / "outbox/redpanda"


def listed(shop: Shop) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in shop.gateway("outbox", "list", "--json").json}


def events(shop: Shop, item: int) -> list[tuple[str, Any]]:
    return [(it["event"], it["detail"]) for it in shop.gateway("outbox", "show", str(item), "--json").json["events"]]


def test_a_held_file_does_not_leave_until_it_is_released(stuck: Shop) -> None:
    (held,) = stuck.gateway("outbox", "hold", "1", "--reason", "the vendor moves house", "--json").json
    assert listed(stuck)[1]["why"] == f"{getpass.getuser()} holds it: the vendor moves house"
    outbox(stuck).mkdir()
    stuck.gateway("outbox", "retry", "2")
    assert [path.name for path in outbox(stuck).iterdir()] == [SECOND]
    (released,) = stuck.gateway("outbox", "release", "1", "--reason", "they are there", "--json").json
    assert (held["after"], released["before"], released["after"]) == ("held", "held", "sent")
    assert (outbox(stuck) / FILE).exists()
    assert ("held", {"reason": "the vendor moves house"}) in events(stuck, 1)
    assert ("released", {"reason": "they are there"}) in events(stuck, 1)
    assert {it["actor"] for it in stuck.gateway("outbox", "show", "1", "--json").json["events"]} == {"SYSTEM", getpass.getuser()}


def test_a_rehearsal_tells_what_would_be_done_and_what_the_partner_may_have(stuck: Shop) -> None:
    told = stuck.gateway("outbox", "cancel", "1", "2", "--reason", "x", "--dry-run", "--json").json
    assert [(it["id"], it["file"], it["before"], it["after"], it["round"], it["dry_run"]) for it in told] == [
        (1, FILE, "waiting", "cancelled", 1, True),
        (2, SECOND, "waiting", "cancelled", 1, True),
    ]
    assert told[0]["size"] > 0
    assert "never the file" in told[0]["partner_has"]
    assert "its batch is void" in told[0]["warning"]
    assert {row["state"] for row in listed(stuck).values()} == {"waiting"}
    assert "2 files. Nothing was changed." in stuck.gateway("outbox", "cancel", "1", "2", "--reason", "x", "--dry-run").out


def test_a_complete_upload_can_be_held_but_not_cancelled_and_goes_on_with_its_renaming(shop: Shop) -> None:
    failpoints.arm("out.rename.before:1+:raise:OSError:5")
    try:
        shop.gateway("batch", "cut")
    finally:
        failpoints.disarm()
    assert [path.name[:1] for path in outbox(shop).iterdir()] == ["."]
    (held,) = shop.gateway("outbox", "hold", "1", "--reason", "wait", "--json").json
    assert (held["before"], held["after"]) == ("blessed", "held")
    assert held["partner_has"] == "all of it under a temporary name; perhaps the file already, if the last answer was lost"
    refused = shop.gateway("outbox", "cancel", "1", "--reason", "x")
    assert (refused.code, listed(shop)[1]["state"]) == (Exit.DATA_REFUSED, "held")
    assert "its upload is complete" in refused.err
    (released,) = shop.gateway("outbox", "release", "1", "--reason", "go", "--json").json
    assert (released["after"], [path.name for path in outbox(shop).iterdir()]) == ("sent", [FILE])


def test_where_order_matters_a_hold_says_that_others_go_first(shop: Shop) -> None:
    shop.change("connectors/redpanda.yaml", "acknowledge:", "in_order: true\n    acknowledge:")
    outbox(shop).rmdir()
    shop.gateway("batch", "cut")
    (told,) = shop.gateway("outbox", "hold", "1", "--reason", "x", "--dry-run", "--json").json
    assert "those behind it go first" in told["warning"]


def test_a_cancelled_file_is_never_sent(stuck: Shop) -> None:
    stuck.gateway("outbox", "cancel", "1", "--reason", "told by phone")
    outbox(stuck).mkdir()
    stuck.gateway("outbox", "retry", "2")
    assert [path.name for path in outbox(stuck).iterdir()] == [SECOND]
    assert not (outbox(stuck) / FILE).exists()
    assert (listed(stuck)[1]["state"], listed(stuck)[1]["next_try_at"]) == ("cancelled", None)


def test_a_file_is_sent_once_more_with_the_same_name_and_bytes(shop: Shop) -> None:
    shop.gateway("batch", "cut")
    before = (outbox(shop) / FILE).read_bytes()
    (outbox(shop) / FILE).unlink()
    told = shop.gateway("outbox", "redeliver", "1", "--reason", "the vendor lost it", "--dry-run", "--json").json[0]
    assert (told["before"], told["after"], told["round"], told["next_round"]) == ("sent", "waiting", 1, 2)
    assert (told["partner_has"], told["warning"]) == ("the file, seen under its name", "the partner gets the same file a second time")
    (done,) = shop.gateway("outbox", "redeliver", "1", "--reason", "the vendor lost it", "--json").json
    assert (done["after"], (outbox(shop) / FILE).read_bytes()) == ("sent", before)
    sheet = shop.gateway("outbox", "show", "1", "--json").json
    assert (sheet["round"], sheet["ack"], [it["round"] for it in sheet["attempts"]]) == (2, "due", [1, 2])


def test_a_file_that_its_partner_has_acknowledged_is_sent_again_with_a_warning(story: tuple[Shop, Story]) -> None:
    shop, told = story
    shop.gateway("batch", "cut")
    with told.store.transaction() as tx:
        tx.connection.execute(tables.outbox.update().values(ack="accepted"))
    (done,) = shop.gateway("outbox", "redeliver", "1", "--reason", "asked for", "--dry-run", "--json").json
    assert "the partner has acknowledged it (accepted)" in done["warning"]
    assert "acknowledged (accepted)" in done["partner_has"]


def test_an_offer_that_was_not_taken_up_yet_can_be_taken_back(story: tuple[Shop, Story]) -> None:
    shop, told = story
    shop.gateway("batch", "cut")
    sent_at = listed(shop)[1]["sent_at"]
    (outbox(shop) / FILE).unlink()
    outbox(shop).rmdir()
    asked = shop.gateway("outbox", "redeliver", "1", "--reason", "wrong one")
    assert (asked.code, listed(shop)[1]["state"]) == (Exit.UNAVAILABLE, "waiting")
    assert asked.err.splitlines()[-1] == "Not everything was delivered; see why with: gateway outbox list --unfinished"
    (done,) = shop.gateway("outbox", "cancel", "1", "--reason", "it was the other file", "--json").json
    assert (done["after"], done["warning"], done["partner_has"][:28]) == (
        "sent",
        "only the new offer is taken back",
        "the file, sent in round 1; n",
    )
    assert listed(shop)[1]["sent_at"] == sent_at
    assert events(shop, 1)[-1] == ("offer_taken_back", {"reason": "it was the other file"})
    with told.store.reading() as connection:
        assert connection.execute(select(tables.work.c.id).where(tables.work.c.kind == "deliver")).all() == []


def test_the_invoices_of_a_cancelled_posting_go_out_with_the_next(story: tuple[Shop, Story]) -> None:
    shop, told = story
    told.sent().shipped().billed()
    folder = shop.root / "outbox/oms/invoices"
    folder.rmdir()
    shop.gateway("invoice", "post")
    (item,) = [row for row in listed(shop).values() if row["kind"] == "posting"]
    folder.mkdir()
    (done,) = shop.gateway("outbox", "cancel", str(item["id"]), "--reason", "wrong folder", "--json").json
    assert (done["after"], done["warning"]) == ("cancelled", "its invoices go out with the next posting")
    shop.gateway("invoice", "post")
    (sent,) = [row for row in listed(shop).values() if row["kind"] == "posting" and row["state"] == "sent"]
    again = shop.gateway("outbox", "redeliver", str(sent["id"]), "--reason", "lost", "--json")
    (folder / sent["file"]).unlink(missing_ok=True)
    assert again.code == Exit.FINE, again.err
    assert [it["number"] for it in shop.gateway("invoice", "list", "--state", "Posted", "--json").json] == ["RP-1"]


@in_turns(
    ("verb", "why"),
    [
        ("hold", "it is sent"),
        ("release", "it is sent"),
        ("retry", "it is sent: it is with the partner; to send it once more: gateway outbox redeliver"),
        ("cancel", "it is sent: it is with the partner; nothing can take it back"),
    ],
)
def test_what_is_not_possible_says_why_and_leaves_the_others_alone(shop: Shop, verb: str, why: str) -> None:
    shop.gateway("batch", "cut")
    done = shop.gateway("outbox", verb, "1", "--reason", "x", "--json")
    assert (done.code, done.json[0]["after"], done.json[0]["why_not"]) == (Exit.DATA_REFUSED, None, why)
    assert done.err.splitlines()[0] == f"GWY-20 outgoing file 1 ({FILE}): {why}"
    assert listed(shop)[1]["state"] == "sent"


def test_what_was_not_sent_is_not_sent_again(stuck: Shop) -> None:
    stuck.gateway("outbox", "hold", "1", "--reason", "x")
    done = stuck.gateway("outbox", "redeliver", "1", "2", "--reason", "x", "--json")
    assert done.code == Exit.DATA_REFUSED
    assert [it["after"] for it in done.json] == [None, None]
    assert "let it go with: gateway outbox release" in done.json[0]["why_not"]


def test_a_selection_is_shown_with_its_count_and_done_after_a_yes(stuck: Shop) -> None:
    asked = stuck.gateway("outbox", "hold", "--connector", "redpanda", "--reason", "x")
    assert (asked.code, asked.err.splitlines()) == (
        Exit.USAGE,
        ["Selected: 2 files; nothing was changed.", "To hold what is selected add --yes."],
    )
    assert SECOND in asked.out
    done = stuck.gateway("outbox", "hold", "--connector", "redpanda", "--reason", "x", "--yes", "--json").json
    assert [(it["id"], it["after"]) for it in done] == [(1, "held"), (2, "held")]
    assert stuck.gateway("outbox", "hold", "--all", "--reason", "x", "--yes").out == "No file is selected that allows hold.\n"
    assert len(stuck.gateway("outbox", "release", "--all", "--reason", "x", "--dry-run", "--json").json) == 2


def test_all_outbound_is_held_and_let_go(stuck: Shop) -> None:
    told = stuck.gateway("outbox", "hold", "--all-outbound", "--reason", "restored", "--dry-run", "--json").json
    assert (told["standing"], told["changed"], told["waiting"], told["dry_run"]) == (True, True, 2, True)
    would = stuck.gateway("outbox", "hold", "--all-outbound", "--dry-run").out
    assert would.startswith("Nothing would go out any more. 2 files wait.")
    assert would.endswith("Nothing was changed.\n")
    assert "nothing goes out" not in stuck.gateway("outbox", "list").err
    stuck.gateway("outbox", "hold", "--all-outbound", "--reason", "restored")
    again = stuck.gateway("outbox", "hold", "--all-outbound", "--reason", "another", "--json").json
    assert (again["changed"], again["reason"], again["by"]) == (False, "restored", getpass.getuser())
    assert "nothing goes out since" in listed(stuck)[1]["why"]
    assert "gateway outbox release --all-outbound" in stuck.gateway("outbox", "list").err
    would = stuck.gateway("outbox", "release", "--all-outbound", "--dry-run").out
    assert would == "Everything would go out again. 2 files wait.\nNothing was changed.\n"
    assert "nothing goes out since" in stuck.gateway("outbox", "list").err
    done = stuck.gateway("outbox", "release", "--all-outbound", "--reason", "compared", "--json").json
    assert (done["standing"], done["changed"]) == (False, True)
    assert stuck.gateway("outbox", "release", "--all-outbound", "--reason", "x").out.startswith("Nothing was on hold as a whole.")


def test_a_file_that_should_go_while_everything_is_on_hold_waits_and_says_so(shop: Shop) -> None:
    shop.gateway("batch", "cut")
    shop.gateway("outbox", "hold", "--all-outbound", "--reason", "comparing")
    asked = shop.gateway("outbox", "redeliver", "1", "--reason", "the vendor lost it", "--json")
    assert (asked.code, [row["after"] for row in asked.json]) == (Exit.UNAVAILABLE, ["waiting"])
    assert "Everything that goes out is on hold: nothing goes out since" in asked.err
    assert "gateway outbox release --all-outbound --reason TEXT" in asked.err
    assert listed(shop)[1]["next_try_at"] is None
    shop.gateway("outbox", "release", "--all-outbound", "--reason", "compared")
    assert listed(shop)[1]["next_try_at"] is not None


def test_sentences_tell_times_as_the_columns_do_and_programs_get_utc(story: tuple[Shop, Story]) -> None:
    shop, told = story
    shop.gateway("batch", "cut")
    with told.store.transaction() as tx:
        pauses.stop(tx, OUTBOUND, actor="ann", now=NOON, issue=Issue("GWY-15", "comparing"))
    shop.gateway("outbox", "redeliver", "1", "--reason", "lost")
    for_people = shop.gateway("outbox", "list")
    local = "nothing goes out since 2026-11-21 07:00:00 EST: comparing"
    assert local in for_people.out
    assert local in for_people.err
    assert "UTC" not in for_people.out + for_people.err
    assert local in shop.gateway("outbox", "show", "1").out
    assert "since 2026-11-21 07:00:00 EST, by ann" in shop.gateway("outbox", "hold", "--all-outbound", "--reason", "x").out
    assert "since 2026-11-21 12:00:00 UTC" in listed(shop)[1]["why"]


def test_outbound_does_not_go_on_before_a_restored_store_was_compared(story: tuple[Shop, Story]) -> None:
    shop, told = story
    with told.store.transaction() as tx:
        for name in (OUTBOUND, GATHERING):
            pauses.stop(tx, name, actor="restore", now=NOON)
    for words in ((), ("--dry-run",)):
        refused = shop.gateway("outbox", "release", "--all-outbound", "--reason", "x", *words)
        assert refused.code == Exit.USAGE
        assert "first: gateway reconcile" in refused.err
    assert "goes out since" in shop.gateway("outbox", "list").err


def test_a_hold_after_a_restore_names_what_comes_first() -> None:
    restored = pauses.words(Pause(OUTBOUND, NOON, "restore", Issue(pauses.RESTORED, "restored from a backup")))
    assert restored.index("gateway reconcile") < restored.index("gateway outbox release --all-outbound --reason ")
    assert "reconcile" not in pauses.words(Pause(OUTBOUND, NOON, "ann", Issue("GWY-15", "comparing")))


@in_turns("verb", ["hold", "cancel"])
def test_a_rehearsal_needs_no_reason(stuck: Shop, verb: str) -> None:
    assert stuck.gateway("outbox", verb, "1", "--dry-run").out.endswith("1 file. Nothing was changed.\n")


def test_who_held_all_outbound_and_why_is_kept(story: tuple[Shop, Story]) -> None:
    shop, told = story
    shop.gateway("outbox", "hold", "--all-outbound", "--reason", "restored")
    shop.gateway("outbox", "release", "--all-outbound", "--reason", "compared")
    with told.store.reading() as connection:
        rows = connection.execute(select(tables.pause_event).order_by(tables.pause_event.c.id)).all()
    assert [(row.name, row.event, row.actor, row.reason) for row in rows] == [
        ("outbound", "stopped", getpass.getuser(), "restored"),
        ("outbound", "lifted", getpass.getuser(), "compared"),
    ]


@in_turns(
    ("arguments", "words"),
    [
        (["hold", "1"], "a reason is needed"),
        (["redeliver", "1"], "a reason is needed"),
        (["cancel", "--reason", "x"], "name files by their ids, or select them"),
        (["cancel", "1", "--connector", "redpanda", "--reason", "x"], "name files by their ids, or select them"),
        (["hold", "1", "99", "--reason", "x"], "there is no outgoing file 99"),
        (["cancel", "--state", "wating", "--reason", "x"], "did you mean 'waiting'?"),
        (["hold", "--all-outbound"], "a reason is needed"),
    ],
)
def test_wrong_use_changes_nothing(stuck: Shop, arguments: list[str], words: str) -> None:
    done = stuck.gateway("outbox", *arguments)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert words in done.err
    assert {row["state"] for row in listed(stuck).values()} == {"waiting"}
