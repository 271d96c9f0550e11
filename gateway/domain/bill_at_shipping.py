"""A shipment that is confirmed under an invoice number is billed under it, by the same decision (sdf 4.4).

The invoice is saved as New, for changes, and further shipments under its number join it. For a vendor that wants no changes it is
handed in as it is made: it costs what its orders cost, so it balances.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from gateway.documents import Shipment
from gateway.domain.balance import state_when_submitted
from gateway.domain.bill import billed, is_billable, mixed
from gateway.domain.bill_shipments import begun, line_of
from gateway.domain.billed_before import between
from gateway.domain.digest import in_words
from gateway.domain.invoice_events import InvoiceAction, told
from gateway.domain.invoice_number import number_issues, used
from gateway.domain.order import Line, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    Change,
    InvoiceChanged,
    InvoiceDocument,
    InvoiceLineState,
    InvoiceState,
    LinesChanged,
    NewInvoice,
    NewShipment,
    Outcome,
    ShipmentRecord,
    Verdict,
)
from gateway.domain.reference import Reference, Vendor
from gateway.kernel.issues import Issue, Severity


def bill_at_shipping(
    document: Shipment,
    shipped: Outcome,
    *,
    shipments: Sequence[ShipmentRecord],
    existing: InvoiceDocument | None,
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """What the confirmation changes, with its invoice; refused whole when the number cannot be used.

    `shipments` are those stored of the order: what left of a line earlier under the same number is billed with it as soon as the line
    may be billed. `existing` is the vendor's invoice of that number. Only a shipment of the speaker's own order is looked at.
    """
    number = document.invoice_number
    vendor = reference.vendors.get(origin.vendor or document.vendor or "")
    if not number or vendor is None or shipped.order_id is None or shipped.verdict not in {Verdict.BOOKED, Verdict.REFUSED}:
        return shipped
    if not vendor.uses_invoicing:
        return _warned(shipped, Issue("INV-15", f"number {number} is kept with the shipment; vendor {vendor.code} does not use invoicing"))
    order = _order(shipped)
    issues = number_issues(number, vendor, field="invoice_number")
    if existing is not None and existing.state is not InvoiceState.NEW:
        issues.append(used(existing, field="invoice_number"))
    elif existing is not None and order is not None:
        issues += mixed([order], system=existing.system, currency=existing.currency)
    if issues:
        return Outcome(verdict=Verdict.REFUSED, key=shipped.key, order_id=shipped.order_id, issues=(*shipped.issues, *issues))
    if order is None:
        return shipped
    new = [it for it in shipped.changes if isinstance(it, NewShipment)]
    lines = [line for line in order.lines if any(it.line_no == line.number for it in new)]
    ready = [line for line in lines if is_billable(line, vendor)]
    first = max((line.line_no for line in existing.lines), default=0) + 1 if existing is not None else 1
    details = _details(order, ready, number, new=new, shipments=shipments, first=first)
    outcome = _warned(shipped, *[_waits(line, order, number) for line in lines if line not in ready])
    if not details:
        return outcome
    changes = _invoiced(number, details, order, existing, vendor=vendor, origin=origin, at=at)
    return replace(outcome, changes=(*shipped.changes, changes, *billed([order], details)))


def _order(shipped: Outcome) -> PurchaseOrder | None:
    """The order as the shipment leaves it."""
    found = [change.order for change in shipped.changes if isinstance(change, LinesChanged)]
    return found[-1] if found else None


def _details(
    order: PurchaseOrder,
    lines: Sequence[Line],
    number: str,
    *,
    new: Sequence[NewShipment],
    shipments: Sequence[ShipmentRecord],
    first: int,
) -> list[InvoiceLineState]:
    """What is billed of these lines: what left earlier under the number, then what leaves now."""
    details: list[InvoiceLineState] = []
    for line in lines:
        for known in shipments:
            if known.line_no == line.number and known.invoice_number == number and known.invoice_id is None:
                details.append(line_of(known, order, line, number=first + len(details)))
        for it in new:
            if it.line_no == line.number:
                record = ShipmentRecord(id=0, order_id=order.id, line_no=line.number, quantity=it.quantity, shipped_on=it.shipped_on)
                details.append(replace(line_of(record, order, line, number=first + len(details)), shipment_key=it.key))
    return details


def _invoiced(
    number: str,
    details: Sequence[InvoiceLineState],
    order: PurchaseOrder,
    existing: InvoiceDocument | None,
    *,
    vendor: Vendor,
    origin: Origin,
    at: datetime,
) -> Change:
    if existing is None:
        new = begun(number, details, vendor=vendor, order=order, dated=details[-1].shipped_on)
        if vendor.submit_at_shipping:
            new = replace(new, state=state_when_submitted(new, vendor))
        event = told(InvoiceAction.CREATED, None, new, origin=origin, at=at)
        return NewInvoice(new, (event,))
    longer = replace(existing, lines=(*existing.lines, *details))
    event = told(InvoiceAction.LINES_ADDED, existing, longer, origin=origin, at=at, reason=in_words(between(existing, longer)))
    return InvoiceChanged(longer, (event,))


def _waits(line: Line, order: PurchaseOrder, number: str) -> Issue:
    text = (
        f"line {line.number} of order {order.number} is {line.status} and not billed yet; "
        f"it is, with the shipment that completes it under number {number}"
    )
    return Issue("INV-13", text, where=f"line {line.number}", field="invoice_number", value=number, line=line.number)


def _warned(outcome: Outcome, *issues: Issue) -> Outcome:
    """The same, with words that refuse nothing."""
    if outcome.verdict is not Verdict.BOOKED or not issues:
        return outcome
    return replace(outcome, issues=(*outcome.issues, *[replace(issue, severity=Severity.WARNING) for issue in issues]))
