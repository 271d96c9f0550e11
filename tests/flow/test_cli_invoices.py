"""`gateway invoice`: held invoices are approved or rejected with a reason, deleted ones are gone, approved ones are posted."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.store import tables
from tests.business import UPLOAD, a_detail, an_invoice
from tests.shop import Shop, Story, open_story


@pytest.fixture
def shop(tmp_path: Path, sqlite_url: str) -> Shop:
    return Shop(tmp_path / "shop", sqlite_url)


@pytest.fixture
def any_shop(tmp_path: Path, database_url: str) -> Shop:
    """A shop on each database, with the same story."""
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered().sent().shipped().billed()
    return shop


@pytest.fixture
def story(shop: Shop) -> Iterator[Story]:
    with open_story(shop.url) as story:
        yield story.ordered().sent().shipped().billed()


DEAR = "out of balance: line 1 (order AB10747 line 2): unit cost 30.00 against 21.50"
FOUND = [
    ([], ["RP-2", "RP-1"]),
    (["--state", "held"], ["RP-2"]),
    (["--state", "Held", "--state", "Approved"], ["RP-2", "RP-1"]),
    (["--number", "rp-1"], ["RP-1"]),
    (["--order", "ab10747", "--item", "KT"], ["RP-2"]),
    (["--vendor", "257", "--system", "OMS"], ["RP-2", "RP-1"]),
    (["--sales-order", "00012025"], ["RP-2", "RP-1"]),
    (["--sales-order", "00012026"], []),
    (["--vendor", "11"], []),
    (["--dated-from", "2022-06-22", "--dated-to", "2022-06-22"], ["RP-2", "RP-1"]),
    (["--shipped-from", "2022-06-23"], []),
    (["--shipped-to", "2022-06-22"], ["RP-2", "RP-1"]),
]


def states(shop: Shop) -> dict[str, str]:
    return {row["number"]: row["state"] for row in shop.gateway("invoice", "list", "--json").json}


def test_invoices_are_found_by_what_people_know(any_shop: Shop) -> None:
    found = [(it, [row["number"] for row in any_shop.gateway("invoice", "list", "--json", *it).json]) for it, _ in FOUND]
    assert found == FOUND


def test_the_list_says_how_many_wait_for_the_retailer(shop: Shop, story: Story) -> None:
    told = "1 invoice held for the retailer's review: gateway invoice list --state Held\n"
    assert shop.gateway("invoice", "list").out.endswith(told)
    shop.gateway("invoice", "approve", "RP-2", "--reason", "agreed")
    assert told not in shop.gateway("invoice", "list").out


def test_an_invoice_is_shown_against_its_order(shop: Shop, story: Story) -> None:
    sheet = shop.gateway("invoice", "show", "rp-2", "--json").json
    assert (sheet["state"], sheet["total"]) == ("Held", "30.00")
    (line,) = sheet["lines"]
    assert (line["po_unit_cost"], line["unit_cost"], line["out_of_balance"]) == ("21.50", "30.00", True)
    assert [(it["action"], it["to_state"], it["reason"]) for it in sheet["history"]] == [("Created", "Held", DEAR)]
    assert "21.50" in shop.gateway("invoice", "show", "RP-2").out


def test_a_held_invoice_is_approved_with_a_reason_that_stays(shop: Shop, story: Story) -> None:
    done = shop.gateway("invoice", "approve", "RP-2", "--reason", "agreed by phone")
    assert (done.code, done.out) == (Exit.FINE, "Invoice RP-2 of vendor 257 is Approved, it was Held.\n")
    last = shop.gateway("invoice", "show", "RP-2", "--json").json["history"][-1]
    assert {name: last[name] for name in ("actor", "action", "from_state", "to_state", "reason")} == {
        "actor": getpass.getuser(),
        "action": "Approved",
        "from_state": "Held",
        "to_state": "Approved",
        "reason": "agreed by phone",
    }


def test_a_rehearsal_says_what_would_happen_and_changes_nothing(shop: Shop, story: Story) -> None:
    done = shop.gateway("invoice", "approve", "RP-2", "--reason", "?", "--dry-run")
    assert (done.code, done.out) == (Exit.FINE, "Invoice RP-2 of vendor 257 would be Approved, it was Held.\n")
    told = shop.gateway("invoice", "reject", "RP-2", "--dry-run", "--json").json
    amounts = {"total": "30.00", "currency": "USD", "why": "?", "changed": True}
    assert told == {"number": "RP-2", "vendor": "257", "before": "Held", "after": "Rejected", "mode": "rehearsal", **amounts}
    assert states(shop) == {"RP-1": "Approved", "RP-2": "Held"}
    assert len(story.office.rows(tables.invoice_history)) == 2


def test_a_rejected_invoice_can_be_deleted_and_frees_its_number_and_shipment(shop: Shop, story: Story) -> None:
    assert shop.gateway("invoice", "reject", "RP-2", "--reason", "too dear").code == Exit.FINE
    assert shop.gateway("invoice", "delete", "RP-2", "--json").json["after"] is None
    assert states(shop) == {"RP-1": "Approved"}
    kept = [(row.action, row.reason) for row in story.office.rows(tables.invoice_history) if row.number == "RP-2"]
    assert kept == [("Created", DEAR), ("Rejected", "too dear"), ("Deleted", "")]
    story.office.receive(an_invoice(a_detail(2, 1, "21.50"), number="RP-2"), origin=UPLOAD)
    assert states(shop) == {"RP-1": "Approved", "RP-2": "Approved"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["approve", "RP-2"], Exit.USAGE, "a reason is needed: say why with --reason TEXT"),
        (["approve", "RP-2", "--reason", "  "], Exit.USAGE, "a reason is needed"),
        (["approve", "RP-1", "--reason", "x"], Exit.DATA_REFUSED, "INV-20"),
        (["reject", "RP-1", "--reason", "x"], Exit.DATA_REFUSED, "Look at the invoice's history."),
        (["delete", "RP-1"], Exit.DATA_REFUSED, "INV-20"),
        (["delete", "RP-1", "--dry-run"], Exit.DATA_REFUSED, "INV-20"),
        (["show", "RP-9"], Exit.USAGE, "Look for it: gateway invoice list"),
        (["delete", "RP-1", "--vendor", "11"], Exit.USAGE, "there is no invoice RP-1 of vendor 11"),
        (["list", "--state", "Heldd"], Exit.USAGE, "did you mean 'Held'?"),
        (["post", "anvil"], Exit.USAGE, "See who gets what: gateway connector list"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do_next(shop: Shop, story: Story, arguments: list[str], code: Exit, words: str) -> None:
    done = shop.gateway("invoice", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert states(shop) == {"RP-1": "Approved", "RP-2": "Held"}


def test_where_two_vendors_use_a_number_it_must_be_said_whose(shop: Shop, story: Story) -> None:
    with story.store.transaction() as tx:
        (first,) = [row for row in story.office.rows(tables.invoice) if row.number == "RP-1"]
        values = {name: value for name, value in first._mapping.items() if name != "id"}
        tx.connection.execute(tables.invoice.insert().values({**values, "vendor": "310"}))
    done = shop.gateway("invoice", "show", "RP-1")
    assert done.code == Exit.USAGE
    assert "invoice RP-1 stands for several vendors (257, 310): say whose with --vendor" in done.err
    assert shop.gateway("invoice", "show", "RP-1", "--vendor", "257", "--json").json["vendor"] == "257"


def test_approved_invoices_are_posted_now(any_shop: Shop) -> None:
    (planned,) = any_shop.gateway("invoice", "post", "--dry-run", "--json").json
    assert (planned["channel"], planned["number"], planned["total"]) == ("oms/invoices", "RP-1", "26.94")
    assert states(any_shop) == {"RP-1": "Approved", "RP-2": "Held"}
    (made,) = any_shop.gateway("invoice", "post", "OMS", "--json").json
    assert [(it["kind"], it["file"], it["state"]) for it in made["items"]] == [("posting", "DSPST_00000001.xml", "sent")]
    assert "RP-1" in (any_shop.root / "outbox/oms/invoices/DSPST_00000001.xml").read_text()
    assert states(any_shop) == {"RP-1": "Posted", "RP-2": "Held"}
    again = any_shop.gateway("invoice", "post")
    assert (again.code, again.out) == (Exit.FINE, "No invoice waits to be posted.\n")
