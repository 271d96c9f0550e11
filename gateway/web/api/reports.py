"""Reports as rows of named values; the same as CSV and workbooks are at /reports/aging and /reports/items with `as`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gateway.desk.master import every_vendor
from gateway.desk.reports import Ages, aged, listed
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus
from gateway.reports.aging import Since, What, read_bounds
from gateway.store.queries import ItemStatusSearch
from gateway.web.api.operations import Api

if TYPE_CHECKING:
    import pandas as pd

    from gateway.web.visit import Visit

API = Api()
MOST = 50_000
DAYS = 30
BUCKETS = "7,14,30,60"
Cell = str | int | None


class Table(Struct, frozen=True, kw_only=True):
    """A report: its rows, each with the same names; amounts and days are text."""

    rows: tuple[dict[str, Cell], ...]


class AgingQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked at, and how ages are grouped (days, rising)."""

    what: What = What.LINES
    by: Since = Since.ENTERED
    vendor: str | None = None
    buckets: str = BUCKETS


class ItemsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines of orders of these days, the last thirty where nothing is said."""

    vendor: str | None = None
    brand: str | None = None
    status: tuple[LineStatus, ...] = ()
    entered_from: date | None = None
    entered_to: date | None = None


@API.get("/reports/aging", may=Authority.REPORTS, query=AgingQuery, answer=Table)
def report_aging(visit: Visit, asked: AgingQuery) -> Table:
    """How long lines, batches or invoices have been open."""
    gateway, zone = visit.gateway, visit.reading.zone
    wanted = Ages(
        what=asked.what, vendor=asked.vendor, since=asked.by, bounds=read_bounds(asked.buckets), today=visit.today, zone=zone, most=MOST
    )
    return _table(aged(gateway.store, every_vendor(gateway.master.references, gateway.store), wanted))


@API.get("/reports/items", may=Authority.REPORTS, query=ItemsQuery, answer=Table)
def report_items(visit: Visit, asked: ItemsQuery) -> Table:
    """The status of every line of the orders of some days."""
    gateway = visit.gateway
    search = ItemStatusSearch(
        entered_from=asked.entered_from or visit.today - timedelta(days=DAYS),
        entered_to=asked.entered_to or visit.today,
        vendor=asked.vendor,
        brand=asked.brand,
        statuses=asked.status or tuple(LineStatus),
    )
    return _table(listed(gateway.store, every_vendor(gateway.master.references, gateway.store), search, most=MOST))


def _table(frame: pd.DataFrame) -> Table:
    return Table(rows=tuple(dict(_cells(row)) for row in frame.to_dict("records")))


def _cells(row: dict[Any, Any]) -> Iterator[tuple[str, Cell]]:
    for name, value in row.items():
        if value is None or value != value:  # noqa: PLR0124 (what is no number is not even itself)
            yield str(name), None
        elif hasattr(value, "isoformat"):
            yield str(name), value.isoformat()
        elif isinstance(value, bool | str) or not hasattr(value, "__index__"):
            yield str(name), str(value)
        else:
            yield str(name), int(value)
