"""What people do about an order: its vendor holds, answers, ships and takes slips back; the retailer asks for changes. All in one place.

Source: sdf 4.1, 4.8, 6.4, 9.2.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.orders import OrderSheet
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus, Stage
from gateway.domain.request import RequestKind, RequestState
from gateway.web.acts import Act, Effect, Field, Run, declare
from gateway.web.pages import order_deeds as deeds
from gateway.web.pages.order_sheet import sheet_of
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.desk.acting import Mode
    from gateway.web.visit import Visit

ROUTES = Routes()
Deed = Callable[["Visit", OrderSheet, "Mode"], tuple[Effect, ...]]
WHY = Field(name="why", label="Reason", required=True)
DAY = Field(name="on", label="Due date", kind="date")
EVERY, ONE, NONE = "every", "one", "none"
"""How an act names its line: one or all of them, one, or none, for it concerns the whole order."""


class Spec(Struct, frozen=True, kw_only=True):
    """One act: who may, its word, what it wants to know, when it is offered, and how it is done."""

    may: Authority
    word: str
    deed: Deed
    offered: Callable[[OrderSheet], bool]
    lines: str = EVERY
    fields: tuple[Field, ...] = ()
    more: Callable[[Visit, OrderSheet], tuple[Field, ...]] = lambda *_: ()
    """What else it wants to know of this order."""
    grave: bool = False


def _waits(kind: RequestKind) -> Callable[[OrderSheet], bool]:
    return lambda sheet: any(it.kind is kind and it.state is RequestState.PENDING for it in sheet.requests)


def _has(*states: LineStatus) -> Callable[[OrderSheet], bool]:
    return lambda sheet: any(line.status in states for line in sheet.lines)


def _awaits_acknowledgement(sheet: OrderSheet) -> bool:
    return any(line.status is LineStatus.NEW and line.batch is not None for line in sheet.lines)


def _is_printed(sheet: OrderSheet) -> bool:
    return bool(deeds.batches_of(sheet))


_OPEN = _has(LineStatus.NEW, LineStatus.IN_PROCESS, LineStatus.HELD)
_HELD = _has(LineStatus.HELD)


def _said(word: str, action: str, may: Authority, offered: Callable[[OrderSheet], bool], *fields: Field, lines: str = EVERY) -> Spec:
    return Spec(may=may, word=word, deed=deeds.say(action), offered=offered, fields=fields, lines=lines)


_KEEPS, _ANSWERS, _ASKS = Authority.MAINTENANCE, Authority.CHANGE_REQUESTS, Authority.CHANGE_ASKING
_CANCEL, _ADDRESS = _waits(RequestKind.CANCEL), _waits(RequestKind.ADDRESS)
ACTS = MappingProxyType(
    {
        "accept_cancel": _said("Accept cancel", "accept_cancel", _ANSWERS, _CANCEL),
        "decline_cancel": _said("Decline cancel", "decline_cancel", _ANSWERS, _CANCEL, deeds.REASON),
        "accept_address": _said("Accept address", "accept_address", _ANSWERS, _ADDRESS, lines=NONE),
        "decline_address": _said("Decline address", "decline_address", _ANSWERS, _ADDRESS, deeds.REASON, lines=NONE),
        "acknowledge": _said("Acknowledge line", "accept_line", _KEEPS, _awaits_acknowledgement, lines=ONE),
        "reject": _said("Cannot deliver", "reject_line", _KEEPS, _awaits_acknowledgement, WHY, lines=ONE),
        "backorder": _said("Backorder", "backorder_line", _KEEPS, _awaits_acknowledgement, DAY, deeds.REASON, lines=ONE),
        "hold": _said("Hold", "hold", _KEEPS, _has(LineStatus.NEW, LineStatus.IN_PROCESS), WHY),
        "release": _said("Release", "release", _KEEPS, _HELD),
        "due_date": _said(
            "Revise due date", "due_date", _KEEPS, _OPEN, Field(name="on", label="Due date", kind="date", required=True), deeds.REASON
        ),
        "reason": _said("Enter reason", "reason", _KEEPS, _OPEN, deeds.REASON),
        "cancel": Spec(
            may=_ASKS,
            word="Cancel",
            deed=deeds.ask("cancel"),
            offered=_has(*LineStatus),  # also of what has left: that it was asked too late stands in the history (H11)
            fields=(Field(name="quantity", label="Quantity (all that is open when empty)", kind="number"), deeds.REASON),
            grave=True,
        ),
        "address": Spec(may=_ASKS, word="Change address", deed=deeds.ask("address"), offered=_OPEN, lines=NONE, more=deeds.address_fields),
        "cost": Spec(
            may=_ASKS,
            word="Change cost",
            deed=deeds.ask("cost"),
            offered=_OPEN,
            lines=ONE,
            fields=(Field(name="unit_cost", label="Unit cost, such as 9.98", required=True, most=deeds.AMOUNT),),
        ),
        "take_back": Spec(
            may=Authority.OPERATIONS,
            word="Take out of its batch",
            deed=deeds.take_back,
            offered=_is_printed,
            lines=NONE,
            more=deeds.take_back_fields,
            grave=True,
        ),
        "reissue": Spec(
            may=Authority.OPERATIONS,
            word="Send again in a new batch",
            deed=deeds.reissue,
            offered=_is_printed,
            lines=NONE,
            more=deeds.reissue_fields,
        ),
        "clone": Spec(
            may=Authority.ORDER_MAKING, word="Clone", deed=deeds.clone, offered=lambda sheet: sheet.stage is not Stage.DRAFT, lines=NONE
        ),
    }
)


def offered(visit: Visit, sheet: OrderSheet) -> tuple[tuple[str, str], ...]:
    """The acts that who looks may do about this order now: path and word."""
    return tuple((name, spec.word) for name, spec in ACTS.items() if visit.may(spec.may) and spec.offered(sheet))


class Elsewhere(Struct, frozen=True):
    """An act that has its place on another screen, as a panel or as a page."""

    path: str
    word: str
    is_panel: bool = False


def elsewhere(visit: Visit, sheet: OrderSheet) -> tuple[Elsewhere, ...]:
    """What a vendor ships and takes back of this order, the form of one made by hand, and erasing its personal data, where they are."""
    found = []
    if visit.may(Authority.SHIPPING) and _has(LineStatus.IN_PROCESS)(sheet):
        found.append(Elsewhere(f"/shipments/{segment(sheet.number)}", "Ship"))
    if visit.may(Authority.PACK_SLIPS):
        for number in deeds.batches_of(sheet):
            of = f"?order={quote(sheet.number, safe='')}"
            found.append(Elsewhere(f"/slips/{number}/acts/void{of}", f"Void batch {number}", is_panel=True))
            found.append(Elsewhere(f"/slips/{number}/acts/reprint{of}", f"Reprint batch {number}", is_panel=True))
    if visit.may(Authority.ORDER_MAKING) and not sheet.sources:
        found.append(Elsewhere(f"/drafts/{segment(sheet.number)}", "Its form"))
    if visit.may(Authority.ERASING):
        asked = f"?kind=order&name={quote(sheet.number, safe='')}"
        found.append(Elsewhere(f"/administration/privacy/acts/forget{asked}", "Erase personal data", is_panel=True))
    return tuple(found)


def offered_for(visit: Visit, sheet: OrderSheet, line: int) -> tuple[tuple[str, str], ...]:
    """Those of them that may concern this line alone."""
    lines = tuple(it for it in sheet.lines if it.number == line)
    alone = replace(sheet, lines=lines, requests=tuple(it for it in sheet.requests if it.line == line))
    return tuple((name, word) for name, word in offered(visit, alone) if ACTS[name].lines != NONE)


def _act(visit: Visit, name: str) -> tuple[Act, Run]:
    spec, sheet = ACTS[name], sheet_of(visit)
    fields = (*_line_field(spec, sheet), *spec.fields, *spec.more(visit, sheet))
    act = Act(title=f"{spec.word}: order {sheet.number}", verb=spec.word, fields=fields, needs_reason=False, grave=spec.grave)
    return act, lambda mode, _: spec.deed(visit, sheet, mode)


def _line_field(spec: Spec, sheet: OrderSheet) -> tuple[Field, ...]:
    if spec.lines == NONE:
        return ()
    lines = tuple(
        (str(line.number), f"{line.number} {line.item} ({line.status.value if line.status else sheet.stage})") for line in sheet.lines
    )
    every = (("", "all lines"),) if spec.lines == EVERY else ()
    return (Field(name="line", label="Line", kind="select", options=(*every, *lines), required=spec.lines == ONE),)


declare(ROUTES, "/orders/{number}/acts", ACTS, _act)
