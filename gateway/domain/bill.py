"""What a vendor's invoice bills: each of its details matched to shipments of an order line (sdf 4.4, 4.6; INV-10, 12, 13).

A stored invoice line is exactly one shipment. The column `ship_qty_or_shipment_id` is read so: a shipment told by id is taken as
it stands; a bare number is the quantity of the oldest uninvoiced shipment with just that quantity; else the id of an uninvoiced
shipment of that line; else the sum of the oldest uninvoiced shipments, which then make a line each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Charge, Invoice, InvoiceLine
from gateway.domain.order import Line, LineStatus, PurchaseOrder, Stage, no_order_of
from gateway.domain.outcome import InvoiceLineState, LinesChanged, Missing, ShipmentRecord
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue
from gateway.kernel.money import ZERO

FREIGHT, HANDLING, OTHER = frozenset({"freight"}), frozenset({"handling"}), frozenset({"other", "tax", "discount"})
"""Which kinds of charges are added to which of the three amounts."""
_CENT = Decimal("0.01")


class Bill(Struct, frozen=True, kw_only=True, gc=False):
    """The lines of an invoice and what is wrong with them; `waits` has an entry for each issue that time may mend."""

    lines: tuple[InvoiceLineState, ...]
    orders: tuple[PurchaseOrder, ...]
    issues: tuple[Issue, ...]
    waits: tuple[Missing, ...]


class _Fault(Struct, frozen=True, gc=False):
    """Why a detail cannot be billed, and what it waits for if it may be later."""

    issue: Issue
    waits_for: Missing | None = None


class _Target(Struct, frozen=True, gc=False):
    """The order line a detail bills."""

    order: PurchaseOrder
    line: Line


def bill(
    document: Invoice, *, vendor: Vendor, org: str, orders: Mapping[str, PurchaseOrder], shipments: Mapping[int, Sequence[ShipmentRecord]]
) -> Bill:
    """Match every detail of the document to shipments nobody has billed, within the document too."""
    lines: list[InvoiceLineState] = []
    faults: list[_Fault] = []
    used: dict[int, PurchaseOrder] = {}
    taken: set[int] = set()
    for place, detail in enumerate(document.lines, 1):
        wrong = _own_faults(detail, place)
        faults += wrong
        number = (detail.order_number or document.order_number or "").upper()
        target = _target(detail, number, orders.get(number), vendor=vendor, org=org, place=place)
        if isinstance(target, _Fault):
            faults.append(target)
            continue
        used[target.order.id] = target.order
        if wrong:
            continue
        known = [it for it in shipments.get(target.order.id, ()) if it.line_no == target.line.number]
        matched = _match(detail, target, [it for it in known if it.id not in taken], org=org, place=place)
        if isinstance(matched, _Fault):
            faults.append(matched)
            continue
        taken.update(it.id for it in matched)
        lines += _lines(detail, target, matched, first=len(lines) + 1)
    return Bill(
        lines=tuple(lines),
        orders=tuple(used.values()),
        issues=tuple([fault.issue for fault in faults]),
        waits=tuple([fault.waits_for for fault in faults if fault.waits_for is not None]),
    )


def billed(orders: Iterable[PurchaseOrder], lines: Iterable[InvoiceLineState], *, sign: int = 1) -> tuple[LinesChanged, ...]:
    """The orders with these lines counted as invoiced; with sign -1 they are free again."""
    quantities: dict[tuple[int, int], int] = {}
    for line in lines:
        place = (line.order_id, line.order_line)
        quantities[place] = quantities.get(place, 0) + sign * line.quantity
    changes = []
    for order in orders:
        touched = [(line, quantities.get((order.id, line.number), 0)) for line in order.lines]
        changed = tuple([replace(line, invoiced=line.invoiced + more) for line, more in touched if more])
        if changed:
            changes.append(LinesChanged(order.with_lines(changed), changed))
    return tuple(changes)


def rebilled(
    orders: Iterable[PurchaseOrder], before: Iterable[InvoiceLineState], after: Iterable[InvoiceLineState]
) -> tuple[LinesChanged, ...]:
    """The orders when an invoice bills other lines than before."""
    known = tuple(orders)
    freed = {change.order.id: change.order for change in billed(known, before, sign=-1)}
    moved = [freed.get(order.id, order) for order in known]
    taken = {change.order.id: change.order for change in billed(moved, after)}
    changes = []
    for order in known:
        end = taken.get(order.id, freed.get(order.id, order))
        changed = tuple([line for line, old in zip(end.lines, order.lines, strict=True) if line != old])
        if changed:
            changes.append(LinesChanged(end, changed))
    return tuple(changes)


def is_billable(line: Line, vendor: Vendor) -> bool:
    """Whether what has left of this line may be billed: it is Shipped, or the vendor may bill parts (sdf 11, Q31)."""
    return line.status is LineStatus.SHIPPED or (vendor.invoice_partial_shipments and line.shipped > 0)


def mixed(orders: Iterable[PurchaseOrder], *, system: str = "", currency: str | None = None) -> list[Issue]:
    """INV-16: the orders of an invoice come from one system and one currency, those it bills already too."""
    known = tuple(orders)
    issues = []
    systems = sorted({order.system for order in known} | ({system} if system else set()))
    if len(systems) > 1:
        issues.append(Issue("INV-16", f"the orders come from several systems: {', '.join(systems)}", field="order_number"))
    currencies = sorted({order.currency for order in known} | ({currency} if currency else set()))
    if len(currencies) > 1:
        issues.append(Issue("INV-16", f"the currencies differ: {', '.join(currencies)}", field="currency", value=currency or ""))
    return issues


def charged(amount: Decimal | None, charges: Iterable[Charge], kinds: frozenset[str], *, goods: Decimal) -> Decimal:
    """The amount told and every charge of these kinds; an allowance lowers it. One with a percent alone is that much of the goods."""
    more = [-_worth(it, goods) if it.allowance else _worth(it, goods) for it in charges if it.kind in kinds]
    return (amount or ZERO) + sum(more, ZERO)


def _worth(charge: Charge, goods: Decimal) -> Decimal:
    if charge.amount is not None or charge.percent is None:
        return charge.amount or ZERO
    return (goods * charge.percent / 100).quantize(_CENT, ROUND_HALF_UP)


def _target(detail: InvoiceLine, number: str, order: PurchaseOrder | None, *, vendor: Vendor, org: str, place: int) -> _Target | _Fault:
    if order is None or order.vendor != vendor.code or order.stage is not Stage.RELEASED:
        issue = _issue("INV-12", place, no_order_of(number, vendor.code), "order_number", number)
        return _Fault(issue, Missing(kind="order", org=org, order_number=number) if number else None)
    line = order.line(detail.number) if detail.number is not None else next((it for it in order.lines if _is_item(detail, it)), None)
    if line is None:
        told = str(detail.number) if detail.number is not None else detail.item or detail.vendor_item or detail.gtin or ""
        return _Fault(_issue("INV-12", place, f"'{told}' is no line of order {number}", "number", told))
    if is_billable(line, vendor):
        return _Target(order, line)
    issue = _issue("INV-13", place, f"line {line.number} of order {number} is {line.status}, not Shipped", "number", str(line.number))
    waits = line.status is not None and line.status.is_open
    return _Fault(issue, Missing(kind="shipment", org=org, order_number=number) if waits else None)


def _is_item(detail: InvoiceLine, line: Line) -> bool:
    pairs = ((detail.item, line.item), (detail.vendor_item, line.vendor_item), (detail.gtin, line.gtin))
    return any(told and told == known for told, known in pairs)


def _own_faults(detail: InvoiceLine, place: int) -> list[_Fault]:
    """What is wrong with a detail whatever it bills."""
    found = []
    if detail.unit_cost < 0:
        found.append(_issue("INV-10", place, "the unit cost is negative", "unit_cost", str(detail.unit_cost)))
    if detail.quantity < 1:
        text = f"{detail.quantity} is neither a quantity nor a shipment"
        found.append(_issue("INV-12", place, text, "quantity", str(detail.quantity)))
    return [_Fault(issue) for issue in found]


def _match(
    detail: InvoiceLine, target: _Target, known: Sequence[ShipmentRecord], *, org: str, place: int
) -> Sequence[ShipmentRecord] | _Fault:
    quantity, line = detail.quantity, target.line
    if detail.shipment:
        return _by_id(detail, detail.shipment, known, place)
    free = sorted((it for it in known if it.invoice_id is None), key=_age)
    same = next((it for it in free if it.quantity == quantity), None) or next((it for it in free if it.id == quantity), None)
    if same is not None:
        return (same,)
    sums = list(accumulate(it.quantity for it in free))
    if quantity in sums:
        return free[: sums.index(quantity) + 1]
    left = ", ".join(str(it.quantity) for it in free) or "nothing"
    text = f"no uninvoiced shipment of {quantity} on line {line.number} of order {target.order.number}; uninvoiced: {left}"
    waits = line.open > 0 and quantity > (sums[-1] if sums else 0)
    missing = Missing(kind="shipment", org=org, order_number=target.order.number) if waits else None
    return _Fault(_issue("INV-13", place, text, "quantity", str(quantity)), missing)


def _by_id(detail: InvoiceLine, told: str, known: Sequence[ShipmentRecord], place: int) -> Sequence[ShipmentRecord] | _Fault:
    found = next((it for it in known if str(it.id) == told), None)
    if found is None:
        return _Fault(_issue("INV-12", place, f"shipment {told} is not known for this line", "shipment", told))
    if found.invoice_id is not None:
        return _Fault(_issue("INV-13", place, f"shipment {told} is invoiced already", "shipment", told))
    if detail.quantity != found.quantity:
        return _Fault(_issue("INV-13", place, f"shipment {told} has quantity {found.quantity}", "quantity", str(detail.quantity)))
    return (found,)


def _age(shipment: ShipmentRecord) -> tuple[str, int]:
    return shipment.shipped_on.isoformat(), shipment.id


def _lines(detail: InvoiceLine, target: _Target, shipments: Sequence[ShipmentRecord], *, first: int) -> list[InvoiceLineState]:
    """A line for each shipment; the detail's charges stand with the first."""
    lines = []
    goods = detail.quantity * detail.unit_cost
    for number, shipment in enumerate(shipments, first):
        charges = detail.charges if number == first else ()
        lines.append(
            InvoiceLineState(
                line_no=number,
                shipment_id=shipment.id,
                order_id=target.order.id,
                order_number=target.order.number,
                order_line=target.line.number,
                item=target.line.item,
                quantity=shipment.quantity,
                po_unit_cost=target.line.unit_cost,
                unit_cost=detail.unit_cost,
                freight=charged(detail.freight if number == first else None, charges, FREIGHT, goods=goods),
                handling=charged(detail.handling if number == first else None, charges, HANDLING, goods=goods),
                other=charged(detail.other if number == first else None, charges, OTHER, goods=goods),
                shipped_on=shipment.shipped_on,
                other_description=detail.other_description or "",
            )
        )
    return lines


def _issue(code: str, place: int, text: str, field: str, value: str) -> Issue:
    return Issue(code, text, where=f"detail {place}", field=field, value=value[:80])
