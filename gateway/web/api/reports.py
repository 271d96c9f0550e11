"""Reports as rows of named values; the same as CSV and workbooks are at /reports/aging, items and reconcile, with `as`, for a key too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from gateway.desk.master import every_vendor
from gateway.desk.reports import Ages, Comparison, aged, compared_content, listed
from gateway.domain.access import Authority
from gateway.domain.formats import DateFormat
from gateway.domain.order import LineStatus
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown
from gateway.reports import reconcile
from gateway.reports.aging import Since, What, buckets, read_bounds, summary
from gateway.store.queries import ItemStatusSearch
from gateway.web.api.operations import Api

if TYPE_CHECKING:
    import pandas as pd

    from gateway.domain.reference import Reference
    from gateway.web.visit import Visit

API = Api()
MOST = 50_000
DAYS = 30
BUCKETS = "7,14,30,60"
Cell = str | int | None


class Table(Struct, frozen=True, kw_only=True):
    """A report: its rows, each with the same names; amounts and days are text."""

    rows: tuple[dict[str, Cell], ...]


class Aging(Table, frozen=True, kw_only=True):
    """What is open, the oldest first; `summary` is the same counted by bucket."""

    buckets: tuple[str, ...]
    summary: tuple[dict[str, Cell], ...]


class Theirs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a partner has written down: a vendor's, or that of a retailer's system; `content` is base64.

    CSV, unless a mapping reads it. `columns` says what headings mean that are not known; `dates` how days are written.
    """

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    content: Annotated[bytes, Meta(min_length=1)]
    vendor: str | None = None
    system: str | None = None
    mapping: str | None = None
    columns: dict[str, str] = {}
    dates: DateFormat = DateFormat.ISO
    entered_from: date | None = None
    entered_to: date | None = None


class Differences(Table, frozen=True, kw_only=True):
    """Every difference; before them how many rows of theirs and lines of ours there are, and which fields were compared.

    `ignored` are columns that mean nothing here, `findings` how many there are of each kind.
    """

    file: str
    theirs: int
    ours: int
    compared: tuple[str, ...]
    ignored: tuple[str, ...]
    findings: dict[str, int]


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


@API.get("/reports/aging", may=Authority.REPORTS, query=AgingQuery, answer=Aging)
def report_aging(visit: Visit, asked: AgingQuery) -> Aging:
    """How long lines, batches or invoices have been open."""
    zone, bounds, reference = visit.reading.zone, read_bounds(asked.buckets), _reference(visit, asked.vendor)
    wanted = Ages(what=asked.what, vendor=asked.vendor, since=asked.by, bounds=bounds, today=visit.today, zone=zone, most=MOST)
    frame = aged(visit.gateway.store, reference, wanted)
    return Aging(rows=_rows(frame), buckets=buckets(bounds), summary=_rows(summary(frame, bounds)))


@API.get("/reports/items", may=Authority.REPORTS, query=ItemsQuery, answer=Table)
def report_items(visit: Visit, asked: ItemsQuery) -> Table:
    """The status of every line of the orders of some days."""
    search = ItemStatusSearch(
        entered_from=asked.entered_from or visit.today - timedelta(days=DAYS),
        entered_to=asked.entered_to or visit.today,
        vendor=asked.vendor,
        brand=asked.brand,
        statuses=asked.status or tuple(LineStatus),
    )
    return Table(rows=_rows(listed(visit.gateway.store, _reference(visit, asked.vendor), search, most=MOST)))


@API.post("/reports/reconcile", may=Authority.REPORTS, body=Theirs, answer=Differences)
def report_differences(visit: Visit, said: Theirs) -> Differences:
    """A partner's file beside the store; nothing is changed, and the file is not kept."""
    gateway = visit.gateway
    asked = Comparison(**{name: getattr(said, name) for name in Comparison.__struct_fields__})
    file, found = compared_content(gateway.store, gateway.workspace, _reference(visit), said.name, said.content, asked)
    return Differences(
        rows=_rows(found.frame),
        file=file,
        theirs=len(found.theirs.frame),
        ours=found.ours,
        compared=found.theirs.fields,
        ignored=found.theirs.ignored,
        findings=reconcile.counts(found.frame),
    )


def _reference(visit: Visit, vendor: str | None = None) -> Reference:
    """The master data with all vendors; ConfigError for a vendor that there is not."""
    reference = every_vendor(visit.gateway.master.references, visit.gateway.store)
    if vendor is not None and vendor not in reference.vendors:
        raise ConfigError(f"vendor: {unknown(vendor, reference.vendors, what='vendor')}")
    return reference


def _rows(frame: pd.DataFrame) -> tuple[dict[str, Cell], ...]:
    return tuple(dict(_cells(row)) for row in frame.to_dict("records"))


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
