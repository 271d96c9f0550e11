"""`gateway order` and `gateway batch`: orders found by what people know of them, and shown with all that happened to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from tests.shop import Shop, Story, open_story


@pytest.fixture
def shop(tmp_path: Path, sqlite_url: str) -> Shop:
    return Shop(tmp_path / "shop", sqlite_url)


@pytest.fixture
def story(shop: Shop) -> Iterator[Story]:
    with open_story(shop.url) as story:
        yield story


@pytest.fixture
def any_shop(tmp_path: Path, database_url: str) -> Shop:
    """A shop on each database."""
    return Shop(tmp_path / "shop", database_url)


FOUND = [
    ([], ["AB10748", "AB10747"]),
    (["--number", "ab107"], ["AB10748", "AB10747"]),
    (["--number", "AB10748"], ["AB10748"]),
    (["--number", "B1"], []),
    (["--number", "%"], []),
    (["--sales-order", "00012026"], ["AB10748"]),
    (["--item", "kt2"], ["AB10748", "AB10747"]),
    (["--item", "v1000"], ["AB10748", "AB10747"]),
    (["--ship-to", "byrd imp"], ["AB10748", "AB10747"]),
    (["--ship-to", "Quay"], []),
    (["--status", "shipped"], ["AB10747"]),
    (["--status", "In Process"], ["AB10748"]),
    (["--line-status", "Shipped"], ["AB10747"]),
    (["--vendor", "257", "--brand", "1", "--location", "100", "--system", "OMS", "--carrier", "50"], ["AB10748", "AB10747"]),
    (["--vendor", "11"], []),
    (["--batch", "1"], ["AB10748", "AB10747"]),
    (["--batch", "2"], []),
    (["--created-from", "2022-06-20", "--created-to", "2022-06-20"], ["AB10748", "AB10747"]),
    (["--created-from", "2022-06-21"], []),
    (["--due-from", "2022-06-28", "--due-to", "2022-06-28"], ["AB10748"]),
    (["--pending"], []),
]


def numbers(shop: Shop, *arguments: str) -> list[str]:
    done = shop.gateway("order", "list", "--json", *arguments)
    assert done.code == Exit.FINE, done.err
    return [row["number"] for row in done.json]


def test_an_empty_store_is_said_to_be_empty(shop: Shop) -> None:
    done = shop.gateway("order", "list")
    assert (done.code, done.out) == (Exit.FINE, "No order is like that.\n")


def test_orders_are_found_by_what_people_know(any_shop: Shop) -> None:
    with open_story(any_shop.url) as story:
        story.ordered().sent().shipped()
    assert [(arguments, numbers(any_shop, *arguments)) for arguments, _ in FOUND] == FOUND


def test_a_list_says_how_many_more_there_are_and_goes_on(shop: Shop, story: Story) -> None:
    story.ordered()
    first = shop.gateway("order", "list", "--limit", "1", "--json")
    assert "1 more" in first.err
    assert numbers(shop, "--limit", "1", "--before", str(first.json[0]["id"])) == ["AB10747"]
    assert "1 more" in shop.gateway("order", "list", "--limit", "1").out


def test_an_order_is_shown_with_all_that_happened_to_it(shop: Shop, story: Story) -> None:
    story.ordered().sent().shipped().billed()
    sheet = shop.gateway("order", "show", "ab10747", "--json").json
    assert (sheet["number"], sheet["status"], sheet["total"], sheet["next_due_on"]) == ("AB10747", "Shipped", "48.44", None)
    assert [(line["number"], line["status"], line["shipped"], line["unit_cost"]) for line in sheet["lines"]] == [
        (1, "Shipped", 3, "8.98"),
        (2, "Shipped", 1, "21.50"),
    ]
    assert [(it["line"], it["action"], it["user"], it["note"]) for it in sheet["history"] if it["line"] == 1] == [
        (1, "PO Created", "Admin", ""),
        (1, "Printed", "redpanda", "Batch ID (1)"),
        (1, "Acknowledged", "redpanda", "Batch ID (1)"),
        (
            1,
            "Shipped",
            "redpanda",
            "Ship Date: 06/22/2022, Carrier: 50, Tracking #: Track12155, Weight: 2.34, Rate: $ 1.23",
        ),
    ]
    assert [(it["line_no"], it["invoice"], it["tracking"]) for it in sheet["shipments"]] == [
        (1, "RP-1", ["Track12155"]),
        (2, "RP-2", ["Track12155"]),
    ]
    assert [it["number"] for it in sheet["batches"]] == [1]
    assert [(it["number"], it["state"]) for it in sheet["invoices"]] == [("RP-1", "Approved"), ("RP-2", "Held")]
    assert [it["message"] for it in sheet["sources"]] == [1, 4]
    assert [it["type"] for it in sheet["changes"]] == ["PULLED", "PULLED", "SHIPPED", "SHIPPED"]
    assert sheet["document"]["ship_to"]["city"] == "London"


def test_people_see_the_same_order_with_local_times(shop: Shop, story: Story) -> None:
    story.ordered().sent().shipped()
    shown = shop.gateway("order", "show", "AB10747").out
    for words in ("00012025-001", "Byrd Imports Ltd", "Tote bag, red", "Track12155", "Batch ID (1)", "2026-11-21 07:00:00 EST"):
        assert words in shown


def test_an_order_that_is_not_there_is_wrong_use_and_says_where_to_look(shop: Shop) -> None:
    done = shop.gateway("order", "show", "AB99999")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert done.err.splitlines() == [
        "there is no order AB99999",
        "Look for it: gateway order list --number AB99; or the file did not arrive: gateway message list",
    ]


def test_a_status_that_does_not_exist_is_told_with_the_nearest_one(shop: Shop) -> None:
    done = shop.gateway("order", "list", "--status", "Shiped")
    assert done.code == Exit.USAGE
    assert "did you mean 'Shipped'?" in done.err


def test_batches_are_listed_and_shown_with_their_lines(shop: Shop, story: Story) -> None:
    story.ordered().sent().shipped()
    (row,) = shop.gateway("batch", "list", "--vendor", "257", "--json").json
    assert (row["number"], row["state"], row["orders"], row["lines"], row["quantity"]) == (1, "acknowledged", 2, 4, 8)
    assert shop.gateway("batch", "list", "--state", "open", "--json").json == []
    assert shop.gateway("batch", "list", "--made-from", "2026-11-21", "--made-to", "2026-11-21", "--json").json == [row]
    assert shop.gateway("batch", "list", "--made-to", "2026-11-20", "--json").json == []
    sheet = shop.gateway("batch", "show", "1", "--json").json
    assert [(it["order_number"], it["line"], it["live"]) for it in sheet["lines"]][:2] == [("AB10747", 1, False), ("AB10747", 2, False)]
    assert "acknowledged" in shop.gateway("batch", "show", "1").out
    assert shop.gateway("batch", "show", "9").code == Exit.USAGE
