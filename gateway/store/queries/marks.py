"""Whether something has changed: a few small numbers instead of the whole of it, for pages that ask now and then."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from gateway.store.queries.orders import EVERY_ORDER, OrderSearch, chosen_orders
from gateway.store.tables import invoice, invoice_line, order_key

Numbers = tuple[int, ...]


def mark_of_order(connection: Connection, order_id: int) -> Numbers:
    """Differs from before when the order, its history or an invoice that bills it has changed."""
    key = select(order_key.c.version, order_key.c.history_seq).where(order_key.c.id == order_id)
    bills = select(invoice_line.c.invoice_id).where(invoice_line.c.order_id == order_id)
    billed = select(func.count(), func.coalesce(func.sum(invoice.c.version), 0)).where(invoice.c.id.in_(bills))
    return (order_id, *connection.execute(key).one(), *(int(it) for it in connection.execute(billed).one()))


def mark_of_orders(connection: Connection, search: OrderSearch = EVERY_ORDER, *, before: int | None = None, most: int = 50) -> Numbers:
    """The ids and versions of the orders on a page of a list."""
    ids = list(connection.execute(chosen_orders(connection, search, before).limit(most)).scalars())
    found = {row.id: row.version for row in connection.execute(select(order_key.c.id, order_key.c.version).where(order_key.c.id.in_(ids)))}
    return tuple(number for order_id in ids for number in (order_id, found[order_id]))
