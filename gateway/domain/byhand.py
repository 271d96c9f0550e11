"""A purchase order made by hand: what it is from its first save on, and the words of its own history (sdf 10.7).

Stages: a draft is a form; an approved order has its number and its place in the store for good; a released one has lines in New
Order and is from then on an order like any other, whose history is that of every order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.documents.form import OrderForm
from gateway.domain.order import Stage
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome
from gateway.kernel.issues import Issue


class HandAct(StrEnum):
    """What is done with an order made by hand; the words of the store and of JSON."""

    DRAFTED = "drafted"
    CLONED = "cloned"
    SAVED = "saved"
    CHANGED = "changed"
    RENUMBERED = "renumbered"
    APPROVED = "approved"
    RELEASED = "released"
    STEP_ASKED = "step_asked"
    STEP_DONE = "step_done"
    STEP_FAILED = "step_failed"
    CANCELLED = "cancelled"
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"


class Words(Struct, frozen=True):
    """The word and the sentence that people read for an act."""

    action: str
    note: str = ""


WORDS: Mapping[HandAct, Words] = MappingProxyType(
    {
        HandAct.DRAFTED: Words("Draft Created"),
        HandAct.CLONED: Words("Draft Created", "Cloned from {number}"),
        HandAct.SAVED: Words("Draft Saved", "Changed: {words}"),
        HandAct.CHANGED: Words("Order Saved", "Changed: {words}"),
        HandAct.RENUMBERED: Words("Number Changed", "Before {before} - After {after}"),
        HandAct.APPROVED: Words("Approved"),
        HandAct.RELEASED: Words("Released to Vendor", "Vendor {vendor}"),
        HandAct.STEP_ASKED: Words("Workflow", "Step {step}: {words}"),
        HandAct.STEP_DONE: Words("Workflow", "Step {step}: {words}"),
        HandAct.STEP_FAILED: Words("Workflow Stopped", "Step {step}: {words}"),
        HandAct.CANCELLED: Words("Cancel", "{words}: {reason}"),
        HandAct.RECEIVED: Words("Goods Received", "Line {line}: {quantity}{marks}"),
        HandAct.WITHDRAWN: Words("Receipt Withdrawn", "Receipt {receipt}, line {line}: {quantity}: {reason}"),
    }
)


class HandEvent(Struct, frozen=True, kw_only=True, gc=False):
    """One append-only entry of the order's own history; its number is given when it is written."""

    act: HandAct
    at: datetime
    actor: str
    parts: Mapping[str, str] = MappingProxyType({})

    @property
    def action(self) -> str:
        """The word that people read."""
        return WORDS[self.act].action

    @property
    def note(self) -> str:
        """The sentence that people read."""
        return WORDS[self.act].note.format_map(self.parts)


class HandOrder(Struct, frozen=True, kw_only=True):
    """An order made by hand as loaded for a decision; `id` is 0 until it is stored, `order_id` is set from approval on."""

    org: str
    number: str
    form: OrderForm
    id: int = 0
    stage: Stage = Stage.DRAFT
    version: int = 0
    order_id: int | None = None
    cloned_from: str = ""


class GoodsReceipt(Struct, frozen=True, kw_only=True, gc=False):
    """Goods of one line that came in; information only, it moves no quantity of the order."""

    line: int
    quantity: int
    received_on: date
    at: datetime
    actor: str
    id: int = 0
    lot: str = ""
    serial: str = ""
    reference: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    reason: str = ""


class Decided(Struct, frozen=True, kw_only=True):
    """What a rule says of an act: the order after it, what it does to the order in the store, and what is told.

    Issues that are errors refuse it: then nothing changes.
    """

    order: HandOrder
    events: tuple[HandEvent, ...] = ()
    outcome: Outcome | None = None
    receipts: tuple[GoodsReceipt, ...] = ()
    issues: tuple[Issue, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether nothing may be written."""
        return any(issue.is_error for issue in self.issues)


def event(act: HandAct, *, origin: Origin, at: datetime, **parts: str) -> HandEvent:
    """The entry of an act, by whom the origin says."""
    return HandEvent(act=act, at=at, actor=origin.user, parts=parts)


def refuse(order: HandOrder, *issues: Issue) -> Decided:
    """Nothing changes; the person is told why."""
    return Decided(order=order, issues=issues)


def wrong_stage(order: HandOrder, act: str) -> Issue:
    """The stage does not allow it."""
    return Issue("MAN-04", f"{act} is not possible: order {order.number} is {_NOW[order.stage]}", field="stage", value=order.stage)


_NOW: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.DRAFT: "a draft",
        Stage.APPROVED: "approved",
        Stage.RELEASED: "released to its vendor",
        Stage.CANCELLED: "cancelled",
    }
)
