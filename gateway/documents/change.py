"""Changes: what the retailer asks, what the vendor answers or updates, and what flows back (sdf 4.1 to 4.3, 5.3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Struct

from gateway.documents.envelope import Envelope, Party
from gateway.documents.kinds import D9_2, D9_4, D13_4, T3, T10, T14, T20, T30, T35, T50, T255, Code, OrderNumber

CHANGE_TYPES = (
    "PULLED",
    "SHIPPED",
    "CANCEL_ACCEPTED",
    "CANCEL_REJECTED",
    "ADDRESS_ACCEPTED",
    "ADDRESS_REJECTED",
    "DUE_DATE",
    "HELD",
    "RELEASED",
    "NOTE",
    "VOIDED",
)


class ChangeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One entry of SetDSCancel, SetDSAddressChange or SetDSCostChange (sdf 4.2; 860, ORDCHG).

    A vendor is told what stands behind `request_id` besides. `new_quantity`, what stays of the line, is read where `quantity` is not told.
    `line` tells the quantity and the unit cost that are to be, `delete` a line that goes whole, `none` one that stays as it is.
    """

    kind: Annotated[str, Code(("cancel", "address", "cost", "line", "delete", "none"))]
    order_number: OrderNumber
    line: int | None = None
    quantity: int | None = None
    unit_cost: D13_4 | None = None
    ship_to: Party | None = None
    reason: T255 | None = None
    request_id: T35 | None = None
    new_quantity: int | None = None
    old_quantity: int | None = None
    item: T35 | None = None
    vendor_item: T35 | None = None
    gtin: T14 | None = None
    unit: T3 | None = None
    vendor: T10 | None = None
    entered_on: date | None = None
    asked_on: date | None = None
    waits: bool | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}


class ChangeAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The vendor accepts or declines a pending request (sdf 4.1)."""

    order_number: OrderNumber
    kind: Annotated[str, Code(("cancel", "address"))]
    accepted: bool
    line: int | None = None
    request_id: T35 | None = None
    reason: T255 | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}


class LineUpdate(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The vendor holds, releases, re-dates or annotates a line (sdf 5.3, E18 to E21)."""

    order_number: OrderNumber
    action: Annotated[str, Code(("hold", "release", "due_date", "note"))]
    line: int | None = None
    item: T35 | None = None
    due_on: date | None = None
    reason: T255 | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}


class VendorAction(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One row of what a partner does: one form for every answer, note and wish (sdf 4.8). Which columns count, the action says."""

    action: T30
    request_id: T35 | None = None
    order_number: OrderNumber | None = None
    line: int | None = None
    batch: int | None = None
    invoice: T30 | None = None
    quantity: int | None = None
    on: date | None = None
    reason: T255 | None = None
    vendor: T10 | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}


class ChangesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The originating system asks for its changes after a number again (GetDSChanges, sdf 4.3)."""

    after: int
    most: int | None = None
    request_id: T35 | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}


class StatusChange(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One entry of the change feed to the originating system (sdf 4.3)."""

    sequence: int
    type: Annotated[str, Code(CHANGE_TYPES)]
    order_number: T30
    line: int
    vendor: T10
    changed_at: datetime
    carrier: T10 | None = None
    user: T50 | None = None
    batch: int | None = None
    quantity: int | None = None
    tracking: tuple[T50, ...] = ()
    weight: D9_4 | None = None
    freight: D9_2 | None = None
    shipped_on: date | None = None
    old_on: date | None = None
    new_on: date | None = None
    line_status: T20 | None = None
    request_id: T35 | None = None
    automatic: bool | None = None
    reason: T255 | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}
