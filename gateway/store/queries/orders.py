"""Purchase orders: a list by what people search for, and one order with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, json
from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, literal_column, or_, select

from gateway.documents import Order
from gateway.domain.history import Event, HistoryEntry, Parts
from gateway.domain.order import LineStatus, OrderStatus, PurchaseOrder
from gateway.domain.origin import Source
from gateway.kernel.typed import convert
from gateway.store import loads, order_rows
from gateway.store.dialects import among, among_either, among_known, asked, begins
from gateway.store.queries.counting import find
from gateway.store.tables import (
    batch_line,
    change,
    change_request,
    invoice,
    invoice_line,
    order_history,
    order_key,
    order_line,
    order_party,
    purchase_order,
    receipt,
    shipment,
    shipment_tracking,
    tracking_number,
)
from gateway.store.tables.orders import CANCELLED_LINE, OPEN_LINE

OPEN_STATES = [state.value for state in LineStatus if state.is_open]
OPEN: ColumnElement[bool] = literal_column(f"order_line.{OPEN_LINE}")
CANCELLED: ColumnElement[bool] = literal_column(f"order_line.{CANCELLED_LINE}")


class OrderRow(Struct, frozen=True, kw_only=True, gc=False):
    """One order in a list."""

    id: int
    number: str
    vendor: str
    system: str
    location: str
    brand: str
    sales_order: str
    entered_on: date
    status: OrderStatus | None
    lines: int
    next_due_on: date | None
    total: Decimal
    currency: str
    version: int
    """Rises with every change of the order."""


class OrderSearch(Struct, frozen=True, kw_only=True):
    """What people look for (sdf 9.1); what is None does not matter. Numbers, items and names are found by their beginning."""

    org: str | None = None
    vendor: str | None = None
    system: str | None = None
    brand: str | None = None
    location: str | None = None
    number: str | None = None
    sales_order: str | None = None
    item: str | None = None
    ship_to: str | None = None
    """Last name or company of who receives or who has ordered."""
    status: OrderStatus | None = None
    line_status: LineStatus | None = None
    carrier: str | None = None
    batch: int | None = None
    tracking: str | None = None
    """Any tracking number of a shipment."""
    entered_from: date | None = None
    entered_to: date | None = None
    due_from: date | None = None
    """Open lines that are due from this day on."""
    due_to: date | None = None
    pending: bool | None = None
    """Whether a change request waits for an answer."""


EVERY_ORDER = OrderSearch()


class HistoryRow(Struct, frozen=True, gc=False):
    """One entry of an order's history with its number."""

    seq: int
    entry: HistoryEntry


class ShipmentRow(Struct, frozen=True, kw_only=True, gc=False):
    """One shipped quantity of a line, and the invoice that bills it."""

    id: int
    line_no: int
    quantity: int
    carrier: str
    tracking: tuple[str, ...]
    weight: Decimal
    freight: Decimal
    shipped_on: date
    batch: int | None
    at: datetime
    message_id: int | None
    invoice: str | None


