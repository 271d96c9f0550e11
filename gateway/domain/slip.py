"""Pack slips: which orders a person chooses for printing, and what printing them changes (sdf 6.1, event E2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Party
from gateway.domain.batch import cut, in_sequence, is_unsent
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue


class Selection(Struct, frozen=True, kw_only=True, gc=False):
    """What is chosen; what is empty does not matter."""

    orders: tuple[str, ...] = ()
    item: str = ""
    """The retailer's number of a product or the vendor's own; the orders that have it go whole."""
    single_line: bool = False
    brand: str = ""
    country: str = ""
    region: str = ""
    due_by: date | None = None
    """A line that would be printed is due on this day or before."""
    most: int | None = None


EVERYTHING = Selection()


def choose(
    orders: Iterable[PurchaseOrder], *, vendor: Vendor, wanted: Selection = EVERYTHING, ship_to: Mapping[int, Party]
) -> tuple[PurchaseOrder, ...]:
    """The vendor's orders with something new and unsent that are wanted, oldest created first, then by number."""
    numbers = {number.upper() for number in wanted.orders}
    found = [
        order
        for order in orders
        if order.vendor == vendor.code
        if any(map(is_unsent, order.lines))
        if not numbers or order.number in numbers
        if not wanted.single_line or len(order.lines) == 1
        if wanted.brand in {"", order.brand}
        if _has_item(order, wanted.item) and _is_due(order, wanted.due_by) and _goes_to(ship_to.get(order.id), wanted)
    ]
    return tuple(in_sequence(found)[: wanted.most])


def not_chosen(wanted: Selection, chosen: Iterable[PurchaseOrder]) -> tuple[Issue, ...]:
    """Orders that were named and are not among those chosen: each is told, for whoever names an order means that one."""
    there = {order.number for order in chosen}
    missing = [number for number in dict.fromkeys(map(str.upper, wanted.orders)) if number not in there]
    text = "has no new line that is on no slip, or does not fit the other choices"
    return tuple(Issue("3008", f"order {number} of this vendor {text}", field="order", value=number[:80], key=number) for number in missing)


def slips(orders: Sequence[PurchaseOrder], vendor: Vendor) -> tuple[tuple[PurchaseOrder, ...], ...]:
    """One batch a brand, and none with more orders than the vendor's limit."""
    most = max(vendor.most_orders_a_batch, 1)
    brands = {order.brand: [other for other in orders if other.brand == order.brand] for order in orders}
    return tuple(tuple(found[start : start + most]) for found in brands.values() for start in range(0, len(found), most))


def generate(orders: Sequence[PurchaseOrder], *, number: int, channel: str, vendor: Vendor, origin: Origin, at: datetime) -> Outcome:
    """Print the new lines of these orders, which have one brand: In Process at once, for paper needs no acknowledgement."""
    by_hand = replace(vendor, require_acknowledgement=False)
    return cut(orders, number=number, channel=channel, vendor=by_hand, origin=origin, at=at)


def _has_item(order: PurchaseOrder, item: str) -> bool:
    return not item or any(item in {line.item, line.vendor_item} for line in order.lines if is_unsent(line))


def _is_due(order: PurchaseOrder, due_by: date | None) -> bool:
    return due_by is None or any(line.due_on is not None and line.due_on <= due_by for line in order.lines if is_unsent(line))


def _goes_to(party: Party | None, wanted: Selection) -> bool:
    country, region = (party.country or "", party.region or "") if party else ("", "")
    return wanted.country.casefold() in {"", country.casefold()} and wanted.region.casefold() in {"", region.casefold()}
