"""`gateway invoice uninvoiced | create | edit | submit`: from what has left to an invoice that is handed in, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.store import tables
from tests.shop import Shop, open_story
from tests.storehouse import NOON


@pytest.fixture
def shop(tmp_path: Path, sqlite_url: str) -> Shop:
    return delivered(tmp_path, sqlite_url)


@pytest.fixture
def any_shop(tmp_path: Path, database_url: str) -> Shop:
    return delivered(tmp_path, database_url)


def delivered(root: Path, url: str) -> Shop:
    """Line 1 of AB10747 shipped as shipment 1 (3 at 8.98), line 2 as shipment 2 (1 at 21.50)."""
    shop = Shop(root / "shop", url)
    with open_story(url) as story:
        story.ordered().sent().shipped()
    return shop


def history(shop: Shop, number: str) -> list[tuple[str, str | None, str | None]]:
    return [(it["action"], it["from_state"], it["to_state"]) for it in shop.gateway("invoice", "show", number, "--json").json["history"]]


FOUND = [
    ([], [1, 2]),
    (["--vendor", "257"], [1, 2]),
    (["--vendor", "11"], []),
    (["--order", "ab107", "--item", "kt"], [2]),
    (["--shipped-from", "2022-06-22", "--shipped-to", "2022-06-22"], [1, 2]),
    (["--shipped-from", "2022-06-23"], []),
    (["--shipped-to", "2022-06-21"], []),
    (["--number", "RP"], []),
]


def test_what_has_left_and_is_not_billed_is_listed(any_shop: Shop) -> None:
    found = [(it, [row["id"] for row in any_shop.gateway("invoice", "uninvoiced", "--json", *it).json]) for it, _ in FOUND]
    assert found == FOUND
    (first, _) = any_shop.gateway("invoice", "uninvoiced", "--json").json
    told = {name: first[name] for name in ("order_number", "order_line", "quantity", "unit_cost", "amount", "currency")}
    assert told == {"order_number": "AB10747", "order_line": 1, "quantity": 3, "unit_cost": "8.98", "amount": "26.94", "currency": "USD"}
    assert "BX100 RED" in any_shop.gateway("invoice", "uninvoiced").out


def test_a_line_shipped_in_part_is_not_listed_unless_the_vendor_may_bill_parts(shop: Shop) -> None:
    with open_story(shop.url) as story, story.store.transaction() as tx:
        line = tables.order_line
        tx.connection.execute(line.update().where(line.c.shipped == 3).values(ordered=4, status="New Order", batch_number=None))
    assert [row["id"] for row in shop.gateway("invoice", "uninvoiced", "--json").json] == [2]
    shop.change("organization.yaml", "user: redpanda", "user: redpanda\n    invoice_partial_shipments: true")
    assert [row["id"] for row in shop.gateway("invoice", "uninvoiced", "--json").json] == [1, 2]


def test_an_invoice_is_made_edited_and_handed_in(any_shop: Shop) -> None:
    ask = ("invoice", "create", "RP-7", "--vendor", "257", "--order", "ab10747", "--date", "2022-06-22")
    rehearsed = any_shop.gateway(*ask, "--dry-run")
    assert rehearsed.out.startswith("Invoice RP-7 of vendor 257 would be New, 48.44 USD.\n")
    assert any_shop.gateway("invoice", "list", "--json").json == []
    made = any_shop.gateway(*ask, "--json").json
    assert {name: made[name] for name in ("before", "after", "total", "why")} == {
        "before": None,
        "after": "New",
        "total": "48.44",
        "why": "",
    }
    assert any_shop.gateway("invoice", "uninvoiced").out == "No shipment waits for an invoice.\n"

    edited = any_shop.gateway(
        *("invoice", "edit", "rp-7", "--gross-days", "30", "--freight", "4.50", "--description", "June goods", "--date", "2022-06-30"),
        *("--line", "1.unit_cost=9.98", "--line", "1.other_description=Gift box", "--line", "1.other=1", "--drop", "2"),
    )
    changed = (
        "date: 2022-06-22, now 2022-06-30; description: nothing, now June goods; freight: 0.00, now 4.50; gross_days: 0, now 30; "
        "order AB10747 line 1 unit_cost: 8.98, now 9.98; order AB10747 line 1 other: 0.00, now 1.00; "
        "order AB10747 line 1 other_description: nothing, now Gift box; order AB10747 line 2: 1 at 21.50, now nothing"
    )
    assert edited.out.splitlines() == [
        f"Invoice RP-7 of vendor 257 is changed: {changed}.",
        "It comes to 35.44 USD and stays New; hand it in: gateway invoice submit RP-7 --vendor 257",
    ]
    assert [row["id"] for row in any_shop.gateway("invoice", "uninvoiced", "--json").json] == [2]
    again = any_shop.gateway("invoice", "edit", "RP-7", "--freight", "4.5")
    assert again.out == "Invoice RP-7 of vendor 257 says so already; nothing is changed.\n"

    held = any_shop.gateway("invoice", "submit", "RP-7")
    dear = "out of balance: line 1 (order AB10747 line 1): unit cost 9.98 against 8.98"
    assert held.out.splitlines() == [
        "Invoice RP-7 of vendor 257 is Held, it was New.",
        f"It is {dear}. The retailer approves it, or rejects it so that it can be mended.",
    ]
    assert history(any_shop, "RP-7") == [("Created", None, "New"), ("Edited", "New", "New"), ("Submitted", "New", "Held")]
    sheet = any_shop.gateway("invoice", "show", "RP-7", "--json").json
    assert (sheet["dated_on"], sheet["gross_days"], sheet["description"]) == ("2022-06-30", 30, "June goods")


def test_an_invoice_is_handed_in_as_it_is_made(shop: Shop) -> None:
    made = shop.gateway("invoice", "create", "RP-8", "--vendor", "257", "--shipment", "2", "--shipment", "1", "--submit")
    assert made.out == "Invoice RP-8 of vendor 257 is Approved, 48.44 USD.\n"
    lines = [(it["line"], it["shipment"]) for it in shop.gateway("invoice", "show", "RP-8", "--json").json["lines"]]
    assert lines == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["create", "RP-1", "--vendor", "257"], Exit.DATA_REFUSED, "INV-14"),
        (["create", "RP-1", "--vendor", "257", "--shipment", "9"], Exit.DATA_REFUSED, "shipment 9 is not known for vendor 257"),
        (["create", "RP-1", "--vendor", "9", "--shipment", "1"], Exit.USAGE, "there is no vendor 9"),
        (["create", "RP-1", "--vendor", "257", "--order", "AB1"], Exit.USAGE, "nothing of order AB1 waits for an invoice of vendor 257"),
        (["create", "RP-7", "--vendor", "257", "--shipment", "1"], Exit.DATA_REFUSED, "number RP-7 is used by an invoice that is New"),
        (["create", "RP-1", "--vendor", "257", "--shipment", "2"], Exit.DATA_REFUSED, "shipment 2 is invoiced already"),
        (["edit", "RP-7"], Exit.USAGE, "nothing is to be changed"),
        (["edit", "RP-7", "--freight", "4,50"], Exit.USAGE, "'4,50' is no amount; write it like 4.50"),
        (["edit", "RP-7", "--line", "1.cost=2"], Exit.USAGE, "fields are freight, handling, other, other_description, unit_cost"),
        (["edit", "RP-7", "--line", "1.unit_cost=-1"], Exit.DATA_REFUSED, "INV-10"),
        (["edit", "RP-7", "--discount-days", "1000", "--gross-days", "-1"], Exit.DATA_REFUSED, "INV-02"),
        (["edit", "RP-7", "--freight", "4.505"], Exit.DATA_REFUSED, "INV-04"),
        (["edit", "RP-7", "--freight", "-5"], Exit.DATA_REFUSED, "freight charges are -5; 0 or more is required"),
        (["edit", "RP-7", "--line", "1.other=-5"], Exit.DATA_REFUSED, "INV-06"),
        (["edit", "RP-7", "--date", "2098-01-01"], Exit.DATA_REFUSED, "INV-07"),
        (["edit", "RP-7", "--date", "9999-12-31"], Exit.USAGE, "9999-12-31 is not possible: the years 2000 to 2099 are possible"),
        (["create", "RP-1", "--vendor", "257", "--shipment", "1", "--freight", "-5"], Exit.DATA_REFUSED, "INV-04"),
        (["create", "RP-1", "--vendor", "257", "--shipment", "1", "--date", "2098-01-01"], Exit.DATA_REFUSED, "INV-07"),
        (["edit", "RP-7", "--drop", "1"], Exit.DATA_REFUSED, "an invoice keeps at least one line; delete the invoice instead"),
        (["edit", "RP-9", "--freight", "1"], Exit.USAGE, "there is no invoice RP-9"),
        (["approve", "RP-7", "--reason", "x"], Exit.DATA_REFUSED, "is New and cannot be approved: the vendor edits, submits or deletes it"),
        (["repost", "RP-7", "--reason", "x"], Exit.DATA_REFUSED, "INV-20"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do_next(shop: Shop, arguments: list[str], code: Exit, words: str) -> None:
    assert shop.gateway("invoice", "create", "RP-7", "--vendor", "257", "--shipment", "2").code == Exit.FINE
    before = shop.gateway("invoice", "show", "RP-7", "--json").out
    done = shop.gateway("invoice", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert shop.gateway("invoice", "show", "RP-7", "--json").out == before


def test_what_was_handed_in_cannot_be_changed_handed_in_or_deleted(shop: Shop) -> None:
    shop.gateway("invoice", "create", "RP-7", "--vendor", "257", "--order", "AB10747", "--submit")
    for words in (["edit", "RP-7", "--freight", "1"], ["submit", "RP-7"], ["delete", "RP-7"]):
        done = shop.gateway("invoice", *words)
        assert done.code == Exit.DATA_REFUSED
        assert "invoice RP-7 is Approved and cannot be" in done.err
        assert "it goes out with the next posting" in done.err
    assert history(shop, "RP-7") == [("Created", None, "Approved")]


COMMANDS: dict[str, tuple[str, ...]] = {
    "edit": ("--freight", "7"),
    "submit": (),
    "approve": ("--reason", "x"),
    "reject": ("--reason", "x"),
    "delete": (),
    "repost": ("--reason", "x"),
}
TRANSITIONS: dict[str, dict[str, str | None]] = {
    "New": {"edit": "New", "submit": "Approved", "delete": None},
    "Held": {"approve": "Approved", "reject": "Rejected"},
    "Rejected": {"edit": "Rejected", "submit": "Approved", "delete": None},
    "Approved": {},
    "Posted": {"repost": "Posted"},
}
"""The rows of sdf 4.5 that a person moves; everything else is refused."""
WHAT_IS_POSSIBLE = {
    "New": "the vendor edits, submits or deletes it",
    "Held": "the retailer approves or rejects it",
    "Rejected": "the vendor edits, submits or deletes it",
    "Approved": "it goes out with the next posting",
    "Posted": "it can only be posted again",
}


@pytest.mark.parametrize("state", TRANSITIONS)
def test_every_state_takes_its_commands_and_says_what_is_possible_instead_of_others(shop: Shop, state: str) -> None:
    shop.gateway("invoice", "create", "RP-1", "--vendor", "257", "--shipment", "1")
    with open_story(shop.url) as story, story.store.transaction() as tx:
        posted_at = NOON if state == "Posted" else None
        tx.connection.execute(tables.invoice.update().values(state=state, posted_at=posted_at))
    before = shop.gateway("invoice", "show", "RP-1", "--json").out
    for command, options in COMMANDS.items():
        done = shop.gateway("invoice", command, "RP-1", *options, "--dry-run", "--json")
        if command in TRANSITIONS[state]:
            assert (done.code, done.json["before"], done.json["after"]) == (Exit.FINE, state, TRANSITIONS[state][command]), command
        else:
            assert (done.code, [issue["code"] for issue in done.json["issues"]]) == (Exit.DATA_REFUSED, ["INV-20"]), command
            assert f"INV-20 invoice RP-1 is {state} and cannot be" in done.err
            assert WHAT_IS_POSSIBLE[state] in done.err
    assert shop.gateway("invoice", "show", "RP-1", "--json").out == before
