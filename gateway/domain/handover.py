"""An order made by hand leaves its draft: approved, released to its vendor, or cancelled (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from gateway.documents import ChangeRequest, Order, OrderLine, Party
from gateway.documents.form import PURCHASE_ORDER, FormLine, OrderForm
from gateway.domain.ask import ask
from gateway.domain.byhand import Decided, HandAct, HandEvent, HandOrder, event, refuse, wrong_stage
from gateway.domain.complete import faults
from gateway.domain.digest import digest_of
from gateway.domain.drafting import form_faults, number_taken
from gateway.domain.form import at_line
from gateway.domain.history import ADMIN, Event, HistoryEntry, entry_of
from gateway.domain.order import LineStatus, OrderKey, PurchaseOrder, Stage
from gateway.domain.origin import Origin
from gateway.domain.outcome import LinesChanged, NewOrder, Outcome, Verdict
from gateway.domain.privacy import unmasked
from gateway.domain.receive import order_of, unheard_of, with_defaults
from gateway.domain.reference import Reference, Vendor
from gateway.domain.request import Request
from gateway.kernel.issues import Issue
from gateway.kernel.money import ZERO


def approve(order: HandOrder, key: OrderKey, *, to: Stage, reference: Reference, origin: Origin, at: datetime) -> Decided:
    """A draft becomes an order of the store: approved, which nobody sees yet, or released to its vendor at once.

    The number is the order's for good from here on.
    """
    if order.stage is not Stage.DRAFT:
        return refuse(order, wrong_stage(order, "approval"))
    told, issues = order_told(order, reference)
    issues = (*((number_taken(order.number),) if key.digest is not None else ()), *issues)
    if issues:
        return refuse(order, *issues)
    whole = with_defaults(told, reference)
    new = _at_stage(order_of(whole, key), to)
    outcome = Outcome(
        verdict=Verdict.BOOKED,
        key=new.number,
        order_id=new.id,
        changes=(NewOrder(new, whole, digest_of(whole)),),
        history=_created(new, origin, at),
        reference=unheard_of(whole, reference),
    )
    events = [event(HandAct.APPROVED, origin=origin, at=at)]
    events += [_released(new, origin, at)] if to is Stage.RELEASED else []
    # What the order holds now is not kept twice: nobody is told of parties and messages by the form any more.
    paper = replace(order.form, ship_to=None, sold_to=None, messages=())
    return Decided(order=replace(order, stage=to, order_id=new.id, form=paper), events=tuple(events), outcome=outcome)


def release(order: HandOrder, stored: PurchaseOrder, *, origin: Origin, at: datetime) -> Decided:
    """An approved order goes to its vendor: its lines are New Order, and the next batch holds them."""
    if stored.stage is not Stage.APPROVED:
        return refuse(order, wrong_stage(order, "release"))
    new = _at_stage(stored, Stage.RELEASED)
    outcome = Outcome(
        verdict=Verdict.BOOKED,
        key=new.number,
        order_id=new.id,
        changes=(LinesChanged(new, new.lines),),
        history=_created(new, origin, at),
    )
    return Decided(order=replace(order, stage=Stage.RELEASED), events=(_released(new, origin, at),), outcome=outcome)


def cancel(
    order: HandOrder,
    stored: PurchaseOrder | None,
    *,
    reason: str,
    ship_to: Party | None,
    requests: Sequence[Request],
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Decided:
    """A draft or approved order ends; a released one is cancelled as a retailer's file would: new lines at once, others after asking."""
    if order.stage is Stage.CANCELLED:
        return refuse(order, wrong_stage(order, "cancelling"))
    if stored is None or stored.stage is Stage.APPROVED:
        told = event(HandAct.CANCELLED, origin=origin, at=at, words="Cancelled", reason=reason)
        outcome = None if stored is None else _dropped(stored, origin, at)
        return Decided(order=replace(order, stage=Stage.CANCELLED), events=(told,), outcome=outcome)
    document = ChangeRequest(kind="cancel", order_number=stored.number, reason=reason)
    outcome = ask(document, stored, ship_to=ship_to, requests=requests, reference=reference, origin=origin, at=at)
    if any(issue.is_error for issue in outcome.issues):
        return refuse(order, *outcome.issues)
    words = "Vendor Asked to Cancel" if outcome.result == "PENDING" else "Cancelled"
    told = event(HandAct.CANCELLED, origin=origin, at=at, words=words, reason=reason)
    return Decided(order=order, events=(told,), outcome=outcome, issues=outcome.issues)


def lapse(
    stored: PurchaseOrder, day: date, *, requests: Sequence[Request], ship_to: Party | None, reference: Reference, at: datetime
) -> Outcome:
    """The day to cancel after has passed: what is still New Order is cancelled, what is on its way stays (event E8 of sdf 5.3)."""
    new = tuple([line for line in stored.lines if line.status is LineStatus.NEW])
    document = ChangeRequest(kind="cancel", order_number=stored.number, reason=f"cancel after {day}")
    part = replace(stored, lines=new)
    outcome = ask(document, part, ship_to=ship_to, requests=requests, reference=reference, origin=Origin(user=ADMIN), at=at)
    changes = tuple([_whole(change, stored) if isinstance(change, LinesChanged) else change for change in outcome.changes])
    return replace(outcome, changes=changes)


