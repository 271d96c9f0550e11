"""A vendor acknowledges a batch: its lines go In Process (sdf 3.3, event E4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from gateway.documents import BatchAcknowledgement
from gateway.domain import feed
from gateway.domain.history import Event, HistoryEntry, Parts, entry_of
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    Batch,
    BatchChanged,
    BatchLine,
    BatchLinesChanged,
    BatchState,
    Change,
    FeedEntry,
    LinesChanged,
    Missing,
    Outcome,
    Verdict,
    refused,
)
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference
from gateway.kernel.issues import Issue, Severity


def acknowledge(
    document: BatchAcknowledgement,
    batch: Batch | None,
    *,
    orders: Sequence[PurchaseOrder],
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Book the acknowledgement; `orders` are those with a line in the batch.

    An unknown batch and another vendor's get the same 3020 and `missing` (kind `batch`); a repetition is DUPLICATE with 3021.
    """
    key = str(document.batch)
    spoken = speaker(document.vendor, document.vendor_system, envelope=document.envelope, reference=reference, origin=origin)
    vendor = spoken.judge
    if vendor is None:
        return refused(*spoken.issues, key=key)
    if batch is None or batch.vendor != vendor.code or batch.state is BatchState.CUTTING:
        text = f"batch {document.batch} does not belong to vendor {vendor.code}"
        missing = None if spoken.issues else Missing(kind="batch", org=reference.organization.code, batch=document.batch)
        return refused(*spoken.issues, Issue("3020", text, field="batch", value=key, key=key), key=key, missing=missing)
    if spoken.issues:
        return refused(*spoken.issues, key=key)
    is_waited_for = any(line.batch == batch.number and waits(line) for order in orders for line in order.lines)
    if batch.acknowledged_at is not None:
        return _nothing_to_do(key, f"batch {key} is already acknowledged")
    if batch.state is BatchState.VOID or not (vendor.require_acknowledgement or is_waited_for):
        return _nothing_to_do(key, f"batch {key} needs no acknowledgement")
    return _move(batch, orders, origin, at)


def acknowledged(line: Line) -> Line:
    """The line once its batch is acknowledged: all that is open is printed; a held line stays Held and remembers In Process."""
    if line.status is LineStatus.HELD:
        return replace(line, printed=line.open, pre_hold=LineStatus.IN_PROCESS)
    return replace(line, printed=line.open, status=LineStatus.IN_PROCESS)


def entry(order_id: int, line: Line, batch: int, origin: Origin, at: datetime) -> HistoryEntry:
    """The history entry of an acknowledged line."""
    return entry_of(Event.ACKNOWLEDGED, line, line.printed, order_id=order_id, origin=origin, at=at, parts=Parts(batch=batch))


def _move(batch: Batch, orders: Sequence[PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """Only lines that still carry this batch and still wait move on; what was shipped or cancelled meanwhile stays."""
    number = batch.number
    state = BatchState.CLOSED if batch.state is BatchState.CLOSED else BatchState.ACKNOWLEDGED
    changes: list[Change] = [BatchChanged(replace(batch, state=state, acknowledged_at=at))]
    history: list[HistoryEntry] = []
    told: list[FeedEntry] = []
    for order in orders:
        moved = tuple([acknowledged(line) for line in order.lines if line.batch == number and waits(line)])
        if not moved:
            continue
        changes.append(LinesChanged(order.with_lines(moved), moved))
        changes.append(BatchLinesChanged(tuple([BatchLine(number, order.id, line.number, line.printed) for line in moved])))
        history += [entry(order.id, line, number, origin, at) for line in moved]
        told += [
            feed.pulled(order, line.number, batch=number, quantity=line.printed, origin=origin, at=at)
            for line in moved
            if line.status is LineStatus.IN_PROCESS
        ]
    return Outcome(verdict=Verdict.BOOKED, key=str(number), changes=tuple(changes), history=tuple(history), feed=tuple(told))


def waits(line: Line) -> bool:
    """Whether the line is in a batch that nobody has acknowledged yet."""
    return line.batch is not None and line.printed == 0 and (line.status is LineStatus.NEW or line.status is LineStatus.HELD)


def _nothing_to_do(key: str, text: str) -> Outcome:
    told = Issue("3021", text, field="batch", value=key, key=key, severity=Severity.WARNING)
    return Outcome(verdict=Verdict.DUPLICATE, key=key, issues=(told,))
