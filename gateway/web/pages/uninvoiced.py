"""Shipments that nobody has billed, and an invoice made of those that the vendor chooses (sdf 4.4, 9.4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import invoice_acts
from gateway.desk.invoices import uninvoiced
from gateway.desk.slips import vendor_of
from gateway.domain.access import Authority
from gateway.domain.bill_shipments import MOST, Chosen, Ending
from gateway.domain.invoice_edit import InvoiceEdit
from gateway.kernel.errors import RuleBroken, StoreBusy
from gateway.store.queries import UninvoicedSearch
from gateway.web import listing
from gateway.web.forms import Filled
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
FIELDS = ("number", "date", "description")
SUBMIT = "submit"


@ROUTES.get("/uninvoiced", may=Authority.INVOICE_MAINTENANCE)
def shipments(visit: Visit) -> Response:
    """What may be billed, the oldest first."""
    return _page(visit, Filled(visit))


@ROUTES.post("/uninvoiced", may=Authority.INVOICE_MAINTENANCE)
def make(visit: Visit) -> Response:
    """Bill the shipments that are ticked: saved as New, or handed in at once."""
    form = Filled(visit)
    vendor = visit.scope.vendor or form.text("vendor", most=10)
    number, dated = form.text("number", most=22), form.day("date")
    if not number:
        form.faults["number"] = "say the number of the invoice"
    chosen = listing.numbers(visit, "shipment", most=MOST + 1)
    if not chosen:
        form.general.append("No shipment is ticked: choose what the invoice bills.")
    description = form.text("description", most=80)
    if form.is_wrong:
        return _page(visit, form)
    wanted = Chosen(
        number=number,
        date=dated or visit.today,
        shipments=chosen,
        changes=InvoiceEdit(description=description or None),
        ending=Ending.SUBMIT if visit.field("step") == SUBMIT else Ending.SAVE,
    )
    try:
        done = invoice_acts.make(visit.desk, wanted, vendor=vendor)
    except RuleBroken as error:
        form.blame(error.issues, FIELDS)
        return _page(visit, form)
    except StoreBusy as error:
        form.general.append(f"{error}; look again at what is left.")
        return _page(visit, form)
    return visit.go(f"/invoices/{segment(done.number)}", vendor=done.vendor)


def _page(visit: Visit, form: Filled) -> Response:
    code = visit.scope.vendor or form.text("vendor", most=10) or None
    search = UninvoicedSearch(
        vendor=code,
        order_number=listing.text(visit, "order_number"),
        item=listing.text(visit, "item"),
        shipped_from=listing.a_day(visit, "shipped_from"),
        shipped_to=listing.a_day(visit, "shipped_to"),
    )
    vendor = vendor_of(visit.desk, code) if code else None
    return visit.show(
        "uninvoiced.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_wrong else HTTPStatus.OK,
        form=form,
        search=search,
        vendor=vendor,
        found=uninvoiced(visit.desk, search),
        ticked=frozenset(listing.numbers(visit, "shipment", most=MOST)),
        most=MOST,
    )
