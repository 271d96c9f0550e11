"""Reports: how long things have been open, the status of lines, a partner's file beside the store; as pages, CSV and workbooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway import reports
from gateway.desk.master import every_vendor
from gateway.desk.reports import Ages, Compared, Comparison, aged, compared_content, count_listed, listed
from gateway.domain.access import Authority
from gateway.domain.formats import DateFormat
from gateway.domain.order import LineStatus
from gateway.domain.reference import Reference
from gateway.kernel.errors import ConfigError, Refused
from gateway.reports.aging import HEADINGS, Since, What, read_bounds, summary, summary_headings
from gateway.store.queries import ItemStatusSearch
from gateway.web import listing
from gateway.web.routes import Routes

if TYPE_CHECKING:
    import pandas as pd

    from gateway.web.visit import Visit

ROUTES = Routes()
ROWS = 100
"""Rows on a page; a file has all of them."""
MOST = 200_000
"""Lines that a report at the console holds; the command line has no such end."""
BUCKETS = "7,14,30,60"
DAYS = 30
"""Lines of orders of so many days, where nothing else is asked for."""
MOST_DAYS, LONGEST = 3_650, 9
NAME = "report"
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class Shape(StrEnum):
    """How a report is wanted."""

    PAGE = "page"
    CSV = "csv"
    XLSX = "xlsx"


@ROUTES.get("/reports", may=Authority.REPORTS)
def index(visit: Visit) -> Response:
    """What can be asked for."""
    return _index(visit)


@ROUTES.get("/reports/aging", may=Authority.REPORTS)
def aging(visit: Visit) -> Response:
    """How long lines, batches or invoices have been open."""
    reference = _reference(visit)
    what, since = listing.one_of(visit, "what", What) or What.LINES, listing.one_of(visit, "by", Since) or Since.ENTERED
    try:
        bounds = read_bounds(listing.text(visit, "buckets") or BUCKETS)
        vendor = _vendor(visit, reference)
    except ConfigError as error:
        return _index(visit, told=error.problems)
    reading = visit.reading
    today = reading.now.astimezone(reading.zone).date()
    if visit.doubts:
        return _index(visit)
    wanted = Ages(what=what, vendor=vendor, since=since, bounds=bounds, today=today, zone=reading.zone, most=MOST)
    frame = aged(visit.gateway.store, reference, wanted)
    return _told(
        visit,
        frame,
        HEADINGS[what],
        title=f"Open {what.value} by age",
        name=f"aging-{what.value}",
        above=(summary(frame, bounds), summary_headings(frame, what, bounds)) if len(frame) else None,
    )


@ROUTES.get("/reports/items", may=Authority.REPORTS)
def items(visit: Visit) -> Response:
    """The status of every line of the orders of the last days, or of fixed ones."""
    reference = _reference(visit)
    reading = visit.reading
    today = reading.now.astimezone(reading.zone).date()
    status = listing.one_of(visit, "status", LineStatus)
    try:
        vendor, rolling = _vendor(visit, reference), _rolling(visit)
    except ConfigError as error:
        return _index(visit, told=error.problems)
    search = ItemStatusSearch(
        entered_from=listing.a_day(visit, "from") or today - timedelta(days=rolling),
        entered_to=listing.a_day(visit, "to") or today,
        vendor=vendor,
        brand=listing.text(visit, "brand"),
        statuses=(status,) if status else tuple(LineStatus),
    )
    if visit.doubts:  # a report that leaves out a filter tells of more than was meant
        return _index(visit)
    is_page = _shape(visit) is Shape.PAGE
    frame = listed(visit.gateway.store, reference, search, most=ROWS if is_page else MOST)
    count = count_listed(visit.gateway.store, search, most=MOST) if is_page and len(frame) == ROWS else None
    return _told(visit, frame, reports.items.HEADINGS, title="Status of order lines", name="items", count=count)


def _rolling(visit: Visit) -> int:
    """Of how many days, counted back from today."""
    told = listing.text(visit, "days") or str(DAYS)
    if not (told.isascii() and told.isdigit() and 0 < int(told[:LONGEST]) <= MOST_DAYS):
        raise ConfigError(f"the last days are a whole number from 1 to {MOST_DAYS:,}, not '{told}'")
    return int(told[:LONGEST])


@ROUTES.post("/reports/reconcile", may=Authority.REPORTS)
def reconcile(visit: Visit) -> Response:
    """A partner's file beside the store; nothing is changed, and the file is not kept."""
    upload = visit.file("file")
    try:
        if upload is None:
            raise ConfigError("choose the partner's file")
        gateway, reference = visit.gateway, _reference(visit)
        name, found = compared_content(
            gateway.store, gateway.workspace, reference, upload.filename or "", upload.file.read(), _comparison(visit)
        )
        told = _differences(found, name)
    except (ConfigError, Refused) as error:
        faults = error.problems if isinstance(error, ConfigError) else tuple(str(issue) for issue in error.issues)
        return _index(visit, told=faults)
    return _told(visit, found.frame, reports.reconcile.HEADINGS, title="Differences", name="differences", said=told, can_repeat=False)


