"""What the retailer has asked of an order, as its screen shows it: the change behind an entry of the history, and what waits."""

from __future__ import annotations

from types import MappingProxyType

from gateway.desk.orders import HistorySheet, OrderSheet, RequestSheet
from gateway.domain.history import WORDS, Event
from gateway.domain.request import RequestKind, RequestState
from gateway.kernel.errors import NotFound

ADDRESS = WORDS[Event.ADDRESS_APPLIED]
UNANSWERED = WORDS[Event.ADDRESS_AUTO_REJECTED].note
WITH_SIDES = MappingProxyType({ADDRESS.action: RequestKind.ADDRESS, WORDS[Event.COST_CHANGED].action: RequestKind.COST})
"""The entries that tell of a change with what was before and after it."""


def changes_by_entry(sheet: OrderSheet) -> dict[int, RequestSheet]:
    """The request behind each entry of the history that tells of one, by the number of the entry (sdf 9.2)."""
    found = {it.seq: _behind(sheet, it) for it in sheet.history if it.action in WITH_SIDES}
    return {seq: request for seq, request in found.items() if request is not None and request.after is not None}


def change_behind(sheet: OrderSheet, seq: int) -> tuple[HistorySheet, RequestSheet]:
    """One entry of the history with the request behind it."""
    request = changes_by_entry(sheet).get(seq)
    if request is None:
        raise NotFound(f"entry {seq} of order {sheet.number} has no details", remedy="Look at the History tab for those that have.")
    return next(it for it in sheet.history if it.seq == seq), request


def address_waits(sheet: OrderSheet) -> bool:
    """Whether the red note stands on the order: an address change waits, or its line was shipped before anybody answered (sdf 4.1)."""
    if any(it.kind is RequestKind.ADDRESS and it.state is RequestState.PENDING for it in sheet.requests):
        return True
    last = {it.line: it.note for it in sheet.history if it.action == ADDRESS.action}
    return UNANSWERED in last.values()


def _behind(sheet: OrderSheet, entry: HistorySheet) -> RequestSheet | None:
    """The request that was asked, else the one that was answered, in that moment."""
    same = [it for it in sheet.requests if it.line == entry.line and it.kind is WITH_SIDES[entry.action]]
    asked = [it for it in same if it.asked_at == entry.at]
    return next(iter(asked or [it for it in same if it.answered_at == entry.at]), None)
