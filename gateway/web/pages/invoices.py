"""Invoices: the inquiry and one invoice (sdf 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.invoices import InvoiceSheet, awaiting_review, search_invoices, show_invoice
from gateway.desk.pages import UNCOUNTED, Page
from gateway.domain.access import Authority
from gateway.domain.outcome import InvoiceState
from gateway.store.queries import InvoiceRow
from gateway.store.queries.counting import ENOUGH
from gateway.web import listing, searches
from gateway.web.pages.invoice_acts import ACTS, OPEN, offered
from gateway.web.routes import Routes
from gateway.web.watching import declare_watch, watched

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/invoices", may=Authority.INVOICES)
def invoices(visit: Visit) -> Response:
    """The newest invoices, or those that are asked for; how many wait for a yes or no."""
    page = _listed(visit)
    return visit.show(
        "invoices.html",
        search=searches.invoices(visit),
        state=listing.one_of(visit, "state", InvoiceState),
        states=InvoiceState,
        held=awaiting_review(visit.gateway.store) if visit.may(Authority.INVOICE_REVIEW) else 0,
        page=page,
        acts=[(name, spec.word, spec.grave) for name, spec in ACTS.items() if visit.may(spec.may)],
        filtered=listing.filtered(visit),
        paging=listing.paging(visit, page, lambda row: row.id),
        **watched(visit, page.rows),
    )


def _listed(visit: Visit, *, upto: int = ENOUGH) -> Page[InvoiceRow]:
    before = listing.before(visit)
    return search_invoices(visit.gateway.store, searches.invoices(visit), scope=visit.scope, before=before, most=listing.MOST, upto=upto)


@ROUTES.get("/invoices/{number}", may=Authority.INVOICES)
def invoice(visit: Visit) -> Response:
    """One invoice; the address names its vendor where several have used the number."""
    sheet = _one(visit)
    may_edit = visit.may(Authority.INVOICE_MAINTENANCE) and sheet.state in OPEN
    return visit.show("invoice.html", sheet=sheet, acts=offered(visit, sheet.state), may_edit=may_edit, **watched(visit, sheet))


def _one(visit: Visit) -> InvoiceSheet:
    return show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=listing.text(visit, "vendor"))


declare_watch(ROUTES, "/invoices", may=Authority.INVOICES, shown=lambda visit: _listed(visit, upto=UNCOUNTED).rows)
declare_watch(ROUTES, "/invoices/{number}", may=Authority.INVOICES, shown=_one)
