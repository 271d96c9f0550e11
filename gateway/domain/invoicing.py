"""The life of an invoice after it came in: every step of sdf 4.5, and the form in which it is posted (4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from msgspec.structs import replace

from gateway.documents import Invoice, InvoiceLine
from gateway.domain.balance import state_when_submitted, total_of, why_held
from gateway.domain.bill import billed, rebilled
from gateway.domain.billed_before import between
from gateway.domain.digest import in_words
from gateway.domain.invoice_edit import InvoiceEdit, edited, faults
from gateway.domain.invoice_events import InvoiceAction, handing_in, told
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    Change,
    InvoiceChanged,
    InvoiceDeleted,
    InvoiceDocument,
    InvoiceState,
    Outcome,
    Verdict,
    refused,
)
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue

EDITABLE = frozenset({InvoiceState.NEW, InvoiceState.REJECTED})
"""The states in which an invoice is the vendor's: to edit, to hand in, to delete."""
_POSSIBLE: Mapping[InvoiceState, str] = MappingProxyType(
    {
        InvoiceState.NEW: "the vendor edits, submits or deletes it",
        InvoiceState.HELD: "the retailer approves or rejects it",
        InvoiceState.REJECTED: "the vendor edits, submits or deletes it",
        InvoiceState.APPROVED: "it goes out with the next posting",
        InvoiceState.POSTED: "it can only be posted again",
    }
)
"""What comes next in each state, for whoever asked for something else."""


def submit(invoice: InvoiceDocument, *, vendor: Vendor, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """A New or Rejected invoice is handed in: Approved or Held, against the unit costs of this moment. `orders` by id."""
    if invoice.state not in EDITABLE:
        return _impossible(invoice, "submitted")
    current = replace(
        invoice, lines=tuple([replace(line, po_unit_cost=_cost(orders, line.order_id, line.order_line)) for line in invoice.lines])
    )
    after = replace(current, state=state_when_submitted(current, vendor))
    return _step(invoice, after, handing_in(invoice), origin, at, reason=why_held(current, vendor))


def edit(
    invoice: InvoiceDocument, changes: InvoiceEdit, *, orders: Mapping[int, PurchaseOrder], latest: date, origin: Origin, at: datetime
) -> Outcome:
    """Change a New or Rejected invoice; its state stays. Shipments of dropped lines are free again. What is so already is no entry.

    `latest` is the last day that it may be dated on.
    """
    if invoice.state not in EDITABLE:
        return _impossible(invoice, "changed")
    issues = faults(invoice, changes, latest=latest)
    if issues:
        return refused(*issues, key=invoice.number)
    after = edited(invoice, changes)
    if after == invoice:
        return Outcome(verdict=Verdict.DUPLICATE, key=invoice.number)
    freed = rebilled(orders.values(), invoice.lines, after.lines)
    return _step(invoice, after, InvoiceAction.EDITED, origin, at, reason=in_words(between(invoice, after)), more=freed)


def edit_and_submit(
    invoice: InvoiceDocument,
    changes: InvoiceEdit,
    *,
    vendor: Vendor,
    orders: Mapping[int, PurchaseOrder],
    latest: date,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Change a New or Rejected invoice and hand it in: both, or neither."""
    changed = edit(invoice, changes, orders=orders, latest=latest, origin=origin, at=at)
    if changed.verdict is Verdict.REFUSED:
        return changed
    invoices, freed = _parted(changed)
    first = invoices[0] if invoices else InvoiceChanged(invoice, ())
    handed = submit(first.invoice, vendor=vendor, orders=orders, origin=origin, at=at)
    last = _parted(handed)[0][0]
    return replace(handed, changes=(InvoiceChanged(last.invoice, (*first.events, *last.events)), *freed))


def approve(invoice: InvoiceDocument, *, reason: str, origin: Origin, at: datetime) -> Outcome:
    """The retailer approves a Held invoice; the reason is mandatory."""
    return _judge(invoice, InvoiceState.APPROVED, InvoiceAction.APPROVED, reason, origin, at)


def reject(invoice: InvoiceDocument, *, reason: str, origin: Origin, at: datetime) -> Outcome:
    """The retailer rejects a Held invoice; the reason is mandatory."""
    return _judge(invoice, InvoiceState.REJECTED, InvoiceAction.REJECTED, reason, origin, at)


def delete(invoice: InvoiceDocument, *, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """A New or Rejected invoice goes; its number and its shipments are free again. `orders` by id."""
    if invoice.state not in EDITABLE:
        return _impossible(invoice, "deleted")
    event = told(InvoiceAction.DELETED, invoice, None, origin=origin, at=at)
    freed = billed(orders.values(), invoice.lines, sign=-1)
    return Outcome(verdict=Verdict.BOOKED, key=invoice.number, changes=(InvoiceDeleted(invoice, (event,)), *freed))


def is_due(invoice: InvoiceDocument) -> bool:
    """Whether the next posting run must hold this invoice: Approved, or Posted with its date cleared."""
    return invoice.posted_at is None and invoice.state in {InvoiceState.APPROVED, InvoiceState.POSTED}


def post(invoice: InvoiceDocument, *, origin: Origin, at: datetime) -> Outcome:
    """The posting that holds this invoice has been sent: Posted. Also for one that was due again."""
    if not is_due(invoice):
        return _impossible(invoice, "posted")
    return _step(invoice, replace(invoice, state=InvoiceState.POSTED, posted_at=at), InvoiceAction.POSTED, origin, at)


def repost(invoice: InvoiceDocument, *, origin: Origin, at: datetime, reason: str = "") -> Outcome:
    """An administrator clears the posted date: the invoice stays Posted and goes out again with the next run."""
    if invoice.state is not InvoiceState.POSTED or invoice.posted_at is None:
        return _impossible(invoice, "posted again")
    return _step(invoice, replace(invoice, posted_at=None), InvoiceAction.DATE_CLEARED, origin, at, reason=reason.strip())


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


def _judge(invoice: InvoiceDocument, state: InvoiceState, action: InvoiceAction, reason: str, origin: Origin, at: datetime) -> Outcome:
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
    action: InvoiceAction,
    origin: Origin,
    at: datetime,
    *,
    reason: str = "",
    more: tuple[Change, ...] = (),
) -> Outcome:
    event = told(action, before, after, origin=origin, at=at, reason=reason)
    return Outcome(verdict=Verdict.BOOKED, key=before.number, changes=(InvoiceChanged(after, (event,)), *more))


def _parted(outcome: Outcome) -> tuple[list[InvoiceChanged], list[Change]]:
    """What becomes of invoices, and what else."""
    invoices = [it for it in outcome.changes if isinstance(it, InvoiceChanged)]
    return invoices, [it for it in outcome.changes if not isinstance(it, InvoiceChanged)]


def _impossible(invoice: InvoiceDocument, done: str) -> Outcome:
    waits = " and waits to be posted again" if invoice.state is InvoiceState.POSTED and invoice.posted_at is None else ""
    text = f"invoice {invoice.number} is {invoice.state}{waits} and cannot be {done}: {_POSSIBLE[invoice.state]}"
    return refused(Issue("INV-20", text, field="state", value=invoice.state, key=invoice.number), key=invoice.number)


def _cost(orders: Mapping[int, PurchaseOrder], order_id: int, number: int) -> Decimal:
    line = orders[order_id].line(number)
    if line is None:
        raise KeyError(number)
    return line.unit_cost
