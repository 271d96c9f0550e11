"""`gateway report reconcile` and `aging` over a store in which things have happened, on both databases."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from gateway.cli.exits import Exit
from tests.shop import Shop, open_story

THEIRS = "PO,Line,Shipped,Unit Cost\nAB10747,1,3,8.98\nAB10747,2,1,20.00\nAB10748,1,0,8.98\nAB10749,1,0,1.00\n"


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(shop.url) as story:
        story.ordered().sent().shipped()
    return shop


def test_a_vendors_file_is_compared_with_the_store(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text(THEIRS)
    done = shop.gateway("report", "reconcile", str(file), "--vendor", "257", "--json")
    assert done.code == Exit.DIFFERENCES
    found = [
        (row["finding"], row["order_number"], row["line"], row["field"], row["theirs"], row["ours"]) for row in done.json["differences"]
    ]
    assert found == [
        ("differs", "AB10747", 2, "unit_cost", "20.00", "21.50"),
        ("only ours", "AB10748", 2, None, None, None),
        ("only theirs", "AB10749", 1, None, None, None),
    ]
    assert done.json["findings"]["differs"] == 1
    told = shop.gateway("report", "reconcile", str(file), "--vendor", "257").out
    assert "4 rows of theirs, 4 lines of ours, compared: order_number, line, shipped, unit_cost." in told
    assert "1 only theirs, 1 only ours, 1 differs." in told


def as_number(cell: str) -> str | Decimal:
    """20.0 of a workbook, whose amounts are numbers, is 20.00."""
    return Decimal(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else cell


def test_json_and_both_files_tell_the_same(shop: Shop, tmp_path: Path) -> None:
    file, table, book = tmp_path / "theirs.csv", tmp_path / "a.csv", tmp_path / "a.xlsx"
    file.write_text(THEIRS + "AB10747,1,3,8.98\nAB10748,2,many,8.98\n")
    rows = shop.gateway("report", "reconcile", str(file), "--vendor", "257", "--csv", str(table), "--xlsx", str(book), "--json").json
    told = [["" if value is None else str(value) for value in row.values()] for row in rows["differences"]]
    assert [row[0] for row in told] == ["twice in the file", "differs", "cannot be read", "differs", "only theirs"]
    with table.open(encoding="utf-8-sig", newline="") as lines:
        assert list(csv.reader(lines))[1:] == told
    sheet = openpyxl.load_workbook(book)["Differences"]
    in_book = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [[as_number(cell) for cell in row] for row in in_book] == [[as_number(cell) for cell in row] for row in told]


def test_what_agrees_ends_well_and_a_slip_is_no_difference(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("PO,Line\nAB10747,1\nAB10747,2\nAB10748,1\nAB10748,2\n")
    done = shop.gateway("report", "reconcile", str(file), "--retailer", "OMS")
    assert (done.code, "Everything agrees." in done.out) == (Exit.FINE, True)
    assert shop.gateway("report", "reconcile", str(file), "--vendor", "25").code == Exit.USAGE
    assert shop.gateway("report", "reconcile", str(file)).code == Exit.USAGE
    assert shop.gateway("report", "reconcile", str(file), "--retailer", "OMX").code == Exit.USAGE


def test_a_file_is_read_by_a_mapping_too(shop: Shop) -> None:
    sample = str(shop.root / "samples/createdsorder.xml")
    done = shop.gateway("report", "reconcile", sample, "--retailer", "OMS", "--mapping", "createdsorder", "--json")
    assert done.code == Exit.DIFFERENCES
    assert {(row["finding"], row["order_number"]) for row in done.json["differences"] if row["field"] is None} == {("only ours", "AB10748")}


def test_differences_go_into_files_in_which_nothing_is_a_formula(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("PO,Line,Item\nAB10747,1,=1+1\n=2+2,1,x\n")
    done = shop.gateway(
        "report", "reconcile", str(file), "--vendor", "257", "--csv", str(tmp_path / "a.csv"), "--xlsx", str(tmp_path / "a.xlsx")
    )
    assert done.code == Exit.DIFFERENCES
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as told:
        rows = list(csv.DictReader(told))
    assert rows[0]["PO"] == "'=2+2"
    assert [row["Theirs"] for row in rows if row["Finding"] == "differs"] == ["'=1+1"]
    assert [(row["PO"], row["Line"], row["Row of the file"]) for row in rows if row["Finding"] != "only ours"] == [
        ("'=2+2", "1", "3"),
        ("AB10747", "1", "2"),
    ]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Differences"]
    assert sheet["B2"].value == "'=2+2"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(("what", "count"), [("lines", 2), ("batches", 1), ("invoices", 0)])
def test_what_is_open_is_told_with_its_age(shop: Shop, tmp_path: Path, what: str, count: int) -> None:
    told = shop.gateway("report", "aging", what, "--vendor", "257", "--buckets", "30,365", "--json").json
    assert told["buckets"] == ["to 30", "31 to 365", "over 365"]
    assert len(told["rows"]) == count
    assert sum(row["count"] for row in told["summary"]) == count
    done = shop.gateway("report", "aging", what, "--csv", str(tmp_path / "a.csv"), "--xlsx", str(tmp_path / "a.xlsx"))
    assert done.code == Exit.FINE
    assert shop.gateway("report", "aging", what).code == Exit.FINE


def test_lines_by_due_date(shop: Shop) -> None:
    told = shop.gateway("report", "aging", "lines", "--by", "due", "--json").json
    assert {row["since"] for row in told["rows"]} <= {"2022-06-28", "2022-07-01"}
    assert shop.gateway("report", "aging", "orders").code == Exit.USAGE
    assert shop.gateway("report", "aging", "lines", "--buckets", "9,1").code == Exit.USAGE
