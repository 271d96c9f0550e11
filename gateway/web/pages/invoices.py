"""Invoices: the inquiry and one invoice (sdf 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.invoices import awaiting_review, search_invoices, show_invoice
from gateway.domain.access import Authority
from gateway.domain.outcome import InvoiceState
from gateway.store.queries import InvoiceSearch
from gateway.web import listing
from gateway.web.pages.invoice_acts import OPEN, offered
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/invoices", may=Authority.INVOICES)
def invoices(visit: Visit) -> Response:
    """The newest invoices, or those that are asked for; how many wait for a yes or no."""
    state = listing.one_of(visit, "state", InvoiceState)
    search = InvoiceSearch(
        vendor=listing.text(visit, "vendor"),
        states=(state,) if state else tuple(InvoiceState),
        number=listing.text(visit, "number"),
        order_number=listing.text(visit, "order_number"),
        sales_order=listing.text(visit, "sales_order"),
        item=listing.text(visit, "item"),
        dated_from=listing.a_day(visit, "dated_from"),
        dated_to=listing.a_day(visit, "dated_to"),
        shipped_from=listing.a_day(visit, "shipped_from"),
        shipped_to=listing.a_day(visit, "shipped_to"),
    )
    page = search_invoices(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "invoices.html",
        search=search,
        state=state,
        states=InvoiceState,
        held=awaiting_review(visit.gateway.store) if visit.may(Authority.INVOICE_REVIEW) else 0,
        page=page,
        paging=listing.paging(visit, page, lambda row: row.id),
    )


@ROUTES.get("/invoices/{number}", may=Authority.INVOICES)
def invoice(visit: Visit) -> Response:
    """One invoice; the address names its vendor where several have used the number."""
    sheet = show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=listing.text(visit, "vendor"))
    may_edit = visit.may(Authority.INVOICE_MAINTENANCE) and sheet.state in OPEN
    return visit.show("invoice.html", sheet=sheet, acts=offered(visit, sheet.state), may_edit=may_edit)
