"""A vendor's bill, and the same as it is posted to the originating system (sdf 4.4 to 4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from msgspec import Struct

from gateway.documents.envelope import Envelope
from gateway.documents.kinds import D5_2, D7_4, D13_2, D13_4, T3, T3U, T10, T14, T22, T35, T80, Code, Exact, OrderNumber
from gateway.kernel.money import ZERO, cents


class Charge(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A charge or, with `allowance`, a deduction."""

    kind: Annotated[str, Code(("freight", "handling", "tax", "discount", "other"))]
    allowance: bool | None = None
    amount: D13_2 | None = None
    percent: D7_4 | None = None
    code: T10 | None = None
    description: T80 | None = None


class InvoiceLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One billed shipment of one order line."""

    derived: ClassVar[Mapping[str, Exact]] = {"extended": Exact(13, 2)}

    quantity: int
    unit_cost: D13_4
    order_number: OrderNumber | None = None
    number: int | None = None
    item: T35 | None = None
    vendor_item: T35 | None = None
    shipment: T35 | None = None
    gtin: T14 | None = None
    shipped_on: date | None = None
    unit: T3 | None = None
    po_unit_cost: D13_4 | None = None
    freight: D13_2 | None = None
    handling: D13_2 | None = None
    other: D13_2 | None = None
    tax: D13_2 | None = None
    other_description: T80 | None = None
    charges: tuple[Charge, ...] = ()
    extra: dict[str, str] = {}

    @property
    def extended(self) -> Decimal:
        """Quantity times unit cost, two places half-up."""
        return cents(self.quantity * self.unit_cost)


class Invoice(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A bill over shipments, possibly of several orders; `posted_at` and `resend` in postings only."""

    derived: ClassVar[Mapping[str, Exact]] = {"lines_total": Exact(13, 2)}

    number: T22
    type: Annotated[str, Code(("DR",))]
    date: date
    lines: tuple[InvoiceLine, ...]
    vendor: T10 | None = None
    order_number: OrderNumber | None = None
    currency: T3U | None = None
    description: T80 | None = None
    other_description: T80 | None = None
    freight: D13_2 | None = None
    handling: D13_2 | None = None
    other: D13_2 | None = None
    charges: tuple[Charge, ...] = ()
    discount_percent: D5_2 | None = None
    discount_days: int | None = None
    gross_days: int | None = None
    tax: D13_2 | None = None
    total: D13_2 | None = None
    posted_at: datetime | None = None
    resend: bool | None = None
    envelope: Envelope = Envelope()
    extra: dict[str, str] = {}

    @property
    def lines_total(self) -> Decimal:
        """Sum of the extended lines."""
        return cents(sum((line.extended for line in self.lines), ZERO))
