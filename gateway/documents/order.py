"""A purchase order as the retailer tells it and as a batch shows it to the vendor (sdf 2.2, 3.2, 6.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from msgspec import Struct

from gateway.documents.envelope import Envelope, Party
from gateway.documents.kinds import D5_2, D13_2, D13_4, T3, T3U, T10, T14, T30, T35, T40, T60, T120, T255, Code, Exact, OrderNumber
from gateway.kernel.money import ZERO, cents


class Customization(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Special handling of a line: label and value."""

    code: T10
    value: T255 | None = None


class OrderLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of an order (sdf 2.2.4); `to_ship` is the quantity of this batch, in extracts only."""

    derived: ClassVar[Mapping[str, Exact]] = {"extended": Exact(13, 2)}

    number: int
    item: T35
    quantity: int
    unit_cost: D13_4
    carrier: T10
    vendor_item: T35 | None = None
    variant: T35 | None = None
    gtin: T14 | None = None
    description: T120 | None = None
    vendor_description: T120 | None = None
    to_ship: int | None = None
    unit: T3 | None = None
    retail_price: D13_2 | None = None
    tax: D13_2 | None = None
    carrier_name: T40 | None = None
    due_on: date | None = None
    gift_wrap: bool | None = None
    messages: tuple[T255, ...] = ()
    customizations: tuple[Customization, ...] = ()
    lot: T30 | None = None
    serial: T30 | None = None
    extra: dict[str, str] = {}

    @property
    def extended(self) -> Decimal:
        """Quantity times unit cost, two places half-up."""
        return cents(self.quantity * self.unit_cost)


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A purchase order with all its lines."""

    derived: ClassVar[Mapping[str, Exact]] = {"total": Exact(13, 2), "tax_total": Exact(13, 2)}

    number: OrderNumber
    entered_on: date
    sales_order: T30
    brand: T10
    system: T10
    location: T10
    vendor: T10
    ship_to: Party
    lines: tuple[OrderLine, ...]
    buyer: T10 | None = None
    vendor_name: T40 | None = None
    brand_name: T40 | None = None
    location_name: T40 | None = None
    vendor_email: T255 | None = None
    shipping_instructions: T255 | None = None
    currency: T3U | None = None
    buyer_name: T30 | None = None
    tender: T30 | None = None
    gift: bool | None = None
    ship_complete: bool | None = None
    discount_percent: D5_2 | None = None
    discount: D13_2 | None = None
    paid: D13_2 | None = None
    freight: D13_2 | None = None
    additional_freight: D13_2 | None = None
    freight_tax: D13_2 | None = None
    sold_to: Party | None = None
    messages: tuple[T255, ...] = ()
    gift_messages: tuple[T255, ...] = ()
    carrier: T10 | None = None
    due_on: date | None = None
    warehouse: T60 | None = None
    reference: T60 | None = None
    source: T60 | None = None
    cancel_after: date | None = None
    requested_ship_on: date | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}

    @property
    def total(self) -> Decimal:
        """Sum of quantity times unit cost over all lines; no freight, no tax (sdf 2.2.4)."""
        return cents(sum((line.quantity * line.unit_cost for line in self.lines), ZERO))

    @property
    def tax_total(self) -> Decimal:
        """Sum of the line taxes."""
        return cents(sum((line.tax or ZERO for line in self.lines), ZERO))


class OrderRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A vendor asks for a batch (getDSOrders, sdf 3.1)."""

    vendor: T10
    vendor_system: T10
    criteria: Annotated[str, Code(("all", "item", "order", "batch"))]
    value: T35 | None = None
    batch_size: int | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}
