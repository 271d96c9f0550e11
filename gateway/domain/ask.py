"""The retailer asks for a change: cancel, another address, another cost (sdf 4.1, events E8 to E10, E13 to E15, E17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import ChangeRequest, Party
from gateway.domain import feed
from gateway.domain.complete import incomplete
from gateway.domain.history import ADMIN, Event, Parts, entry_of
from gateway.domain.order import Line, LineStatus, PurchaseOrder, Stage
from gateway.domain.origin import Origin, Via
from gateway.domain.outcome import (
    BatchLinesChanged,
    Change,
    LinesChanged,
    Missing,
    Outcome,
    RequestsChanged,
    ShipToChanged,
    Verdict,
    refused,
)
from gateway.domain.reference import Reference
from gateway.domain.request import Change as Side
from gateway.domain.request import Request, RequestKind, RequestState, is_ours, pending
from gateway.domain.resume import Ended, cancelled, reject_cancel
from gateway.kernel.issues import Issue, Severity
from gateway.kernel.money import ZERO


class Asked(Struct, frozen=True, kw_only=True, gc=False):
    """A request with what it is about; `ship_to` is the address of the order as it is now."""

    document: ChangeRequest
    order: PurchaseOrder
    ship_to: Party
    requests: Sequence[Request]
    origin: Origin
    at: datetime


def ask(
    document: ChangeRequest,
    order: PurchaseOrder | None,
    *,
    ship_to: Party | None,
    requests: Sequence[Request],
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Decide about one entry of SetDSCancel, SetDSAddressChange or SetDSCostChange; `requests` are all of the order so far.

    An unknown order and one of another system get the same DSC-201, with all else that is wrong with the entry; when it is nothing else,
    `missing` (kind `order`) as well. A request id that was used
    before for the same order is answered as the first time (DSC-207). A person who acts stands in the history by name and as
    UI, a file as Admin and as WS.
    """
    key = document.order_number.upper()
    if order is None or order.stage is not Stage.RELEASED or origin.system not in {None, order.system}:
        unknown = Issue("DSC-201", f"order {key} is not known", field="order_number", value=key, key=key)
        issues = _faults(document, None)
        missing = None if issues else Missing(kind="order", org=reference.organization.code, order_number=key)
        return refused(unknown, *issues, key=key, missing=missing)
    asked = Asked(
        document=document,
        order=order,
        ship_to=ship_to or Party(),
        requests=requests,
        origin=origin if origin.via is Via.SCREEN else replace(origin, user=ADMIN, via=Via.MESSAGE),
        at=at,
    )
    faults = _faults(document, order)
    if faults:
        return refused(*faults, *_closed(document, order), key=key, order_id=order.id)
    first = _asked_before(asked)
    if not first and is_ours(document.request_id or ""):
        text = f"{document.request_id} is a name that only this gateway gives: send an id of your own, or none"
        return refused(Issue("DSC-208", text, field="request_id", value=document.request_id or ""), key=key, order_id=order.id)
    return _said_again(asked, first) if first else _KINDS[RequestKind(document.kind)](asked)


def _faults(document: ChangeRequest, order: PurchaseOrder | None) -> list[Issue]:
    """What is wrong with the entry itself, whatever the state of the lines; `order` where it is known."""
    issues: list[Issue] = []
    if order is not None and document.line is not None and order.line(document.line) is None:
        text = f"order {order.number} has no line {document.line}"
        issues.append(Issue("DSC-202", text, field="line", value=str(document.line), line=document.line))
    match RequestKind(document.kind):
        case RequestKind.CANCEL:
            if document.quantity is not None and document.quantity < 1:
                issues.append(Issue("DSC-204", "the quantity must be at least 1", field="quantity", value=str(document.quantity)))
            if (document.quantity, document.new_quantity) != (None, None) and document.line is None:
                issues.append(Issue("DSC-202", "a quantity needs its line", field="line", kind="missing"))
        case RequestKind.ADDRESS:
            lacks = incomplete("ship_to", document.ship_to or Party())
            issues += [replace(issue, code="DSC-205") for issue in lacks]
        case RequestKind.COST:
            if document.line is None:
                issues.append(Issue("DSC-202", "a cost change needs its line", field="line", kind="missing"))
            if document.unit_cost is None or document.unit_cost < 0:
                value = "" if document.unit_cost is None else f"{document.unit_cost:f}"
                issues.append(Issue("DSC-206", "the unit cost must be a number of at least 0", field="unit_cost", value=value))
    return issues


