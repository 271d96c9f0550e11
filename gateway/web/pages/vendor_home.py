"""A vendor's first page: what is new, late, asked and refused, each number a link to what it counts (sdf 9.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

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
    """The first page of the vendor who looks."""
    vendor = vendor_of(visit.desk, visit.scope.vendor or "")
    partial = vendor.invoice_partial_shipments
    found = vendor_home(visit.gateway.store, vendor.code, scope=visit.scope, partial=partial, today=visit.today, now=visit.reading.now)
    return visit.show(
        "home.html",
        vendor=vendor,
        counts=tuple(_counts(visit, found, uses_invoicing=vendor.uses_invoicing)),
        due=due_bars(visit.today, found.due),
        received=[Bar(visit.reading.day(it.on), it.received, f"/orders?entered_from={it.on}&entered_to={it.on}") for it in found.week],
        shipped=[Bar(visit.reading.day(it.on), it.shipped) for it in found.week],
        again=visit.house.landing_refresh_minutes * 60,
    )


def _counts(visit: Visit, found: Home, *, uses_invoicing: bool) -> Iterator[Count]:
    """What stands in the boxes, as far as somebody may open it."""
    new, held = found.lines[LineStatus.NEW], found.lines[LineStatus.HELD]
    yield Count("new lines", new, "/slips" if visit.may(Authority.PACK_SLIPS) else "/orders?line_status=New+Order", _busy(new))
    to_ship, place = found.lines[LineStatus.IN_PROCESS], "/shipments" if visit.may(Authority.SHIPPING) else "/orders?line_status=In+Process"
    yield Count("lines to ship", to_ship, place, _busy(to_ship))
    yield Count("lines late", found.late, f"/orders?due_to={visit.today - DAY}", "broken" if found.late else "quiet")
    yield Count("lines held", held, "/orders?line_status=Held", "paused" if held else "quiet")
    if visit.may(Authority.CHANGE_REQUESTS):
        yield Count("requests wait", found.requests, "/requests", "asked" if found.requests else "quiet")
    if visit.may(Authority.FILES):
        path = "/uploads?taken=no" if visit.may(Authority.SHIPPING_UPLOAD) else "/messages"
        yield Count("files not taken this week", found.refused_files, path, "broken" if found.refused_files else "quiet")
    if visit.may(Authority.INVOICES) and uses_invoicing:
        path = "/uninvoiced" if visit.may(Authority.INVOICE_MAINTENANCE) else "/invoices"
        yield Count("shipments to invoice", found.uninvoiced, path, _busy(found.uninvoiced))
        for state, tone in ((InvoiceState.NEW, "moving"), (InvoiceState.HELD, "paused"), (InvoiceState.REJECTED, "broken")):
            number = found.invoices.get(state, 0)
            yield Count(f"invoices {state.value.lower()}", number, f"/invoices?state={state.value}", tone if number else "quiet")


def _busy(number: int) -> str:
    return "moving" if number else "quiet"


def due_bars(today: date, due: Due | DueLines) -> list[Bar]:
    """Open lines by how near their due date is, each a link to its orders."""
    soon, very = today + SOON, today - WEEK
    return [
        Bar("very late", due.very_late, f"/orders?due_to={very - DAY}", "bad"),
        Bar("late", due.late, f"/orders?due_from={very}&due_to={today - DAY}", "bad"),
        Bar("now, within 2 days", due.soon, f"/orders?due_from={today}&due_to={soon}"),
        Bar("later", due.later, f"/orders?due_from={soon + DAY}", "soft"),
    ]
