"""A vendor's first page: what is new, late, asked and refused, each number a link to what it counts (sdf 9.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from gateway.desk.slips import vendor_of
from gateway.desk.vendor_home import SOON, WEEK, Due, Home, vendor_home
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus
from gateway.domain.outcome import InvoiceState
from gateway.store.queries.flow import DueLines

if TYPE_CHECKING:
    from gateway.web.visit import Visit

DAY = timedelta(days=1)


class Count(Struct, frozen=True):
    """One number, what it counts, how it stands out, and where it leads."""

    word: str
    number: int
    path: str
    tone: str


class Bar(Struct, frozen=True):
    """One bar of a chart."""

    word: str
    number: int
    path: str = ""
    tone: str = ""


def home(visit: Visit) -> Response:
    """The first page of the vendor who looks, of all brands or of one (sdf 9.4)."""
    vendor, store = vendor_of(visit.desk, visit.scope.vendor or ""), visit.gateway.store
    brands = visit.desk.master.references.now(store).brands
    brand = brands.get(visit.query.get("brand", ""))
    code = brand.code if brand else None
    partial = vendor.invoice_partial_shipments
    found = vendor_home(store, vendor.code, scope=visit.scope, partial=partial, today=visit.today, now=visit.reading.now, brand=code)
    of_all = _of_invoices(visit, found) if code is None and vendor.uses_invoicing else ()
    return visit.show(
        "home.html",
        again=visit.house.landing_refresh_minutes * 60,
        vendor=vendor,
        brand=brand,
        brands=sorted(brands.values(), key=lambda it: it.name or it.code),
        counts=(*_of_lines(visit, found, code), *(_of_files(visit, found) if code is None else ()), *of_all),
        due=due_bars(visit.today, found.due, brand=code),
        received=[Bar(visit.reading.day(it.on), it.received, _orders(code, entered_from=it.on, entered_to=it.on)) for it in found.week],
        shipped=[Bar(visit.reading.day(it.on), it.shipped) for it in found.week],
    )


def _of_lines(visit: Visit, found: Home, brand: str | None) -> Iterator[Count]:
    """What is counted of orders, as far as somebody may open it. A screen that knows no brand is not where a number of one brand leads."""
    new, held, to_ship = (found.lines[it] for it in (LineStatus.NEW, LineStatus.HELD, LineStatus.IN_PROCESS))
    prints, ships = (brand is None and visit.may(it) for it in (Authority.PACK_SLIPS, Authority.SHIPPING))
    yield Count("new lines", new, "/slips" if prints else _orders(brand, line_status="New Order"), _busy(new))
    yield Count("lines to ship", to_ship, "/shipments" if ships else _orders(brand, line_status="In Process"), _busy(to_ship))
    yield Count("lines late", found.late, _orders(brand, due_to=visit.today - DAY), "broken" if found.late else "quiet")
    yield Count("lines held", held, _orders(brand, line_status="Held"), "paused" if held else "quiet")
    if visit.may(Authority.CHANGE_REQUESTS):
        path = "/requests" if brand is None else _orders(brand, pending=1)
        yield Count("requests wait", found.requests, path, "asked" if found.requests else "quiet")


def _of_files(visit: Visit, found: Home) -> Iterator[Count]:
    if visit.may(Authority.FILES):
        path = "/uploads?taken=no" if visit.may(Authority.SHIPPING_UPLOAD) else "/messages"
        yield Count("files not taken this week", found.refused_files, path, "broken" if found.refused_files else "quiet")


def _of_invoices(visit: Visit, found: Home) -> Iterator[Count]:
    if visit.may(Authority.INVOICES):
        path = "/uninvoiced" if visit.may(Authority.INVOICE_MAINTENANCE) else "/invoices"
        yield Count("shipments to invoice", found.uninvoiced, path, _busy(found.uninvoiced))
        for state, tone in ((InvoiceState.NEW, "moving"), (InvoiceState.HELD, "paused"), (InvoiceState.REJECTED, "broken")):
            number = found.invoices.get(state, 0)
            yield Count(f"invoices {state.value.lower()}", number, f"/invoices?state={state.value}", tone if number else "quiet")


def _orders(brand: str | None, **asked: object) -> str:
    """The list of orders that are like that, of this brand where one is chosen."""
    return f"/orders?{urlencode({**asked, **({'brand': brand} if brand else {})})}"


def _busy(number: int) -> str:
    return "moving" if number else "quiet"


def due_bars(today: date, due: Due | DueLines, *, brand: str | None = None) -> list[Bar]:
    """Open lines by how near their due date is, each a link to its orders."""
    soon, very = today + SOON, today - WEEK
    return [
        Bar("very late", due.very_late, _orders(brand, due_to=very - DAY), "bad"),
        Bar("late", due.late, _orders(brand, due_from=very, due_to=today - DAY), "bad"),
        Bar("now, within 2 days", due.soon, _orders(brand, due_from=today, due_to=soon)),
        Bar("later", due.later, _orders(brand, due_from=soon + DAY), "soft"),
    ]
