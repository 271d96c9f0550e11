"""What people are told by e-mail (sdf 8.4), derived from what a decision changed: no rule of the business knows of mail.

Not for: whom it goes to and how it reads; that is decided when the mail is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Document, Invoice, Shipment
from gateway.domain.balance import total_of
from gateway.domain.history import NO_PARTS, Event, HistoryEntry, Parts
from gateway.domain.order import PurchaseOrder, Stage
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    InvoiceChanged,
    InvoiceDocument,
    InvoiceEvent,
    InvoiceState,
    LinesChanged,
    NewInvoice,
    NewOrder,
    Outcome,
    Verdict,
)
from gateway.domain.reference import Reference
from gateway.kernel.issues import Issue

UPLOADS = frozenset({"shipment", "invoice"})
"""Documents of which a vendor's people are told when they are refused."""
LONGEST = 500
MOST_ISSUES = 20
"""So many issues of one document are told."""


class NoticeKind(StrEnum):
    """Who is told what: the eight of sdf 8.4, and the batch that nobody acknowledges."""

    RETAILER_CHANGE = "retailer_change"
    RETAILER_UPLOAD_ERROR = "retailer_upload_error"
    RETAILER_INVOICE_BALANCE = "retailer_invoice_balance"
    RETAILER_UNACKNOWLEDGED = "retailer_unacknowledged"
    VENDOR_NEW_ORDER = "vendor_new_order"
    VENDOR_UPLOAD_ERROR = "vendor_upload_error"
    VENDOR_INVOICE_BALANCE = "vendor_invoice_balance"
    VENDOR_CHANGE_REQUEST = "vendor_change_request"
    VENDOR_COST_CHANGE = "vendor_cost_change"

    @property
    def is_for_vendor(self) -> bool:
        """Whether the vendor is told, or the retailer."""
        return self.value.startswith("vendor_")

    @property
    def switch(self) -> str:
        """The word that switches it on in organization.yaml."""
        return self.value.partition("_")[2]

    @property
    def is_of_a_file(self) -> bool:
        """Whether each file has its own mail."""
        return self.switch == "upload_error"


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is told of one thing; a kind fills what it has. Nothing of the customer stands in it."""

    order: str = ""
    line: int | None = None
    item: str = ""
    quantity: int | None = None
    lines: int | None = None
    pieces: int | None = None
    event: Event | None = None
    parts: Parts = NO_PARTS
    actor: str = ""
    reason: str = ""
    due_on: date | None = None
    currency: str = ""
    amount: Decimal | None = None
    invoice: str = ""
    state: str = ""
    batch: int | None = None
    document: str = ""
    place: int | None = None
    where: str = ""
    issues: tuple[Issue, ...] = ()


class Paper(Struct, frozen=True, kw_only=True, gc=False):
    """A document of a file as people know it: its kind, the partner's place of it (`row 7`), and what could be read of it."""

    kind: str = ""
    where: str = ""
    said: Document | None = None


NO_PAPER = Paper()


class Notice(Struct, frozen=True, kw_only=True, gc=False):
    """One thing that somebody is to be told; many of them may stand in one mail."""

    kind: NoticeKind
    vendor: str
    """Whom it concerns; the recipient where the kind is for vendors."""
    at: datetime
    fact: Fact
    message_id: int | None = None


_BY_EVENT: Mapping[Event, NoticeKind] = {
    **dict.fromkeys((Event.HELD, Event.RELEASED, Event.DUE_DATE_REVISED, Event.REASON_ENTERED), NoticeKind.RETAILER_CHANGE),
    **dict.fromkeys(
        (Event.CANCELLED, Event.CANCEL_REQUESTED, Event.ADDRESS_APPLIED, Event.ADDRESS_REQUESTED), NoticeKind.VENDOR_CHANGE_REQUEST
    ),
    Event.COST_CHANGED: NoticeKind.VENDOR_COST_CHANGE,
}


def is_wanted(kind: NoticeKind, vendor: str, reference: Reference) -> bool:
    """Whether the recipient has switched it on."""
    if not kind.is_for_vendor:
        return kind.switch in reference.organization.notices
    found = reference.vendors.get(vendor)
    return found is not None and kind.switch in found.notices


def wanted_of(
    outcome: Outcome, *, origin: Origin, paper: Paper, orders: Mapping[int, PurchaseOrder], reference: Reference, at: datetime
) -> Iterator[Notice]:
    """What follows from a decision for those who want to be told. `orders` are those before the decision, by id."""
    if outcome.verdict in {Verdict.REFUSED, Verdict.CONFLICT}:
        if paper.kind in UPLOADS and origin.message_id is not None:
            yield from refused_upload(outcome.issues, origin=origin, paper=paper, reference=reference, at=at)
        return
    for change in outcome.changes:
        match change:
            case NewOrder() | LinesChanged():
                if _is_released_now(change, orders) and is_wanted(NoticeKind.VENDOR_NEW_ORDER, change.order.vendor, reference):
                    yield _new_order(change.order, origin, at)
            case NewInvoice() | InvoiceChanged():
                yield from (it for it in _balances(change.invoice, change.events, origin) if is_wanted(it.kind, it.vendor, reference))
            case _:
                pass
    for entry in outcome.history:
        kind, order = _BY_EVENT.get(entry.event), orders.get(entry.order_id)
        if kind is not None and order is not None and is_wanted(kind, order.vendor, reference):
            yield _of_history(kind, entry, order, origin)