def _differences(found: Compared, name: str) -> tuple[str, ...]:
    counted = ", ".join(f"{count} {finding}" for finding, count in reports.reconcile.counts(found.frame).items() if count)
    said = [f"{name}: {len(found.theirs.frame)} rows of theirs, {found.ours} lines of ours, compared: {', '.join(found.theirs.fields)}."]
    if found.theirs.ignored:
        said.append(f"Columns that mean nothing to us: {', '.join(found.theirs.ignored)}.")
    return (*said, f"{counted}." if counted else "Everything agrees.")


def _comparison(visit: Visit) -> Comparison:
    side, _, code = visit.field("whose").partition(":")
    dates = next((it for it in DateFormat if it.value == visit.field("dates")), DateFormat.ISO)
    return Comparison(
        vendor=code if side == "vendor" else None,
        system=code if side == "system" else None,
        mapping=visit.field("mapping") or None,
        dates=dates,
        entered_from=listing.a_day(visit, "from"),
        entered_to=listing.a_day(visit, "to"),
    )


def _told(
    visit: Visit,
    frame: pd.DataFrame,
    headings: Mapping[str, str],
    *,
    title: str,
    name: str,
    said: tuple[str, ...] = (),
    above: tuple[pd.DataFrame, Mapping[str, str]] | None = None,
    can_repeat: bool = True,
    count: int | None = None,
) -> Response:
    """The report in the shape that is asked for; `count` is how many rows there are where the frame has not all of them."""
    shape = _shape(visit)
    if shape is not Shape.PAGE:
        return _file(frame, headings, name=name, shape=shape, title=title)
    return visit.show(
        "report.html",
        title=title,
        said=said,
        count=len(frame) if count is None else min(count, MOST),
        most=MOST,
        headings=headings,
        rows=frame.head(ROWS).to_dict("records"),
        above=None if above is None else (above[1], above[0].to_dict("records")),
        query="&".join(part for part in visit.url.partition("?")[2].split("&") if part and not part.startswith("as=")),
        path=visit.url.partition("?")[0],
        can_repeat=can_repeat,
        cell=lambda value: _cell(visit, value),
    )


def _shape(visit: Visit) -> Shape:
    return next((it for it in Shape if it.value == visit.field("as")), Shape.PAGE)


def _file(frame: pd.DataFrame, headings: Mapping[str, str], *, name: str, shape: Shape, title: str) -> Response:
    with TemporaryDirectory(prefix="gateway-report-") as folder:
        path = Path(folder) / f"{NAME}.{shape.value}"
        if shape is Shape.CSV:
            reports.write_csv(frame, path, headings)
        else:
            reports.write_xlsx(frame, path, headings, sheet=title[:31])
        body = path.read_bytes()
    return Response(body, media_type=MEDIA[shape.value], headers={"Content-Disposition": f'attachment; filename="{name}.{shape.value}"'})


def _cell(visit: Visit, value: Any) -> tuple[str, bool]:
    """A value as who looks reads it, and whether it is a number."""
    match value:
        case None:
            return "", False
        case bool():
            return ("yes" if value else "no"), False
        case datetime():
            return visit.reading.exactly(value), False
        case date():
            return visit.reading.day(value), False
        case Decimal():
            return visit.reading.amount(value), True
        case int():
            return visit.reading.count(value), True
        case float():
            return ("", False) if value != value else (visit.reading.count(int(value)), True)  # noqa: PLR0124 (no number is itself)
        case _:
            return str(value), False


def _reference(visit: Visit) -> Reference:
    return every_vendor(visit.gateway.master.references, visit.gateway.store)


def _vendor(visit: Visit, reference: Reference) -> str | None:
    vendor = listing.text(visit, "vendor")
    if vendor is not None and vendor not in reference.vendors:
        raise ConfigError(f"there is no vendor {vendor}")
    return vendor


def _index(visit: Visit, *, told: tuple[str, ...] = ()) -> Response:
    return visit.show(
        "reports.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if told or visit.doubts else HTTPStatus.OK,
        told=told,
        whats=What,
        sinces=Since,
        statuses=LineStatus,
        dates=DateFormat,
        shapes=(("page", "a page"), ("csv", "CSV"), ("xlsx", "a workbook")),
        reference=_reference(visit),
        names=visit.gateway.library.names(),
        buckets=BUCKETS,
        days=DAYS,
    )
