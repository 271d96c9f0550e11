"""What a vendor says has left its house (sdf 3.4, 3.6, 6.5); one order each."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Struct

from gateway.documents.envelope import Envelope
from gateway.documents.kinds import D9_2, D9_4, T3, T10, T14, T20, T22, T30, T35, T50, Code, OrderNumber


class ShipmentLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A shipped quantity of one line; its own values win over those of the shipment."""

    quantity: int
    number: int | None = None
    item: T35 | None = None
    vendor_item: T35 | None = None
    gtin: T14 | None = None
    unit: T3 | None = None
    carrier: T10 | None = None
    tracking: tuple[T50, ...] = ()
    package: T20 | None = None
    shipped_on: date | None = None
    weight: D9_4 | None = None
    freight: D9_2 | None = None
    lot: T30 | None = None
    serials: tuple[T30, ...] = ()
    extra: dict[str, str] = {}


class Shipment(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A full or partial shipment of one order."""

    order_number: OrderNumber
    lines: tuple[ShipmentLine, ...]
    vendor: T10 | None = None
    vendor_system: T10 | None = None
    carrier: T10 | None = None
    reference: T35 | None = None
    bill_of_lading: T35 | None = None
    purpose: Annotated[str, Code(("original", "cancel", "replace"))] | None = None
    batch: int | None = None
    tracking: tuple[T50, ...] = ()
    shipped_on: date | None = None
    delivery_on: date | None = None
    weight: D9_4 | None = None
    freight: D9_2 | None = None
    invoice_number: T22 | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}
