"""Batches: which orders qualify, what sending them changes, and what the vendor is shown (sdf 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from gateway.documents import Order, OrderRequest
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import Batch, BatchLine, Outcome
from gateway.domain.reference import Reference, Vendor
from gateway.kernel.issues import Issue


def select(orders: Iterable[PurchaseOrder], *, vendor: Vendor, most: int | None = None) -> tuple[PurchaseOrder, ...]:
    """The orders of a batch: with a new and unsent line, oldest created first, then by number, at most min(most, vendor's most)."""
    raise NotImplementedError


def cut(
    orders: Sequence[PurchaseOrder], *, number: int, channel: str, vendor: Vendor, reference: Reference, origin: Origin, at: datetime
) -> Outcome:
    """Put every new and unsent line of these orders into the batch of that number; nothing to send is refused with 3009."""
    raise NotImplementedError


class Wanted(Struct, frozen=True, kw_only=True, gc=False):
    """The answer to a request: refused with issues, `orders` to cut into a new batch, or `batch` to show again."""

    orders: tuple[PurchaseOrder, ...] = ()
    batch: Batch | None = None
    issues: tuple[Issue, ...] = ()


def request(
    document: OrderRequest, *, orders: Iterable[PurchaseOrder], batch: Batch | None, reference: Reference, origin: Origin
) -> Wanted:
    """What a vendor's request is answered with (3002 to 3009).

    `orders`: for `all` the vendor's orders with unsent lines, for `item` all its orders with that item, for `order` that order,
    for `batch` the orders of the batch. `batch` is the named batch, for `batch` alone.
    """
    raise NotImplementedError


def again(orders: Iterable[PurchaseOrder], lines: Iterable[BatchLine]) -> tuple[PurchaseOrder, ...]:
    """The orders of a batch that still have something to show: all of them, in the order of selection; nothing changes."""
    raise NotImplementedError


def extract(document: Order, order: PurchaseOrder, lines: Iterable[BatchLine], *, reference: Reference) -> Order:
    """The order as the vendor is shown it: current data, the lines of this batch that are not cancelled, with `to_ship`."""
    raise NotImplementedError
