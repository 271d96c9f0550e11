"""Purchase Order Maintenance: several lines are held, released, dated anew or explained at once, of one order or of many (sdf 9.4)."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.desk.orders import show_order
from gateway.kernel.errors import NotFound
from gateway.web.acts import Act, Effect, Run, declare
from gateway.web.pages.order_acts import ACTS as OF_ORDERS
from gateway.web.pages.order_deeds import say_of
from gateway.web.routes import Routes, meant, segment
from gateway.web.several import tried

if TYPE_CHECKING:
    from gateway.desk.acting import Mode
    from gateway.web.visit import Visit

ROUTES = Routes()
MOST = 50
"""Lines that are acted on together: each is rehearsed for the preview."""
DIGITS = 6
SAID = MappingProxyType({"hold": "hold", "release": "release", "due_date": "due_date", "reason": "reason"})
"""What a vendor says of a line, by act."""
ACTS = MappingProxyType({name: OF_ORDERS[name] for name in SAID})


def offered(visit: Visit) -> list[tuple[str, str, bool]]:
    """The acts that who looks may do about lines: path, word, and whether it is grave."""
    return [(name, spec.word, spec.grave) for name, spec in ACTS.items() if visit.may(spec.may)]


def _about(visit: Visit, name: str) -> tuple[Act, Run]:
    spec, places = ACTS[name], _chosen(visit)
    for number in {number for number, _ in places}:
        show_order(visit.gateway.store, number, organization=visit.gateway.master.organization, scope=visit.scope)
    what = f"line {places[0][1]} of order {places[0][0]}" if len(places) == 1 else f"{len(places)} lines"

    def run(mode: Mode, _: str) -> tuple[Effect, ...]:
        return tuple(effect for number, line in places for effect in _one(visit, SAID[name], number, line, mode))

    title, lines = f"{spec.word}: {what}", "/orders?by=Item"
    return Act(title=title, verb=spec.word, fields=spec.fields, needs_reason=False, grave=spec.grave, back=lines), run


def _one(visit: Visit, action: str, number: str, line: int, mode: Mode) -> tuple[Effect, ...]:
    path = f"/orders/{segment(number)}?tab=detail"
    done = tried(f"line {line}", path, partial(say_of, visit, action, number, line, mode))
    return tuple(it if it.name == number else replace(it, name=f"{number} {it.name}") for it in done)


def _chosen(visit: Visit) -> tuple[tuple[str, int], ...]:
    """The ticked lines, each named by its order, as a part of a path, and its number."""
    found: dict[tuple[str, int], None] = {}
    for told in visit.query.getlist("id"):
        order, _, line = told.rpartition("/")
        if order and line.isascii() and line.isdigit() and len(line) <= DIGITS:
            found[str(meant(order)), int(line)] = None
    if not found:
        raise NotFound("no line was chosen", remedy="Choose lines in the list of orders, viewed by item.")
    return tuple(found)[:MOST]


declare(ROUTES, "/lines/acts", ACTS, _about)
