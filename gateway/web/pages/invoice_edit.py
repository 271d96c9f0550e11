"""An invoice that is New or Rejected gets other values: header, terms and lines on one form (sdf 4.4, 9.3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import invoice_acts
from gateway.desk.acting import Mode
from gateway.desk.invoices import InvoiceSheet, show_invoice
from gateway.domain.access import Authority
from gateway.domain.bill_shipments import Ending
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.kernel.errors import RuleBroken
from gateway.web import listing
from gateway.web.forms import Filled
from gateway.web.pages.invoice_acts import OPEN
from gateway.web.problems import denied
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.desk.invoice_acts import InvoiceStep
    from gateway.web.visit import Visit

ROUTES = Routes()
HEADER = (
    *("date", "description", "other_description", "freight", "handling", "other"),
    *("discount_percent", "discount_days", "gross_days"),
)
LINE = ("unit_cost", "freight", "handling", "other", "other_description")
LONGEST = 80


@ROUTES.get("/invoices/{number}/edit", may=Authority.INVOICE_MAINTENANCE)
def form(visit: Visit) -> Response:
    """The values as they are."""
    return _page(visit, _sheet(visit), Filled(visit), None)


@ROUTES.post("/invoices/{number}/edit", may=Authority.INVOICE_MAINTENANCE)
def edit(visit: Visit) -> Response:
    """Look at what it would come to, keep it, or keep it and hand it in; what is wrong stands at its field."""
    sheet, filled = _sheet(visit), Filled(visit)
    changes = _read(sheet, filled)
    step, done = visit.field("step"), None
    mode = Mode.REHEARSAL if step == "preview" or filled.is_wrong else Mode.EARNEST
    try:
        # What can be read is judged although something else cannot: all that is wrong is told at once.
        ending = Ending.SUBMIT if step == "submit" else Ending.SAVE
        done = invoice_acts.edit(visit.desk, sheet.number, changes, vendor=sheet.vendor, ending=ending, mode=mode)
    except RuleBroken as error:
        filled.blame(error.issues, [*HEADER, *(f"{name}.{line.line}" for line in sheet.lines for name in LINE)])
    else:
        if mode is Mode.EARNEST:
            return visit.go(f"/invoices/{segment(sheet.number)}", vendor=sheet.vendor)
    return _page(visit, sheet, filled, done)


def _sheet(visit: Visit) -> InvoiceSheet:
    sheet = show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=listing.text(visit, "vendor"))
    if sheet.state not in OPEN:
        text = f"Invoice {sheet.number} is {sheet.state.value} and cannot be changed"
        raise denied(HTTPStatus.CONFLICT, text, remedy="Only what is New or Rejected can; the retailer can reject one that is Held.")
    return sheet


def _read(sheet: InvoiceSheet, filled: Filled) -> InvoiceEdit:
    dated = filled.day("date")
    if dated is None and "date" not in filled.faults:
        filled.faults["date"] = "say the date of the invoice"
    drop = tuple(it.line for it in sheet.lines if filled.ticked(f"drop.{it.line}"))
    return InvoiceEdit(
        date=dated,
        description=filled.text("description", most=LONGEST),
        other_description=filled.text("other_description", most=LONGEST),
        freight=filled.charge("freight"),
        handling=filled.charge("handling"),
        other=filled.charge("other"),
        discount_percent=filled.charge("discount_percent"),
        discount_days=filled.whole("discount_days") or 0,
        gross_days=filled.whole("gross_days") or 0,
        lines=tuple(_line(filled, it.line) for it in sheet.lines if it.line not in drop),
        drop=drop,
    )


def _line(filled: Filled, number: int) -> LineEdit:
    return LineEdit(
        line_no=number,
        unit_cost=filled.charge(f"unit_cost.{number}"),
        freight=filled.charge(f"freight.{number}"),
        handling=filled.charge(f"handling.{number}"),
        other=filled.charge(f"other.{number}"),
        other_description=filled.text(f"other_description.{number}", most=LONGEST),
    )


def _page(visit: Visit, sheet: InvoiceSheet, filled: Filled, done: InvoiceStep | None) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if filled.is_wrong else HTTPStatus.OK
    return visit.show("invoice_edit.html", status=status, sheet=sheet, form=filled, done=done)
