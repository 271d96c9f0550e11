"""What a retailer has asked of a line, and what became of it (sdf 5.4, 5.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Party

_OURS = re.compile(r"GW-[0-9]+", re.IGNORECASE)


class RequestKind(StrEnum):
    """What is to be changed."""

    CANCEL = "cancel"
    ADDRESS = "address"
    COST = "cost"


class RequestState(StrEnum):
    """How far a request has come; only a pending one can still change."""

    PENDING = "pending"
    """The vendor has to answer."""
    APPLIED = "applied"
    """Nobody had to be asked, or the line came back to New Order before the answer."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"
    """A newer one of the same line took its place; of cancels the newer one holds its quantity too, and both end together."""
    REJECTED = "rejected"
    """The line was shipped or cancelled, or has not so much left."""

    @property
    def is_kept(self) -> bool:
        """Whether what was asked is so now."""
        return self in {RequestState.APPLIED, RequestState.ACCEPTED}


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One side of a change: the address or the cost, before or after; of a cancel that was added to others its own quantity."""

    ship_to: Party | None = None
    unit_cost: Decimal | None = None
    quantity: int | None = None


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """One line's part of a request; `id` is 0 until it is stored. `quantity` is what a cancel asks for."""

    order_id: int
    line_no: int
    kind: RequestKind
    state: RequestState
    asked_at: datetime
    id: int = 0
    request_id: str = ""
    quantity: int | None = None
    before: Change | None = None
    after: Change | None = None
    reason: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""
    is_automatic: bool = False
    for_vendor: str = ""
    """The vendor that has to be told of it by file."""
    item_id: int | None = None
    """The outgoing file that does."""

    @property
    def name(self) -> str:
        """What everybody calls it by: the retailer's id, else ours, which is given as it is stored; empty before that."""
        return self.request_id or (name_of(self.id) if self.id else "")

    @property
    def own(self) -> int | None:
        """What this one alone asks for, where `quantity` is what waits together."""
        return self.quantity if self.after is None or self.after.quantity is None else self.after.quantity

    def ended(self, state: RequestState, *, at: datetime, by: str, automatic: bool = False) -> Request:
        """The same, answered."""
        return replace(self, state=state, answered_at=at, answered_by=by, is_automatic=automatic)


def name_of(request_id: int) -> str:
    """What requests of the retailer without an id of its own are called by: all of one entry like the first of them."""
    return f"GW-{request_id}"


def is_ours(request_id: str) -> bool:
    """Whether it looks like a name of ours, which nobody else may give: one name would mean two requests."""
    return _OURS.fullmatch(request_id) is not None


def pending(requests: Iterable[Request], line_no: int, kind: RequestKind) -> Request | None:
    """The request of that kind that waits for the vendor's answer; there is at most one."""
    return next((it for it in requests if it.line_no == line_no and it.kind is kind and it.state is RequestState.PENDING), None)


def is_over(request: Request) -> bool:
    """Whether nothing becomes of it any more: a cancel that was added to another one ends with that."""
    is_added = request.kind is RequestKind.CANCEL and request.state is RequestState.REPLACED
    return request.state is not RequestState.PENDING and not is_added


def joined_by(requests: Iterable[Request], request: Request) -> list[Request]:
    """The cancels that were added up in this one, oldest first; what came too late between them does not count."""
    found: list[Request] = []
    same = [it for it in requests if it.line_no == request.line_no and it.kind is RequestKind.CANCEL and 0 < it.id < request.id]
    for it in sorted(same, key=lambda it: it.id, reverse=True):
        if it.state is RequestState.REPLACED:
            found.insert(0, it)
        elif it.state is not RequestState.REJECTED:
            break
    return found
