"""A vendor's invoice comes in: whether it may, and whether it is Approved or Held (sdf 4.4 to 4.6, codes INV-01 to 16).

One that comes under the number of a New or Rejected invoice takes its place and is handed in (docs/decisions).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec.structs import replace

from gateway.documents import Envelope, Invoice, InvoiceLine
from gateway.domain.balance import state_when_submitted, why_held
from gateway.domain.bill import FREIGHT, HANDLING, OTHER, Bill, bill, billed, charged, mixed, rebilled
from gateway.domain.billed_before import between, details
from gateway.domain.digest import MOST_TOLD, in_words, shown
from gateway.domain.invoice_events import InvoiceAction, handing_in, told
from gateway.domain.invoice_number import USED, may_bill, number_issues, used
from gateway.domain.invoice_values import CHARGES, charge_issues, date_issues, latest_day
from gateway.domain.invoicing import EDITABLE
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin, Via
from gateway.domain.outcome import (
    InvoiceChanged,
    InvoiceDocument,
    InvoiceState,
    Missing,
    NewInvoice,
    Outcome,
    ShipmentRecord,
    Verdict,
    refused,
)
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference, Vendor
from gateway.kernel.issues import Difference, Issue, Severity
from gateway.kernel.money import ZERO

CORRECTED = "APPLIED"
"""The word of the answer for an invoice that took the place of the one of its number."""
_HUNDRED = Decimal(100)
_COMPARED = ("type", "date", "freight", "handling", "other", "discount_percent", "discount_days", "gross_days")


def upload(
    document: Invoice,
    *,
    orders: Mapping[str, PurchaseOrder],
    shipments: Mapping[int, Sequence[ShipmentRecord]],
    existing: InvoiceDocument | None,
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Take a vendor's invoice: Approved when every line is in balance, else Held.

    `orders` by number and `shipments` by order id hold what the document names; `existing` is the vendor's invoice of that number.
    Refused with `missing` (kind `order` or `shipment`) when nothing is wrong but what time may mend.
    """
    key = document.number
    spoken = speaker(document.vendor, None, envelope=Envelope(), reference=reference, origin=origin)
    vendor, org = spoken.judge, reference.organization.code
    if vendor is None:
        return refused(*spoken.issues, key=key)
    latest = latest_day(vendor, reference.organization, at)
    said = (*spoken.issues, *_header(document, vendor, latest), *_charges(document, origin))
    if existing is not None and spoken.issues:
        return refused(*said, *([] if existing.state in EDITABLE else [used(existing)]), key=key)
    if existing is not None:
        again = bill(document, vendor=vendor, org=org, orders=orders, shipments=_as_billed(existing))
        told_again = replace(_invoice(document, vendor, again), id=existing.id, version=existing.version)
        if existing.state not in EDITABLE or (not again.issues and _is_double(told_again, existing, vendor)):
            return _known(document, told_again, existing, again, besides=said)
    found = bill(document, vendor=vendor, org=org, orders=orders, shipments=shipments if existing is None else _freed(shipments, existing))
    issues = (*said, *found.issues, *mixed(found.orders, currency=document.currency))
    if issues:
        return refused(*issues, key=key, missing=_first(found.waits) if len(found.waits) == len(issues) else None)
    invoice = _invoice(document, vendor, found)
    invoice = replace(invoice, state=state_when_submitted(invoice, vendor))
    if existing is not None:
        return _in_place_of(existing, invoice, orders, vendor=vendor, origin=origin, at=at)
    event = told(InvoiceAction.CREATED, None, invoice, origin=origin, at=at, reason=why_held(invoice, vendor))
    return Outcome(verdict=Verdict.BOOKED, key=key, changes=(NewInvoice(invoice, (event,)), *billed(found.orders, found.lines)))


def _is_double(told_again: InvoiceDocument, existing: InvoiceDocument, vendor: Vendor) -> bool:
    """Whether a Rejected invoice came again as it is, and would be held again: then it changes nothing. A New one is handed in by it."""
    same = not between(existing, told_again) and _said(existing) == _said(told_again)
    return existing.state is InvoiceState.REJECTED and same and state_when_submitted(told_again, vendor) is InvoiceState.HELD


def _in_place_of(
    existing: InvoiceDocument, new: InvoiceDocument, orders: Mapping[str, PurchaseOrder], *, vendor: Vendor, origin: Origin, at: datetime
) -> Outcome:
    """What the vendor corrected, then its handing in: two entries, as when it is done by hand."""
    changed = replace(new, id=existing.id, version=existing.version)
    differences = between(existing, changed)
    before = replace(changed, state=existing.state)
    edited = told(InvoiceAction.EDITED, existing, before, origin=origin, at=at, reason=in_words(differences))
    submitted = told(handing_in(existing), before, changed, origin=origin, at=at, reason=why_held(changed, vendor))
    events = (edited, submitted) if differences else (submitted,)
    moved = rebilled(orders.values(), existing.lines, changed.lines)
    return Outcome(verdict=Verdict.BOOKED, key=existing.number, changes=(InvoiceChanged(changed, events), *moved), result=CORRECTED)