def _closed(document: ChangeRequest, order: PurchaseOrder) -> list[Issue]:
    """That it comes too late, for a request that cannot be taken anyway: nothing of what it is about is open."""
    meant = [line for line in order.lines if document.line in {None, line.number}]
    if document.kind == RequestKind.COST or any(line.status is None or line.status.is_open for line in meant):
        return []
    return [_is_closed(line) for line in meant]


def _is_closed(line: Line) -> Issue:
    return Issue("DSC-203", f"the line is {line.status}", where=f"line {line.number}", field="line", line=line.number)


def _asked_before(asked: Asked) -> list[Request]:
    """What this request id has asked of the order before."""
    wanted = asked.document.request_id
    kind = RequestKind(asked.document.kind)
    return [it for it in asked.requests if wanted and it.request_id == wanted and it.kind is kind]


def _said_again(asked: Asked, first: Sequence[Request]) -> Outcome:
    """The first answer stands; another content under the same id is no repetition."""
    document = asked.document
    same = all(
        it.own == (document.quantity or it.own)
        and (document.line is None or it.line_no == document.line)
        and (it.kind is not RequestKind.ADDRESS or (it.after or Side()).ship_to == document.ship_to)
        and (it.kind is not RequestKind.COST or (it.after or Side()).unit_cost == document.unit_cost)
        for it in first
    )
    text = f"request {document.request_id} was made before"
    if not same:
        issue = Issue("DSC-207", f"{text} with other content", field="request_id", value=document.request_id or "")
        return Outcome(verdict=Verdict.CONFLICT, key=asked.order.number, order_id=asked.order.id, issues=(issue,))
    told = Issue("DSC-207", text, field="request_id", value=document.request_id or "", severity=Severity.WARNING)
    states = {_now(it) for it in first}
    result = "PENDING" if RequestState.PENDING in states else "APPLIED" if any(it.is_kept for it in states) else "REJECTED"
    return Outcome(verdict=Verdict.DUPLICATE, key=asked.order.number, order_id=asked.order.id, issues=(told,), result=result)


def _now(request: Request) -> RequestState:
    """A cancel that was added to another one waits with it."""
    is_added = request.kind is RequestKind.CANCEL and request.state is RequestState.REPLACED
    return RequestState.PENDING if is_added else request.state


def _cancel(asked: Asked) -> Outcome:
    lines = asked.order.lines if asked.document.line is None else _lines(asked)
    if asked.document.quantity is None and asked.document.new_quantity is not None:
        return _reduce(asked, lines[0], asked.document.new_quantity)
    return _outcome(asked, [_cancel_line(asked, line) for line in lines])


def _reduce(asked: Asked, line: Line, new_quantity: int) -> Outcome:
    """So many stay of the line: what is above that is cancelled; what waits to be cancelled counts as gone."""
    waiting = pending(asked.requests, line.number, RequestKind.CANCEL)
    now = line.ordered - line.cancelled - (waiting.quantity or 0 if waiting else 0)
    if not line.shipped <= new_quantity < now:
        text = f"{new_quantity} are to stay of {now}, {line.shipped} shipped: only what is open can be cancelled, and nothing be added"
        issue = Issue("DSC-204", text, where=f"line {line.number}", field="quantity", value=str(new_quantity), line=line.number)
        return refused(issue, key=asked.order.number, order_id=asked.order.id)
    less = replace(asked, document=replace(asked.document, quantity=now - new_quantity))
    return _outcome(less, [_cancel_line(less, line)])


