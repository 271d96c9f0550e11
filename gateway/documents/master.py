"""Master data that partners send: vendors (sdf 8.1) and stock (846)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Struct

from gateway.documents.envelope import Envelope, Party
from gateway.documents.kinds import D13_4, T3, T10, T14, T20, T35, T40, T255, Code


class Vendor(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A vendor as CreateDSVendor tells it."""

    code: T10
    name: T40
    contact: T40 | None = None
    email: T255 | None = None
    address: Party | None = None
    active: bool | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}


class InventoryItem(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a vendor has of one item."""

    available: int
    item: T35 | None = None
    vendor_item: T35 | None = None
    gtin: T14 | None = None
    on_hand: int | None = None
    next_quantity: int | None = None
    next_on: date | None = None
    warehouse: T20 | None = None
    status: Annotated[str, Code(("in_stock", "out_of_stock", "discontinued"))] | None = None
    unit: T3 | None = None
    unit_cost: D13_4 | None = None
    extra: dict[str, str] = {}


class Inventory(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A vendor's stock advice."""

    items: tuple[InventoryItem, ...]
    vendor: T10 | None = None
    reference: T35 | None = None
    as_of: datetime | None = None
    full: bool | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}
