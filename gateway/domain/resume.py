"""What waits for an answer ends by itself: applied when its line is New Order again, rejected when the line leaves (sdf 4.1, 5.4, 5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Party
from gateway.domain import feed
from gateway.domain.history import ADMIN, Event, HistoryEntry, entry_of
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin, Via
from gateway.domain.outcome import BatchLine, FeedEntry
from gateway.domain.request import Request, RequestKind, RequestState, joined_by, pending


class Ended(Struct, frozen=True, gc=False):
    """A line after its requests have ended, and all that is to be written and told."""

    line: Line
    requests: tuple[Request, ...] = ()
    ship_to: Party | None = None
    slips: tuple[BatchLine, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    feed: tuple[FeedEntry, ...] = ()


def resumed(order: PurchaseOrder, line: Line, requests: Sequence[Request], *, origin: Origin, at: datetime) -> Ended:
    """The line came back to New Order without an answer: the cancel applies first, then the address, for what is left of the line."""
    by_vendor = replace(origin, via=Via.UPLOAD)
    found = Ended(line)
    cancel = pending(requests, line.number, RequestKind.CANCEL)
    if cancel is not None:
        found = accept_cancel(order, line, cancel, requests, origin=by_vendor, at=at, automatic=True)
    address = pending(requests, line.number, RequestKind.ADDRESS)
    if address is None:
        return found
    if found.line.status is not None and not found.line.status.is_open:
        return joined(found, too_late(order, found.line, address, origin=origin, at=at))
    return joined(found, accept_address(order, found.line, address, origin=by_vendor, at=at, automatic=True))


def left(order: PurchaseOrder, line: Line, requests: Sequence[Request], *, is_first: bool, origin: Origin, at: datetime) -> Ended:
    """The line was shipped whole: what waited is rejected. `is_first`: the first item of the shipment with an address pending."""
    found = Ended(line)
    cancel = pending(requests, line.number, RequestKind.CANCEL)
    if cancel is not None:
        by_retailer = replace(origin, user=ADMIN, via=Via.MESSAGE)
        found = joined(found, reject_cancel(order, line, cancel, requests, origin=by_retailer, at=at))
    address = pending(requests, line.number, RequestKind.ADDRESS)
    if address is None:
        return found
    ended = address.ended(RequestState.REJECTED, at=at, by=origin.user, automatic=True)
    entry = entry_of(Event.ADDRESS_AUTO_REJECTED, line, line.open, order_id=order.id, origin=origin, at=at)
    told = feed.address_answered(order, line.number, ended, origin=origin, at=at)
    return joined(found, Ended(line, requests=(ended,), history=(entry,) if is_first else (), feed=(told,)))


def accept_cancel(
    order: PurchaseOrder,
    line: Line,
    request: Request,
    requests: Sequence[Request],
    *,
    origin: Origin,
    at: datetime,
    automatic: bool = False,
) -> Ended:
    """The vendor agrees, or need not be asked any more (E11): the quantity is cancelled and leaves the slip."""
    state = RequestState.APPLIED if automatic else RequestState.ACCEPTED
    gone = min(request.quantity or line.open, line.open)
    after, slips = cancelled(order, line, gone)
    entry = entry_of(Event.CANCEL_ACCEPTED, after, request.quantity or 0, order_id=order.id, origin=origin, at=at)
    ended, told = answered(order, line, request, requests, state=state, gone=gone, origin=origin, at=at, automatic=automatic)
    return Ended(after, requests=ended, slips=slips, history=(entry,), feed=told)


def reject_cancel(
    order: PurchaseOrder, line: Line, request: Request, requests: Sequence[Request], *, origin: Origin, at: datetime
) -> Ended:
    """There is nothing left to cancel (E10): the retailer's own request ends so, in the name of the retailer."""
    entry = entry_of(Event.CANCEL_AUTO_REJECTED, line, request.quantity or 0, order_id=order.id, origin=origin, at=at)
    ended, told = answered(order, line, request, requests, state=RequestState.REJECTED, origin=origin, at=at, automatic=True)
    return Ended(line, requests=ended, history=(entry,), feed=told)


def answered(
    order: PurchaseOrder,
    line: Line,
    request: Request,
    requests: Sequence[Request],
    *,
    state: RequestState,
    gone: int = 0,
    origin: Origin,
    at: datetime,
    automatic: bool = False,
) -> tuple[tuple[Request, ...], tuple[FeedEntry, ...]]:
    """A cancel and those that were added to it end together; the retailer is told of each with its own quantity.

    `gone` is what was cancelled: what has left since the first request cannot be, and is taken off the last one.
    """
    ended: list[Request] = []
    told: list[FeedEntry] = []
    left = gone
    for it in (*joined_by(requests, request), request):
        mine = min(it.own or gone, left) if state.is_kept else it.own
        left -= (mine or 0) if state.is_kept else 0
        word = state if mine or not state.is_kept else RequestState.REJECTED
        done = it.ended(word, at=at, by=origin.user, automatic=automatic)
        ended.append(done)
        told.append(feed.cancel_answered(order, line.number, replace(done, quantity=mine or it.own), origin=origin, at=at))
    return tuple(ended), tuple(told)


def accept_address(order: PurchaseOrder, line: Line, request: Request, *, origin: Origin, at: datetime, automatic: bool = False) -> Ended:
    """The vendor agrees, or need not be asked any more (E16): the order has the new address."""
    state = RequestState.APPLIED if automatic else RequestState.ACCEPTED
    ended = request.ended(state, at=at, by=origin.user, automatic=automatic)
    entry = entry_of(Event.ADDRESS_ACCEPTED, line, line.open, order_id=order.id, origin=origin, at=at)
    told = feed.address_answered(order, line.number, ended, origin=origin, at=at)
    ship_to = request.after.ship_to if request.after else None
    return Ended(line, requests=(ended,), ship_to=ship_to, history=(entry,), feed=(told,))


def cancelled(order: PurchaseOrder, line: Line, quantity: int) -> tuple[Line, tuple[BatchLine, ...]]:
    """The line with so much of it cancelled, and what stays of it on its slip."""
    after = replace(line, cancelled=line.cancelled + quantity, printed=min(line.printed, line.open - quantity))
    if not after.open:
        status = LineStatus.SHIPPED if after.shipped else LineStatus.CANCELLED
        after = replace(after, status=status, pre_hold=None, hold_reason="", printed=0)
    if line.batch is None:
        return after, ()
    live = after.open > 0
    shown = after if live else line
    return after, (BatchLine(line.batch, order.id, line.number, shown.printed or shown.open, live),)


def too_late(order: PurchaseOrder, line: Line, request: Request, *, origin: Origin, at: datetime) -> Ended:
    """The line was cancelled at the same moment: the address has no line any more; the retailer is told, without history (E15)."""
    ended = request.ended(RequestState.REJECTED, at=at, by=origin.user, automatic=True)
    return Ended(line, requests=(ended,), feed=(feed.address_answered(order, line.number, ended, origin=origin, at=at),))


def joined(one: Ended, two: Ended) -> Ended:
    """Both, one after the other."""
    return Ended(
        two.line,
        requests=(*one.requests, *two.requests),
        ship_to=two.ship_to or one.ship_to,
        slips=(*one.slips, *two.slips),
        history=(*one.history, *two.history),
        feed=(*one.feed, *two.feed),
    )
