"""A purchase order as a person writes it down: a form that is filled in parts, so nothing in it must be there (sdf 10.7)."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from gateway.documents.envelope import Party
from gateway.documents.kinds import D13_4, T3, T3U, T10, T14, T30, T35, T40, T60, T120, T255, OrderNumber

PURCHASE_ORDER = "purchase_order"
"""Under this name a stored order keeps the form's own purchase order number."""


class FormLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of a form: at most one lot and one serial number, and with a serial number a quantity of one."""

    number: int | None = None
    item: T35 | None = None
    variant: T35 | None = None
    lot: T30 | None = None
    serial: T30 | None = None
    quantity: int | None = None
    unit_cost: D13_4 | None = None
    carrier: T10 | None = None
    due_on: date | None = None
    vendor_item: T35 | None = None
    gtin: T14 | None = None
    description: T120 | None = None
    unit: T3 | None = None


class FormReference(Struct, frozen=True, kw_only=True, gc=False):
    """Something to find the order by: what it is, such as `container`, and its number."""

    name: T40
    value: T255


class OrderForm(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The form: header, lines and references. The warehouse is a location; the source is free text, or the code of a system."""

    number: OrderNumber | None = None
    entered_on: date | None = None
    vendor: T10 | None = None
    warehouse: T10 | None = None
    brand: T10 | None = None
    system: T10 | None = None
    source: T60 | None = None
    reference: T60 | None = None
    purchase_order: T30 | None = None
    sales_order: T30 | None = None
    requested_ship_on: date | None = None
    cancel_after: date | None = None
    carrier: T10 | None = None
    currency: T3U | None = None
    buyer: T10 | None = None
    shipping_instructions: T255 | None = None
    ship_to: Party | None = None
    sold_to: Party | None = None
    messages: tuple[T255, ...] = ()
    lines: tuple[FormLine, ...] = ()
    references: tuple[FormReference, ...] = ()
