"""A vendor voids or reprints a slip by a row of a file: a batch, an order of it, or a line with its new quantity (sdf 4.8, 6.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.documents import VendorAction
from gateway.domain import reprint as rules
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import Batch, BatchState, DocumentsWanted, Outcome, Wanted, Wish, is_on_paper, refused
from gateway.domain.reference import Vendor
from gateway.domain.request import Request
from gateway.kernel.issues import Issue

VOID = "void"
"""The action that takes back; the other one makes anew."""


def _no_number(_: str) -> int:
    return 0


class Slip(Struct, frozen=True, kw_only=True):
    """The batch with those that took its place, its orders, what waits on them, and where the number of a new one comes from."""

    batches: Mapping[int, Batch] = {}
    orders: Sequence[PurchaseOrder] = ()
    requests: Mapping[int, Sequence[Request]] = field(default_factory=dict)
    number: Callable[[str], int] = _no_number


def take_back(said: VendorAction, vendor: Vendor | None, slip: Slip, *, issues: Iterable[Issue], origin: Origin, at: datetime) -> Outcome:
    """Void, or make anew with the quantity told; a batch that an earlier row replaced is followed to the one that took its place.

    What is made anew gets its documents, or its file, as the first one had them.
    """
    key = said.order_number.upper() if said.order_number else str(said.batch or "")
    found = [*issues]
    batch = _followed(said, slip)
    if said.batch is None:
        found.append(Issue("3020", f"{said.action} needs the number of the batch", field="batch", kind="missing"))
    elif vendor is not None and (batch is None or batch.vendor != vendor.code or batch.state is BatchState.CUTTING):
        text = f"batch {said.batch} does not belong to vendor {vendor.code}"
        found.append(Issue("3020", text, field="batch", value=str(said.batch)))
    order = next((it for it in slip.orders if said.order_number and it.number == said.order_number.upper()), None)
    if said.order_number and order is None and said.batch is not None:
        found.append(Issue("3031", f"order {key} is not in batch {said.batch}", field="order_number", value=key))
    if said.line is not None and order is None and not said.order_number:
        found.append(Issue("3031", "a line needs its order number", field="order_number", kind="missing"))
    if order is not None and said.line is not None and order.line(said.line) is None:
        text = f"order {order.number} has no line {said.line}"
        found.append(Issue("3042", text, where=f"line {said.line}", field="line", value=str(said.line), line=said.line))
    if said.quantity is not None and said.line is None:
        found.append(Issue("3042", "a new quantity needs its line", field="line", kind="missing"))
    if batch is None or vendor is None or batch.vendor != vendor.code:
        return refused(*found, key=key)
    if found:
        return refused(*found, *_state_of(batch, slip, origin=origin, at=at), key=key)
    is_void = said.action.strip().lower() == VOID
    only = () if order is None else (order.id,)
    common = {"requests": slip.requests, "origin": origin, "at": at, "only": only, "reason": (said.reason or "").strip()}
    if is_void and said.line is None:
        return rules.void(batch, slip.orders, **common)  # type: ignore[arg-type]  # by name
    quantities = {}
    if order is not None and said.line is not None:
        quantities = {(order.id, said.line): 0 if is_void else said.quantity} if is_void or said.quantity is not None else {}
    rehearsed = rules.reprint(batch, slip.orders, quantities, number=0, **common)  # type: ignore[arg-type]  # by name
    if not rules.is_numbered(rehearsed):
        return rehearsed
    number = slip.number(vendor.code)
    outcome = rules.reprint(batch, slip.orders, quantities, number=number, **common)  # type: ignore[arg-type]  # by name
    return _with_papers(outcome, number, batch, vendor)


def _state_of(batch: Batch, slip: Slip, *, origin: Origin, at: datetime) -> list[Issue]:
    """Whether anything of the batch could be taken back at all."""
    rehearsed = rules.void(batch, slip.orders, requests=slip.requests, origin=origin, at=at, only=())
    return [issue for issue in rehearsed.issues if issue.is_error]


def _followed(said: VendorAction, slip: Slip) -> Batch | None:
    """The batch that holds now what was in the batch of that number."""
    batch = slip.batches.get(said.batch) if said.batch is not None else None
    while batch is not None and batch.state is BatchState.VOID:
        number = batch.number
        after = max((it for it in slip.batches.values() if it.replaces == number), key=lambda it: it.number, default=None)
        if after is None:
            return batch
        batch = after
    return batch


def _with_papers(outcome: Outcome, number: int, old: Batch, vendor: Vendor) -> Outcome:
    """A file goes out as a file again, paper is printed again."""
    is_file = not is_on_paper(old.channel)
    file = (Wanted(kind=Wish.BATCH, partner=vendor.code, number=number),) if is_file else ()
    papers = (DocumentsWanted(number, vendor),) if not is_file or vendor.print_extracts else ()
    return replace(outcome, changes=(*outcome.changes, *papers, *file))
