"""What a vendor's first page counts: lines at work by status and due day, what came and left by day, invoices by state.

The days look at the newest rows alone: enough for a week of anybody, whatever lies behind them.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, func, select, text

from gateway.domain.order import LineStatus
from gateway.domain.outcome import InvoiceState
from gateway.store.queries.counting import ENOUGH
from gateway.store.tables import invoice, order_line, purchase_order, shipment
from gateway.store.tables.orders import OPEN_LINE


class LineCount(Struct, frozen=True, gc=False):
    """So many open lines of a status are due on that day."""

    status: LineStatus
    due_on: date | None
    lines: int


def lines_at_work(connection: Connection, vendor: str, *, brand: str | None = None) -> list[LineCount]:
    """The open lines of a vendor, of one brand where it is named."""
    line = order_line.c
    chosen = select(line.status, line.due_on, func.count()).where(line.vendor == vendor, text(OPEN_LINE)).group_by(line.status, line.due_on)
    if brand is not None:
        chosen = chosen.join(purchase_order, purchase_order.c.id == line.order_id).where(purchase_order.c.brand == brand)
    return [LineCount(LineStatus(status), due_on, count) for status, due_on, count in connection.execute(chosen)]


def received_by_day(connection: Connection, vendor: str, *, since: date, brand: str | None = None) -> dict[date, int]:
    """Orders by the day on which the retailer entered them."""
    order = purchase_order.c
    newest = select(order.entered_on, order.brand).where(order.vendor == vendor).order_by(order.id.desc()).limit(ENOUGH).subquery()
    chosen = select(newest.c.entered_on, func.count()).where(newest.c.entered_on >= since).group_by(newest.c.entered_on)
    if brand is not None:
        chosen = chosen.where(newest.c.brand == brand)
    return {day: int(count) for day, count in connection.execute(chosen)}


def shipped_by_day(connection: Connection, vendor: str, *, since: date, brand: str | None = None) -> dict[date, int]:
    """Shipped pieces by the day on which they left."""
    sent = shipment.c
    columns = (sent.shipped_on, sent.quantity, sent.order_id)
    newest = select(*columns).where(sent.vendor == vendor).order_by(sent.id.desc()).limit(ENOUGH).subquery()
    chosen = select(newest.c.shipped_on, func.sum(newest.c.quantity)).where(newest.c.shipped_on >= since).group_by(newest.c.shipped_on)
    if brand is not None:
        chosen = chosen.join(purchase_order, purchase_order.c.id == newest.c.order_id).where(purchase_order.c.brand == brand)
    return {day: int(count) for day, count in connection.execute(chosen)}


def invoices_by_state(connection: Connection, vendor: str) -> dict[InvoiceState, int]:
    """How many invoices of a vendor are in each state; those that are posted are not counted, for they are done."""
    waiting = [state.value for state in InvoiceState if state is not InvoiceState.POSTED]
    chosen = select(invoice.c.state, func.count()).where(invoice.c.vendor == vendor, invoice.c.state.in_(waiting))
    return {InvoiceState(state): count for state, count in connection.execute(chosen.group_by(invoice.c.state))}
