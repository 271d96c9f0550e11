"""The lines of orders with how far they have come: what the PO item status report is made of (sdf 9.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, select

from gateway.domain.order import LineStatus
from gateway.store.queries.counting import count
from gateway.store.queries.orders import OPEN
from gateway.store.tables import order_key, order_line, purchase_order, shipment


class ItemStatusSearch(Struct, frozen=True, kw_only=True):
    """Which lines; what is None does not matter. Days are those on which the orders were entered, both included."""

    entered_from: date | None = None
    entered_to: date | None = None
    org: str | None = None
    vendor: str | None = None
    brand: str | None = None
    system: str | None = None
    statuses: tuple[LineStatus, ...] = tuple(LineStatus)


class ItemStatus(Struct, frozen=True, gc=False):
    """One line of one order."""

    organization: str
    order_number: str
    sales_order: str
    entered_on: date
    vendor: str
    brand: str
    location: str
    line: int
    item: str
    vendor_item: str
    description: str
    status: str
    ordered: int
    printed: int
    shipped: int
    cancelled: int
    invoiced: int
    unit_cost: Decimal
    currency: str
    due_on: date | None
    carrier: str
    batch: int | None
    last_shipped_on: date | None


def item_status(connection: Connection, search: ItemStatusSearch, *, most: int | None = None) -> Iterator[ItemStatus]:
    """The lines, by the day their order was entered, then by when it came, then by line; no more than `most`."""
    head, line = purchase_order.c, order_line.c
    last = select(func.max(shipment.c.shipped_on, type_=shipment.c.shipped_on.type)).where(
        shipment.c.order_id == line.order_id, shipment.c.line_no == line.line_no
    )
    chosen = (
        select(
            *(order_key.c.org, order_key.c.po_no, head.sales_order, head.entered_on, line.vendor, head.brand, head.location),
            *(line.line_no, line.item, func.coalesce(line.vendor_item, ""), func.coalesce(line.description, ""), line.status),
            *(line.ordered, line.printed, line.shipped, line.cancelled, line.invoiced, line.unit_cost, head.currency),
            *(line.due_on, line.carrier, line.batch_number, last.scalar_subquery()),
        )
        .join(purchase_order, head.id == line.order_id)
        .join(order_key, order_key.c.id == line.order_id)
        .where(*_conditions(search))
        .order_by(head.entered_on, head.id, line.line_no)
    )
    for row in connection.execute(chosen.limit(most)):
        yield ItemStatus(*tuple(row))


def count_item_status(connection: Connection, search: ItemStatusSearch, *, most: int) -> int:
    """How many lines there are, counted to `most` and one more."""
    chosen = select(order_line.c.line_no).join(purchase_order, purchase_order.c.id == order_line.c.order_id)
    return count(connection, chosen.join(order_key, order_key.c.id == order_line.c.order_id).where(*_conditions(search)), most=most)


def _conditions(search: ItemStatusSearch) -> Iterator[ColumnElement[bool]]:
    yield order_line.c.status.in_([status.value for status in search.statuses])
    if all(status.is_open for status in search.statuses):
        yield order_line.c.order_id.in_(select(order_line.c.order_id).where(OPEN))
    exact = ((search.org, order_key.c.org), (search.vendor, order_line.c.vendor), (search.brand, purchase_order.c.brand))
    if search.system is not None:
        yield purchase_order.c.system == search.system
    for value, column in exact:
        if value is not None:
            yield column == value
    if search.entered_from is not None:
        yield purchase_order.c.entered_on >= search.entered_from
    if search.entered_to is not None:
        yield purchase_order.c.entered_on <= search.entered_to
