"""The table of sdf 5.3, as it stands there: every event on a line in every status, where it leads, and what it writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from gateway.domain.maintain import Note, Upkeep
from gateway.domain.order import LineStatus
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome
from tests.business import MESSAGE, SCREEN, UPLOAD, World, codes
from tests.unit.test_domain_requests import address, cancel, cost, ships, world_with

Act = Callable[[World], Outcome]
NEW, PROCESS, HELD, SHIPPED, CANCELLED = LineStatus.NEW, LineStatus.IN_PROCESS, LineStatus.HELD, LineStatus.SHIPPED, LineStatus.CANCELLED
STATUSES = (NEW, PROCESS, HELD, SHIPPED, CANCELLED)


def ship(origin: Origin) -> Act:
    return lambda world: world.ship(ships(1, 3, "T9"), origin)  # type: ignore[arg-type]


def note(act: Upkeep, reason: str = "", due_on: date | None = None) -> Act:
    return lambda world: world.maintain(Note(act=act, line=1, reason=reason, due_on=due_on))


NO = "refused"
TABLE: dict[str, tuple[Act, tuple[str, str, str, str, str]]] = {
    "E5 by upload": (ship(UPLOAD), ("Shipped H5", "Shipped H5", "Shipped H20 H5", NO, NO)),
    "E5 by message": (ship(MESSAGE), ("Shipped H6", "Shipped H6", NO, NO, NO)),
    "E5 at a screen": (ship(SCREEN), (NO, "Shipped H5", NO, NO, NO)),
    "E8 to E10": (lambda it: it.ask(cancel(1)), ("Cancelled H7", "In Process H8", "Held H8", "Shipped H11", "Cancelled H11")),
    "E13 to E15": (lambda it: it.ask(address()), ("New Order H12", "In Process H13", "Held H13", "Shipped", "Cancelled")),
    "E17": (lambda it: it.ask(cost("9.98")), ("New Order H17", "In Process H17", "Held H17", "Shipped H17", "Cancelled")),
    "E18": (note(Upkeep.HOLD, "Backorder"), ("Held H19", "Held H19", NO, NO, NO)),
    "E18 without a reason": (note(Upkeep.HOLD), (NO, NO, NO, NO, NO)),
    "E19": (note(Upkeep.RELEASE), (NO, NO, "New Order H20", NO, NO)),
    "E20": (note(Upkeep.DUE_DATE, "Delay", date(2022, 7, 9)), ("New Order H21", "In Process H21", "Held H21", NO, NO)),
    "E20 without a reason": (note(Upkeep.DUE_DATE, "", date(2022, 7, 9)), (NO, NO, NO, NO, NO)),
    "E20 without a date": (note(Upkeep.DUE_DATE, "Delay"), (NO, NO, NO, NO, NO)),
    "E21": (note(Upkeep.REASON, "Soon"), ("New Order H22", "In Process H22", "Held H22", NO, NO)),
}
"""In the columns of STATUSES: the status after it and the events of line 1."""
CASES = [
    pytest.param(act, status, cell, id=f"{name}, {status}")
    for name, (act, cells) in TABLE.items()
    for status, cell in zip(STATUSES, cells, strict=True)
]


@pytest.mark.parametrize(("act", "status", "cell"), CASES)
def test_what_an_event_does_to_a_line_in_a_status(act: Act, status: LineStatus, cell: str) -> None:
    world = world_with(status)
    before = world.line(1)
    outcome = act(world)
    if cell == NO:
        assert codes(outcome)
        assert (world.line(1), world.history, world.feed) == (before, [], [])
        return
    events = [str(entry.event) for entry in world.history if entry.line_no == 1]
    assert " ".join([str(world.line(1).status), *events]) == cell
