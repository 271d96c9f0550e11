"""The history of an order: event codes H1 to H27, their action words and exact note texts (sdf 5.6).

Entries keep structured parts; the text is rendered. Rules and tests name the code, never the word.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from gateway.domain.order import LineStatus
from gateway.domain.origin import Source


class Event(StrEnum):
    """What happened, by the numbers of sdf 5.6."""

    CREATED = "H1"
    PRINTED = "H2"
    SENT = "H3"
    ACKNOWLEDGED = "H4"
    SHIPPED = "H5"
    SHIP_CONFIRMED = "H6"
    RELEASED = "H20"
    UNPRINTED = "H26"


class Parts(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a note is rendered from; stored as JSON beside the entry."""

    batch: int | None = None
    shipped_on: date | None = None
    carrier: str | None = None
    tracking: str | None = None
    weight: Decimal | None = None
    freight: Decimal | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    currency: str | None = None
    reason: str | None = None
    due_on: date | None = None


class HistoryEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One append-only entry. The sequence number in its order is given when it is written."""

    order_id: int
    event: Event
    at: datetime
    actor: str
    source: Source
    line_no: int | None = None
    quantity: int | None = None
    status_after: LineStatus | None = None
    parts: Parts = Parts()
    message_id: int | None = None
    place: int | None = None
