"""Goods that came in against the lines of an order made by hand, with lot and serial number: information only (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Order, OrderLine
from gateway.domain.byhand import Decided, GoodsReceipt, HandAct, HandOrder, event, refuse, wrong_stage
from gateway.domain.order import Stage
from gateway.domain.origin import Origin
from gateway.kernel.issues import Issue, Severity


class Arrival(Struct, frozen=True, kw_only=True, gc=False):
    """What a person says has come in."""

    line: int
    quantity: int
    received_on: date | None = None
    lot: str = ""
    serial: str = ""
    reference: str = ""


def receive(
    order: HandOrder, told: Order | None, said: Arrival, *, receipts: Sequence[GoodsReceipt], today: date, origin: Origin, at: datetime
) -> Decided:
    """Note the goods. What does not fit the line (more than ordered, another lot or serial) is told and taken: it lies in the warehouse."""
    if told is None or order.stage is Stage.CANCELLED:
        return refuse(order, wrong_stage(order, "receiving goods"))
    line = next((line for line in told.lines if line.number == said.line), None)
    if line is None:
        return refuse(order, _issue("MAN-12", said, f"order {order.number} has no line {said.line}", "line", str(said.line)))
    live = [it for it in receipts if it.withdrawn_at is None]
    issues = [*_faults(said, today), *_doubled(said, line, told, live)]
    if issues:
        return refuse(order, *issues)
    receipt = GoodsReceipt(
        line=said.line,
        quantity=said.quantity,
        received_on=said.received_on or today,
        lot=said.lot,
        serial=said.serial,
        reference=said.reference,
        at=at,
        actor=origin.user,
    )
    marks = "".join(f", {name} {value}" for name, value in (("lot", said.lot), ("serial", said.serial)) if value)
    told_event = event(HandAct.RECEIVED, origin=origin, at=at, line=str(said.line), quantity=str(said.quantity), marks=marks)
    return Decided(order=order, events=(told_event,), receipts=(receipt,), issues=tuple(_differences(said, line, live)))


def withdraw(order: HandOrder, number: int, *, reason: str, receipts: Sequence[GoodsReceipt], origin: Origin, at: datetime) -> Decided:
    """A receipt was noted by mistake: it stays, marked with who withdrew it and why."""
    found = next((it for it in receipts if it.id == number), None)
    if found is None:
        return refuse(order, Issue("MAN-12", f"order {order.number} has no receipt {number}", field="receipt", value=str(number)))
    if found.withdrawn_at is not None:
        text = f"receipt {number} was withdrawn by {found.withdrawn_by}"
        return refuse(order, Issue("MAN-14", text, field="receipt", value=str(number)))
    gone = replace(found, withdrawn_at=at, withdrawn_by=origin.user, reason=reason)
    parts = {"receipt": str(number), "line": str(found.line), "quantity": str(found.quantity), "reason": reason}
    return Decided(order=order, events=(event(HandAct.WITHDRAWN, origin=origin, at=at, **parts),), receipts=(gone,))


def _faults(said: Arrival, today: date) -> list[Issue]:
    found = []
    if said.quantity < 1:
        found.append(_issue("MAN-12", said, "the quantity is a whole number of at least 1", "quantity", str(said.quantity)))
    if said.serial and said.quantity > 1:
        text = f"a serial number is one piece, found {said.quantity}; note each piece by itself"
        found.append(_issue("MAN-06", said, text, "quantity", str(said.quantity)))
    if said.received_on is not None and said.received_on > today:
        found.append(_issue("MAN-12", said, f"{said.received_on} is still to come", "received_on", str(said.received_on)))
    return found


def _doubled(said: Arrival, line: OrderLine, told: Order, live: Sequence[GoodsReceipt]) -> list[Issue]:
    """One piece comes in once."""
    items = {it.number: it.item for it in told.lines}
    first = next((it for it in live if said.serial and it.serial == said.serial and items.get(it.line) == line.item), None)
    if first is None:
        return []
    text = f"serial number {said.serial} of item {line.item} came in with receipt {first.id} already"
    return [_issue("MAN-14", said, text, "serial", said.serial)]


def _differences(said: Arrival, line: OrderLine, live: Sequence[GoodsReceipt]) -> list[Issue]:
    received = said.quantity + sum(it.quantity for it in live if it.line == said.line)
    found = []
    if received > line.quantity:
        text = f"{received} received, {line.quantity} ordered"
        found.append(_issue("MAN-13", said, text, "quantity", str(said.quantity)))
    if line.lot and said.lot and said.lot != line.lot:
        found.append(_issue("MAN-13", said, f"lot {said.lot} received, {line.lot} ordered", "lot", said.lot))
    if line.serial and said.serial and said.serial != line.serial:
        found.append(_issue("MAN-13", said, f"serial number {said.serial} received, {line.serial} ordered", "serial", said.serial))
    return [replace(issue, severity=Severity.WARNING) for issue in found]


def _issue(code: str, said: Arrival, text: str, field: str, value: str) -> Issue:
    return Issue(code, text, where=f"line {said.line}", field=field, value=value, line=said.line)
