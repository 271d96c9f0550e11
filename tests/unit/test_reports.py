"""Reports: exact numbers, and files that a spreadsheet can be trusted with."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from openpyxl.utils.escape import unescape

from gateway.kernel.errors import ConfigError
from gateway.reports import FORMULA, by_status, guarded, item_status_frame, sheets
from gateway.reports.items import HEADINGS
from gateway.store.queries import ItemStatus
from tests.business import REFERENCE

LINE = ItemStatus(
    organization="1",
    order_number="AB10747",
    sales_order="00012025-001",
    entered_on=date(2022, 6, 20),
    vendor="257",
    brand="1",
    location="100",
    line=1,
    item="BX100 RED",
    vendor_item="V1000",
    description="Tote bag, red",
    status="In Process",
    ordered=3,
    printed=2,
    shipped=1,
    cancelled=0,
    invoiced=0,
    unit_cost=Decimal("8.9800"),
    currency="USD",
    due_on=date(2022, 6, 28),
    carrier="50",
    batch=74,
    last_shipped_on=None,
)
SHIPPED = replace(LINE, line=2, status="Shipped", printed=0, shipped=3, unit_cost=Decimal("0.1250"), last_shipped_on=date(2022, 6, 22))
HOSTILE = replace(LINE, description='=HYPERLINK("http://x.example")', item="@SUM(1)", sales_order="+49", vendor_item="-1")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    sheets.write_csv(frame, path, HEADINGS)


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    sheets.write_xlsx(frame, path, HEADINGS, sheet="Items")


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_line_tells_what_is_open_and_what_it_amounts_to() -> None:
    row = item_status_frame([LINE], REFERENCE).iloc[0]
    assert (row["vendor_name"], row["open"], str(row["unit_cost"]), str(row["extended"])) == ("Red Panda Outfitters", 2, "8.98", "26.94")


def test_amounts_are_rounded_half_up_once() -> None:
    assert str(item_status_frame([SHIPPED], REFERENCE).iloc[0]["extended"]) == "0.38"


def test_the_summary_counts_lines_and_pieces_by_status_and_currency() -> None:
    dearer = replace(LINE, currency="EUR", unit_cost=Decimal(1))
    summary = by_status(item_status_frame([LINE, SHIPPED, dearer, LINE], REFERENCE))
    told = [tuple(row) for row in summary[["status", "currency", "lines", "ordered", "shipped", "extended"]].itertuples(index=False)]
    assert told == [
        ("In Process", "EUR", 1, 3, 1, Decimal("3.00")),
        ("In Process", "USD", 2, 6, 2, Decimal("53.88")),
        ("Shipped", "USD", 1, 3, 3, Decimal("0.38")),
    ]


def test_an_empty_report_has_its_headings(tmp_path: Path) -> None:
    frame = item_status_frame([], REFERENCE)
    write_csv(frame, tmp_path / "a.csv")
    write_xlsx(frame, tmp_path / "a.xlsx")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").strip().split(",") == [f'"{heading}"' for heading in HEADINGS.values()]
    assert len(by_status(frame)) == 0


def test_a_csv_file_quotes_every_cell_and_holds_no_formula(tmp_path: Path) -> None:
    write_csv(item_status_frame([HOSTILE], REFERENCE), tmp_path / "a.csv")
    (row,) = cells(tmp_path / "a.csv")
    assert (row["Description"], row["Item"], row["Sales order"], row["Vendor item"]) == (
        '\'=HYPERLINK("http://x.example")',
        "'@SUM(1)",
        "'+49",
        "'-1",
    )
    assert (row["Unit cost"], row["Created"], row["Batch"], row["Last shipped"]) == ("8.98", "2022-06-20", "74", "")
    body = (tmp_path / "a.csv").read_bytes()
    assert body.startswith(b'\xef\xbb\xbf"Organization",')
    assert body.count(b"\r\n") == 2


def test_a_number_stays_whole_beside_an_empty_cell(tmp_path: Path) -> None:
    write_csv(item_status_frame([LINE, replace(LINE, batch=None)], REFERENCE), tmp_path / "a.csv")
    assert [row["Batch"] for row in cells(tmp_path / "a.csv")] == ["74", ""]


def test_a_workbook_holds_days_numbers_and_texts_as_such(tmp_path: Path) -> None:
    write_xlsx(item_status_frame([LINE, HOSTILE], REFERENCE), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["Items"]
    heading, first, second = (dict(zip(HEADINGS, row, strict=True)) for row in sheet.iter_rows())
    assert [cell.value for cell in heading.values()] == list(HEADINGS.values())
    assert first["entered_on"].value.date() == date(2022, 6, 20)
    assert (first["ordered"].value, first["unit_cost"].value, first["sales_order"].value) == (3, 8.98, "00012025-001")
    assert [(second[name].data_type, second[name].value[0]) for name in ("description", "item", "sales_order", "vendor_item")] == [
        ("s", "'")
    ] * 4
    assert second["description"].hyperlink is None
    assert sheet.freeze_panes == "A2"


@given(st.text())
def test_no_text_begins_like_a_formula_once_it_is_guarded(text: str) -> None:
    told = guarded(text)
    assert not told.startswith(FORMULA)
    assert told.removeprefix("'") == text or told == text


@pytest.mark.parametrize("first", FORMULA)
def test_every_sign_that_begins_a_formula_is_guarded(first: str) -> None:
    assert guarded(f"{first}1") == f"'{first}1"


def test_a_workbook_holds_every_text_as_it_is(tmp_path: Path) -> None:
    texts = [
        " two  blanks ",
        "a<b>&\"c'",
        "bell \x07 and return \r end",
        "_x0041_ is no A",
        "東京 Łódź",
        "line\nbreak",
        "",
        "12",
        "y" * 40_000,
    ]
    frame = item_status_frame([replace(LINE, description=text) for text in texts], REFERENCE)
    write_xlsx(frame, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["Items"]
    place = list(HEADINGS).index("description") + 1
    found = [page.cell(row, place).value or "" for row in range(2, len(texts) + 2)]
    assert [unescape(str(told)) for told in found[:-1]] == texts[:-1]
    assert found[-1] == "y" * 32_766 + "…"
    assert page.dimensions == f"A1:Z{len(texts) + 1}"


def test_a_workbook_without_lines_has_its_heading(tmp_path: Path) -> None:
    write_xlsx(item_status_frame([], REFERENCE), tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["Items"]
    assert [cell.value for cell in page[1]] == list(HEADINGS.values())
    assert page.max_row == 1


def test_more_lines_than_a_workbook_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST", 2)
    with pytest.raises(ConfigError, match="2 lines are more than a workbook holds"):
        write_xlsx(item_status_frame([LINE, LINE], REFERENCE), tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()