class ChangeRow(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the change feed about an order; numbered once it is exported."""

    seq: int | None
    line_no: int | None
    type: str
    at: datetime
    body: dict[str, Any]


class OrderView(Struct, frozen=True, kw_only=True):
    """One order as `order show` tells it: state, the document as it is now, history, shipments, batches, invoices and source files."""

    order: PurchaseOrder
    document: Order
    history: tuple[HistoryRow, ...]
    shipments: tuple[ShipmentRow, ...]
    batches: tuple[int, ...]
    invoices: tuple[str, ...]
    messages: tuple[int, ...]
    changes: tuple[ChangeRow, ...]


def list_orders(connection: Connection, search: OrderSearch = EVERY_ORDER, *, before: int | None = None, most: int = 50) -> list[OrderRow]:
    """Orders, newest first; `before` is the id where the last page ended."""
    return page_of_orders(connection, search, before=before, most=most, upto=0)[0]


def page_of_orders(connection: Connection, search: OrderSearch, *, before: int | None, most: int, upto: int) -> tuple[list[OrderRow], int]:
    """The same with how many there are from `before` on, counted to `upto` and one more."""
    page = find(connection, chosen_orders(connection, search, before), most=most, upto=upto)
    found = loads.orders(connection, page.ids)
    return [_row(found[order_id]) for order_id in page.ids], page.count


def find_order(connection: Connection, number: str, *, org: str | None = None) -> int | None:
    """The id of the order with this number."""
    chosen = (
        select(order_key.c.id)
        .join(purchase_order, purchase_order.c.id == order_key.c.id)
        .where(func.lower(order_key.c.po_no) == func.lower(number))
    )
    if org is not None:
        chosen = chosen.where(order_key.c.org == org)
    return connection.execute(chosen.order_by(order_key.c.id)).scalars().first()


def order_view(connection: Connection, order_id: int) -> OrderView | None:
    """One order with everything that belongs to it."""
    found = loads.orders(connection, [order_id]).get(order_id)
    if found is None:
        return None
    shipments = shipments_of(connection, order_id)
    batches = select(batch_line.c.batch_number).where(batch_line.c.order_id == order_id).distinct().order_by(batch_line.c.batch_number)
    messages = select(receipt.c.message_id).where(receipt.c.order_id == order_id).distinct().order_by(receipt.c.message_id)
    return OrderView(
        order=found,
        document=order_rows.documents(connection, [order_id])[order_id],
        history=tuple(_history(connection, order_id)),
        shipments=tuple(shipments),
        batches=tuple(connection.execute(batches).scalars()),
        invoices=tuple(dict.fromkeys(one.invoice for one in shipments if one.invoice is not None)),
        messages=tuple(connection.execute(messages).scalars()),
        changes=tuple(_changes(connection, order_id)),
    )


def chosen_orders(connection: Connection, search: OrderSearch, before: int | None) -> Select[int]:
    """The ids of the orders that the search finds, newest first."""
    chosen = select(purchase_order.c.id).order_by(purchase_order.c.id.desc())
    if search.org is not None:
        chosen = chosen.join(order_key, order_key.c.id == purchase_order.c.id).where(order_key.c.org == search.org)
    if before is not None:
        chosen = chosen.where(purchase_order.c.id < before)
    return chosen.where(*_of_header(search), *_of_lists(connection, search), *_of_state(connection, search))


def _of_header(search: OrderSearch) -> Iterator[ColumnElement[bool]]:
    """Conditions on the order itself."""
    head = purchase_order.c
    exact = ((search.vendor, head.vendor), (search.system, head.system), (search.brand, head.brand), (search.location, head.location))
    for value, column in exact:
        if value is not None:
            yield column == value
    if search.entered_from is not None:
        yield head.entered_on >= search.entered_from
    if search.entered_to is not None:
        yield head.entered_on <= search.entered_to


def _of_lists(connection: Connection, search: OrderSearch) -> Iterator[ColumnElement[bool]]:
    """Orders with such numbers, lines, parties, batches, parcels.

    Numbers too: without statistics SQLite would look at the orders of a vendor one by one rather than at the few with a number.
    """
    head = purchase_order.c
    if search.number is not None:
        yield among_known(connection, head.id, select(order_key.c.id).where(begins(order_key.c.po_no, search.number)))
    if search.sales_order is not None:
        sold = purchase_order.alias("sold")
        yield among_known(connection, head.id, select(sold.c.id).where(begins(sold.c.sales_order, search.sales_order)))
    for listed in _lists(search):
        yield among(connection, head.id, listed)
    if search.tracking is not None:
        written = json.encode([search.tracking]).decode().removesuffix('"]')
        first = select(shipment.c.order_id).where(begins(shipment_tracking, written))
        later = select(tracking_number.c.order_id).where(begins(tracking_number.c.number, search.tracking))
        yield among_either(connection, head.id, first, later)


def _lists(search: OrderSearch) -> Iterator[Select[int]]:
    """The orders with such lines, parties, batches."""
    conditions = list(_of_lines(search))
    if conditions:
        yield select(order_line.c.order_id).where(*conditions)
    if search.ship_to is not None:
        names = (order_party.c.last_name, order_party.c.company)
        named = or_(*(begins(name, search.ship_to) for name in names))
        yield select(order_party.c.order_id).where(named)
    if search.batch is not None:
        yield select(batch_line.c.order_id).where(batch_line.c.batch_number == search.batch)


def _of_state(connection: Connection, search: OrderSearch) -> Iterator[ColumnElement[bool]]:
    """Conditions on what the lines of an order say together, and on what waits for an answer."""
    if search.status is not None:
        yield from _of_status(connection, search.status, search.vendor)
    if search.pending is not None:
        waiting = purchase_order.c.id.in_(select(change_request.c.order_id).where(change_request.c.state == "pending"))
        yield waiting if search.pending else ~waiting


def _of_lines(search: OrderSearch) -> Iterator[ColumnElement[bool]]:
    """Conditions that one line must meet together."""
    line = order_line.c
    if search.item is not None:
        yield or_(begins(line.item, search.item), begins(line.vendor_item, search.item))
    if search.line_status is not None:
        yield line.status == search.line_status.value
    is_due = search.due_from is not None or search.due_to is not None
    is_open = is_due or (search.line_status is not None and search.line_status.is_open)
    is_cancelled = search.line_status is LineStatus.CANCELLED
    if is_open:
        yield OPEN
    if is_cancelled:
        yield CANCELLED
    if search.carrier is not None:
        # Open and cancelled lines are few: it is they that are looked at, not all that a carrier ever had.
        yield (asked(line.carrier) if is_open or is_cancelled else line.carrier) == search.carrier
    if search.due_from is not None:
        yield line.due_on >= search.due_from
    if search.due_to is not None:
        yield line.due_on <= search.due_to


def _of_status(connection: Connection, status: OrderStatus, vendor: str | None) -> Iterator[ColumnElement[bool]]:
    """What `with_status` says, by the lines that may make it so.

    Of those there are few: open ones, cancelled ones; only that all have left is looked up order by order, for so it nearly always is.
    Beside a line is looked with a number and `<` or `>`: no planner makes a join of that which begins with all orders there ever were,
    and PostgreSQL does not take it for so rare that it had better look at all of them before it shows fifty.
    """
    line, other = order_line.c, order_line.alias("other")
    mine = () if vendor is None else (line.vendor == vendor,)  # those of others are not looked beside
    beside = select(func.count()).where(other.c.order_id == line.order_id, other.c.status != line.status)
    others = beside.correlate(order_line).scalar_subquery()
    match status:
        case OrderStatus.OPEN:
            yield _with_line(OPEN, *mine, others > 0)
        case OrderStatus.COMPLETE:  # else all that is not open has left
            at_least = func.min(case((other.c.status.in_(OPEN_STATES), 1), (other.c.status == LineStatus.SHIPPED.value, 2)))
            yield _with_line(
                CANCELLED, *mine, select(at_least).where(other.c.order_id == line.order_id).correlate(order_line).scalar_subquery() > 1
            )
        case OrderStatus.CANCELLED:
            cancelled = select(line.order_id).where(CANCELLED)
            yield among(connection, purchase_order.c.id, cancelled.where(*mine, others < 1), at_most=cancelled)
        case _ if LineStatus(status.value).is_open:
            yield _with_line(OPEN, *mine, line.status == status.value, others < 1)
        case _:
            at_least = func.min(case((line.status == status.value, 2), (line.status != status.value, 1)))
            lines = select(at_least).where(line.order_id == purchase_order.c.id)
            yield lines.correlate(purchase_order).scalar_subquery() > 1


def _with_line(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return purchase_order.c.id.in_(select(order_line.c.order_id).where(*conditions))


def with_status(status: OrderStatus) -> Any:
    """Orders whose header status is derived as this one from their lines (sdf 5.2)."""
    kinds = func.count(order_line.c.status.distinct())
    still_open = func.sum(case((order_line.c.status.in_(OPEN_STATES), 1), else_=0))
    grouped = select(order_line.c.order_id).group_by(order_line.c.order_id)
    match status:
        case OrderStatus.OPEN:
            return grouped.having(kinds > 1, still_open > 0)
        case OrderStatus.COMPLETE:
            return grouped.having(kinds > 1, still_open == 0)
        case _:
            return grouped.having(kinds == 1, func.min(order_line.c.status) == status.value)


def _row(order: PurchaseOrder) -> OrderRow:
    return OrderRow(
        id=order.id,
        number=order.number,
        vendor=order.vendor,
        system=order.system,
        location=order.location,
        brand=order.brand,
        sales_order=order.sales_order,
        entered_on=order.entered_on,
        status=order.status,
        lines=len(order.lines),
        next_due_on=order.next_due_on,
        total=order.total,
        currency=order.currency,
        version=order.version,
    )


def _history(connection: Connection, order_id: int) -> list[HistoryRow]:
    chosen = select(order_history).where(order_history.c.order_id == order_id).order_by(order_history.c.seq)
    return [HistoryRow(row.seq, _entry(row)) for row in connection.execute(chosen)]


def _entry(row: Row[Any]) -> HistoryEntry:
    return HistoryEntry(
        order_id=row.order_id,
        event=Event(row.event),
        at=row.at,
        actor=row.actor,
        source=Source(row.source),
        line_no=row.line_no,
        quantity=row.quantity,
        status_after=LineStatus(row.status_after) if row.status_after else None,
        parts=convert(row.parts or {}, Parts),
        message_id=row.message_id,
        place=row.place,
    )


def shipments_of(connection: Connection, order_id: int) -> list[ShipmentRow]:
    """What was shipped of an order, oldest first, and the invoices that bill it."""
    chosen = (
        select(shipment, invoice.c.number)
        .outerjoin(invoice_line, invoice_line.c.shipment_id == shipment.c.id)
        .outerjoin(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .where(shipment.c.order_id == order_id)
        .order_by(shipment.c.id)
    )
    return [
        ShipmentRow(
            id=row.id,
            line_no=row.line_no,
            quantity=row.quantity,
            carrier=row.carrier,
            tracking=tuple(row.tracking),
            weight=row.weight,
            freight=row.freight,
            shipped_on=row.shipped_on,
            batch=row.batch_number,
            at=row.at,
            message_id=row.message_id,
            invoice=row.number,
        )
        for row in connection.execute(chosen)
    ]


def _changes(connection: Connection, order_id: int) -> list[ChangeRow]:
    chosen = select(change).where(change.c.order_id == order_id).order_by(change.c.id)
    return [ChangeRow(seq=row.seq, line_no=row.line_no, type=row.type, at=row.at, body=row.body) for row in connection.execute(chosen)]