def refused_upload(issues: tuple[Issue, ...], *, origin: Origin, paper: Paper, reference: Reference, at: datetime) -> Iterator[Notice]:
    """A document of a vendor's file, or the whole file (then `origin` has no place), was not taken."""
    vendor = origin.vendor
    if vendor is None:
        return
    order, invoice = _numbers(paper.said)
    fact = Fact(
        document=paper.kind,
        place=origin.place,
        where=paper.where,
        order=order,
        invoice=invoice,
        actor=origin.user,
        issues=tuple(issues if paper.said is None else map(_of_order, issues))[:MOST_ISSUES],
    )
    for kind in (NoticeKind.RETAILER_UPLOAD_ERROR, NoticeKind.VENDOR_UPLOAD_ERROR):
        if is_wanted(kind, vendor, reference):
            yield Notice(kind=kind, vendor=vendor, at=at, fact=fact, message_id=origin.message_id)


def _numbers(said: Document | None) -> tuple[str, str]:
    """The numbers of the order and of the invoice, as far as the document tells them."""
    match said:
        case Shipment():
            return said.order_number, ""
        case Invoice():
            numbers = {said.order_number, *(line.order_number for line in said.lines)} - {None}
            return (numbers.pop() or "" if len(numbers) == 1 else ""), said.number
        case _:
            return "", ""


def _of_order(issue: Issue) -> Issue:
    """What a rule says stands at a line of the order, not of the file."""
    return replace(issue, where=f"order {issue.where}") if issue.where and issue.line is not None else issue


def unacknowledged(*, vendor: str, batch: int, at: datetime) -> Notice:
    """A batch that its vendor should have acknowledged by now."""
    return Notice(kind=NoticeKind.RETAILER_UNACKNOWLEDGED, vendor=vendor, at=at, fact=Fact(batch=batch))


def _is_released_now(change: NewOrder | LinesChanged, orders: Mapping[int, PurchaseOrder]) -> bool:
    """Whether the vendor may see the order from now on: a stored one, or one made by hand once it is released."""
    if change.order.stage is not Stage.RELEASED:
        return False
    if isinstance(change, NewOrder):
        return True
    before = orders.get(change.order.id)
    return before is not None and before.stage is not Stage.RELEASED


def _new_order(order: PurchaseOrder, origin: Origin, at: datetime) -> Notice:
    fact = Fact(
        order=order.number,
        lines=len(order.lines),
        pieces=sum(line.ordered for line in order.lines),
        due_on=min((line.due_on for line in order.lines if line.due_on is not None), default=None),
    )
    return Notice(kind=NoticeKind.VENDOR_NEW_ORDER, vendor=order.vendor, at=at, fact=fact, message_id=origin.message_id)


def _of_history(kind: NoticeKind, entry: HistoryEntry, order: PurchaseOrder, origin: Origin) -> Notice:
    line = order.line(entry.line_no) if entry.line_no is not None else None
    fact = Fact(
        order=order.number,
        line=entry.line_no,
        item=line.item if line is not None else "",
        quantity=entry.quantity,
        event=entry.event,
        parts=entry.parts,
        actor=entry.actor,
        state=str(entry.status_after or ""),
        currency=order.currency,
    )
    return Notice(kind=kind, vendor=order.vendor, at=entry.at, fact=fact, message_id=origin.message_id)


def _balances(invoice: InvoiceDocument, events: tuple[InvoiceEvent, ...], origin: Origin) -> Iterator[Notice]:
    for event in events:
        kind = _balance(event)
        if kind is not None:
            fact = Fact(
                invoice=invoice.number,
                state=str(event.to_state),
                actor=event.actor,
                reason=event.reason[:LONGEST],
                currency=invoice.currency,
                amount=total_of(invoice),
            )
            yield Notice(kind=kind, vendor=invoice.vendor, at=event.at, fact=fact, message_id=origin.message_id)


def _balance(event: InvoiceEvent) -> NoticeKind | None:
    """Held: the retailer must look; rejected, or approved after all: the vendor hears of it."""
    if event.to_state is event.from_state:
        return None
    if event.to_state is InvoiceState.HELD:
        return NoticeKind.RETAILER_INVOICE_BALANCE
    if event.to_state is InvoiceState.REJECTED or (event.to_state is InvoiceState.APPROVED and event.from_state is InvoiceState.HELD):
        return NoticeKind.VENDOR_INVOICE_BALANCE
    return None
