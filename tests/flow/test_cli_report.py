"""`gateway report items`: every line of the orders of a time, on the screen, in a file, for programs."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from gateway.cli.exits import Exit
from tests.shop import Shop, open_story
from tests.town import Town

ALL = [("AB10747", 1), ("AB10747", 2), ("AB10748", 1), ("AB10748", 2)]
FOUND = [
    ([], ALL),
    (["--from", "2022-06-20", "--to", "2022-06-20"], ALL),
    (["--from", "2022-06-21"], []),
    (["--to", "2022-06-19"], []),
    (["--last", "30"], []),
    (["--status", "shipped"], ALL[:2]),
    (["--status", "Shipped", "--status", "In Process"], ALL),
    (["--organization", "1", "--vendor", "257", "--brand", "1"], ALL),
    (["--organization", "2"], []),
    (["--vendor", "11"], []),
    (["--brand", "2"], []),
]


@pytest.fixture
def shop(tmp_path: Path, sqlite_url: str) -> Shop:
    return told(Shop(tmp_path / "shop", sqlite_url))


@pytest.fixture
def any_shop(tmp_path: Path, database_url: str) -> Shop:
    """A shop on each database."""
    return told(Shop(tmp_path / "shop", database_url))


def told(shop: Shop) -> Shop:
    with open_story(shop.url) as story:
        story.ordered().sent().shipped()
    return shop


def test_lines_are_found_by_time_place_and_status(any_shop: Shop) -> None:
    found = []
    for arguments, _ in FOUND:
        rows = any_shop.gateway("report", "items", "--json", *arguments).json
        found.append((arguments, [(row["order_number"], row["line"]) for row in rows]))
    assert found == FOUND


def test_programs_get_every_value_of_a_line(shop: Shop) -> None:
    row = shop.gateway("report", "items", "--json").json[0]
    assert {name: row[name] for name in ("vendor_name", "status", "ordered", "shipped", "open", "unit_cost", "extended")} == {
        "vendor_name": "Red Panda Outfitters",
        "status": "Shipped",
        "ordered": 3,
        "shipped": 3,
        "open": 0,
        "unit_cost": "8.98",
        "extended": "26.94",
    }
    assert (row["entered_on"], row["last_shipped_on"], row["batch"]) == ("2022-06-20", "2022-06-22", 1)


def test_people_see_the_lines_and_a_summary(shop: Shop) -> None:
    done = shop.gateway("report", "items", "--limit", "3")
    assert done.code == Exit.FINE
    assert "1 more; see them with --limit, or all in a file with --csv or --xlsx." in done.out
    assert [line.split()[:2] for line in done.out.splitlines() if "48.44" in line] == [["In", "Process"], ["Shipped", "2"]]


def test_nothing_found_is_said(shop: Shop) -> None:
    done = shop.gateway("report", "items", "--vendor", "11")
    assert (done.code, done.out) == (Exit.FINE, "No line is like that.\n")


def test_the_report_goes_into_files(shop: Shop, tmp_path: Path) -> None:
    done = shop.gateway("report", "items", "--csv", str(tmp_path / "a.csv"), "--xlsx", str(tmp_path / "a.xlsx"))
    assert done.out == f"4 lines are in {tmp_path}/a.csv.\n4 lines are in {tmp_path}/a.xlsx.\n"
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["PO"], row["Line"]) for row in csv.DictReader(file)] == [(number, str(line)) for number, line in ALL]
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["Items"].max_row == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--last", "7", "--from", "2022-06-20"], "give one of them"),
        (["--status", "Shiped"], "did you mean 'Shipped'?"),
        (["--from", "20.06.2022"], "2022"),
        (["--csv", "no/such/folder/a.csv"], "cannot be written"),
        (["--xlsx", "no/such/folder/a.xlsx"], "cannot be written"),
    ],
)
def test_wrong_use_is_told(shop: Shop, arguments: list[str], words: str) -> None:
    done = shop.gateway("report", "items", *arguments)
    assert done.code == Exit.USAGE
    assert words in done.err


def test_a_vendor_that_only_the_store_knows_has_its_name_and_is_among_the_known(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "town", database_url)
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml").replace(b"<vendor_cd>257", b"<vendor_cd>999"))
    town.once()
    assert {row["vendor_name"] for row in town.command("report", "aging", "lines", "--json").json["rows"]} == {"Red Panda Outfitters"}
    assert {row["vendor_name"] for row in town.command("report", "items", "--json").json} == {"Red Panda Outfitters"}
    for words in (["aging", "lines"], ["reconcile", str(town.root / "gateway.toml")]):
        refused = town.command("report", *words, "--vendor", "9", ends=2)
        assert "unknown vendor '9'; known are 11, 257, 310, 999; see all: gateway vendor list" in refused.err


def test_lines_of_a_vendor_that_gets_paper_are_told_with_the_way_to_it(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml").replace(b"<vendor_cd>257", b"<vendor_cd>11"))
    done = town.command("serve", "--once")
    assert "2 new line(s) of vendor 11 wait to be printed: gateway slip generate 11" in done.out
    assert "a vendor without one gets paper: gateway slip generate 11" in town.command("batch", "cut", "11", ends=2).err
