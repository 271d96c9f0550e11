"""Invoices: taking them in, the balance test, and every step of their life (sdf 4.4 to 4.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from gateway.documents import Invoice
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import InvoiceDocument, Outcome, ShipmentRecord
from gateway.domain.reference import Reference, Vendor


def upload(
    document: Invoice,
    *,
    orders: Mapping[str, PurchaseOrder],
    shipments: Mapping[int, Sequence[ShipmentRecord]],
    existing: InvoiceDocument | None,
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Take a vendor's invoice: Approved when every line is in balance, else Held.

    `orders` by number and `shipments` by order id hold what the document names; `existing` is the vendor's invoice of that number.
    """
    raise NotImplementedError


class LineEdit(Struct, frozen=True, kw_only=True, gc=False):
    """New values for one line of an invoice; None leaves a value as it is."""

    line_no: int
    unit_cost: Decimal | None = None
    freight: Decimal | None = None
    handling: Decimal | None = None
    other: Decimal | None = None
    other_description: str | None = None


class InvoiceEdit(Struct, frozen=True, kw_only=True, gc=False):
    """What may be changed while an invoice is New or Rejected; `drop` names lines to delete."""

    date: date | None = None
    description: str | None = None
    other_description: str | None = None
    freight: Decimal | None = None
    handling: Decimal | None = None
    other: Decimal | None = None
    discount_percent: Decimal | None = None
    discount_days: int | None = None
    gross_days: int | None = None
    lines: tuple[LineEdit, ...] = ()
    drop: tuple[int, ...] = ()


def submit(invoice: InvoiceDocument, *, vendor: Vendor, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """A New or Rejected invoice is handed in: Approved or Held, against the unit costs of this moment. `orders` by id."""
    raise NotImplementedError


def edit(invoice: InvoiceDocument, changes: InvoiceEdit, *, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """Change a New or Rejected invoice; its state stays."""
    raise NotImplementedError


def approve(invoice: InvoiceDocument, *, reason: str, origin: Origin, at: datetime) -> Outcome:
    """The retailer approves a Held invoice; the reason is mandatory."""
    raise NotImplementedError


def reject(invoice: InvoiceDocument, *, reason: str, origin: Origin, at: datetime) -> Outcome:
    """The retailer rejects a Held invoice; the reason is mandatory."""
    raise NotImplementedError


def delete(invoice: InvoiceDocument, *, orders: Mapping[int, PurchaseOrder], origin: Origin, at: datetime) -> Outcome:
    """A New or Rejected invoice goes; its number and its shipments are free again."""
    raise NotImplementedError


def post(invoice: InvoiceDocument, *, origin: Origin, at: datetime) -> Outcome:
    """The posting that holds this Approved invoice has been sent: Posted. Also for one that was due again."""
    raise NotImplementedError


def repost(invoice: InvoiceDocument, *, origin: Origin, at: datetime) -> Outcome:
    """An administrator clears the posted date: the invoice stays Posted and goes out again with the next run."""
    raise NotImplementedError


def is_due(invoice: InvoiceDocument) -> bool:
    """Whether the next posting run must hold this invoice."""
    raise NotImplementedError


def total_of(invoice: InvoiceDocument) -> Decimal:
    """Sum of quantity times unit cost, plus the charges of lines and header, two places."""
    raise NotImplementedError


def posting(invoice: InvoiceDocument, *, at: datetime) -> Invoice:
    """The invoice as it is posted to the originating system."""
    raise NotImplementedError
