"""What a vendor says about a batch or an order before anything ships (sdf 3.3, 3.7; 855, 865, ORDRSP)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Struct

from gateway.documents.envelope import Envelope
from gateway.documents.kinds import D13_4, T10, T14, T30, T35, T60, T255, Code, OrderNumber


class BatchAcknowledgement(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The vendor has a batch (setDSAcknowledge)."""

    vendor: T10
    batch: int
    vendor_system: T10 | None = None
    acknowledged_at: datetime | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the vendor answers for a part of a line; `part`: so many are accepted, the rest is backordered; `none`: nothing."""

    status: Annotated[str, Code(("accepted", "changed", "backordered", "part", "held", "rejected", "none"))]
    change: Annotated[str, Code(("any", "price", "quantity", "substitution", "date"))] | None = None
    quantity: int | None = None
    on: date | None = None
    reason: T60 | None = None


class AnswerLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The answers for one line; their quantities add up."""

    number: int | None = None
    item: T35 | None = None
    vendor_item: T35 | None = None
    gtin: T14 | None = None
    quantity: int | None = None
    unit_cost: D13_4 | None = None
    answers: tuple[Answer, ...] = ()
    extra: dict[str, str] = {}


class OrderAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The vendor's answer to one order, or to changes of it (`about: change`); status `lines` means: read the lines.

    With `entered_on`, the day of the order, and `reasons` the gateway answers changes of a retailer itself (865); nobody reads them.
    """

    order_number: OrderNumber
    about: Annotated[str, Code(("order", "change"))] | None = None
    request_id: T35 | None = None
    vendor_order: T30 | None = None
    answered_on: date | None = None
    status: Annotated[str, Code(("accepted", "changed", "backordered", "held", "rejected", "lines"))] | None = None
    lines: tuple[AnswerLine, ...] = ()
    entered_on: date | None = None
    reasons: tuple[T255, ...] = ()
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}
