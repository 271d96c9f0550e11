"""Files of reports that a spreadsheet can be trusted with: what partners wrote is data, and no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.kernel.errors import ConfigError
from gateway.reports.cells import rows

if TYPE_CHECKING:
    import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""
PAGE = "xl/worksheets/sheet1.xml"
MOST = 1_048_576
"""Rows of a page, with its heading."""
WIDEST = 60
LOOKED_AT = 2_000
"""So many rows decide how wide a column is."""


def write_csv(frame: pd.DataFrame, path: Path, headings: Mapping[str, str]) -> None:
    """A CSV file for people: UTF-8 with a mark that spreadsheets know, every cell quoted, no cell a formula."""
    _guarded(frame[list(headings)]).to_csv(
        path, index=False, header=list(headings.values()), quoting=csv.QUOTE_ALL, encoding="utf-8-sig", lineterminator="\r\n"
    )


def write_xlsx(frame: pd.DataFrame, path: Path, headings: Mapping[str, str], *, sheet: str) -> None:
    """A workbook for people: a bold heading that stays, a filter, days and amounts as such, no text taken for a formula or an address.

    xlsxwriter makes all of it but the rows, which are written into its page one by one: little memory, and a fifth of its time.
    """
    if len(frame) >= MOST:
        raise ConfigError(f"{len(frame)} lines are more than a workbook holds ({MOST - 1}): write them with --csv")
    told = frame[list(headings)]
    empty = _empty(told, headings, sheet=sheet)
    with (
        zipfile.ZipFile(empty) as source,
        path.open("wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for name in source.namelist():
            body = source.read(name)
            with target.open(name, "w", force_zip64=True) as part:
                if name != PAGE:
                    part.write(body)
                    continue
                head, _, rest = body.partition(b'<row r="2"')
                style = re.search(rb's="(\d+)"', rest)
                part.write(head if style else body)
                if style:
                    part.writelines(rows(told.itertuples(index=False, name=None), day=style[1].decode(), guard=guarded))
                    part.write(b"</sheetData>" + rest.partition(b"</sheetData>")[2])


def _empty(told: pd.DataFrame, headings: Mapping[str, str], *, sheet: str) -> io.BytesIO:
    """The workbook with its heading; two blank cells tell the style of days and how far the page goes."""
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(told), len(headings) - 1)
        for place, (name, heading) in enumerate(headings.items()):
            widest = max([len(heading), *(len(str(value)) for value in told[name][:LOOKED_AT])])
            page.set_column(place, place, min(widest, WIDEST) + 1)
            page.write_string(0, place, heading, bold)
        if len(told):
            page.write_blank(1, 0, None, day)
            page.write_blank(len(told), len(headings) - 1, None, day)
    made.seek(0)
    return made


def guarded(text: str) -> str:
    """The text, with a quote mark before it where a spreadsheet would take it for a formula.

    >>> guarded("=HYPERLINK(1)"), guarded("Tote bag")
    ("'=HYPERLINK(1)", 'Tote bag')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Cell by cell, as they are: pandas would make 2.0 of a 2 that stands above an empty cell."""
    import pandas as pd

    def cells(name: str) -> pd.Series[Any]:
        told = [guarded(value) if isinstance(value, str) else value for value in frame[name].astype(object)]
        return pd.Series(told, index=frame.index, dtype=object)

    return pd.DataFrame({name: cells(name) for name in frame.columns}, columns=frame.columns, index=frame.index)
