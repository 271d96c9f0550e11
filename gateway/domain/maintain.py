"""What a vendor notes about a line: hold and release, another due date, a reason (sdf 5.3, events E18 to E21)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain import feed
from gateway.domain.history import Event, Parts, entry_of
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import BatchLinesChanged, Change, LinesChanged, Outcome, RequestsChanged, ShipToChanged, Verdict, refused
from gateway.domain.request import Request
from gateway.domain.resume import Ended, resumed
from gateway.kernel.issues import Issue


class Upkeep(StrEnum):
    """What may be noted."""

    HOLD = "hold"
    RELEASE = "release"
    DUE_DATE = "due_date"
    REASON = "reason"


class Note(Struct, frozen=True, kw_only=True, gc=False):
    """One act; without a line it is about every line of the order that it can be about."""

    act: Upkeep
    line: int | None = None
    due_on: date | None = None
    reason: str = ""


def maintain(said: Note, order: PurchaseOrder, *, requests: Sequence[Request], origin: Origin, at: datetime) -> Outcome:
    """Book the act on its lines; all or nothing when a line is named, on the lines whose status allows it when none is."""
    chosen = [line for line in order.lines if said.line in {None, line.number}]
    fits = [line for line in chosen if line.status in _FROM[said.act]]
    if said.act is Upkeep.HOLD and chosen and all(line.status is LineStatus.HELD and line.hold_reason == said.reason for line in chosen):
        return Outcome(verdict=Verdict.DUPLICATE, key=order.number, order_id=order.id)
    issues = _faults(said, order, chosen, fits)
    if issues:
        return refused(*issues, key=order.number, order_id=order.id)
    found = [_ACTS[said.act](said, order, line, requests, origin, at) for line in fits]
    lines = tuple([it.line for it in found])
    if lines == tuple(fits) and not any(it.history for it in found):
        return Outcome(verdict=Verdict.DUPLICATE, key=order.number, order_id=order.id)
    ship_to = next((it.ship_to for it in found if it.ship_to is not None), None)
    ended = tuple([request for it in found for request in it.requests])
    slips = tuple([slip for it in found for slip in it.slips])
    changes: list[Change] = [LinesChanged(order.with_lines(lines), lines)]
    changes += [RequestsChanged(ended)] if ended else []
    changes += [ShipToChanged(order.id, ship_to)] if ship_to is not None else []
    changes += [BatchLinesChanged(slips)] if slips else []
    return Outcome(
        verdict=Verdict.BOOKED,
        key=order.number,
        order_id=order.id,
        changes=tuple(changes),
        history=tuple([entry for it in found for entry in it.history]),
        feed=tuple([entry for it in found for entry in it.feed]),
    )


def untold(said: Note) -> list[Issue]:
    """What the act does not tell although it must, whatever the order is like."""
    where = "" if said.line is None else f"line {said.line}"
    issues = []
    if said.act in {Upkeep.HOLD, Upkeep.DUE_DATE} and not said.reason.strip():
        issues.append(Issue("ACT-302", f"{said.act} needs a reason", where=where, field="reason", kind="missing", line=said.line))
    if said.act is Upkeep.DUE_DATE and said.due_on is None:
        issues.append(Issue("ACT-304", "due_date needs a date", where=where, field="date", kind="missing", line=said.line))
    return issues


def _faults(said: Note, order: PurchaseOrder, chosen: Sequence[Line], fits: Sequence[Line]) -> list[Issue]:
    """Everything that is wrong with it, at once."""
    where = "" if said.line is None else f"line {said.line}"
    if not chosen:
        text = f"order {order.number} has no line {said.line}"
        return [Issue("3042", text, where=where, field="line", value=str(said.line), line=said.line)]
    issues = untold(said)
    if not fits:
        states = " or ".join(sorted({str(line.status) for line in chosen}))
        is_so = said.act is Upkeep.HOLD and all(line.status is LineStatus.HELD for line in chosen)
        what = f"{'the line is' if said.line is not None or len(chosen) == 1 else 'all lines are'} {'already on hold' if is_so else states}"
        text = f"{said.act} is not possible: {what}"
        issues.append(Issue("ACT-303", text, where=where, field="action", value=said.act, line=said.line))
    return issues


def _hold(said: Note, order: PurchaseOrder, line: Line, _: Sequence[Request], origin: Origin, at: datetime) -> Ended:
    held = replace(line, status=LineStatus.HELD, pre_hold=line.status, hold_reason=said.reason)
    entry = entry_of(Event.HELD, held, held.open, order_id=order.id, origin=origin, at=at, parts=Parts(reason=said.reason))
    return Ended(held, history=(entry,), feed=(feed.held(order, line.number, reason=said.reason, origin=origin, at=at),))


def _release(_: Note, order: PurchaseOrder, line: Line, requests: Sequence[Request], origin: Origin, at: datetime) -> Ended:
    free = replace(line, status=line.pre_hold or LineStatus.NEW, pre_hold=None, hold_reason="")
    entry = entry_of(Event.RELEASED, free, free.open, order_id=order.id, origin=origin, at=at)
    told = feed.released(order, line.number, origin=origin, at=at)
    found = resumed(order, free, requests, origin=origin, at=at) if free.status is LineStatus.NEW else Ended(free)
    return Ended(
        found.line,
        requests=found.requests,
        ship_to=found.ship_to,
        slips=found.slips,
        history=(entry, *found.history),
        feed=(told, *found.feed),
    )


def _due_date(said: Note, order: PurchaseOrder, line: Line, _: Sequence[Request], origin: Origin, at: datetime) -> Ended:
    if line.due_on == said.due_on and line.reason == said.reason:
        return Ended(line)
    after = replace(line, due_on=said.due_on, reason=said.reason)
    parts = Parts(reason=said.reason, due_on=said.due_on)
    entry = entry_of(Event.DUE_DATE_REVISED, after, after.open, order_id=order.id, origin=origin, at=at, parts=parts)
    told = feed.due_date(order, line.number, old_on=line.due_on, new_on=said.due_on, reason=said.reason, origin=origin, at=at)
    return Ended(after, history=(entry,), feed=(told,))


def _reason(said: Note, order: PurchaseOrder, line: Line, _: Sequence[Request], origin: Origin, at: datetime) -> Ended:
    reason = said.reason.strip()
    if line.reason == reason:
        return Ended(line)
    after = replace(line, reason=reason)
    event, parts = (Event.REASON_ENTERED, Parts(reason=reason)) if reason else (Event.REASON_DELETED, Parts())
    entry = entry_of(event, after, after.open, order_id=order.id, origin=origin, at=at, parts=parts)
    return Ended(after, history=(entry,), feed=(feed.note(order, line.number, reason=reason, origin=origin, at=at),))


_OPEN = frozenset({LineStatus.NEW, LineStatus.IN_PROCESS, LineStatus.HELD})
_FROM: Mapping[Upkeep, frozenset[LineStatus | None]] = MappingProxyType(
    {
        Upkeep.HOLD: frozenset({LineStatus.NEW, LineStatus.IN_PROCESS}),
        Upkeep.RELEASE: frozenset({LineStatus.HELD}),
        Upkeep.DUE_DATE: _OPEN,
        Upkeep.REASON: _OPEN,
    }
)
_ACTS: Mapping[Upkeep, Callable[[Note, PurchaseOrder, Line, Sequence[Request], Origin, datetime], Ended]] = MappingProxyType(
    {Upkeep.HOLD: _hold, Upkeep.RELEASE: _release, Upkeep.DUE_DATE: _due_date, Upkeep.REASON: _reason}
)
