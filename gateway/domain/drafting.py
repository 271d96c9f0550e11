"""A draft is begun, saved in parts, renumbered and cloned (sdf 10.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec.structs import replace

from gateway.documents import Order
from gateway.documents.form import PURCHASE_ORDER, FormLine, OrderForm
from gateway.domain.byhand import Decided, HandAct, HandOrder, event, refuse, wrong_stage
from gateway.domain.form import Part, at_line, changed_words, lot_faults, strange_lines, with_part
from gateway.domain.order import Stage
from gateway.domain.origin import Origin
from gateway.domain.privacy import unmasked
from gateway.domain.reference import Reference
from gateway.kernel.issues import Issue, Severity
from gateway.kernel.yaml_text import nearest

EVER = frozenset({"references", "cancel_after"})
"""The fields that may still be told once the order is approved: they are no part of what the vendor was told."""
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,29}")


def draft(part: Part, *, number: str, org: str, reference: Reference, today: date, origin: Origin, at: datetime) -> Decided:
    """A new draft of that number; the day it was entered is today unless it is told."""
    form = with_part(OrderForm(), part)
    new = HandOrder(org=org, number=number, form=replace(form, entered_on=form.entered_on or today))
    issues = (*number_faults(number), *strange_lines(OrderForm(), part), *form_faults(new.form, reference))
    if issues:
        return refuse(new, *issues)
    return Decided(order=new, events=(event(HandAct.DRAFTED, origin=origin, at=at),), issues=tuple(_past(part, today)))


def clone(source: HandOrder, told: Order | None, *, number: str, today: date, origin: Origin, at: datetime) -> Decided:
    """A new draft like another order.

    What is told once stays behind: days, receipts and serial numbers, since a serial is one piece;
    so does what was erased, so that somebody has to tell it anew.
    """
    form = unmasked(source.form if told is None else form_of(told, source.form))
    lines = tuple([replace(line, serial=None, due_on=None) for line in form.lines])
    fresh = replace(form, entered_on=today, requested_ship_on=None, cancel_after=None, lines=lines)
    new = HandOrder(org=source.org, number=number, form=fresh, cloned_from=source.number)
    return Decided(order=new, events=(event(HandAct.CLONED, origin=origin, at=at, number=source.number),))


def save(order: HandOrder, part: Part, *, reference: Reference, today: date, origin: Origin, at: datetime) -> Decided:
    """The form with what the part tells. A draft may change in everything; later only what the vendor was not told may."""
    if order.stage is Stage.CANCELLED:
        return refuse(order, wrong_stage(order, "saving"))
    told = sorted(part.words - EVER)
    if order.stage is not Stage.DRAFT and told:
        text = f"{', '.join(told)} can only be changed in a draft: cancel the order and clone it"
        return refuse(order, replace(wrong_stage(order, "the change"), text=f"order {order.number} is {order.stage}; {text}"))
    form = with_part(order.form, part)
    form = replace(form, entered_on=form.entered_on or order.form.entered_on)
    number = part.number or order.number
    new_number = number_faults(number) if number != order.number else ()
    issues = (*new_number, *strange_lines(order.form, part), *form_faults(form, reference))
    if issues:
        return refuse(order, *issues)
    words = changed_words(order.form, form)
    act = HandAct.SAVED if order.stage is Stage.DRAFT else HandAct.CHANGED
    events = [event(act, origin=origin, at=at, words=", ".join(words))] if words else []
    if number != order.number:
        events.append(event(HandAct.RENUMBERED, origin=origin, at=at, before=order.number, after=number))
    return Decided(order=replace(order, form=form, number=number), events=tuple(events), issues=tuple(_past(part, today)))


def number_faults(number: str) -> Iterator[Issue]:
    """Whether the text can be an order's number."""
    if not _NUMBER.fullmatch(number):
        text = "number is 1 to 30 letters, digits and - _ . / without blanks, and begins with a letter or a digit"
        yield Issue("MAN-03", text, field="number", value=number[:80])


def number_taken(number: str) -> Issue:
    """Somebody has the number already."""
    return Issue("MAN-01", f"the number {number} is taken", field="number", value=number, key=number)


def form_faults(form: OrderForm, reference: Reference) -> tuple[Issue, ...]:
    """What may not even be saved: codes that name nothing, and serial numbers that cannot be."""
    return (*_choices(form, reference), *lot_faults(form.lines))


def carriers(form: OrderForm) -> set[str]:
    """All carriers that the form names."""
    return {code for code in (form.carrier, *(line.carrier for line in form.lines)) if code}


def form_of(told: Order, kept: OrderForm) -> OrderForm:
    """A stored order as a form again; `kept` is what the store keeps beside it."""
    return replace(
        kept,
        entered_on=told.entered_on,
        vendor=told.vendor,
        warehouse=told.location,
        brand=told.brand,
        system=told.system,
        source=told.source,
        reference=told.reference,
        purchase_order=told.extra.get(PURCHASE_ORDER),
        sales_order=None if told.sales_order in {told.number, told.extra.get(PURCHASE_ORDER)} else told.sales_order,
        requested_ship_on=told.requested_ship_on,
        cancel_after=told.cancel_after,
        carrier=told.carrier,
        currency=told.currency,
        buyer=told.buyer,
        shipping_instructions=told.shipping_instructions,
        ship_to=told.ship_to,
        sold_to=told.sold_to,
        messages=told.messages,
        lines=tuple(
            FormLine(
                number=line.number,
                item=line.item,
                variant=line.variant,
                lot=line.lot,
                serial=line.serial,
                quantity=line.quantity,
                unit_cost=line.unit_cost,
                carrier=line.carrier,
                due_on=line.due_on,
                vendor_item=line.vendor_item,
                gtin=line.gtin,
                description=line.description,
                unit=line.unit,
            )
            for line in told.lines
        ),
    )


def _past(part: Part, today: date) -> Iterator[Issue]:
    """A day to cancel after that has gone by may be meant; it is told."""
    day = part.told.get("cancel_after")
    if day is not None and day < today:
        text = f"the day to cancel after, {day}, has passed: the job cancel_after cancels the order at its next run"
        yield Issue("MAN-16", text, field="cancel_after", value=str(day), severity=Severity.WARNING)


def _choices(form: OrderForm, reference: Reference) -> Iterator[Issue]:
    """Codes are chosen from what there is: a slip must not make a vendor or a carrier, as a retailer's file does."""
    tables: tuple[tuple[str, str | None, Iterable[str]], ...] = (
        ("vendor", form.vendor, reference.vendors),
        ("warehouse", form.warehouse, reference.locations),
        ("brand", form.brand, reference.brands),
        ("system", form.system, reference.systems),
        ("carrier", form.carrier, reference.carriers),
    )
    for field, code, known in tables:
        if code and code not in known:
            yield _unknown(field, code, known)
    vendor = reference.vendors.get(form.vendor or "")
    if vendor is not None and not vendor.active:
        yield Issue("MAN-09", f"vendor {vendor.code} is inactive", field="vendor", value=vendor.code)
    for line in form.lines:
        if line.carrier and line.carrier not in reference.carriers:
            yield at_line(line.number, _unknown("carrier", line.carrier, reference.carriers))


def _unknown(field: str, code: str, known: Iterable[str]) -> Issue:
    close = nearest(code, known)
    meant = f"; did you mean '{close}'?" if close else ""
    return Issue("MAN-09", f"{field} {code} is not known{meant}", field=field, value=code)
