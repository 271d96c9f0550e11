"""A retailer tells what is to be of a line: its quantity and its unit cost; what is so already changes nothing (860, ORDCHG; sdf 4.2).

Less is a cancel of the difference, another cost a cost change, each by its own rule; more cannot be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from gateway.documents import ChangeRequest, Party
from gateway.domain.ask import ask
from gateway.domain.order import Line, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import LinesChanged, Outcome, Verdict
from gateway.domain.reference import Reference
from gateway.domain.request import Request, RequestKind, pending

LINE = "line"
DELETE = "delete"
NONE = "none"
OF_LINES = frozenset({LINE, DELETE, NONE})
"""What is told of lines."""


def ask_line(
    document: ChangeRequest,
    order: PurchaseOrder | None,
    *,
    ship_to: Party | None,
    requests: Sequence[Request],
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Decide both parts; when one cannot be, none is. The request id is that of the message: each of its lines may have it."""
    steps: list[Outcome] = []
    failed: list[Outcome] = []
    at_hand, parts = order, _parts(document, order, requests)
    of_line = [it for it in requests if it.line_no == document.line or it.request_id != document.request_id]
    for part in parts:
        step = ask(part, at_hand, ship_to=ship_to, requests=of_line, reference=reference, origin=origin, at=at)
        if step.verdict in {Verdict.REFUSED, Verdict.CONFLICT}:
            failed.append(step)
            continue
        steps.append(step)
        at_hand = next((change.order for change in step.changes if isinstance(change, LinesChanged)), at_hand)
    if failed:
        issues = dict.fromkeys(issue for step in failed for issue in step.issues)
        waits = failed[0].missing if len(issues) == 1 else None
        return replace(failed[0], issues=tuple(issues), missing=waits)
    if not steps:
        key = document.order_number.upper()
        return Outcome(verdict=Verdict.DUPLICATE, key=key, order_id=order.id if order is not None else None, result="APPLIED")
    return _together(steps)


def _parts(document: ChangeRequest, order: PurchaseOrder | None, requests: Sequence[Request]) -> list[ChangeRequest]:
    """The requests that it comes to; what is wrong with it, their rules tell."""
    fewer = replace(document, kind=RequestKind.CANCEL.value, quantity=None, unit_cost=None)
    cost = replace(document, kind=RequestKind.COST.value, quantity=None, new_quantity=None)
    if document.line is None:
        return [replace(fewer, quantity=1)]  # its rule says that the line is missing
    line = order.line(document.line) if order is not None else None
    if document.kind == NONE:
        return [] if line is not None else [fewer]
    if document.kind == DELETE:
        return [replace(fewer, new_quantity=None)]
    if line is None:
        return [fewer]
    parts = [cost] if document.unit_cost is not None and document.unit_cost != line.unit_cost else []
    if document.new_quantity is not None and document.new_quantity != _standing(line, requests):
        parts.insert(0, fewer)
    return parts


def _standing(line: Line, requests: Sequence[Request]) -> int:
    """What is to be delivered of the line once what waits is cancelled."""
    waiting = pending(requests, line.number, RequestKind.CANCEL)
    return line.ordered - line.cancelled - (waiting.quantity or 0 if waiting else 0)


def _together(steps: Sequence[Outcome]) -> Outcome:
    booked = [step for step in steps if step.verdict is Verdict.BOOKED] or list(steps)
    results = {step.result for step in booked}
    return Outcome(
        verdict=booked[0].verdict,
        key=booked[0].key,
        order_id=booked[0].order_id,
        changes=tuple(change for step in steps for change in step.changes),
        history=tuple(it for step in steps for it in step.history),
        feed=tuple(it for step in steps for it in step.feed),
        issues=tuple(issue for step in steps for issue in step.issues),
        result=next((word for word in ("PENDING", "") if word in results), booked[0].result),
    )
