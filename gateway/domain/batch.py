"""Batches: which orders qualify, and what sending them changes (sdf 3.2, events E2 and E3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from gateway.domain import feed
from gateway.domain.history import Event, HistoryEntry, Parts, entry_of
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin, Via
from gateway.domain.outcome import (
    Batch,
    BatchChanged,
    BatchLine,
    BatchLinesChanged,
    BatchState,
    Change,
    FeedEntry,
    LinesChanged,
    Outcome,
    Verdict,
    refused,
)
from gateway.domain.reference import Vendor
from gateway.kernel.issues import Issue


def is_unsent(line: Line) -> bool:
    """New Order and on no slip or extract; with Require Acknowledgement a sent line is still New Order (sdf 0.5, fact 2)."""
    return line.status is LineStatus.NEW and line.batch is None


def select(orders: Iterable[PurchaseOrder], *, vendor: Vendor, most: int | None = None) -> tuple[PurchaseOrder, ...]:
    """The orders of a batch: whole orders with a new and unsent line, oldest created first, then by number.

    At most `most` of them, and never more than the vendor's limit.
    """
    found = [order for order in orders if order.vendor == vendor.code and any(is_unsent(line) for line in order.lines)]
    size = vendor.most_orders_a_batch if most is None else min(most, vendor.most_orders_a_batch)
    return tuple(in_sequence(found)[: max(size, 0)])


def in_sequence(orders: Iterable[PurchaseOrder]) -> list[PurchaseOrder]:
    """Oldest created first, then by number."""
    return sorted(orders, key=_age)


def cut(orders: Sequence[PurchaseOrder], *, number: int, channel: str, vendor: Vendor, origin: Origin, at: datetime) -> Outcome:
    """Put every new and unsent line of these orders into the batch of that number; nothing to send is refused with 3009.

    Without Require Acknowledgement the lines go In Process at once. With it they stay New Order and carry the batch only.
    """
    if not any(is_unsent(line) for order in orders for line in order.lines):
        return refused(nothing_new(vendor))
    batch = Batch(number=number, channel=channel, vendor=vendor.code, state=BatchState.OPEN, made_at=at)
    entries: list[BatchLine] = []
    changes: list[Change] = []
    history: list[HistoryEntry] = []
    told: list[FeedEntry] = []
    for order in orders:
        unsent = [line for line in order.lines if is_unsent(line)]
        sent = tuple([_sent(line, number, vendor) for line in unsent])
        if not sent:
            continue
        entries += [BatchLine(number, order.id, line.number, line.unprinted) for line in unsent]
        changes.append(LinesChanged(replace(order.with_lines(sent), changed_since_sent=False), sent))
        history += [_printed(order.id, line, number, origin, at) for line in sent]
        told += [
            feed.pulled(order, line.number, batch=number, quantity=line.printed, origin=origin, at=at)
            for line in sent
            if line.status is LineStatus.IN_PROCESS
        ]
    return Outcome(
        verdict=Verdict.BOOKED,
        key=str(number),
        changes=(BatchChanged(batch), BatchLinesChanged(tuple(entries)), *changes),
        history=tuple(history),
        feed=tuple(told),
    )


def nothing_new(vendor: Vendor) -> Issue:
    """There is no new and unsent order."""
    return Issue("3009", f"nothing new and unsent for vendor {vendor.code}")


def _age(order: PurchaseOrder) -> tuple[date, str]:
    return order.entered_on, order.number


def _sent(line: Line, number: int, vendor: Vendor) -> Line:
    if vendor.require_acknowledgement:
        return replace(line, batch=number)
    return replace(line, batch=number, printed=line.open, status=LineStatus.IN_PROCESS)


def _printed(order_id: int, line: Line, number: int, origin: Origin, at: datetime) -> HistoryEntry:
    event = Event.SENT if origin.via is Via.MESSAGE else Event.PRINTED
    return entry_of(event, line, line.open, order_id=order_id, origin=origin, at=at, parts=Parts(batch=number))
