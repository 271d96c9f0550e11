"""What a list of orders tells besides the orders themselves: their lines, and whom they go to (sdf 9.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from gateway.documents import Party
from gateway.domain.order import Line, LineStatus
from gateway.store import Store, loads, order_rows, requests
from gateway.store.queries import OrderSearch


class LineRow(Struct, frozen=True, kw_only=True):
    """One line in a list."""

    number: int
    item: str
    vendor_item: str
    description: str
    status: LineStatus | None
    ordered: int
    shipped: int
    printed: int
    cancelled: int
    due_on: date | None


def lines_of(store: Store, ids: Sequence[int], search: OrderSearch) -> dict[int, list[LineRow]]:
    """The lines of these orders that a search is about, by order."""
    with store.reading() as connection:
        orders = loads.orders(connection, ids)
        told = order_rows.documents(connection, ids)
    words = {order_id: {line.number: line.description or "" for line in document.lines} for order_id, document in told.items()}
    return {
        order_id: [_row(line, words[order_id].get(line.number, "")) for line in order.lines if _is_meant(line, search)]
        for order_id, order in orders.items()
    }


def ship_to_of(store: Store, ids: Sequence[int]) -> dict[int, Party]:
    """Whom these orders go to."""
    with store.reading() as connection:
        return dict(requests.ship_to(connection, ids))


def _is_meant(line: Line, search: OrderSearch) -> bool:
    """Whether the line alone meets what the search says of lines."""
    wanted = (search.item or "").upper()
    is_due = search.due_from is not None or search.due_to is not None
    return (
        (line.item.upper().startswith(wanted) or line.vendor_item.upper().startswith(wanted))
        and search.carrier in {None, line.carrier}
        and search.line_status in {None, line.status}
        and (not is_due or (line.status is not None and line.status.is_open and line.due_on is not None))
        and (search.due_from is None or (line.due_on is not None and line.due_on >= search.due_from))
        and (search.due_to is None or (line.due_on is not None and line.due_on <= search.due_to))
    )


def _row(line: Line, description: str) -> LineRow:
    return LineRow(
        number=line.number,
        item=line.item,
        vendor_item=line.vendor_item,
        description=description,
        status=line.status,
        ordered=line.ordered,
        shipped=line.shipped,
        printed=line.printed,
        cancelled=line.cancelled,
        due_on=line.due_on,
    )