def _header(document: Invoice, vendor: Vendor, latest: date) -> list[Issue]:
    issues = may_bill(vendor)
    for code, name in (("INV-01", "discount_days"), ("INV-02", "gross_days")):
        days = getattr(document, name) or 0
        if not 0 <= days <= 999:
            issues.append(Issue(code, f"{name} is {days}; 0 to 999 are possible", field=name, value=str(days)))
    percent = document.discount_percent or ZERO
    if not 0 <= percent <= _HUNDRED:
        issues.append(
            Issue("INV-03", f"the discount is {percent} percent; 0 to 100 are possible", field="discount_percent", value=str(percent))
        )
    issues += [*date_issues(document.date, latest), *number_issues(document.number, vendor)]
    if document.type != "DR":
        issues.append(Issue("INV-09", f"type {document.type} cannot be taken, only DR", field="type", value=document.type))
    if not document.lines:
        issues.append(Issue("INV-14", "the invoice has no details", field="lines", kind="missing"))
    return issues


def _charges(document: Invoice, origin: Origin) -> list[Issue]:
    """None is below 0. The upload form has no blank ones; other forms tell only those there are."""
    parts: list[tuple[str, Invoice | InvoiceLine]] = [("header", document)]
    parts += [(f"detail {place}", line) for place, line in enumerate(document.lines, 1)]
    issues = []
    for where, part in parts:
        issues += charge_issues(part, where, part.charges)
        issues += [
            Issue(code, f"{name} charges are blank; 0 is required instead", where=where, field=name, kind="missing")
            for name, code in CHARGES
            if origin.via is Via.UPLOAD and getattr(part, name) is None
        ]
    return issues


def _invoice(document: Invoice, vendor: Vendor, found: Bill) -> InvoiceDocument:
    order = found.orders[0] if found.orders else None
    goods = sum((line.quantity * line.unit_cost for line in document.lines), ZERO)
    return InvoiceDocument(
        id=0,
        vendor=vendor.code,
        number=document.number,
        type=document.type,
        date=document.date,
        system=order.system if order else "",
        currency=order.currency if order else "",
        state=InvoiceState.NEW,
        lines=found.lines,
        freight=charged(document.freight, document.charges, FREIGHT, goods=goods),
        handling=charged(document.handling, document.charges, HANDLING, goods=goods),
        other=charged(document.other, document.charges, OTHER, goods=goods),
        discount_percent=document.discount_percent or ZERO,
        discount_days=document.discount_days or 0,
        gross_days=document.gross_days or 0,
        description=document.description or "",
        other_description=document.other_description or "",
    )


def _as_billed(invoice: InvoiceDocument) -> dict[int, list[ShipmentRecord]]:
    """The shipments of a stored invoice as if nobody had billed them, to see whether a document says the same."""
    found: dict[int, list[ShipmentRecord]] = {}
    for line in invoice.lines:
        record = ShipmentRecord(
            id=line.shipment_id, order_id=line.order_id, line_no=line.order_line, quantity=line.quantity, shipped_on=line.shipped_on
        )
        found.setdefault(line.order_id, []).append(record)
    return found


def _freed(shipments: Mapping[int, Sequence[ShipmentRecord]], existing: InvoiceDocument) -> dict[int, list[ShipmentRecord]]:
    """The shipments as if the invoice that is replaced billed none of them."""
    return {
        order_id: [replace(it, invoice_id=None) if it.invoice_id == existing.id else it for it in found]
        for order_id, found in shipments.items()
    }


def _known(document: Invoice, again: InvoiceDocument, existing: InvoiceDocument, found: Bill, *, besides: Sequence[Issue]) -> Outcome:
    """A number that came before: the same again, or something else, of which all is told that is wrong."""
    headers = [name for name in _COMPARED if getattr(again, name) != getattr(existing, name)]
    if not headers and not found.issues and _said(again) == _said(existing):
        rejected = "; it was rejected: correct it, or delete it" if existing.state is InvoiceState.REJECTED else ""
        text = f"invoice {existing.number} came before with the same content{rejected}"
        same = Issue("INV-08", text, field="number", value=existing.number, severity=Severity.WARNING)
        return Outcome(verdict=Verdict.DUPLICATE, key=existing.number, issues=(same,))
    differences = [Difference(name, shown(getattr(existing, name)), shown(getattr(again, name))) for name in headers]
    differences += details(document, again, existing)
    text = f"number {existing.number} is used by an invoice in state {existing.state} that differs: {in_words(differences)}"
    told = tuple(differences[:MOST_TOLD])
    issue = Issue("INV-08", text, field="number", value=existing.number, key=existing.number, kind=USED, differences=told)
    return Outcome(verdict=Verdict.CONFLICT, key=existing.number, issues=(issue, *besides))


def _said(invoice: InvoiceDocument) -> list[tuple[int, int, Decimal, Decimal, Decimal, Decimal]]:
    """What the details say, without their sequence."""
    return sorted((it.shipment_id, it.quantity, it.unit_cost, it.freight, it.handling, it.other) for it in invoice.lines)


def _first(waits: Sequence[Missing]) -> Missing | None:
    """What to wait for first: an order before its shipments."""
    return min(waits, key=_sequence, default=None)


def _sequence(missing: Missing) -> tuple[bool, str]:
    return missing.kind != "order", missing.order_number