def _cancel_line(asked: Asked, line: Line) -> Ended:
    order, origin, at = asked.order, asked.origin, asked.at
    waiting = pending(asked.requests, line.number, RequestKind.CANCEL)
    quantity = asked.document.quantity or max(line.open - (waiting.quantity or 0 if waiting else 0), 0) or line.open or line.ordered
    request = _request(asked, line, RequestKind.CANCEL, quantity=quantity)
    free = line.open - (waiting.quantity or 0 if waiting else 0)
    if line.status is None or not line.status.is_open or quantity > free:
        return reject_cancel(order, line, request, (), origin=origin, at=at)
    if line.status is LineStatus.NEW:
        after, slips = cancelled(order, line, quantity)
        ended = request.ended(RequestState.APPLIED, at=at, by=origin.user, automatic=True)
        entry = entry_of(Event.CANCELLED, after, quantity, order_id=order.id, origin=origin, at=at)
        told = feed.cancel_answered(order, line.number, ended, origin=origin, at=at)
        return Ended(after, requests=(ended,), slips=slips, history=(entry,), feed=(told,))
    entry = entry_of(Event.CANCEL_REQUESTED, line, quantity, order_id=order.id, origin=origin, at=at)
    if waiting is None:
        return Ended(line, requests=(request,), history=(entry,))
    older = waiting.ended(RequestState.REPLACED, at=at, by=origin.user, automatic=True)
    both = replace(request, quantity=quantity + (waiting.quantity or 0), after=Side(quantity=quantity))
    return Ended(line, requests=(older, both), history=(entry,))


def _address(asked: Asked) -> Outcome:
    return _outcome(asked, [_address_line(asked, line) for line in asked.order.lines])


def _address_line(asked: Asked, line: Line) -> Ended:
    order, origin, at = asked.order, asked.origin, asked.at
    before, after = Side(ship_to=asked.ship_to), Side(ship_to=asked.document.ship_to)
    request = _request(asked, line, RequestKind.ADDRESS, before=before, after=after)
    if line.status is None or not line.status.is_open:
        ended = request.ended(RequestState.REJECTED, at=at, by=origin.user, automatic=True)
        return Ended(line, requests=(ended,), feed=(feed.address_answered(order, line.number, ended, origin=origin, at=at),))
    if line.status is LineStatus.NEW:
        ended = request.ended(RequestState.APPLIED, at=at, by=origin.user, automatic=True)
        entry = entry_of(Event.ADDRESS_APPLIED, line, line.open, order_id=order.id, origin=origin, at=at)
        told = feed.address_answered(order, line.number, ended, origin=origin, at=at)
        return Ended(line, requests=(ended,), ship_to=asked.document.ship_to, history=(entry,), feed=(told,))
    entry = entry_of(Event.ADDRESS_REQUESTED, line, line.open, order_id=order.id, origin=origin, at=at)
    waiting = pending(asked.requests, line.number, RequestKind.ADDRESS)
    if waiting is None:
        return Ended(line, requests=(request,), history=(entry,))
    older = waiting.ended(RequestState.REPLACED, at=at, by=origin.user, automatic=True)
    told = feed.address_answered(order, line.number, older, origin=origin, at=at)
    return Ended(line, requests=(older, request), history=(entry,), feed=(told,))


def _cost(asked: Asked) -> Outcome:
    """The cost that it is already changes nothing; the request is kept, so that its id stands."""
    (line,) = _lines(asked)
    unit_cost = asked.document.unit_cost or ZERO
    request = _request(asked, line, RequestKind.COST, before=Side(unit_cost=line.unit_cost), after=Side(unit_cost=unit_cost))
    if line.status is LineStatus.CANCELLED or (not line.open and line.invoiced >= line.shipped):
        ended = request.ended(RequestState.REJECTED, at=asked.at, by=asked.origin.user, automatic=True)
        return _outcome(asked, [Ended(line, requests=(ended,))])
    ended = request.ended(RequestState.APPLIED, at=asked.at, by=asked.origin.user, automatic=True)
    if unit_cost == line.unit_cost:
        kept = (RequestsChanged((replace(ended, for_vendor=""),)),)
        return Outcome(verdict=Verdict.DUPLICATE, key=asked.order.number, order_id=asked.order.id, changes=kept, result="APPLIED")
    after = replace(line, unit_cost=unit_cost)
    parts = Parts(before=line.unit_cost, after=unit_cost, currency=asked.order.currency)
    entry = entry_of(Event.COST_CHANGED, after, line.open, order_id=asked.order.id, origin=asked.origin, at=asked.at, parts=parts)
    return _outcome(asked, [Ended(after, requests=(ended,), history=(entry,))])