def order_told(order: HandOrder, reference: Reference) -> tuple[Order, tuple[Issue, ...]]:
    """The order that the form tells, with the defaults of the house, and all that is wrong with it or missing, as what was erased is."""
    order = replace(order, form=unmasked(order.form))
    told = _document(order, reference)
    codes = tuple([issue for issue in form_faults(order.form, reference) if issue.field not in {"warehouse", "brand", "system"}])
    known = {issue.field for issue in codes}
    found = [_in_words_of_the_form(issue) for issue in faults(told, reference, Origin(user=""))]
    return told, (*codes, *_uncosted(order.form), *(issue for issue in found if issue.field not in known or issue.code != "DSO-105"))


def _document(order: HandOrder, reference: Reference) -> Order:
    form = order.form
    vendor = reference.vendors.get(form.vendor or "")
    location = reference.locations.get(form.warehouse or "")
    by_source = form.source if form.source in reference.systems else None
    return Order(
        number=order.number,
        entered_on=form.entered_on or date.min,  # every draft has its day from its first save on
        sales_order=form.sales_order or form.purchase_order or order.number,
        brand=form.brand or _only(reference.brands),
        system=form.system or by_source or (location.system if location else "") or "",
        location=form.warehouse or "",
        vendor=form.vendor or "",
        ship_to=form.ship_to or Party(),
        sold_to=form.sold_to,
        lines=tuple([_line(line, form, vendor) for line in form.lines]),
        vendor_name=vendor.name or None if vendor else None,
        currency=form.currency,
        buyer=form.buyer,
        shipping_instructions=form.shipping_instructions,
        messages=form.messages,
        carrier=form.carrier,
        due_on=form.requested_ship_on,
        warehouse=form.warehouse,
        reference=form.reference,
        source=form.source,
        cancel_after=form.cancel_after,
        requested_ship_on=form.requested_ship_on,
        extra={PURCHASE_ORDER: form.purchase_order} if form.purchase_order else {},
    )


def _line(line: FormLine, form: OrderForm, vendor: Vendor | None) -> OrderLine:
    return OrderLine(
        number=line.number or 0,
        item=line.item or "",
        quantity=line.quantity or 0,
        unit_cost=line.unit_cost if line.unit_cost is not None else ZERO,
        carrier=line.carrier or form.carrier or (_only(vendor.carriers) if vendor else ""),
        variant=line.variant,
        lot=line.lot,
        serial=line.serial,
        due_on=line.due_on,
        vendor_item=line.vendor_item,
        gtin=line.gtin,
        description=line.description,
        unit=line.unit,
    )


def _only(codes: Collection[str]) -> str:
    """The one there is; nothing where there is a choice."""
    return next(iter(codes)) if len(codes) == 1 else ""


def _uncosted(form: OrderForm) -> tuple[Issue, ...]:
    """Invoices are held against the unit cost, so it must be told."""
    return tuple(
        [
            at_line(line.number, Issue("MAN-08", "the unit cost is missing", field="unit_cost", kind="missing"))
            for line in form.lines
            if line.unit_cost is None
        ]
    )


def _in_words_of_the_form(issue: Issue) -> Issue:
    """The form calls the location its warehouse."""
    if issue.field != "location":
        return issue
    return replace(issue, field="warehouse", text=issue.text.replace("location", "warehouse", 1))


def _at_stage(order: PurchaseOrder, stage: Stage) -> PurchaseOrder:
    """Lines have a status only once the order is released."""
    status = LineStatus.NEW if stage is Stage.RELEASED else None
    return replace(order, stage=stage, lines=tuple([replace(line, status=status) for line in order.lines]))


def _created(order: PurchaseOrder, origin: Origin, at: datetime) -> tuple[HistoryEntry, ...]:
    """The first entries of the order's history; there are none before its vendor may see it."""
    if order.stage is not Stage.RELEASED:
        return ()
    return tuple([entry_of(Event.CREATED, line, line.ordered, order_id=order.id, origin=origin, at=at) for line in order.lines])


def _released(order: PurchaseOrder, origin: Origin, at: datetime) -> HandEvent:
    return event(HandAct.RELEASED, origin=origin, at=at, vendor=order.vendor)


def _whole(change: LinesChanged, stored: PurchaseOrder) -> LinesChanged:
    """The same change, told of the order with all its lines."""
    return replace(change, order=replace(change.order, lines=stored.with_lines(change.lines).lines))


def _dropped(stored: PurchaseOrder, origin: Origin, at: datetime) -> Outcome:
    """An approved order that its vendor never saw."""
    lines = tuple([replace(line, status=LineStatus.CANCELLED, cancelled=line.ordered) for line in stored.lines])
    gone = replace(stored.with_lines(lines), stage=Stage.CANCELLED)
    entries = tuple([entry_of(Event.CANCELLED, line, line.ordered, order_id=stored.id, origin=origin, at=at) for line in lines])
    return Outcome(verdict=Verdict.BOOKED, key=stored.number, order_id=stored.id, changes=(LinesChanged(gone, lines),), history=entries)
