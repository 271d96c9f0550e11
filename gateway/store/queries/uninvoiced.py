"""Shipments that nobody has billed and that may be billed, from which invoices are made (sdf 4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, literal_column, or_, select

from gateway.domain.order import LineStatus, Stage
from gateway.kernel.money import cents, shortest
from gateway.store.dialects import begins
from gateway.store.queries.counting import count
from gateway.store.tables import invoice_line, order_key, order_line, purchase_order, shipment, vendor
from gateway.store.tables.orders import UNBILLED_LINE

UNBILLED: ColumnElement[bool] = literal_column(UNBILLED_LINE)


class UninvoicedRow(Struct, frozen=True, kw_only=True, gc=False):
    """One shipped quantity of one line, at the unit cost of its order."""

    id: int
    vendor: str
    order_number: str
    sales_order: str
    order_line: int
    item: str
    shipped_on: date
    quantity: int
    unit_cost: Decimal
    amount: Decimal
    currency: str
    system: str
    carrier: str
    tracking: tuple[str, ...]
    invoice_number: str
    """The number under which the vendor confirmed it, if it told one."""


class UninvoicedSearch(Struct, frozen=True, kw_only=True):
    """What people look for; `partial` are the vendors whose lines may be billed while a part is still to be shipped."""

    vendor: str | None = None
    order_number: str | None = None
    item: str | None = None
    told_number: str | None = None
    shipped_from: date | None = None
    shipped_to: date | None = None
    partial: tuple[str, ...] = ()


def list_uninvoiced(connection: Connection, search: UninvoicedSearch, *, most: int) -> list[UninvoicedRow]:
    """The oldest first, as they are to be billed."""
    columns = (
        *(shipment.c.id, shipment.c.vendor, order_key.c.po_no, purchase_order.c.sales_order, shipment.c.line_no, order_line.c.item),
        *(shipment.c.shipped_on, shipment.c.quantity, order_line.c.unit_cost, purchase_order.c.currency, purchase_order.c.system),
        *(shipment.c.carrier, shipment.c.tracking, shipment.c.invoice_number),
    )
    rows = connection.execute(_chosen(search, *columns).order_by(shipment.c.shipped_on, shipment.c.id).limit(most))
    return [
        UninvoicedRow(
            id=row.id,
            vendor=row.vendor,
            order_number=row.po_no,
            sales_order=row.sales_order,
            order_line=row.line_no,
            item=row.item,
            shipped_on=row.shipped_on,
            quantity=row.quantity,
            unit_cost=shortest(row.unit_cost),
            amount=cents(row.quantity * row.unit_cost),
            currency=row.currency,
            system=row.system,
            carrier=row.carrier,
            tracking=tuple(row.tracking),
            invoice_number=row.invoice_number,
        )
        for row in rows
    ]


def count_uninvoiced(connection: Connection, search: UninvoicedSearch) -> int:
    """How many there are."""
    return count(connection, _chosen(search, shipment.c.id))


def vendors_made(connection: Connection) -> list[str]:
    """The vendors that the store knows besides those that are declared."""
    return list(connection.execute(select(vendor.c.code).order_by(vendor.c.code)).scalars())


def _chosen(search: UninvoicedSearch, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    billed = select(invoice_line.c.shipment_id).where(invoice_line.c.shipment_id == shipment.c.id).exists()
    of_line = and_(order_line.c.order_id == shipment.c.order_id, order_line.c.line_no == shipment.c.line_no)
    billable: ColumnElement[bool] = order_line.c.status == LineStatus.SHIPPED.value
    if search.partial:
        billable = or_(billable, shipment.c.vendor.in_(search.partial))
    return (
        select(*columns)
        .select_from(order_line)
        .join(shipment, of_line)
        .join(purchase_order, purchase_order.c.id == shipment.c.order_id)
        .join(order_key, order_key.c.id == shipment.c.order_id)
        .where(UNBILLED, ~billed, billable, purchase_order.c.stage == Stage.RELEASED.value, *_conditions(search))
    )


def _conditions(search: UninvoicedSearch) -> Iterator[ColumnElement[bool]]:
    if search.vendor is not None:
        yield order_line.c.vendor == search.vendor
    if search.order_number is not None:
        yield begins(order_key.c.po_no, search.order_number)
    if search.item is not None:
        yield begins(order_line.c.item, search.item)
    if search.told_number is not None:
        yield shipment.c.invoice_number.istartswith(search.told_number, autoescape=True)
    if search.shipped_from is not None:
        yield shipment.c.shipped_on >= search.shipped_from
    if search.shipped_to is not None:
        yield shipment.c.shipped_on <= search.shipped_to