def _outcome(asked: Asked, found: Sequence[Ended]) -> Outcome:
    """All lines together: pending when one is, applied when one is and none waits, else rejected with the reason of each line."""
    order = asked.order
    requests = tuple([request for it in found for request in it.requests])
    now = [request for request in requests if request.state is not RequestState.REPLACED]
    states = {request.state for request in now}
    lines = tuple([it.line for it in found if it.line != order.line(it.line.number)])
    ship_to = next((it.ship_to for it in found if it.ship_to is not None), None)
    is_stale = any(it.batch is not None for it in lines) or (ship_to is not None and any(line.batch is not None for line in order.lines))
    after = replace(order.with_lines(lines), changed_since_sent=order.changed_since_sent or is_stale)
    changes: list[Change] = [RequestsChanged(requests)]
    if lines or after.changed_since_sent != order.changed_since_sent or ship_to is not None:
        changes.append(LinesChanged(after, lines))
    if ship_to is not None:
        changes.append(ShipToChanged(order.id, ship_to))
    slips = tuple([slip for it in found for slip in it.slips])
    if slips:
        changes.append(BatchLinesChanged(slips))
    is_taken = RequestState.PENDING in states or RequestState.APPLIED in states
    issues = tuple([_too_late(asked, request) for request in now if request.state is RequestState.REJECTED])
    return Outcome(
        verdict=Verdict.BOOKED,
        key=order.number,
        order_id=order.id,
        changes=tuple(changes),
        history=tuple([entry for it in found for entry in it.history]),
        feed=tuple([entry for it in found for entry in it.feed]),
        issues=tuple([replace(issue, severity=Severity.WARNING) for issue in issues]) if is_taken else issues,
        result="PENDING" if RequestState.PENDING in states else "" if is_taken else "REJECTED",
    )


def _too_late(asked: Asked, request: Request) -> Issue:
    line = asked.order.line(request.line_no)
    if line is not None and line.status is not None and line.status.is_open:
        waiting = pending(asked.requests, line.number, RequestKind.CANCEL)
        before = f", of which {waiting.quantity} wait to be cancelled already ({waiting.name})" if waiting else ""
        text, value = f"{request.quantity} to cancel, {line.open} open{before}", str(request.quantity)
        return Issue("DSC-204", text, where=f"line {line.number}", field="quantity", value=value, line=line.number)
    state = line.status if line is not None else ""
    field = "" if request.kind is RequestKind.ADDRESS else "line"  # an address names no line
    return Issue("DSC-203", f"the line is {state}", where=f"line {request.line_no}", field=field, line=request.line_no)


def _lines(asked: Asked) -> list[Line]:
    return [line for line in asked.order.lines if line.number == asked.document.line]


def _request(
    asked: Asked, line: Line, kind: RequestKind, *, quantity: int | None = None, before: Side | None = None, after: Side | None = None
) -> Request:
    return Request(
        order_id=asked.order.id,
        line_no=line.number,
        kind=kind,
        state=RequestState.PENDING,
        asked_at=asked.at,
        request_id=asked.document.request_id or "",
        quantity=quantity,
        before=before,
        after=after,
        reason=asked.document.reason or "",
        for_vendor=asked.order.vendor if line.batch is not None or line.status is LineStatus.HELD else "",
    )


_KINDS: Mapping[RequestKind, Callable[[Asked], Outcome]] = MappingProxyType(
    {RequestKind.CANCEL: _cancel, RequestKind.ADDRESS: _address, RequestKind.COST: _cost}
)
