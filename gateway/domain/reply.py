"""The vendor answers what the retailer asked: accept or decline a cancel or an address (sdf 4.1, events E11, E12, E16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain import feed
from gateway.domain.history import Event, entry_of
from gateway.domain.order import Line, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import BatchLinesChanged, Change, LinesChanged, Outcome, RequestsChanged, ShipToChanged, Verdict
from gateway.domain.request import Request, RequestKind, RequestState, joined_by, pending
from gateway.domain.resume import Ended, accept_address, accept_cancel, answered, joined, too_late
from gateway.kernel.issues import Issue


class Reply(Struct, frozen=True, kw_only=True, gc=False):
    """Yes or no to what waits; without a line to every line of the order, with a request id to that request alone."""

    kind: RequestKind
    is_accepted: bool
    line: int | None = None
    request_id: str = ""


def reply(said: Reply, order: PurchaseOrder, *, requests: Sequence[Request], origin: Origin, at: datetime) -> Outcome:
    """Book the answer; ACT-305 when nothing waits for it, DUPLICATE when the same answer was given before."""
    meant = [
        it
        for it in requests
        if it.kind is said.kind and said.line in {None, it.line_no} and said.request_id in {"", it.request_id, it.name}
    ]
    waiting = [it for it in requests if it.state is RequestState.PENDING and _is_meant(it, meant, requests)]
    if not waiting:
        return _nothing(said, order, meant, requests)
    found = [_answered(said, order, line, request, requests, origin=origin, at=at) for line, request in _with_lines(order, waiting)]
    lines = tuple([it.line for it in found if it.line != order.line(it.line.number)])
    ship_to = next((it.ship_to for it in found if it.ship_to is not None), None)
    changes: list[Change] = [RequestsChanged(tuple([request for it in found for request in it.requests]))]
    if lines or ship_to is not None:
        is_stale = any(line.batch is not None for line in order.lines)
        changes.append(LinesChanged(replace(order.with_lines(lines), changed_since_sent=order.changed_since_sent or is_stale), lines))
    if ship_to is not None:
        changes.append(ShipToChanged(order.id, ship_to))
    slips = tuple([slip for it in found for slip in it.slips])
    if slips:
        changes.append(BatchLinesChanged(slips))
    return Outcome(
        verdict=Verdict.BOOKED,
        key=order.number,
        order_id=order.id,
        changes=tuple(changes),
        history=tuple([entry for it in found for entry in it.history]),
        feed=tuple([entry for it in found for entry in it.feed]),
    )


def _is_meant(request: Request, meant: Sequence[Request], requests: Sequence[Request]) -> bool:
    """Whether the answer is to this request, or to one that was added to it."""
    ids = {it.id for it in meant}
    return request.id in ids or any(it.id in ids for it in joined_by(requests, request))


def _with_lines(order: PurchaseOrder, requests: Sequence[Request]) -> list[tuple[Line, Request]]:
    by_number = {line.number: line for line in order.lines}
    return [(by_number[it.line_no], it) for it in requests]


def _answered(
    said: Reply, order: PurchaseOrder, line: Line, request: Request, requests: Sequence[Request], *, origin: Origin, at: datetime
) -> Ended:
    if said.is_accepted and said.kind is RequestKind.ADDRESS:
        return accept_address(order, line, request, origin=origin, at=at)
    if said.is_accepted:
        found = accept_cancel(order, line, request, requests, origin=origin, at=at)
        address = pending(requests, line.number, RequestKind.ADDRESS)
        is_over = found.line.status is not None and not found.line.status.is_open
        return joined(found, too_late(order, found.line, address, origin=origin, at=at)) if is_over and address is not None else found
    if said.kind is RequestKind.CANCEL:
        entry = entry_of(Event.CANCEL_DECLINED, line, request.quantity or 0, order_id=order.id, origin=origin, at=at)
        all_ended, told = answered(order, line, request, requests, state=RequestState.DECLINED, origin=origin, at=at)
        return Ended(line, requests=all_ended, history=(entry,), feed=told)
    ended = request.ended(RequestState.DECLINED, at=at, by=origin.user)
    entry = entry_of(Event.ADDRESS_DECLINED, line, line.open, order_id=order.id, origin=origin, at=at)
    return Ended(line, requests=(ended,), history=(entry,), feed=(feed.address_answered(order, line.number, ended, origin=origin, at=at),))


def _nothing(said: Reply, order: PurchaseOrder, meant: Sequence[Request], requests: Sequence[Request]) -> Outcome:
    wanted = RequestState.ACCEPTED if said.is_accepted else RequestState.DECLINED
    last = max(meant, key=lambda it: it.id, default=None)
    where = "" if said.line is None else f"line {said.line}"
    if last is not None and last.state is wanted:
        return Outcome(verdict=Verdict.DUPLICATE, key=order.number, order_id=order.id)
    ended = f"; the last one is {last.state}" if last is not None else ""
    text, field = f"no {said.kind} request waits for an answer{ended}", "action"
    if said.request_id:
        over = f"no {said.kind} request {said.request_id}" if last is None else f"{said.kind} request {said.request_id} is {last.state}"
        text, field = f"{over}; {_waiting(said, requests) or 'none'} waits", "request_id"
    issue = Issue("ACT-305", text, where=where, line=said.line, field=field, value=said.request_id)
    return Outcome(verdict=Verdict.REFUSED, key=order.number, order_id=order.id, issues=(issue,))


def _waiting(said: Reply, requests: Sequence[Request]) -> str:
    """What could be answered so, by the names that it has; told with its line where the answer names another one, or none."""
    waiting = [it for it in requests if it.kind is said.kind and it.state is RequestState.PENDING]
    here = [it.name for it in waiting if it.line_no == said.line]
    return ", ".join(dict.fromkeys(here or [f"{it.name} (line {it.line_no})" for it in waiting]))
