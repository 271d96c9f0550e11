"""Whether what a shipment says of a line can be (codes 3032 to 3043, 3050; sdf 3.4, 3.6, 11 Q9 and Q29)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.documents import Shipment, ShipmentLine
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin, Via
from gateway.domain.reference import Carrier, Reference, Vendor
from gateway.kernel.issues import Issue
from gateway.kernel.money import ZERO


class Frame(Struct, frozen=True, gc=False):
    """What every line of a shipment is judged against."""

    order: PurchaseOrder
    vendor: Vendor
    reference: Reference
    origin: Origin
    at: datetime
    today: date


def frame(order: PurchaseOrder, vendor: Vendor, *, reference: Reference, origin: Origin, at: datetime) -> Frame:
    """The frame of a decision made at this instant; days are the organization's."""
    return Frame(order, vendor, reference, origin, at, at.astimezone(ZoneInfo(reference.organization.zone)).date())


def document_issues(document: Shipment, around: Frame) -> list[Issue]:
    """What is wrong with the shipment as a whole."""
    issues = []
    if document.purpose not in {None, "original"}:
        issues.append(Issue("3050", f"a shipment cannot be sent as {document.purpose}", field="purpose", value=document.purpose or ""))
    if not document.lines:
        issues.append(Issue("3043", "the shipment has no lines", field="lines", kind="missing"))
    if around.vendor.require_invoice_number and not document.invoice_number:
        issues.append(Issue("3036", "this vendor must give an invoice number with every shipment", field="invoice_number", kind="missing"))
    return issues


def line_issues(line: ShipmentLine, target: Line | None, document: Shipment, around: Frame) -> list[Issue]:
    """What is wrong with one line of a shipment that means `target`."""
    order = around.order
    number = target.number if target else line.number
    issues = []
    if target is None:
        told = str(line.number) if line.number is not None else line.item or line.vendor_item or line.gtin or ""
        what = f"line {told}" if line.number is not None else f"item '{told}'"
        issues.append(_issue("3042", number, f"{what} is not on order {order.number}", "number", told))
    elif document.batch is not None and target.batch != document.batch:
        issues.append(_issue("3042", number, f"the line is not in batch {document.batch}", "batch", str(document.batch)))
    elif (text := _not_shippable(target, around)) is not None:
        issues.append(_issue("3050", number, text, "number", str(number)))
    return [*issues, *_said(line, number, document, around)]


def issues_without_order(document: Shipment, around: Frame) -> list[Issue]:
    """What is wrong with a shipment whatever its order is like: for one of an order that is not known."""
    found = [issue for line in document.lines for issue in _said(line, line.number, document, around)]
    return list(dict.fromkeys([*document_issues(document, around), *found]))


def _said(line: ShipmentLine, number: int | None, document: Shipment, around: Frame) -> list[Issue]:
    """What is wrong with the words of a line, whichever it means."""
    issues = []
    if line.quantity < 1:
        issues.append(
            _issue("3043", number, f"the shipped quantity is {line.quantity}; it must be at least 1", "quantity", str(line.quantity))
        )
    return [*issues, *_carrier(line, number, document, around), *_date(line, number, document, around)]


def _not_shippable(line: Line, around: Frame) -> str | None:
    via, vendor = around.origin.via, around.vendor
    if line.status is LineStatus.HELD:
        allowed = {Via.UPLOAD: vendor.ship_held_by_upload, Via.MESSAGE: vendor.ship_held_by_message, Via.SCREEN: False}[via]
        return None if allowed else "the line is on hold; release it first"
    if line.status is LineStatus.NEW and via is Via.SCREEN:
        return "the line is not In Process; print or request it first"
    return None


def _carrier(line: ShipmentLine, number: int | None, document: Shipment, around: Frame) -> list[Issue]:
    """3032 to 3035 and 3038. An issue with a value of the shipment names no line, so that it is told once.

    A weight or rate below 0 is wrong whatever the carrier is.
    """
    code = line.carrier or document.carrier
    place = number if line.carrier else None
    if not code:
        return [Issue("3038", "the carrier is missing", field="carrier", kind="missing"), *_amounts(line, number, document, None)]
    carrier = around.reference.carriers.get(code)
    usable = carrier is not None and (carrier.active or around.origin.via is not Via.SCREEN)
    if carrier is None or not usable or (around.vendor.carriers and code not in around.vendor.carriers):
        text = f"carrier {code} is not assigned to vendor {around.vendor.code}"
        return [_issue("3032", place, text, "carrier", code), *_amounts(line, number, document, None)]
    issues = []
    if carrier.requires_tracking and not any(line.tracking or document.tracking):
        issues.append(_issue("3033", place, f"carrier {code} requires a tracking number", "tracking", ""))
    return [*issues, *_amounts(line, number, document, carrier)]


def _amounts(line: ShipmentLine, number: int | None, document: Shipment, carrier: Carrier | None) -> list[Issue]:
    """3034 and 3035, by what the carrier requires; of one that nobody knows nothing is."""
    code = carrier.code if carrier is not None else ""
    place = number if line.carrier else None
    with_weight, with_freight = carrier is not None and carrier.requires_weight, carrier is not None and carrier.requires_freight
    issues = []
    weight = line.weight if line.weight is not None else document.weight or ZERO
    if weight < 0 or (with_weight and not weight):
        text = _amount_fault("weight", weight, code if with_weight else "")
        issues.append(_issue("3034", place if line.weight is None else number, text, "weight", str(weight)))
    freight = line.freight if line.freight is not None else document.freight or ZERO
    if freight < 0 or (with_freight and not freight):
        text = _amount_fault("freight rate", freight, code if with_freight else "")
        issues.append(_issue("3035", place if line.freight is None else number, text, "freight", str(freight)))
    return issues


def _amount_fault(what: str, found: Decimal, requiring: str) -> str:
    """What is wrong with a weight or a rate; `requiring` is the carrier that must have one."""
    if found < 0:
        return f"the {what} is {found:f}; it must be {'above 0' if requiring else 'at least 0'}"
    return f"carrier {requiring} requires a {what} above 0"


def _date(line: ShipmentLine, number: int | None, document: Shipment, around: Frame) -> list[Issue]:
    told = line.shipped_on or document.shipped_on
    place = number if line.shipped_on else None
    if told is None:
        if around.origin.via is Via.MESSAGE:
            return [Issue("3036", "the ship date is missing", field="shipped_on", kind="missing")]
        return []
    if told < around.order.entered_on:
        text = f"ship date {told} is before {around.order.entered_on}, the date of the order"
        return [_issue("3037", place, text, "shipped_on", str(told))]
    latest = around.today + timedelta(days=around.vendor.future_ship_days)
    if told > latest:
        return [_issue("3036", place, f"ship date {told} lies ahead; {latest} is the latest possible", "shipped_on", str(told))]
    return []


def _issue(code: str, line: int | None, text: str, field: str, value: str) -> Issue:
    return Issue(code, text, where="" if line is None else f"line {line}", field=field, value=value[:80], line=line)
