"""A vendor confirms what has left: what a shipment changes (sdf 3.4 to 3.6, events E5 to E7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Party, Shipment
from gateway.domain import feed
from gateway.domain.acknowledge import acknowledged
from gateway.domain.acknowledge import entry as acknowledgement
from gateway.domain.history import Event, HistoryEntry, Parts, entry_of
from gateway.domain.order import Line, LineStatus, PurchaseOrder, Stage, no_order_of
from gateway.domain.origin import Origin, Via
from gateway.domain.outcome import (
    BatchLine,
    BatchLinesChanged,
    Change,
    FeedEntry,
    LinesChanged,
    Missing,
    NewShipment,
    Outcome,
    RequestsChanged,
    ShipmentRecord,
    ShipToChanged,
    Verdict,
    refused,
)
from gateway.domain.parcels import Opened, Parcel, opened
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference, Vendor
from gateway.domain.request import Request
from gateway.domain.resume import left, resumed
from gateway.domain.shippable import Frame, frame, issues_without_order
from gateway.kernel.issues import Issue

NONE_EARLIER: Mapping[int, int] = {}


def ship(
    document: Shipment,
    order: PurchaseOrder | None,
    *,
    shipments: Sequence[ShipmentRecord],
    reference: Reference,
    origin: Origin,
    at: datetime,
    earlier: Mapping[int, int] = NONE_EARLIER,
    requests: Sequence[Request] = (),
) -> Outcome:
    """Book a shipment of one order, all or nothing, all faults told together.

    `order` is None when nobody knows the number; another vendor's order is answered in the same words (3031, `missing` of kind
    `order`). `shipments` are all stored shipments of the order, `earlier` the quantity by line that rows before this one of the
    same file have shipped: with them exceeding the line is 3046 instead of 3044. `requests` are those of the order: what waits ends
    with the line that leaves, and applies to a rest that is New Order again.
    """
    key = document.order_number.upper()
    spoken = speaker(document.vendor, document.vendor_system, envelope=document.envelope, reference=reference, origin=origin)
    vendor = spoken.judge
    if vendor is None:
        return refused(*spoken.issues, key=key)
    if order is None or order.vendor != vendor.code or order.stage is not Stage.RELEASED:
        around = frame(_nobodys(key, reference), vendor, reference=reference, origin=origin, at=at)
        return _unknown(key, vendor, reference, (*spoken.issues, *issues_without_order(document, around)))
    around = frame(order, vendor, reference=reference, origin=origin, at=at)
    found = opened(document, around, shipments)
    if not spoken.issues and found.repeated and len(found.repeated) == len(document.lines) and document.purpose in {None, "original"}:
        return Outcome(verdict=Verdict.DUPLICATE, key=key, order_id=order.id, issues=found.repeated)
    issues = (*spoken.issues, *found.issues, *found.conflicts, *_too_much(found.parcels, order, earlier))
    if issues:
        verdict = Verdict.CONFLICT if found.conflicts else Verdict.REFUSED
        return Outcome(verdict=verdict, key=key, order_id=order.id, issues=issues)
    return _booked(document, found, around, requests)


def _unknown(number: str, vendor: Vendor, reference: Reference, besides: Sequence[Issue]) -> Outcome:
    """The order may still come; what is wrong with the shipment besides does not pass by waiting."""
    text = no_order_of(number, vendor.code)
    missing = None if besides else Missing(kind="order", org=reference.organization.code, order_number=number)
    return refused(Issue("3031", text, field="order_number", value=number[:80], key=number), *besides, key=number, missing=missing)


def _nobodys(number: str, reference: Reference) -> PurchaseOrder:
    """In place of an order that is not known: without lines, and older than any shipment."""
    return PurchaseOrder(
        id=0,
        org=reference.organization.code,
        number=number,
        system="",
        location="",
        brand="",
        vendor="",
        sales_order="",
        entered_on=date.min,
        currency="",
        lines=(),
    )


def _too_much(parcels: Iterable[Parcel], order: PurchaseOrder, earlier: Mapping[int, int]) -> list[Issue]:
    asked: dict[int, int] = {}
    for parcel in parcels:
        asked[parcel.line] = asked.get(parcel.line, 0) + max(parcel.quantity, 0)
    issues = []
    for line in order.lines:
        quantity = asked.get(line.number, 0)
        if quantity <= line.open:
            continue
        before = earlier.get(line.number, 0)
        if before and quantity <= line.open + before:
            code, text = "3046", f"{quantity} shipped after {before} in rows above, {line.open} open"
        else:
            state = f"; the line is {line.status}" if line.status and not line.status.is_open else ""
            code, text = "3044", f"{quantity} shipped, {line.open} open{state}"
        issues.append(Issue(code, text, where=f"line {line.number}", field="quantity", value=str(quantity), line=line.number))
    return issues


class _Moved(Struct, frozen=True, gc=False):
    """One line after its parcels have left, with its slip and all that is to be told."""

    line: Line
    slips: tuple[BatchLine, ...]
    shipments: tuple[NewShipment, ...]
    history: tuple[HistoryEntry, ...]
    feed: tuple[FeedEntry, ...]
    requests: tuple[Request, ...] = ()
    ship_to: Party | None = None


def _booked(document: Shipment, told: Opened, around: Frame, requests: Sequence[Request]) -> Outcome:
    order = around.order
    moved: list[_Moved] = []
    for line in order.lines:
        parcels = [parcel for parcel in told.parcels if parcel.line == line.number]
        if parcels:
            is_first = not any(it.event is Event.ADDRESS_AUTO_REJECTED for before in moved for it in before.history)
            moved.append(_ended(_moved(line, parcels, document, around), requests, line, is_first=is_first, around=around))
    lines = tuple([it.line for it in moved])
    slips = tuple([slip for it in moved for slip in it.slips])
    changes: list[Change] = [LinesChanged(order.with_lines(lines), lines), *(shipment for it in moved for shipment in it.shipments)]
    if slips:
        changes.append(BatchLinesChanged(slips))
    if ended := tuple([request for it in moved for request in it.requests]):
        changes.append(RequestsChanged(ended))
    if ship_to := next((it.ship_to for it in moved if it.ship_to is not None), None):
        changes.append(ShipToChanged(order.id, ship_to))
    return Outcome(
        verdict=Verdict.BOOKED,
        key=order.number,
        order_id=order.id,
        changes=tuple(changes),
        history=tuple([entry for it in moved for entry in it.history]),
        feed=tuple([entry for it in moved for entry in it.feed]),
        issues=(*told.repeated, *told.odd),
    )


def _ended(moved: _Moved, requests: Sequence[Request], before: Line, *, is_first: bool, around: Frame) -> _Moved:
    """What waited for an answer ends: applied to a rest that is New Order again, rejected where the line has left."""
    order, line, origin, at = around.order, moved.line, around.origin, around.at
    if line.status is LineStatus.NEW and before.status is not LineStatus.NEW:
        found = resumed(order, line, requests, origin=origin, at=at)
    elif line.status is LineStatus.SHIPPED:
        found = left(order, line, requests, is_first=is_first, origin=origin, at=at)
    else:
        return moved
    return replace(
        moved,
        line=found.line,
        history=(*moved.history, *found.history),
        feed=(*moved.feed, *found.feed),
        requests=found.requests,
        ship_to=found.ship_to,
        slips=(*moved.slips, *found.slips),
    )


def _moved(line: Line, parcels: Sequence[Parcel], document: Shipment, around: Frame) -> _Moved:
    """Release and acknowledge first where that is due, then ship parcel by parcel, then take an unprinted rest off the slip (E7)."""
    order, origin, at = around.order, around.origin, around.at
    shipments: list[NewShipment] = []
    history: list[HistoryEntry] = []
    told: list[FeedEntry] = []
    ready = line
    if ready.status is LineStatus.HELD:
        ready = replace(line, status=line.pre_hold or LineStatus.NEW, pre_hold=None, hold_reason="")
        history.append(entry_of(Event.RELEASED, ready, ready.open, order_id=order.id, origin=origin, at=at))
        told.append(feed.released(order, line.number, origin=origin, at=at))
    if (batch := ready.batch) is not None and _is_acknowledged_so(ready, around.vendor):
        ready = acknowledged(ready)
        history.append(acknowledgement(order.id, ready, batch, origin, at))
        told.append(feed.pulled(order, line.number, batch=batch, quantity=ready.printed, origin=origin, at=at))
    now = after = ready
    for parcel in parcels:
        now = shipped(now, parcel.quantity)
        emptied = parcel is parcels[-1] and _is_emptied(ready, now)
        after = replace(now, status=LineStatus.NEW, batch=None) if emptied else now
        shipments.append(_shipment(parcel, ready, document, around))
        history.append(_entry(parcel, now, around))
        told.append(feed.shipped(order, line.number, values=_values(parcel, after), origin=origin, at=at))
        if emptied:
            history.append(entry_of(Event.UNPRINTED, after, after.open, order_id=order.id, origin=origin, at=at))
    return _Moved(after, _slip(order.id, ready, after), tuple(shipments), tuple(history), tuple(told))


def shipped(line: Line, quantity: int) -> Line:
    """The line after that much of it has left; what was printed leaves first."""
    after = replace(line, shipped=line.shipped + quantity, printed=max(line.printed - quantity, 0))
    return after if after.open else replace(after, status=LineStatus.SHIPPED, printed=0)


def _is_acknowledged_so(line: Line, vendor: Vendor) -> bool:
    """A vendor may let the shipment of an unacknowledged batch count as its acknowledgement."""
    return line.status is LineStatus.NEW and vendor.require_acknowledgement and vendor.implied_acknowledgement


def _is_emptied(before: Line, after: Line) -> bool:
    """All that was printed has left, and an unprinted rest stays."""
    return before.printed > 0 and after.printed == 0 and after.open > 0


def _slip(order_id: int, before: Line, after: Line) -> tuple[BatchLine, ...]:
    """What stays of the line in its batch; a slip that is done keeps the quantity it had."""
    if before.batch is None:
        return ()
    live = after.batch == before.batch and after.open > 0
    shown = after if live else before
    return (BatchLine(before.batch, order_id, before.number, shown.printed or shown.open, live),)


def _shipment(parcel: Parcel, line: Line, document: Shipment, around: Frame) -> NewShipment:
    return NewShipment(
        order_id=around.order.id,
        line_no=parcel.line,
        vendor=around.vendor.code,
        quantity=parcel.quantity,
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        weight=parcel.weight,
        freight=parcel.freight,
        shipped_on=parcel.shipped_on,
        batch=line.batch,
        at=around.at,
        key=parcel.key,
        reference=document.reference or document.bill_of_lading or "",
        package=parcel.package,
        lot=parcel.lot,
        serials=parcel.serials,
        invoice_number=document.invoice_number or "",
    )


def _entry(parcel: Parcel, line: Line, around: Frame) -> HistoryEntry:
    parts = Parts(
        shipped_on=parcel.shipped_on,
        carrier=parcel.carrier,
        tracking=parcel.tracking[0] if parcel.tracking else "",
        weight=parcel.weight,
        freight=parcel.freight,
        currency=around.order.currency,
    )
    event = Event.SHIP_CONFIRMED if around.origin.via is Via.MESSAGE else Event.SHIPPED
    return entry_of(event, line, parcel.quantity, order_id=around.order.id, origin=around.origin, at=around.at, parts=parts)


def _values(parcel: Parcel, line: Line) -> dict[str, object]:
    return {
        "carrier": parcel.carrier,
        "quantity": parcel.quantity,
        "tracking": list(parcel.tracking),
        "weight": f"{parcel.weight:f}",
        "freight": f"{parcel.freight:f}",
        "shipped_on": parcel.shipped_on.isoformat(),
        "line_status": str(line.status),
    }
