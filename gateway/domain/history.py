"""The history of an order: event codes H1 to H27, their action words and exact note texts (sdf 5.6).

Entries keep structured parts; the text is rendered. Rules and tests name the code, never the word: words and templates are
changed in the one table here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.domain.order import Line, LineStatus
from gateway.domain.origin import Origin, Source
from gateway.kernel.money import ZERO, cents, plain

ADMIN = "Admin"
"""Who stands in the history for what the retailer's system does."""

SYSTEM = "SYSTEM"
"""Who stands in the history for anonymization."""


class Event(StrEnum):
    """What happened, by the numbers of sdf 5.6."""

    CREATED = "H1"
    PRINTED = "H2"
    SENT = "H3"
    ACKNOWLEDGED = "H4"
    SHIPPED = "H5"
    SHIP_CONFIRMED = "H6"
    CANCELLED = "H7"
    CANCEL_REQUESTED = "H8"
    CANCEL_ACCEPTED = "H9"
    CANCEL_DECLINED = "H10"
    CANCEL_AUTO_REJECTED = "H11"
    ADDRESS_APPLIED = "H12"
    ADDRESS_REQUESTED = "H13"
    ADDRESS_DECLINED = "H14"
    ADDRESS_ACCEPTED = "H15"
    ADDRESS_AUTO_REJECTED = "H16"
    COST_CHANGED = "H17"
    PII_ANONYMIZED = "H18"
    HELD = "H19"
    RELEASED = "H20"
    DUE_DATE_REVISED = "H21"
    REASON_ENTERED = "H22"
    REASON_DELETED = "H23"
    REPRINTED = "H24"
    VOIDED = "H25"
    UNPRINTED = "H26"
    ANONYMIZED = "H27"


class Words(Struct, frozen=True):
    """The action word of an event, and the template of its note."""

    action: str
    note: str = ""


_BATCH = "Batch ID ({batch})"
_SHIPMENT = "Ship Date: {shipped_on}, Carrier: {carrier}, Tracking #: {tracking}, Weight: {weight}, Rate: {currency} {freight}"

WORDS: Mapping[Event, Words] = MappingProxyType(
    {
        Event.CREATED: Words("PO Created"),
        Event.PRINTED: Words("Printed", _BATCH),
        Event.SENT: Words("Printed", _BATCH),
        Event.ACKNOWLEDGED: Words("Acknowledged", _BATCH),
        Event.SHIPPED: Words("Shipped", _SHIPMENT),
        Event.SHIP_CONFIRMED: Words("Shipped", _SHIPMENT),
        Event.CANCELLED: Words("Cancel", "Automatically Cancelled"),
        Event.CANCEL_REQUESTED: Words("Cancel", "Cancel Requested"),
        Event.CANCEL_ACCEPTED: Words("Cancel", "Cancellation Approved"),
        Event.CANCEL_DECLINED: Words("Cancel", "Cancellation Rejected"),
        Event.CANCEL_AUTO_REJECTED: Words("Cancel Auto Rejected", "Cancel Request Auto Rejected"),
        Event.ADDRESS_APPLIED: Words("Address Change", "Address Change Automatically Applied"),
        Event.ADDRESS_REQUESTED: Words("Address Change", "Address Change Requested"),
        Event.ADDRESS_DECLINED: Words("Address Change", "Address Change Rejected"),
        Event.ADDRESS_ACCEPTED: Words("Address Change", "Address Change Approved"),
        Event.ADDRESS_AUTO_REJECTED: Words("Address Change", "Address Change Auto Rejected"),
        Event.COST_CHANGED: Words("Cost Change", "Before {currency} {before} - After {currency} {after}"),
        Event.PII_ANONYMIZED: Words("Data Removal", "PII Data Anonymized"),
        Event.HELD: Words("Maintenance", "Held:{reason}"),
        Event.RELEASED: Words("Maintenance", "Released"),
        Event.DUE_DATE_REVISED: Words("Maintenance", "Maintenance{reason} Revised Due Date: {due_on}"),
        Event.REASON_ENTERED: Words("Maintenance", "Maintenance{reason}"),
        Event.REASON_DELETED: Words("Maintenance", "Maintenance"),
        Event.REPRINTED: Words("Pack Slip Reprinted", _BATCH),
        Event.VOIDED: Words("Pack Slip Voided", _BATCH),
        Event.UNPRINTED: Words("Unprinted"),
        Event.ANONYMIZED: Words("Data Removal", "Private Data Anonymized"),
    }
)

SYMBOLS: Mapping[str, str] = MappingProxyType(
    {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "CHF": "CHF"}
)
"""The symbol shown before an amount; a currency without one is shown by its code."""


UNTOLD_REASON = frozenset({Event.RELEASED, Event.REPRINTED, Event.VOIDED})
"""Events whose note has no room for the reason that was given."""


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


NO_PARTS = Parts()


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
    parts: Parts = NO_PARTS
    message_id: int | None = None
    place: int | None = None


def entry_of(
    event: Event, line: Line, quantity: int, *, order_id: int, origin: Origin, at: datetime, parts: Parts = NO_PARTS
) -> HistoryEntry:
    """The entry for a line as it stands after the event, by whom and in the way the origin says."""
    return HistoryEntry(
        order_id=order_id,
        event=event,
        at=at,
        actor=origin.user,
        source=origin.source,
        line_no=line.number,
        quantity=quantity,
        status_after=line.status,
        parts=parts,
        message_id=origin.message_id,
        place=origin.place,
    )


class NoteStyle(Struct, frozen=True, kw_only=True):
    """How dates and amounts stand in a note; the American forms unless a user's locale says otherwise."""

    day: str = "%m/%d/%Y"
    point: str = "."
    symbols: Mapping[str, str] = SYMBOLS

    def amount(self, amount: Decimal | None) -> str:
        """Two places, without marks between thousands."""
        return f"{cents(amount or ZERO):f}".replace(".", self.point)

    def cost(self, amount: Decimal | None) -> str:
        """The cost of a unit, which may have more places: two, or as many as it needs."""
        return f"{plain(amount or ZERO):f}".replace(".", self.point)

    def symbol(self, currency: str) -> str:
        """What stands before an amount."""
        return self.symbols.get(currency, currency)


AMERICAN = NoteStyle()


def action(event: Event) -> str:
    """The word in the column *Action Type*."""
    return WORDS[event].action


def note(entry: HistoryEntry, style: NoteStyle = AMERICAN) -> str:
    """The text in the column *Transaction Notes*."""
    return note_of(entry.event, entry.parts, style)


def note_of(event: Event, parts: Parts, style: NoteStyle = AMERICAN) -> str:
    """The same, before or without an entry."""
    template = WORDS[event].note
    return template.format_map(_shown(parts, style)) if "{" in template else template


def _shown(parts: Parts, style: NoteStyle) -> dict[str, str]:
    currency = parts.currency or ""
    return {
        "batch": "" if parts.batch is None else str(parts.batch),
        "shipped_on": parts.shipped_on.strftime(style.day) if parts.shipped_on else "",
        "carrier": parts.carrier or "",
        "tracking": parts.tracking or "",
        "weight": style.amount(parts.weight),
        "freight": style.amount(parts.freight),
        "before": style.cost(parts.before),
        "after": style.cost(parts.after),
        "currency": style.symbol(currency),
        "reason": f" {parts.reason}" if parts.reason else "",
        "due_on": parts.due_on.strftime(style.day) if parts.due_on else "",
    }
