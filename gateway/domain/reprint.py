"""A slip or extract is taken back, whole or in part, and made anew with what is left (sdf 6.4, events E22 and E23)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain import feed
from gateway.domain.history import Event, Parts, entry_of
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import (
    Batch,
    BatchChanged,
    BatchLine,
    BatchLinesChanged,
    BatchState,
    Change,
    LinesChanged,
    Outcome,
    RequestsChanged,
    ShipToChanged,
    Verdict,
    refused,
)
from gateway.domain.request import Request, RequestKind, pending
from gateway.domain.resume import Ended, resumed
from gateway.kernel.issues import Issue, Severity

Place = tuple[int, int]
"""The id of an order, and the number of one of its lines."""
Asked = Mapping[int, Sequence[Request]]
UNCHANGED: Mapping[Place, int] = MappingProxyType({})


class OnSlip(Struct, frozen=True, gc=False):
    """A line that stands on the slip, with the quantity that is still to be shipped from it."""

    order: PurchaseOrder
    line: Line
    quantity: int

    @property
    def place(self) -> Place:
        """How new quantities name it."""
        return self.order.id, self.line.number

    @property
    def is_printed(self) -> bool:
        """Sent and not acknowledged lines are on the extract only."""
        return self.line.printed > 0


def on_slip(batch: Batch, orders: Iterable[PurchaseOrder]) -> tuple[OnSlip, ...]:
    """What is left on a slip."""
    return tuple(
        OnSlip(order, line, line.printed or line.open)
        for order in sorted(orders, key=lambda order: order.number)
        for line in order.lines
        if line.batch == batch.number and line.open and line.status is not None and line.status.is_open
    )


def void(
    batch: Batch,
    orders: Iterable[PurchaseOrder],
    *,
    requests: Asked,
    origin: Origin,
    at: datetime,
    only: Collection[int] = (),
    reason: str = "",
) -> Outcome:
    """Everything on the slip is New Order again, what was asked meanwhile applies; a held line stays Held. The history has the reason."""
    everything = on_slip(batch, orders)
    found = _of(everything, only)
    return _decided(
        batch, found, everything, {it.place: 0 for it in found}, number=0, requests=requests, origin=origin, at=at, reason=reason
    )


def reprint(
    batch: Batch,
    orders: Iterable[PurchaseOrder],
    quantities: Mapping[Place, int] = UNCHANGED,
    *,
    number: int,
    requests: Asked,
    origin: Origin,
    at: datetime,
    only: Collection[int] = (),
    reason: str = "",
) -> Outcome:
    """The slip with new quantities gets a new number; what is not named keeps its quantity, 0 takes a line off, a held line is left out.

    With nothing left on it, it is a void. `is_numbered` says whether the number was needed.
    """
    everything = on_slip(batch, orders)
    found = _of(everything, only)
    issues = _faults(batch, found, quantities)
    if issues:
        return refused(*issues, key=str(batch.number))
    held = {it.place: 0 for it in found if it.line.status is LineStatus.HELD}
    wanted = {it.place: it.quantity for it in found} | dict(quantities) | held
    return _decided(batch, found, everything, wanted, number=number, requests=requests, origin=origin, at=at, reason=reason)


def is_numbered(outcome: Outcome) -> bool:
    """Whether a new batch comes of it."""
    return any(isinstance(change, BatchChanged) and change.batch.state is BatchState.OPEN for change in outcome.changes)


def _of(everything: Sequence[OnSlip], only: Collection[int]) -> tuple[OnSlip, ...]:
    """All orders of the slip, or some."""
    return tuple(it for it in everything if not only or it.order.id in only)


def _decided(
    batch: Batch,
    found: Sequence[OnSlip],
    everything: Sequence[OnSlip],
    wanted: Mapping[Place, int],
    *,
    number: int,
    requests: Asked,
    origin: Origin,
    at: datetime,
    reason: str,
) -> Outcome:
    issues = _not_possible(batch, found, origin)
    if issues:
        return refused(*issues, key=str(batch.number))
    is_void = not any(wanted.values())
    kept, gone = Parts(batch=number, reason=reason or None), Parts(batch=batch.number, reason=reason or None)
    moved = [
        (it, _kept(it, wanted[it.place], kept, origin, at) if wanted[it.place] else _removed(it, gone, requests, origin, at))
        for it in found
    ]
    old = [BatchLine(batch.number, *it.place, it.quantity, live=False) for it in found]
    new = [BatchLine(number, *it.place, wanted[it.place]) for it in found if wanted[it.place]]
    slips = [slip for _, ended in moved for slip in ended.slips]
    changes: list[Change] = [BatchLinesChanged((*old, *new, *slips))]
    if len(found) == len(everything):
        changes.append(BatchChanged(replace(batch, state=BatchState.VOID)))
    if not is_void:
        made = Batch(number=number, channel=batch.channel, vendor=batch.vendor, state=BatchState.OPEN, made_at=at, replaces=batch.number)
        changes.append(BatchChanged(made))
    changes += _changes_of_orders(moved, wanted)
    return Outcome(
        verdict=Verdict.BOOKED,
        key=str(batch.number),
        changes=tuple(changes),
        history=tuple(entry for _, ended in moved for entry in ended.history),
        feed=tuple(told for _, ended in moved for told in ended.feed),
        issues=tuple(_warnings(found, wanted, requests)),
    )


def _changes_of_orders(moved: Sequence[tuple[OnSlip, Ended]], wanted: Mapping[Place, int]) -> list[Change]:
    changes: list[Change] = []
    for order in {it.order.id: it.order for it, _ in moved}.values():
        mine = [(it, ended) for it, ended in moved if it.order.id == order.id]
        lines = tuple(ended.line for _, ended in mine)
        shown_anew = any(wanted[it.place] for it, _ in mine)
        after = replace(order, changed_since_sent=order.changed_since_sent and not shown_anew)
        changes.append(LinesChanged(after.with_lines(lines), lines))
        ended_requests = tuple(request for _, ended in mine for request in ended.requests)
        changes += [RequestsChanged(ended_requests)] if ended_requests else []
        ship_to = next((ended.ship_to for _, ended in mine if ended.ship_to is not None), None)
        changes += [ShipToChanged(order.id, ship_to)] if ship_to is not None else []
    return changes


def _kept(it: OnSlip, quantity: int, parts: Parts, origin: Origin, at: datetime) -> Ended:
    """The line stands on the new slip; what the slip says no longer is unprinted."""
    line = replace(it.line, batch=parts.batch, printed=quantity if it.is_printed else 0)
    return Ended(line, history=(entry_of(Event.REPRINTED, line, it.quantity, order_id=it.order.id, origin=origin, at=at, parts=parts),))


def _removed(it: OnSlip, parts: Parts, requests: Asked, origin: Origin, at: datetime) -> Ended:
    """The line leaves the slip: New Order, where what waited applies, or Held with New Order to come back to."""
    held = it.line.status is LineStatus.HELD
    free = replace(it.line, batch=None, printed=0)
    line = replace(free, pre_hold=LineStatus.NEW) if held else replace(free, status=LineStatus.NEW)
    entry = entry_of(Event.VOIDED, line, it.quantity, order_id=it.order.id, origin=origin, at=at, parts=parts)
    told = (feed.voided(it.order, line.number, batch=parts.batch or 0, origin=origin, at=at),) if it.is_printed else ()
    found = Ended(line) if held else resumed(it.order, line, requests.get(it.order.id, ()), origin=origin, at=at)
    return Ended(
        found.line,
        requests=found.requests,
        ship_to=found.ship_to,
        slips=found.slips,
        history=(entry, *found.history),
        feed=(*told, *found.feed),
    )


def _not_possible(batch: Batch, found: Sequence[OnSlip], origin: Origin) -> list[Issue]:
    number = str(batch.number)
    if origin.vendor is not None and batch.vendor != origin.vendor:
        return [Issue("3020", f"batch {number} does not belong to vendor {origin.vendor}", field="batch", value=number, key=number)]
    if batch.state not in {BatchState.OPEN, BatchState.ACKNOWLEDGED}:
        return [Issue("ACT-303", f"batch {number} is {batch.state}", field="batch", value=number, key=number)]
    if not found:
        text = f"nothing of batch {number} is left to ship: its lines are shipped, cancelled or on another slip"
        return [Issue("ACT-303", text, field="batch", value=number, key=number)]
    return []


def _faults(batch: Batch, found: Sequence[OnSlip], quantities: Mapping[Place, int]) -> list[Issue]:
    """Every quantity that cannot be, at once."""
    there = {it.place: it for it in found}
    issues = []
    for place, quantity in quantities.items():
        it = there.get(place)
        if it is None:
            text = f"line {place[1]} is not on the slip of batch {batch.number}"
            issues.append(Issue("3042", text, field="line", value=str(place[1]), line=place[1]))
            continue
        where = f"order {it.order.number}, line {it.line.number}"
        if not 0 <= quantity <= it.quantity:
            text = f"{quantity} cannot be printed: it must be 0 to {it.quantity}, which is on the slip"
            issues.append(_quantity(text, where, it.line.number, quantity))
        elif 0 < quantity < it.quantity and not it.is_printed:
            text = f"{quantity} of {it.quantity}: the batch is not acknowledged yet, so a line stays on it whole, or leaves it with 0"
            issues.append(_quantity(text, where, it.line.number, quantity))
        elif quantity and it.line.status is LineStatus.HELD:
            issues.append(_quantity("the line is on hold; release it first, or leave it out", where, it.line.number, quantity))
    return issues


def _quantity(text: str, where: str, line: int, quantity: int) -> Issue:
    return Issue("ACT-307", text, where=where, field="quantity", value=str(quantity), line=line)


def _warnings(found: Sequence[OnSlip], wanted: Mapping[Place, int], requests: Asked) -> list[Issue]:
    """Who prints a slip anew should have answered first what the retailer asked: the new slip is right only then."""
    issues = []
    for it in found:
        for kind in (RequestKind.CANCEL, RequestKind.ADDRESS):
            if wanted[it.place] and pending(requests.get(it.order.id, ()), it.line.number, kind) is not None:
                text = f"a request waits for an answer ({kind}); answer it, then make the slip again"
                where = f"order {it.order.number}, line {it.line.number}"
                issues.append(Issue("ACT-308", text, where=where, line=it.line.number, severity=Severity.WARNING))
    return issues
