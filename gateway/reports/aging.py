"""How long things have been open: lines that nobody has shipped, batches nobody has closed, invoices nobody has posted.

Ages are whole days up to the day of the report; what lies in the future has an age below zero and stands in the first bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, tzinfo
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.domain.order import LineStatus
from gateway.domain.outcome import BatchState, InvoiceState
from gateway.kernel.errors import ConfigError
from gateway.kernel.money import ZERO, cents

if TYPE_CHECKING:
    import pandas as pd

    from gateway.domain.reference import Reference
    from gateway.store.queries import BatchRow, InvoiceRow, ItemStatus

USUAL = (7, 14, 30, 60)
OPEN_LINES = (LineStatus.NEW, LineStatus.IN_PROCESS, LineStatus.HELD)
OPEN_BATCHES = (BatchState.CUTTING, BatchState.OPEN, BatchState.ACKNOWLEDGED)
OPEN_INVOICES = (InvoiceState.NEW, InvoiceState.HELD, InvoiceState.REJECTED, InvoiceState.APPROVED)


class What(StrEnum):
    """What is looked at."""

    LINES = "lines"
    BATCHES = "batches"
    INVOICES = "invoices"


class Since(StrEnum):
    """From which day a line counts: when its order was entered, or when it was due."""

    ENTERED = "entered"
    DUE = "due"


HEADINGS: Mapping[What, Mapping[str, str]] = MappingProxyType(
    {
        What.LINES: {
            "vendor": "Vendor",
            "vendor_name": "Vendor name",
            "order_number": "PO",
            "line": "Line",
            "item": "Item",
            "status": "Status",
            "open": "Open",
            "amount": "Amount",
            "currency": "Currency",
            "since": "Since",
            "age": "Days",
            "bucket": "Bucket",
        },
        What.BATCHES: {
            "vendor": "Vendor",
            "vendor_name": "Vendor name",
            "batch": "Batch",
            "channel": "Channel",
            "status": "State",
            "orders": "Orders",
            "lines": "Lines",
            "since": "Since",
            "age": "Days",
            "bucket": "Bucket",
        },
        What.INVOICES: {
            "vendor": "Vendor",
            "vendor_name": "Vendor name",
            "invoice": "Invoice",
            "status": "State",
            "amount": "Amount",
            "currency": "Currency",
            "since": "Since",
            "age": "Days",
            "bucket": "Bucket",
        },
    }
)
SUMMED = ("vendor", "vendor_name", "status", "currency")
"""By what a summary is grouped, as far as there is such a column."""


def read_bounds(text: str) -> tuple[int, ...]:
    """The upper days of buckets, as `7,14,30,60`.

    >>> read_bounds("7, 30")
    (7, 30)
    """
    pieces = [piece.strip() for piece in text.split(",")]
    if not all(piece.isascii() and piece.isdigit() for piece in pieces):
        raise ConfigError(f"buckets: '{text}' is not a list of days; write for example 7,14,30,60")
    bounds = tuple(int(piece) for piece in pieces)
    if list(bounds) != sorted(set(bounds)) or bounds[-1] > 36_500:
        raise ConfigError(f"buckets: '{text}' must rise and end below 100 years")
    return bounds


def buckets(bounds: Sequence[int]) -> tuple[str, ...]:
    """The names of the buckets, the youngest first.

    >>> buckets((7, 30))
    ('to 7', '8 to 30', 'over 30')
    """
    steps = [f"{low + 1} to {high}" for low, high in pairwise(bounds)]
    return (f"to {bounds[0]}", *steps, f"over {bounds[-1]}")


def lines_frame(found: Iterable[ItemStatus], reference: Reference, *, today: date, since: Since, bounds: Sequence[int]) -> pd.DataFrame:
    """Lines that have something open; by due date only those that have one."""
    rows: list[dict[str, Any]] = []
    for line in found:
        start = line.entered_on if since is Since.ENTERED else line.due_on
        left = line.ordered - line.shipped - line.cancelled
        if start is not None and left > 0:
            rows.append(
                {
                    "vendor": line.vendor,
                    "order_number": line.order_number,
                    "line": line.line,
                    "item": line.item,
                    "status": line.status,
                    "open": left,
                    "amount": cents(left * line.unit_cost),
                    "currency": line.currency,
                    "since": start,
                }
            )
    return _aged(rows, What.LINES, reference, today=today, bounds=bounds)


def batches_frame(found: Iterable[BatchRow], reference: Reference, *, today: date, zone: tzinfo, bounds: Sequence[int]) -> pd.DataFrame:
    """Batches of which something is neither shipped nor cancelled."""
    rows = [
        {
            "vendor": it.vendor,
            "batch": it.number,
            "channel": it.channel,
            "status": it.state.value,
            "orders": it.orders,
            "lines": it.lines,
            "since": it.made_at.astimezone(zone).date(),
        }
        for it in found
    ]
    return _aged(rows, What.BATCHES, reference, today=today, bounds=bounds)


def invoices_frame(found: Iterable[InvoiceRow], reference: Reference, *, today: date, bounds: Sequence[int]) -> pd.DataFrame:
    """Invoices that are not posted."""
    rows = [
        {
            "vendor": it.vendor,
            "invoice": it.number,
            "status": it.state.value,
            "amount": it.total,
            "currency": it.currency,
            "since": it.dated_on,
        }
        for it in found
    ]
    return _aged(rows, What.INVOICES, reference, today=today, bounds=bounds)


def summary(frame: pd.DataFrame, bounds: Sequence[int]) -> pd.DataFrame:
    """How many stand in each bucket, by vendor and status (and currency, with the amount)."""
    groups = [name for name in SUMMED if name in frame.columns]
    names = list(buckets(bounds))
    counted = frame[groups].drop_duplicates().sort_values(groups, kind="stable", ignore_index=True)
    for name in names:
        inside = frame[frame["bucket"] == name].groupby(groups).size()
        counted[name] = [int(inside.get(key, 0)) for key in _keys(counted, groups)]
    grouped = frame.groupby(groups)
    counted["count"] = counted[names].sum(axis=1).astype("int64")
    oldest = grouped["age"].max()
    counted["oldest"] = [int(oldest[key]) for key in _keys(counted, groups)]
    if "amount" in frame.columns:
        amounts = grouped["amount"].agg(_sum)
        counted["amount"] = [amounts[key] for key in _keys(counted, groups)]
    return counted


def _keys(frame: pd.DataFrame, groups: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(frame[list(groups)].itertuples(index=False, name=None))


def summary_headings(frame: pd.DataFrame, what: What, bounds: Sequence[int]) -> dict[str, str]:
    """The columns of a summary."""
    headings = {name: HEADINGS[what][name] for name in SUMMED if name in frame.columns}
    headings |= {name: name for name in buckets(bounds)} | {"count": "All", "oldest": "Oldest"}
    return headings | ({"amount": "Amount"} if "amount" in frame.columns else {})


def _aged(rows: Sequence[Mapping[str, Any]], what: What, reference: Reference, *, today: date, bounds: Sequence[int]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame([dict(row) for row in rows], columns=[name for name in HEADINGS[what] if name not in _MADE], dtype=object)
    names = {code: vendor.name for code, vendor in reference.vendors.items()}
    frame["vendor_name"] = [names.get(code, "") for code in frame["vendor"]]
    frame["age"] = pd.Series([(today - since).days for since in frame["since"]], dtype="int64", index=frame.index)
    edges = [-10_000_000, *bounds, 10_000_000]
    frame["bucket"] = pd.cut(frame["age"], bins=edges, labels=list(buckets(bounds))).astype(object)
    return frame[list(HEADINGS[what])].sort_values("age", ascending=False, kind="stable", ignore_index=True)


_MADE = frozenset({"vendor_name", "age", "bucket"})


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
