"""Personal data of customers (sdf 7): which orders may lose it, what stands in its place, and what an order without it still answers."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Order, Party
from gateway.documents.form import PURCHASE_ORDER, FormReference
from gateway.domain.history import NO_PARTS, SYSTEM, Event, HistoryEntry
from gateway.domain.order import OrderKey, PurchaseOrder, Stage
from gateway.domain.origin import Source
from gateway.domain.outcome import Erased, Outcome, Verdict, refused
from gateway.kernel.codes import CODES
from gateway.kernel.issues import Difference, Issue, Severity

MASK = "***"
"""Stands in every field of the data group, also in those that were empty (sdf 7.1)."""
MASKED = Party(**dict.fromkeys(Party.__struct_fields__, MASK))
_ALWAYS = frozenset({"reason"})
_FREE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Order": frozenset({"messages", "gift_messages", "shipping_instructions"}),
        "OrderLine": frozenset({"messages"}),
        "Customization": frozenset({"value"}),
        "Invoice": frozenset({"description", "other_description"}),
        "InvoiceLine": frozenset({"other_description"}),
        "Charge": frozenset({"description"}),
        "OrderForm": frozenset({"messages", "shipping_instructions"}),
    }
)
"""Fields of documents in which people write what they like; `reason` is one wherever it stands."""
NUMBERS = frozenset({PURCHASE_ORDER})
"""Names in `extra` under which an order number stands."""
COPY_RESTS = timedelta(days=1)
"""So long after its decision the copy of a file stays that holds other orders too: a restored backup may not know them."""
D = TypeVar("D", bound=Struct)


class Answer(StrEnum):
    """What is said of one object (sdf 7.3)."""

    ELIGIBLE = "ELIGIBLE"
    OPEN_ORDERS = "OPEN_ORDERS"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_ANONYMIZED = "ALREADY_ANONYMIZED"
    DONE = "DONE"


class Member(Struct, frozen=True, kw_only=True, gc=False):
    """One purchase order of a sales order, as far as the rule looks at it. `created_at` is when the store took it."""

    id: int
    number: str
    created_at: datetime
    is_over: bool
    is_erased: bool


def copy_may_go(*, kept: int, decided_at: datetime, now: datetime) -> bool:
    """Whether the copy of a received file may go whose bytes in the archive are gone but for `kept` documents.

    At once where it holds nothing else; with others in it, when a backup of the next night knows them.
    """
    return kept == 0 or decided_at <= now - COPY_RESTS


def is_over(order: PurchaseOrder) -> bool:
    """Shipped, Complete or Cancelled; an order made by hand may be cancelled before its lines have a status."""
    return order.is_closed or order.stage is Stage.CANCELLED


def standing(members: Sequence[Member]) -> Answer:
    """All purchase orders of a sales order lose their data together, or none does (sdf 7.2)."""
    if not members:
        return Answer.NOT_FOUND
    if not all(it.is_over for it in members):
        return Answer.OPEN_ORDERS
    return Answer.ALREADY_ANONYMIZED if all(it.is_erased for it in members) else Answer.ELIGIBLE


def is_due(members: Sequence[Member], *, cutoff: datetime) -> bool:
    """Whether the purge takes them: all closed, and all taken into the store before the cutoff."""
    return standing(members) is Answer.ELIGIBLE and all(it.created_at <= cutoff for it in members)


def erase(orders: Iterable[PurchaseOrder], keys: Iterable[OrderKey], *, pepper: str, at: datetime, keep_messages: bool = False) -> Outcome:
    """The personal data of these orders goes: one entry a line (H27), status unchanged, by SYSTEM."""
    digests = {key.id: key.digest or "" for key in keys}
    chosen = list(orders)
    return Outcome(
        verdict=Verdict.BOOKED,
        changes=tuple(Erased(order.id, keyed(digests[order.id], pepper), keep_messages=keep_messages) for order in chosen),
        history=tuple(_entry(order, number, at) for order in chosen for number in sorted(line.number for line in order.lines)),
    )


def _entry(order: PurchaseOrder, number: int, at: datetime) -> HistoryEntry:
    line = order.line(number)
    return HistoryEntry(
        order_id=order.id,
        event=Event.ANONYMIZED,
        at=at,
        actor=SYSTEM,
        source=Source.WS,
        line_no=number,
        quantity=line.open if line else None,
        status_after=line.status if line else None,
        parts=NO_PARTS,
    )


def keyed(digest: str, pepper: str) -> str:
    """What is kept of an order's content: the same content still gives the same, and nobody can guess the content by it without the key."""
    return hmac.new(pepper.encode(), digest.encode(), sha256).hexdigest()


def came_again(document: Order, digest: str, key: OrderKey, pepper: str) -> Outcome:
    """An order whose data was erased comes once more: nothing of it is stored, whatever it says."""
    if document.ship_to == MASKED or key.digest == keyed(digest, pepper):
        text = f"order {key.number} came before with the same content; its personal data was erased since, and stays so"
        told = Issue("DSO-110", text, key=key.number, severity=Severity.WARNING)
        return Outcome(verdict=Verdict.DUPLICATE, key=key.number, order_id=key.id, issues=(told,))
    text = f"order {key.number} is taken by an order with other content, whose personal data was erased"
    issue = Issue("DSO-111", text, field="number", value=key.number, key=key.number)
    return Outcome(verdict=Verdict.CONFLICT, key=key.number, order_id=key.id, issues=(issue,))


def too_late(key: OrderKey) -> Outcome:
    """A new address for an order whose data was erased: it is closed, and nothing of the request is stored."""
    text = f"order {key.number} is closed and its personal data erased; it goes nowhere any more"
    return refused(Issue("DSC-203", text, field="order_number", value=key.number, key=key.number), key=key.number, order_id=key.id)


def masked(document: D) -> D:
    """The document without anything a person has written or is known by; numbers, items, amounts and tracking stay."""
    free = _FREE.get(type(document).__name__, _ALWAYS)
    found = {name: _without(name, getattr(document, name), free) for name in document.__struct_fields__}
    return replace(document, **found)


def _without(name: str, value: Any, free: frozenset[str]) -> Any:
    match value:
        case Party():
            return MASKED
        case dict() if name == "extra":
            return masked_extra(value)
        case str() if name in free and value:
            return MASK
        case tuple() if name in free:
            return (MASK,) * len(value)
        case tuple():
            return tuple(masked(it) if isinstance(it, Struct) else it for it in value)
        case _:
            return value


def masked_extra(found: Mapping[str, str]) -> dict[str, str]:
    """Values that layouts read beside the fields; numbers of orders stay."""
    return {name: value if name in NUMBERS else MASK for name, value in found.items()}


def unmasked(document: D) -> D:
    """The document as if what was erased of it had never been told."""
    return replace(document, **{name: _told(getattr(document, name)) for name in document.__struct_fields__})


def _told(value: Any) -> Any:
    match value:
        case str():
            return None if value == MASK else value
        case FormReference():
            return None if MASK in {value.name, value.value} else value
        case Party():
            left = unmasked(value)
            return None if left == Party() != value else left
        case Struct():
            return unmasked(value)
        case tuple():
            return tuple(told for it in value if (told := _told(it)) is not None)
        case _:
            return value


def masked_issue(issue: Issue) -> Issue:
    """What was wrong and where, without what was found there."""
    known = CODES.get(issue.code)
    differences = tuple(Difference(it.path, MASK, MASK) for it in issue.differences)
    return replace(issue, text=known.meaning if known else MASK, value=issue.value and MASK, differences=differences)
