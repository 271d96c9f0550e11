"""The life of an invoice after it came in: every step of sdf 4.5, and the form in which it is posted (4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Invoice, InvoiceLine
from gateway.domain.balance import state_when_submitted, total_of
from gateway.domain.bill import billed
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    Change,
    InvoiceChanged,
    InvoiceDeleted,
    InvoiceDocument,
    InvoiceEvent,
    InvoiceState,
    Outcome,
    Verdict,
    refused,
)
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue

_EDITABLE = frozenset({InvoiceState.NEW, InvoiceState.REJECTED})
_RANGES = (("discount_days", 999, "INV-01"), ("gross_days", 999, "INV-02"), ("discount_percent", 100, "INV-03"))


class LineEdit(Struct, frozen=True, kw_only=True, gc=False):
    """New values for one line of an invoice; None leaves a value as it is."""

    line_no: int
    unit_cost: Decimal | None = None
    freight: Decimal | None = None
    handling: Decimal | None = None
    other: Decimal | None = None
    other_description: str | None = None


class InvoiceEdit(Struct, frozen=True, kw_only=True, gc=False):
    """What may be changed while an invoice is New or Rejected; `drop` names lines to delete."""

    date: date | None = None
    description: str | None = None
    other_description: str | None = None
    freight: Decimal | None = None
    handling: Decimal | None = None
    other: Decimal | None = None
    discount_percent: Decimal | None = None
    discount_days: int | None = None
    gross_days: int | None = None
    lines: tuple[LineEdit, ...] = ()
    drop: tuple[int, ...] = ()


def submit(invoice: InvoiceDocument, *, vendor: Vendor, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """A New or Rejected invoice is handed in: Approved or Held, against the unit costs of this moment. `orders` by id."""
    if invoice.state not in _EDITABLE:
        return _impossible(invoice, "submitted")
    current = replace(
        invoice, lines=tuple([replace(line, po_unit_cost=_cost(orders, line.order_id, line.order_line)) for line in invoice.lines])
    )
    action = "Resubmitted" if invoice.state is InvoiceState.REJECTED else "Submitted"
    return _step(invoice, replace(current, state=state_when_submitted(current, vendor)), action, origin, at)


def edit(invoice: InvoiceDocument, changes: InvoiceEdit, *, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """Change a New or Rejected invoice; its state stays. Shipments of dropped lines are free again."""
    if invoice.state not in _EDITABLE:
        return _impossible(invoice, "changed")
    issues = _faults(invoice, changes)
    if issues:
        return refused(*issues, key=invoice.number)
    edits = {it.line_no: it for it in changes.lines}
    kept = [line for line in invoice.lines if line.line_no not in changes.drop]
    dropped = [line for line in invoice.lines if line.line_no in changes.drop]
    lines = [replace(line, **_told(edits[line.line_no], skip=("line_no",))) if line.line_no in edits else line for line in kept]
    after = replace(invoice, lines=tuple(lines), **_told(changes, skip=("lines", "drop")))
    return _step(invoice, after, "Edited", origin, at, more=billed(orders.values(), dropped, sign=-1))


def approve(invoice: InvoiceDocument, *, reason: str, origin: Origin, at: datetime) -> Outcome:
    """The retailer approves a Held invoice; the reason is mandatory."""
    return _judge(invoice, InvoiceState.APPROVED, "Approved", reason, origin, at)


def reject(invoice: InvoiceDocument, *, reason: str, origin: Origin, at: datetime) -> Outcome:
    """The retailer rejects a Held invoice; the reason is mandatory."""
    return _judge(invoice, InvoiceState.REJECTED, "Rejected", reason, origin, at)


def delete(invoice: InvoiceDocument, *, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """A New or Rejected invoice goes; its number and its shipments are free again. `orders` by id."""
    if invoice.state not in _EDITABLE:
        return _impossible(invoice, "deleted")
    event = InvoiceEvent(at=at, actor=origin.user, action="Deleted", from_state=invoice.state, to_state=None)
    freed = billed(orders.values(), invoice.lines, sign=-1)
    return Outcome(verdict=Verdict.BOOKED, key=invoice.number, changes=(InvoiceDeleted(invoice, (event,)), *freed))


def is_due(invoice: InvoiceDocument) -> bool:
    """Whether the next posting run must hold this invoice: Approved, or Posted with its date cleared."""
    return invoice.posted_at is None and invoice.state in {InvoiceState.APPROVED, InvoiceState.POSTED}


def post(invoice: InvoiceDocument, *, origin: Origin, at: datetime) -> Outcome:
    """The posting that holds this invoice has been sent: Posted. Also for one that was due again."""
    if not is_due(invoice):
        return _impossible(invoice, "posted")
    return _step(invoice, replace(invoice, state=InvoiceState.POSTED, posted_at=at), "Posted", origin, at)


def repost(invoice: InvoiceDocument, *, origin: Origin, at: datetime, reason: str = "") -> Outcome:
    """An administrator clears the posted date: the invoice stays Posted and goes out again with the next run."""
    if invoice.state is not InvoiceState.POSTED or invoice.posted_at is None:
        return _impossible(invoice, "posted again")
    return _step(invoice, replace(invoice, posted_at=None), "Posted date cleared", origin, at, reason=reason.strip())


def posting(invoice: InvoiceDocument, *, at: datetime) -> Invoice:
    """The invoice as the posting made at this instant tells it; `resend` when it was posted before."""
    return Invoice(
        number=invoice.number,
        type=invoice.type,
        date=invoice.date,
        vendor=invoice.vendor,
        currency=invoice.currency,
        description=invoice.description or None,
        other_description=invoice.other_description or None,
        freight=invoice.freight,
        handling=invoice.handling,
        other=invoice.other,
        discount_percent=invoice.discount_percent,
        discount_days=invoice.discount_days,
        gross_days=invoice.gross_days,
        total=total_of(invoice),
        posted_at=at,
        resend=invoice.state is InvoiceState.POSTED,
        lines=tuple(
            [
                InvoiceLine(
                    order_number=line.order_number,
                    number=line.order_line,
                    item=line.item,
                    shipment=str(line.shipment_id),
                    shipped_on=line.shipped_on,
                    quantity=line.quantity,
                    po_unit_cost=line.po_unit_cost,
                    unit_cost=line.unit_cost,
                    freight=line.freight,
                    handling=line.handling,
                    other=line.other,
                    other_description=line.other_description or None,
                )
                for line in invoice.lines
            ]
        ),
    )


def _judge(invoice: InvoiceDocument, state: InvoiceState, action: str, reason: str, origin: Origin, at: datetime) -> Outcome:
    if invoice.state is not InvoiceState.HELD:
        return _impossible(invoice, action.lower())
    if not reason.strip():
        return refused(
            Issue("INV-21", f"a reason is needed; invoice {invoice.number} stays {invoice.state}", field="reason"), key=invoice.number
        )
    return _step(invoice, replace(invoice, state=state), action, origin, at, reason=reason.strip())


def _step(
    before: InvoiceDocument,
    after: InvoiceDocument,
    action: str,
    origin: Origin,
    at: datetime,
    *,
    reason: str = "",
    more: tuple[Change, ...] = (),
) -> Outcome:
    event = InvoiceEvent(at=at, actor=origin.user, action=action, from_state=before.state, to_state=after.state, reason=reason)
    return Outcome(verdict=Verdict.BOOKED, key=before.number, changes=(InvoiceChanged(after, (event,)), *more))


def _impossible(invoice: InvoiceDocument, done: str) -> Outcome:
    text = f"invoice {invoice.number} is {invoice.state} and cannot be {done}"
    return refused(Issue("INV-20", text, field="state", value=invoice.state, key=invoice.number), key=invoice.number)


def _cost(orders: Mapping[int, PurchaseOrder], order_id: int, number: int) -> Decimal:
    line = orders[order_id].line(number)
    if line is None:
        raise KeyError(number)
    return line.unit_cost


def _told(changes: Struct, *, skip: tuple[str, ...]) -> dict[str, object]:
    values = {name: getattr(changes, name) for name in changes.__struct_fields__ if name not in skip}
    return {name: value for name, value in values.items() if value is not None}


def _faults(invoice: InvoiceDocument, changes: InvoiceEdit) -> list[Issue]:
    issues = [
        Issue(code, f"{name} must lie between 0 and {most}", field=name, value=str(value))
        for name, most, code in _RANGES
        if (value := getattr(changes, name)) is not None and not 0 <= value <= most
    ]
    numbers = {line.line_no for line in invoice.lines}
    unknown = sorted({*changes.drop, *(it.line_no for it in changes.lines)} - numbers)
    issues += [Issue("INV-12", f"the invoice has no line {number}", field="lines", value=str(number)) for number in unknown]
    issues += [
        Issue("INV-10", f"the unit cost of line {it.line_no} is negative", field="unit_cost")
        for it in changes.lines
        if (it.unit_cost or 0) < 0
    ]
    if numbers and numbers <= set(changes.drop):
        issues.append(Issue("INV-14", "an invoice keeps at least one line; delete the invoice instead", field="lines"))
    return issues
