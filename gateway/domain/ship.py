"""A vendor confirms what has left: what a shipment changes (sdf 3.4 to 3.6, events E5 to E7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from gateway.documents import Shipment
from gateway.domain import feed
from gateway.domain.acknowledge import acknowledged
from gateway.domain.acknowledge import entry as acknowledgement
from gateway.domain.history import Event, HistoryEntry, Parts
from gateway.domain.order import Line, LineStatus, PurchaseOrder, Stage
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
    ShipmentRecord,
    Verdict,
    refused,
)
from gateway.domain.parcels import Opened, Parcel, opened
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference, Vendor
from gateway.domain.shippable import Frame, frame
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
) -> Outcome:
    """Book a shipment of one order, all or nothing, all faults told together.

    `order` is None when nobody knows the number; another vendor's order is answered in the same words (3031, `missing` of kind
    `order`). `shipments` are all stored shipments of the order, `earlier` the quantity by line that rows before this one of the
    same file have shipped: with them exceeding the line is 3046 instead of 3044.
    """
    key = document.order_number.upper()
    spoken = speaker(document.vendor, document.vendor_system, envelope=document.envelope, reference=reference, origin=origin)
    if spoken.vendor is None:
        return refused(*spoken.issues, key=key)
    vendor = spoken.vendor
    if order is None or order.vendor != vendor.code or order.stage is not Stage.RELEASED:
        return _unknown(key, vendor, reference)
    around = frame(order, vendor, reference=reference, origin=origin, at=at)
    found = opened(document, around, shipments)
    issues = (*found.issues, *found.conflicts, *_too_much(found.parcels, order, earlier))
    if document.purpose in {None, "original"} and not found.parcels and found.repeated and not found.conflicts:
        return Outcome(verdict=Verdict.DUPLICATE, key=key, order_id=order.id, issues=found.repeated)
    if issues:
        verdict = Verdict.CONFLICT if found.conflicts else Verdict.REFUSED
        return Outcome(verdict=verdict, key=key, order_id=order.id, issues=issues)
    return _booked(document, found, around, at)


def _unknown(number: str, vendor: Vendor, reference: Reference) -> Outcome:
    text = f"order {number} is not an order of vendor {vendor.code}"
    missing = Missing(kind="order", org=reference.organization.code, order_number=number)
    return refused(Issue("3031", text, field="order_number", value=number[:80], key=number), key=number, missing=missing)


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


class _Effects:
    """What the parcels of one shipment change, gathered line by line."""

    def __init__(self, around: Frame, at: datetime) -> None:
        self.around = around
        self.at = at
        self.lines: list[Line] = []
        self.slips: list[BatchLine] = []
        self.shipments: list[NewShipment] = []
        self.history: list[HistoryEntry] = []
        self.feed: list[FeedEntry] = []

    def tell(self, event: Event, line: Line, quantity: int, parts: Parts) -> None:
        origin = self.around.origin
        self.history.append(
            HistoryEntry(
                order_id=self.around.order.id,
                event=event,
                at=self.at,
                actor=origin.user,
                source=origin.source,
                line_no=line.number,
                quantity=quantity,
                status_after=line.status,
                parts=parts,
                message_id=origin.message_id,
                place=origin.place,
            )
        )


def _booked(document: Shipment, told: Opened, around: Frame, at: datetime) -> Outcome:
    order = around.order
    effects = _Effects(around, at)
    for number in dict.fromkeys(parcel.line for parcel in told.parcels):
        line = order.line(number)
        if line is not None:
            _line(line, [parcel for parcel in told.parcels if parcel.line == number], document, effects)
    changes: list[Change] = [LinesChanged(order.with_lines(effects.lines), tuple(effects.lines)), *effects.shipments]
    if effects.slips:
        changes.append(BatchLinesChanged(tuple(effects.slips)))
    return Outcome(
        verdict=Verdict.BOOKED,
        key=order.number,
        order_id=order.id,
        changes=tuple(changes),
        history=tuple(effects.history),
        feed=tuple(effects.feed),
        issues=told.repeated,
    )


def _line(line: Line, parcels: Sequence[Parcel], document: Shipment, effects: _Effects) -> None:
    """Release and acknowledge first where that is due, then ship parcel by parcel, then take the rest off its slip (E7)."""
    ready = _acknowledged(_released(line, effects), effects)
    now = ready
    for parcel in parcels:
        now = shipped(now, parcel.quantity)
        emptied = parcel is parcels[-1] and _is_emptied(ready, now)
        after = replace(now, status=LineStatus.NEW, batch=None) if emptied else now
        _tell(parcel, now, after, ready, document, effects)
        if emptied:
            effects.tell(Event.UNPRINTED, after, after.open, Parts())
        now = after
    effects.lines.append(now)
    if ready.batch is not None:
        live = now.batch == ready.batch and now.open > 0
        quantity = (now if live else ready).printed or (now if live else ready).open
        effects.slips.append(BatchLine(ready.batch, effects.around.order.id, line.number, quantity, live))


def shipped(line: Line, quantity: int) -> Line:
    """The line after that much of it has left; what was printed leaves first."""
    after = replace(line, shipped=line.shipped + quantity, printed=max(line.printed - quantity, 0))
    return after if after.open else replace(after, status=LineStatus.SHIPPED, printed=0)


def _is_emptied(before: Line, after: Line) -> bool:
    """All that was printed has left, and an unprinted rest stays."""
    return before.printed > 0 and after.printed == 0 and after.open > 0


def _released(line: Line, effects: _Effects) -> Line:
    if line.status is not LineStatus.HELD:
        return line
    free = replace(line, status=line.pre_hold or LineStatus.NEW, pre_hold=None, hold_reason="")
    around = effects.around
    effects.tell(Event.RELEASED, free, free.open, Parts())
    effects.feed.append(feed.released(around.order, line.number, reason="", origin=around.origin, at=effects.at))
    return free


def _acknowledged(line: Line, effects: _Effects) -> Line:
    """A vendor may let the shipment of an unacknowledged batch count as its acknowledgement (promises 1.7)."""
    vendor, order = effects.around.vendor, effects.around.order
    implied = vendor.require_acknowledgement and vendor.implied_acknowledgement
    if line.batch is None or line.status is not LineStatus.NEW or not implied:
        return line
    after = acknowledged(line)
    origin, at = effects.around.origin, effects.at
    effects.history.append(acknowledgement(order.id, after, line.batch, origin, at))
    effects.feed.append(feed.pulled(order, line.number, batch=line.batch, quantity=after.printed, origin=origin, at=at))
    return after


def _tell(parcel: Parcel, now: Line, after: Line, before: Line, document: Shipment, effects: _Effects) -> None:
    around = effects.around
    order, at = around.order, effects.at
    tracking = parcel.tracking[0] if parcel.tracking else ""
    effects.shipments.append(
        NewShipment(
            order_id=order.id,
            line_no=parcel.line,
            vendor=order.vendor,
            quantity=parcel.quantity,
            carrier=parcel.carrier,
            tracking=parcel.tracking,
            weight=parcel.weight,
            freight=parcel.freight,
            shipped_on=parcel.shipped_on,
            batch=before.batch,
            at=at,
            key=parcel.key,
            reference=document.reference or document.bill_of_lading or "",
            package=parcel.package,
            lot=parcel.lot,
            serials=parcel.serials,
            invoice_number=document.invoice_number or "",
        )
    )
    event = Event.SHIP_CONFIRMED if around.origin.via is Via.MESSAGE else Event.SHIPPED
    parts = Parts(
        shipped_on=parcel.shipped_on,
        carrier=parcel.carrier,
        tracking=tracking,
        weight=parcel.weight,
        freight=parcel.freight,
        currency=order.currency,
    )
    effects.tell(event, now, parcel.quantity, parts)
    values = {
        "carrier": parcel.carrier,
        "quantity": parcel.quantity,
        "tracking": list(parcel.tracking),
        "weight": f"{parcel.weight:f}",
        "freight": f"{parcel.freight:f}",
        "shipped_on": parcel.shipped_on.isoformat(),
        "line_status": str(after.status),
    }
    effects.feed.append(feed.shipped(order, parcel.line, values=values, origin=around.origin, at=at))
