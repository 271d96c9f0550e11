"""Shipments that nobody has billed, and an invoice made of those that the vendor chooses (sdf 4.4, 9.4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace
from starlette.responses import Response

from gateway.desk import invoice_acts
from gateway.desk.invoices import uninvoiced
from gateway.desk.slips import vendor_of
from gateway.domain.access import Authority
from gateway.domain.bill_shipments import MOST, Chosen, Ending
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.kernel.errors import RuleBroken, StoreBusy
from gateway.store.queries import UninvoicedSearch
from gateway.web import listing
from gateway.web.forms import OF_LINE, Filled
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.kernel.issues import Issue
    from gateway.web.visit import Visit

ROUTES = Routes()
CHARGES = ("freight", "handling", "other")
FIELDS = ("number", "date", "description", *CHARGES)
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
    changes = _read(form, chosen)
    if form.is_wrong:
        return _page(visit, form)
    wanted = Chosen(
        number=number,
        date=dated or visit.today,
        shipments=chosen,
        changes=changes,
        ending=Ending.SUBMIT if visit.field("step") == SUBMIT else Ending.SAVE,
    )
    try:
        done = invoice_acts.make(visit.desk, wanted, vendor=vendor)
    except RuleBroken as error:
        form.blame((_of_shipment(it, chosen) for it in error.issues), [*FIELDS, *(_cost_of(it) for it in chosen)])
        return _page(visit, form)
    except StoreBusy as error:
        form.general.append(f"{error}; look again at what is left.")
        return _page(visit, form)
    return visit.go(f"/invoices/{segment(done.number)}", vendor=done.vendor)


def _read(form: Filled, chosen: tuple[int, ...]) -> InvoiceEdit:
    """Charges, and the unit costs that are asked for; those of the orders where the form has none."""
    return InvoiceEdit(
        description=form.text("description", most=80) or None,
        freight=form.charge_if_told("freight"),
        handling=form.charge_if_told("handling"),
        other=form.charge_if_told("other"),
        lines=tuple(LineEdit(line_no=place, unit_cost=form.charge_if_told(_cost_of(it))) for place, it in enumerate(chosen, 1)),
    )


def _cost_of(shipment: int) -> str:
    return f"unit_cost.{shipment}"


def _of_shipment(issue: Issue, chosen: tuple[int, ...]) -> Issue:
    """What is wrong with a line of the invoice, told of the shipment that it bills."""
    place = OF_LINE.fullmatch(issue.where)
    number = int(place[1]) if place else 0
    return replace(issue, where=f"line {chosen[number - 1]}") if 0 < number <= len(chosen) else issue


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
