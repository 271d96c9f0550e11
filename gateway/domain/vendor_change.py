"""What a vendor is told of the retailer's requests (sdf 4.1): one document a line, of an address one for the whole order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import ChangeRequest, Order
from gateway.domain.order import Line, PurchaseOrder
from gateway.domain.request import Change as Side
from gateway.domain.request import Request, RequestKind, RequestState, joined_by


class Told(Struct, frozen=True):
    """A document, and the requests that it tells."""

    document: ChangeRequest
    requests: tuple[Request, ...]


def together(found: Iterable[Request]) -> list[tuple[Request, ...]]:
    """The requests of one document each, in their order: a new address of an order stands at each of its lines."""
    return [tuple(group) for _, group in groupby(found, key=_document)]


def tell(asked: Sequence[Request], order: PurchaseOrder, document: Order, requests: Sequence[Request]) -> Told:
    """What the vendor reads. `requests` are all of the order: of cancels that were added up, those that it was told before are left out."""
    first = asked[0]
    common = ChangeRequest(
        kind=first.kind.value,
        order_number=order.number,
        request_id=first.request_id or None,
        reason=first.reason or None,
        vendor=order.vendor,
        entered_on=order.entered_on,
        asked_on=first.asked_at.date(),
        waits=any(it.state is RequestState.PENDING for it in asked),
    )
    line = order.line(first.line_no)
    after = first.after or Side()
    if first.kind is RequestKind.ADDRESS or line is None:
        return Told(replace(common, ship_to=after.ship_to), tuple(asked))
    told = next(it for it in document.lines if it.number == line.number)
    quantity = _to_cancel(first, requests) if first.kind is RequestKind.CANCEL else None
    before = _left(line, first, quantity or 0)
    said = replace(
        common,
        line=line.number,
        request_id=first.name,
        quantity=quantity,
        unit_cost=after.unit_cost,
        old_quantity=before,
        new_quantity=before - (quantity or 0),
        item=line.item,
        vendor_item=line.vendor_item or None,
        gtin=line.gtin or None,
        unit=told.unit,
    )
    return Told(said, tuple(asked))


def _document(request: Request) -> tuple[object, ...]:
    if request.kind is RequestKind.ADDRESS:
        return request.order_id, request.kind, request.request_id, request.asked_at
    return (request.id,)


def _to_cancel(request: Request, requests: Sequence[Request]) -> int:
    """What waits together less what the vendor was told of it before."""
    before = sum(it.own or 0 for it in joined_by(requests, request) if it.item_id is not None)
    return max((request.quantity or 0) - before, 0)


def _left(line: Line, request: Request, quantity: int) -> int:
    """What the vendor had to deliver before this change."""
    now = line.ordered - line.cancelled
    return now if request.state is RequestState.PENDING else now + quantity
