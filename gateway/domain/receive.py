"""A purchase order comes in: rules of sdf 2.1 to 2.5, defaults, and what is created along the way."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from gateway.documents import Order, OrderLine
from gateway.domain.complete import faults
from gateway.domain.digest import MOST_TOLD, difference, digest_of, in_words, ship_to_of, upper_postal
from gateway.domain.history import ADMIN, Event, HistoryEntry
from gateway.domain.order import Line, LineStatus, OrderKey, PurchaseOrder
from gateway.domain.origin import Origin, Source
from gateway.domain.outcome import NewItem, NewOrder, NewReference, NewVendorItem, Outcome, Verdict, refused
from gateway.domain.reference import Carrier, Reference, Vendor
from gateway.kernel.issues import Issue, Severity
from gateway.kernel.money import cents


def create(document: Order, key: OrderKey, *, reference: Reference, origin: Origin, at: datetime, stored: Order | None = None) -> Outcome:
    """Take an order, or say all that is wrong with it.

    When the key is taken already: DUPLICATE (DSO-110), or CONFLICT (DSO-111) with the difference to `stored` field by field.
    """
    digest = digest_of(document)
    if key.digest == digest:
        told = Issue("DSO-110", f"order {key.number} came before with the same content", key=key.number, severity=Severity.WARNING)
        return Outcome(verdict=Verdict.DUPLICATE, key=key.number, order_id=key.id, issues=(told,))
    issues = faults(document, reference, origin)
    if issues:
        return refused(*issues, key=key.number)
    whole = with_defaults(document, reference)
    if key.digest is not None:
        return Outcome(verdict=Verdict.CONFLICT, key=key.number, order_id=key.id, issues=(_conflict(key, stored, whole),))
    order = order_of(whole, key)
    return Outcome(
        verdict=Verdict.BOOKED,
        key=key.number,
        order_id=key.id,
        changes=(NewOrder(order, whole, digest),),
        history=tuple([_created(line, key.id, origin, at) for line in order.lines]),
        reference=unheard_of(whole, reference),
    )


def with_defaults(document: Order, reference: Reference) -> Order:
    """The order as it is stored: number and postal codes in upper case, amounts in cents, every default in its place."""
    due_on = document.due_on or document.entered_on + timedelta(days=reference.organization.lead_days)
    carrier = document.carrier or ""
    return replace(
        document,
        number=document.number.upper(),
        ship_to=ship_to_of(document),
        sold_to=upper_postal(document.sold_to),
        currency=document.currency or reference.organization.currency,
        paid=cents(document.paid) if document.paid else document.paid,
        freight=cents(document.freight) if document.freight else document.freight,
        additional_freight=cents(document.additional_freight) if document.additional_freight else document.additional_freight,
        freight_tax=cents(document.freight_tax) if document.freight_tax else document.freight_tax,
        lines=tuple(
            [
                line if line.carrier and line.due_on else replace(line, carrier=line.carrier or carrier, due_on=line.due_on or due_on)
                for line in document.lines
            ]
        ),
    )


def order_of(document: Order, key: OrderKey) -> PurchaseOrder:
    """The order that a document with its defaults tells, all lines new."""
    return PurchaseOrder(
        id=key.id,
        org=key.org,
        number=document.number,
        system=document.system,
        location=document.location,
        brand=document.brand,
        vendor=document.vendor,
        sales_order=document.sales_order,
        entered_on=document.entered_on,
        currency=document.currency or "",
        lines=tuple([_line(line) for line in document.lines]),
    )


def _line(line: OrderLine) -> Line:
    return Line(
        number=line.number,
        item=line.item,
        carrier=line.carrier,
        ordered=line.quantity,
        unit_cost=line.unit_cost,
        due_on=line.due_on,
        first_due_on=line.due_on,
        vendor_item=line.vendor_item or "",
        gtin=line.gtin or "",
        serial=line.serial or "",
    )


def _created(line: Line, order_id: int, origin: Origin, at: datetime) -> HistoryEntry:
    return HistoryEntry(
        order_id=order_id,
        event=Event.CREATED,
        at=at,
        actor=ADMIN,
        source=Source.WS,
        line_no=line.number,
        quantity=line.ordered,
        status_after=LineStatus.NEW,
        message_id=origin.message_id,
        place=origin.place,
    )


def unheard_of(document: Order, reference: Reference) -> tuple[NewReference, ...]:
    """Vendor, carriers, products and vendor items seen for the first time; products from the default system alone (sdf 2.1)."""
    new: dict[object, NewReference] = {}
    vendor = document.vendor
    if vendor not in reference.vendors:
        new["vendor"] = Vendor(code=vendor, name=document.vendor_name or vendor, email=document.vendor_email or "")
    system = reference.systems.get(document.system)
    makes_products = system is not None and system.vendor_default and system == reference.vendor_system
    for line in document.lines:
        item = line.item
        if line.carrier not in reference.carriers:
            new["carrier", line.carrier] = Carrier(code=line.carrier)
        if makes_products and item not in reference.items:
            new["item", item] = NewItem(item, line.description or "")
        if (vendor, item) not in reference.vendor_items:
            described = line.vendor_description or line.description or ""
            new.setdefault(("vendor item", item), NewVendorItem(vendor, item, line.vendor_item or item, described))
    return tuple(new.values())


def _conflict(key: OrderKey, stored: Order | None, document: Order) -> Issue:
    found = difference(stored, document) if stored is not None else ()
    text = f"order {key.number} is taken with other content" + (f": {in_words(found)}" if found else "")
    return Issue(
        "DSO-111",
        f"{text}. Changes come as cancel, address or cost change.",
        field="number",
        value=key.number,
        key=key.number,
        differences=found[:MOST_TOLD],
    )
