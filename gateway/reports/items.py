"""The PO item status report (sdf 9.1): every line of the orders of a time, and how many stand in each status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from gateway.kernel.money import ZERO, cents, shortest

if TYPE_CHECKING:
    import pandas as pd

    from gateway.domain.reference import Reference
    from gateway.store.queries import ItemStatus

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


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _row(line: ItemStatus, reference: Reference) -> dict[str, Any]:
    vendor = reference.vendors.get(line.vendor)
    return {
        **asdict(line),
        "vendor_name": vendor.name if vendor else "",
        "unit_cost": shortest(line.unit_cost),
        "open": line.ordered - line.shipped - line.cancelled,
        "extended": cents(line.ordered * line.unit_cost),
    }
