"""What people do about an order: its vendor holds, notes and answers; the retailer asks for cancels and changes costs.

Source: sdf 4.1, 4.8, 9.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.responses import Response

from gateway.desk import telling
from gateway.desk.acting import Mode
from gateway.desk.orders import OrderSheet, show_order
from gateway.desk.telling import Told
from gateway.documents import ChangeRequest, VendorAction
from gateway.domain.access import Authority
from gateway.domain.request import RequestKind, RequestState
from gateway.kernel.errors import ConfigError
from gateway.web.acts import Act, Effect, Field, Run, carry_out, propose
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
REASON = Field(name="why", label="Reason")
WHY = Field(name="why", label="Reason", required=True)
AMOUNT = 18
"""Characters of an amount."""
COST = re.compile(r"\d{1,9}(\.\d{1,4})?", re.ASCII)


class Spec(Struct, frozen=True, kw_only=True):
    """One act: who may, its word, what it wants to know, and when it is offered."""

    may: Authority
    word: str
    fields: tuple[Field, ...] = ()
    each_line: bool = True
    """Whether it may concern one line alone."""
    offered: Callable[[OrderSheet], bool]


def _waits(kind: RequestKind) -> Callable[[OrderSheet], bool]:
    return lambda sheet: any(it.kind is kind and it.state is RequestState.PENDING for it in sheet.requests)


def _is_open(sheet: OrderSheet) -> bool:
    return any(line.open for line in sheet.lines)


def _has_held(sheet: OrderSheet) -> bool:
    return any(line.status is not None and line.status.value == "Held" for line in sheet.lines)


ACTS = MappingProxyType(
    {
        "hold": Spec(may=Authority.MAINTENANCE, word="Hold", fields=(WHY,), offered=_is_open),
        "release": Spec(may=Authority.MAINTENANCE, word="Release", offered=_has_held),
        "due_date": Spec(
            may=Authority.MAINTENANCE,
            word="Revise due date",
            fields=(Field(name="on", label="Due date", kind="date", required=True), REASON),
            offered=_is_open,
        ),
        "reason": Spec(may=Authority.MAINTENANCE, word="Enter reason", fields=(REASON,), offered=_is_open),
        "accept_cancel": Spec(may=Authority.CHANGE_REQUESTS, word="Accept cancel", offered=_waits(RequestKind.CANCEL)),
        "decline_cancel": Spec(may=Authority.CHANGE_REQUESTS, word="Decline cancel", fields=(REASON,), offered=_waits(RequestKind.CANCEL)),
        "accept_address": Spec(may=Authority.CHANGE_REQUESTS, word="Accept address", each_line=False, offered=_waits(RequestKind.ADDRESS)),
        "decline_address": Spec(
            may=Authority.CHANGE_REQUESTS, word="Decline address", fields=(REASON,), each_line=False, offered=_waits(RequestKind.ADDRESS)
        ),
        "cancel": Spec(
            may=Authority.CHANGE_ASKING,
            word="Cancel",
            fields=(Field(name="quantity", label="Quantity (all that is open when empty)", kind="number"), REASON),
            offered=_is_open,
        ),
        "cost": Spec(
            may=Authority.CHANGE_ASKING,
            word="Change cost",
            fields=(Field(name="unit_cost", label="Unit cost, such as 9.98", required=True, most=AMOUNT),),
            offered=_is_open,
        ),
    }
)
ASKED = frozenset({"cancel", "cost"})
"""What the retailer asks for; the rest is the vendor's to do."""


def offered(visit: Visit, sheet: OrderSheet) -> tuple[tuple[str, str], ...]:
    """The acts that who looks may do about this order now: path and word."""
    return tuple((name, spec.word) for name, spec in ACTS.items() if visit.may(spec.may) and spec.offered(sheet))


def _ask(name: str) -> Callable[[Visit], Response]:
    def ask(visit: Visit) -> Response:
        """What the act wants to know."""
        return propose(visit, *_act(visit, name))

    return ask


def _do(name: str) -> Callable[[Visit], Response]:
    def do(visit: Visit) -> Response:
        """Preview it, or do it."""
        return carry_out(visit, *_act(visit, name))

    return do


for _name, _spec in ACTS.items():
    ROUTES.get(f"/orders/{{number}}/acts/{_name}", may=_spec.may)(_ask(_name))
    ROUTES.post(f"/orders/{{number}}/acts/{_name}", may=_spec.may)(_do(_name))


def _act(visit: Visit, name: str) -> tuple[Act, Run]:
    spec, gateway = ACTS[name], visit.gateway
    sheet = show_order(gateway.store, visit.path["number"], organization=gateway.master.organization, scope=visit.scope)
    lines = tuple(
        (str(line.number), f"{line.number} {line.item} ({line.status.value if line.status else sheet.stage})") for line in sheet.lines
    )
    every = () if name == "cost" else (("", "all lines"),)
    line = Field(name="line", label="Line", kind="select", options=(*every, *lines), required=name == "cost")
    fields = (line, *spec.fields) if spec.each_line else spec.fields
    act = Act(title=f"{spec.word}: order {sheet.number}", verb=spec.word, fields=fields, needs_reason=False, grave=name == "cancel")

    def run(mode: Mode, _: str) -> tuple[Effect, ...]:
        told = (
            telling.ask(visit.desk, _request(visit, name, sheet.number), mode=mode)
            if name in ASKED
            else telling.do(visit.desk, _said(visit, name, sheet.number), mode=mode)
        )
        return _effects(told, sheet.number)

    return act, run


def _said(visit: Visit, name: str, number: str) -> VendorAction:
    return VendorAction(action=name, order_number=number, line=_whole(visit, "line"), on=_day(visit), reason=visit.field("why") or None)


def _request(visit: Visit, name: str, number: str) -> ChangeRequest:
    return ChangeRequest(
        kind=name,
        order_number=number,
        line=_whole(visit, "line"),
        quantity=_whole(visit, "quantity"),
        unit_cost=_amount(visit),
        reason=visit.field("why") or None,
    )


def _effects(told: Told, number: str) -> tuple[Effect, ...]:
    path = f"/orders/{number}?tab=history"
    wrong = tuple(Effect(name=told.key, path="", told="", why_not=str(issue)) for issue in told.issues if issue.is_error)
    if told.is_rejected:
        return wrong or (Effect(name=told.key, path=path, told="", why_not="it comes too late"),)
    done = tuple(
        Effect(
            name=f"line {it.line}" if it.line else number,
            path=path,
            told=f"{it.action}{f', {it.note}' if it.note else ''}{f'; then {it.status.value}' if it.status else ''}",
        )
        for it in told.history
    )
    return (*done, *wrong) or (Effect(name=number, path=path, told="nothing changes: it is so already"),)


def _whole(visit: Visit, name: str) -> int | None:
    text = visit.field(name)
    if text and not (text.isascii() and text.isdigit() and len(text) < AMOUNT):
        raise ConfigError(f"{name}: '{text}' is no whole number")
    return int(text) if text else None


def _day(visit: Visit) -> date | None:
    text = visit.field("on")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigError(f"due date: '{text}' is no day; write YYYY-MM-DD") from error


def _amount(visit: Visit) -> Decimal | None:
    text = visit.field("unit_cost")
    if text and not COST.fullmatch(text):
        raise ConfigError(f"unit cost: '{text}' is no amount; write it like 9.98, with at most nine digits and four places")
    return Decimal(text) if text else None
