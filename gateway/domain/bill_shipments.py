"""An invoice from shipments that nobody has billed: those a vendor chooses, and those it confirms under a number (sdf 4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.balance import state_when_submitted, why_held
from gateway.domain.bill import billed, is_billable, mixed
from gateway.domain.invoice_edit import NOTHING, InvoiceEdit, edited, faults
from gateway.domain.invoice_events import InvoiceAction, told
from gateway.domain.invoice_number import may_bill, number_issues, used
from gateway.domain.invoice_values import date_issues
from gateway.domain.order import Line, PurchaseOrder, Stage
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    InvoiceDocument,
    InvoiceLineState,
    InvoiceState,
    NewInvoice,
    Outcome,
    ShipmentRecord,
    Verdict,
    refused,
)
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue
from gateway.kernel.money import ZERO

MOST = 500
"""So many uninvoiced shipments are listed, and can stand on one invoice made from the list."""


class Ending(Enum):
    """What the vendor chooses when an invoice is made: to save it for changes, or to hand it in."""

    SAVE = "save"
    SUBMIT = "submit"


class Chosen(Struct, frozen=True, kw_only=True):
    """An invoice as it is asked for; `shipments` are ids, their lines are numbered in that order, `changes` name them by these numbers."""

    number: str
    date: date
    shipments: tuple[int, ...]
    changes: InvoiceEdit = NOTHING
    ending: Ending = Ending.SAVE


def create(
    chosen: Chosen,
    *,
    vendor: Vendor,
    orders: Mapping[int, PurchaseOrder],
    shipments: Mapping[int, Sequence[ShipmentRecord]],
    existing: InvoiceDocument | None,
    latest: date,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Bill these shipments at the unit costs of their orders, or at those that `changes` tells: New, or Approved or Held when handed in.

    `orders` and `shipments` by order id hold what the chosen shipments belong to; `existing` is the vendor's invoice of that number;
    `latest` is the last day that it may be dated on.
    """
    issues = [*may_bill(vendor), *number_issues(chosen.number, vendor), *date_issues(chosen.date, latest)]
    if existing is not None:
        issues.append(used(existing))
    if not chosen.shipments:
        issues.append(Issue("INV-14", "the invoice has no lines: choose the shipments it bills", field="shipments", kind="missing"))
    if len(chosen.shipments) > MOST:
        issues.append(Issue("INV-12", f"{len(chosen.shipments)} shipments are chosen; {MOST} are possible", field="shipments"))
    known = {it.id: it for found in shipments.values() for it in found}
    lines: list[InvoiceLineState] = []
    for shipment_id in dict.fromkeys(chosen.shipments):
        line = _billed_line(shipment_id, known.get(shipment_id), orders, vendor=vendor, number=len(lines) + 1)
        if isinstance(line, Issue):
            issues.append(line)
        else:
            lines.append(line)
    touched = [order for order in orders.values() if any(line.order_id == order.id for line in lines)]
    issues += mixed(touched)
    if issues:
        return refused(*issues, key=chosen.number)
    new = begun(chosen.number, lines, vendor=vendor, order=touched[0], dated=chosen.date)
    wrong = faults(new, chosen.changes, latest=latest)
    if wrong:
        return refused(*wrong, key=chosen.number)
    new = edited(new, chosen.changes)
    reason = ""
    if chosen.ending is Ending.SUBMIT:
        new = replace(new, state=state_when_submitted(new, vendor))
        reason = why_held(new, vendor)
    event = told(InvoiceAction.CREATED, None, new, origin=origin, at=at, reason=reason)
    return Outcome(verdict=Verdict.BOOKED, key=chosen.number, changes=(NewInvoice(new, (event,)), *billed(orders.values(), new.lines)))


def begun(number: str, lines: Iterable[InvoiceLineState], *, vendor: Vendor, order: PurchaseOrder, dated: date) -> InvoiceDocument:
    """A New invoice over these lines, without charges and terms."""
    return InvoiceDocument(
        id=0,
        vendor=vendor.code,
        number=number,
        type="DR",
        date=dated,
        system=order.system,
        currency=order.currency,
        state=InvoiceState.NEW,
        lines=tuple(lines),
        freight=ZERO,
        handling=ZERO,
        other=ZERO,
        discount_percent=ZERO,
        discount_days=0,
        gross_days=0,
    )


def line_of(shipment: ShipmentRecord, order: PurchaseOrder, line: Line, *, number: int) -> InvoiceLineState:
    """The line that bills a shipment at the unit cost of its order."""
    return InvoiceLineState(
        line_no=number,
        shipment_id=shipment.id,
        order_id=order.id,
        order_number=order.number,
        order_line=line.number,
        item=line.item,
        quantity=shipment.quantity,
        po_unit_cost=line.unit_cost,
        unit_cost=line.unit_cost,
        freight=ZERO,
        handling=ZERO,
        other=ZERO,
        shipped_on=shipment.shipped_on,
    )


def _billed_line(
    shipment_id: int, shipment: ShipmentRecord | None, orders: Mapping[int, PurchaseOrder], *, vendor: Vendor, number: int
) -> InvoiceLineState | Issue:
    order = orders.get(shipment.order_id) if shipment else None
    line = order.line(shipment.line_no) if shipment and order else None
    if shipment is None or order is None or line is None or order.vendor != vendor.code or order.stage is not Stage.RELEASED:
        return _issue("INV-12", shipment_id, f"shipment {shipment_id} is not known for vendor {vendor.code}")
    if shipment.invoice_id is not None:
        return _issue("INV-13", shipment_id, f"shipment {shipment_id} is invoiced already")
    if not is_billable(line, vendor):
        text = f"shipment {shipment_id}: line {line.number} of order {order.number} is {line.status}, not Shipped"
        return _issue("INV-13", shipment_id, text)
    return line_of(shipment, order, line, number=number)


def _issue(code: str, shipment_id: int, text: str) -> Issue:
    return Issue(code, text, where=f"shipment {shipment_id}", field="shipments", value=str(shipment_id))
