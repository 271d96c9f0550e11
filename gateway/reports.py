"""Reports for people, as tables of pandas: the PO item status report (sdf 9.1), and files of it that a spreadsheet can be trusted with.

What partners wrote is data: no cell of a file is ever taken for a formula. Not for: files for machines.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from gateway.kernel.money import ZERO, cents, shortest

if TYPE_CHECKING:
    import pandas as pd

    from gateway.domain.reference import Reference
    from gateway.store.queries import ItemStatus

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
SHEET = "Items"
WIDEST = 60

HEADINGS: Mapping[str, str] = {
    "organization": "Organization",
    "order_number": "PO",
    "sales_order": "Sales order",
    "entered_on": "Created",
    "vendor": "Vendor",
    "vendor_name": "Vendor name",
    "brand": "Brand",
    "location": "Location",
    "line": "Line",
    "item": "Item",
    "vendor_item": "Vendor item",
    "description": "Description",
    "status": "Status",
    "ordered": "Ordered",
    "printed": "Printed",
    "shipped": "Shipped",
    "cancelled": "Cancelled",
    "open": "Open",
    "invoiced": "Invoiced",
    "unit_cost": "Unit cost",
    "extended": "Extended",
    "currency": "Currency",
    "due_on": "Due",
    "carrier": "Carrier",
    "batch": "Batch",
    "last_shipped_on": "Last shipped",
}
QUANTITIES = ("ordered", "printed", "shipped", "cancelled", "open", "invoiced")


def item_status_frame(lines: Iterable[ItemStatus], reference: Reference) -> pd.DataFrame:
    """The lines as a frame: a column for each heading, amounts exact, days as days."""
    import pandas as pd

    frame = pd.DataFrame([_row(line, reference) for line in lines], columns=list(HEADINGS), dtype=object)
    return frame.astype(dict.fromkeys(("line", *QUANTITIES), "int64"))


def by_status(frame: pd.DataFrame) -> pd.DataFrame:
    """How many lines and pieces stand in each status, and what they amount to in each currency."""
    groups = frame.groupby(["status", "currency"], sort=True)
    counted = groups[list(QUANTITIES)].sum()
    counted.insert(0, "lines", groups.size())
    counted["extended"] = groups["extended"].agg(_sum)
    return counted.reset_index()


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """A CSV file for people: UTF-8 with a mark that spreadsheets know, every cell quoted, no cell a formula."""
    _guarded(frame).to_csv(
        path, index=False, header=list(HEADINGS.values()), quoting=csv.QUOTE_ALL, encoding="utf-8-sig", lineterminator="\r\n"
    )


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """A workbook for people: a bold heading that stays, a filter, days and amounts as such, no text taken for a formula or an address."""
    import pandas as pd

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    told = _guarded(frame).map(lambda value: float(value) if isinstance(value, Decimal) else value)
    with pd.ExcelWriter(path, engine="xlsxwriter", date_format="yyyy-mm-dd", engine_kwargs={"options": options}) as writer:
        told.to_excel(writer, sheet_name=SHEET, index=False, header=list(HEADINGS.values()))
        sheet = writer.sheets[SHEET]
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(told), len(HEADINGS) - 1)
        for place, (name, heading) in enumerate(HEADINGS.items()):
            widest = max([len(heading), *(len(str(value)) for value in told[name])])
            sheet.set_column(place, place, min(widest, WIDEST) + 1)


def guarded(text: str) -> str:
    """The text, with a quote mark before it where a spreadsheet would take it for a formula.

    >>> guarded("=HYPERLINK(1)"), guarded("Tote bag")
    ("'=HYPERLINK(1)", 'Tote bag')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.map(lambda value: guarded(value) if isinstance(value, str) else value)


def _row(line: ItemStatus, reference: Reference) -> dict[str, Any]:
    vendor = reference.vendors.get(line.vendor)
    return {
        **asdict(line),
        "vendor_name": vendor.name if vendor else "",
        "unit_cost": shortest(line.unit_cost),
        "open": line.ordered - line.shipped - line.cancelled,
        "extended": cents(line.ordered * line.unit_cost),
    }
