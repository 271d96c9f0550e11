"""What a vendor asks for and is shown: requests for batches, and orders as an extract holds them (sdf 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Order, OrderLine, OrderRequest
from gateway.domain.batch import in_sequence, nothing_new, select
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import Batch, BatchLine, BatchState
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference, Vendor
from gateway.kernel.issues import Issue

CHANGED = "changed_since_sent"
"""The name in `extra` that marks an order changed since its batch was sent (sdf 11, Q20)."""


class Wanted(Struct, frozen=True, kw_only=True, gc=False):
    """The answer to a request: refused with issues, `orders` to cut into a new batch, or `batch` to show `again`."""

    orders: tuple[PurchaseOrder, ...] = ()
    batch: Batch | None = None
    issues: tuple[Issue, ...] = ()


def request(
    document: OrderRequest, *, orders: Iterable[PurchaseOrder], batch: Batch | None, reference: Reference, origin: Origin
) -> Wanted:
    """What a vendor's request is answered with (codes 3002 to 3009).

    `orders`: for `all` the vendor's orders with unsent lines, for `item` all its orders with that item, for `order` that
    order. `batch` is the batch named, for `batch` alone; it is shown again whole, whatever size was asked for, and nothing changes.
    """
    spoken = speaker(document.vendor, document.vendor_system, envelope=document.envelope, reference=reference, origin=origin)
    if spoken.vendor is None:
        return Wanted(issues=spoken.issues)
    vendor = spoken.vendor
    own = [order for order in orders if order.vendor == vendor.code]
    match document.criteria:
        case "all":
            return _new(own, vendor, document)
        case "item" | "order":
            named = [order for order in own if _is_named(order, document)]
            return _new(named, vendor, document) if named else _unknown(document)
        case "batch":
            if batch is None or batch.vendor != vendor.code or batch.state in {BatchState.CUTTING, BatchState.VOID}:
                return _unknown(document)
            return Wanted(batch=batch)
        case other:
            text = f"'{other}' is no criterion; there are all, item, order and batch"
            return Wanted(issues=(Issue("3007", text, field="criteria", value=other[:80]),))


def again(orders: Iterable[PurchaseOrder], lines: Iterable[BatchLine]) -> tuple[PurchaseOrder, ...]:
    """The orders of a batch with these lines that still have something to show, in the sequence of selection."""
    inside = {(entry.order_id, entry.line_no) for entry in lines}
    shown = [order for order in orders if any((order.id, line.number) in inside and _is_shown(line) for line in order.lines)]
    return tuple(in_sequence(shown))


def extract(document: Order, order: PurchaseOrder, lines: Iterable[BatchLine], *, reference: Reference) -> Order:
    """The order as the vendor is shown it: current data, the lines of this batch that are not cancelled, with `to_ship`.

    `lines` are the entries of one batch; those of other orders are passed over.
    """
    to_ship = {entry.line_no: entry.quantity for entry in lines if entry.order_id == order.id}
    told = {line.number: line for line in document.lines}
    shown = [
        _line(told[line.number], line, to_ship[line.number], reference)
        for line in order.lines
        if line.number in to_ship and _is_shown(line)
    ]
    vendor, brand, location = (
        reference.vendors.get(order.vendor),
        reference.brands.get(order.brand),
        reference.locations.get(order.location),
    )
    return replace(
        document,
        currency=order.currency,
        vendor_name=vendor.name if vendor and vendor.name else document.vendor_name,
        brand_name=brand.name if brand and brand.name else None,
        location_name=location.name if location and location.name else None,
        carrier=order.ship_via,
        due_on=order.next_due_on,
        extra={**document.extra, CHANGED: "Y"} if order.changed_since_sent else document.extra,
        lines=tuple(shown),
    )


def _new(orders: Iterable[PurchaseOrder], vendor: Vendor, document: OrderRequest) -> Wanted:
    most = document.batch_size if document.criteria != "order" else None
    found = select(orders, vendor=vendor, most=most if most and most > 0 else None)
    return Wanted(orders=found) if found else Wanted(issues=(nothing_new(vendor),))


def _is_named(order: PurchaseOrder, document: OrderRequest) -> bool:
    value = document.value or ""
    if document.criteria == "order":
        return order.number == value.upper()
    return any(value in {line.item, line.vendor_item} for line in order.lines)


def _unknown(document: OrderRequest) -> Wanted:
    value = document.value or ""
    text = f"no {document.criteria} '{value}' of this vendor" if value else f"the {document.criteria} is missing"
    return Wanted(issues=(Issue("3008", text, field="value", value=value[:80]),))


def _is_shown(line: Line) -> bool:
    return line.status is not LineStatus.CANCELLED


def _line(told: OrderLine, line: Line, quantity: int, reference: Reference) -> OrderLine:
    carrier = reference.carriers.get(line.carrier)
    return replace(
        told,
        carrier=line.carrier,
        carrier_name=carrier.name if carrier and carrier.name else None,
        unit_cost=line.unit_cost,
        due_on=line.due_on,
        to_ship=quantity,
    )
