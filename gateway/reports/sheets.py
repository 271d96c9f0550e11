"""Files of reports that a spreadsheet can be trusted with: what partners wrote is data, and no cell is ever taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""
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

    Written row by row, so that a hundred thousand lines need little memory.
    """
    import xlsxwriter

    told = frame[list(headings)]
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(told), len(headings) - 1)
        for place, (name, heading) in enumerate(headings.items()):
            widest = max([len(heading), *(len(str(value)) for value in told[name][:LOOKED_AT])])
            page.set_column(place, place, min(widest, WIDEST) + 1)
            page.write_string(0, place, heading, bold)
        for number, row in enumerate(told.itertuples(index=False, name=None), start=1):
            for place, value in enumerate(row):
                match value:
                    case str():
                        page.write_string(number, place, guarded(value))
                    case date():
                        page.write_datetime(number, place, value, day)
                    case None:
                        pass
                    case _ if value == value:  # noqa: PLR0124 - what pandas writes for nothing is not equal to itself
                        page.write_number(number, place, float(value))


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
