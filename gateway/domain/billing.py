"""A vendor's invoice comes in: whether it may, and whether it is Approved or Held (sdf 4.4 to 4.6, codes INV-01 to 16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from gateway.documents import Envelope, Invoice, InvoiceLine
from gateway.domain.balance import state_when_submitted
from gateway.domain.bill import FREIGHT, HANDLING, OTHER, Bill, bill, billed, charged
from gateway.domain.billed_before import details
from gateway.domain.digest import MOST_TOLD, in_words, shown
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin, Via
from gateway.domain.outcome import (
    InvoiceDocument,
    InvoiceEvent,
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

_HUNDRED = Decimal(100)
_BLANK = (("freight", "INV-04"), ("handling", "INV-05"), ("other", "INV-06"))
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
    if spoken.vendor is None:
        return refused(*spoken.issues, key=key)
    vendor, org = spoken.vendor, reference.organization.code
    if existing is not None:
        again = bill(document, vendor=vendor, org=org, orders=orders, shipments=_as_billed(existing))
        return _known(document, _invoice(document, vendor, again), existing, again)
    found = bill(document, vendor=vendor, org=org, orders=orders, shipments=shipments)
    issues = (*_header(document, vendor), *_blank(document, origin), *found.issues, *_one_system(document, found))
    if issues:
        return refused(*issues, key=key, missing=_first(found.waits) if len(found.waits) == len(issues) else None)
    invoice = _invoice(document, vendor, found)
    invoice = replace(invoice, state=state_when_submitted(invoice, vendor))
    event = InvoiceEvent(at=at, actor=origin.user, action="Uploaded", from_state=None, to_state=invoice.state)
    return Outcome(verdict=Verdict.BOOKED, key=key, changes=(NewInvoice(invoice, (event,)), *billed(found.orders, found.lines)))


def _header(document: Invoice, vendor: Vendor) -> list[Issue]:
    issues = []
    if not vendor.uses_invoicing:
        issues.append(Issue("INV-15", f"vendor {vendor.code} does not use invoicing", field="vendor", value=vendor.code))
    for code, name in (("INV-01", "discount_days"), ("INV-02", "gross_days")):
        days = getattr(document, name) or 0
        if not 0 <= days <= 999:
            issues.append(Issue(code, f"{name} is {days}; 0 to 999 are possible", field=name, value=str(days)))
    percent = document.discount_percent or ZERO
    if not 0 <= percent <= _HUNDRED:
        issues.append(
            Issue("INV-03", f"the discount is {percent} percent; 0 to 100 are possible", field="discount_percent", value=str(percent))
        )
    if not document.number:
        issues.append(Issue("INV-08", "the invoice number is missing", field="number", kind="missing"))
    elif vendor.invoice_number_length is not None and len(document.number) > vendor.invoice_number_length:
        text = f"the invoice number is longer than {vendor.invoice_number_length}"
        issues.append(Issue("INV-08", text, field="number", value=document.number))
    if document.type != "DR":
        issues.append(Issue("INV-09", f"type {document.type} cannot be taken, only DR", field="type", value=document.type))
    if not document.lines:
        issues.append(Issue("INV-14", "the invoice has no details", field="lines", kind="missing"))
    return issues


def _blank(document: Invoice, origin: Origin) -> list[Issue]:
    """The upload form has no blank charges; other forms tell only those there are."""
    if origin.via is not Via.UPLOAD:
        return []
    parts: list[tuple[str, Invoice | InvoiceLine]] = [("header", document)]
    parts += [(f"detail {place}", line) for place, line in enumerate(document.lines, 1)]
    return [
        Issue(code, f"{name} charges are blank; 0 is required instead", where=where, field=name, kind="missing")
        for where, part in parts
        for name, code in _BLANK
        if getattr(part, name) is None
    ]


def _one_system(document: Invoice, found: Bill) -> list[Issue]:
    issues = []
    systems = sorted({order.system for order in found.orders})
    if len(systems) > 1:
        issues.append(Issue("INV-16", f"the orders come from several systems: {', '.join(systems)}", field="order_number"))
    currencies = sorted({order.currency for order in found.orders} | ({document.currency} if document.currency else set()))
    if len(currencies) > 1:
        issues.append(Issue("INV-16", f"the currencies differ: {', '.join(currencies)}", field="currency", value=document.currency or ""))
    return issues


def _invoice(document: Invoice, vendor: Vendor, found: Bill) -> InvoiceDocument:
    order = found.orders[0] if found.orders else None
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
        freight=charged(document.freight, document.charges, FREIGHT),
        handling=charged(document.handling, document.charges, HANDLING),
        other=charged(document.other, document.charges, OTHER),
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


def _known(document: Invoice, told: InvoiceDocument, existing: InvoiceDocument, found: Bill) -> Outcome:
    headers = [name for name in _COMPARED if getattr(told, name) != getattr(existing, name)]
    if not headers and not found.issues and _said(told) == _said(existing):
        text = f"invoice {existing.number} came before with the same content"
        told_again = Issue("INV-08", text, field="number", value=existing.number, severity=Severity.WARNING)
        return Outcome(verdict=Verdict.DUPLICATE, key=existing.number, issues=(told_again,))
    differences = [Difference(name, shown(getattr(existing, name)), shown(getattr(told, name))) for name in headers]
    differences += details(document, told, existing)
    text = f"number {existing.number} is used by an invoice in state {existing.state} that differs: {in_words(differences)}"
    issue = Issue("INV-08", text, field="number", value=existing.number, key=existing.number, differences=tuple(differences[:MOST_TOLD]))
    return Outcome(verdict=Verdict.CONFLICT, key=existing.number, issues=(issue,))


def _said(invoice: InvoiceDocument) -> list[tuple[int, int, Decimal, Decimal, Decimal, Decimal]]:
    """What the details say, without their sequence."""
    return sorted((it.shipment_id, it.quantity, it.unit_cost, it.freight, it.handling, it.other) for it in invoice.lines)


def _first(waits: Sequence[Missing]) -> Missing | None:
    """What to wait for first: an order before its shipments."""
    return min(waits, key=_sequence, default=None)


def _sequence(missing: Missing) -> tuple[bool, str]:
    return missing.kind != "order", missing.order_number
