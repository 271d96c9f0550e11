"""What retailers have asked and vendors have still to answer."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, literal_column, select

from gateway.domain.request import Request, RequestKind
from gateway.store.dialects import begins
from gateway.store.queries.counting import count
from gateway.store.requests import of_row
from gateway.store.tables import change_request, order_key, order_line, purchase_order


class PendingRow(Struct, frozen=True, kw_only=True, gc=False):
    """One line's request, and whose order it is."""

    request: Request
    order_number: str
    vendor: str
    item: str
    open: int


class PendingSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter."""

    vendor: str | None = None
    brand: str | None = None
    kind: RequestKind | None = None
    number: str | None = None


def list_pending(connection: Connection, search: PendingSearch, *, before: int | None = None, most: int = 50) -> list[PendingRow]:
    """The newest first; `before` is the id where the last page ended."""
    line = order_line.c
    columns = (
        change_request,
        order_key.c.po_no,
        purchase_order.c.vendor,
        line.item,
        (line.ordered - line.shipped - line.cancelled).label("open"),
    )
    chosen = _chosen(search, *columns).order_by(change_request.c.id.desc()).limit(most)
    if before is not None:
        chosen = chosen.where(change_request.c.id < before)
    return [
        PendingRow(request=of_row(row), order_number=row.po_no, vendor=row.vendor, item=row.item, open=row.open)
        for row in connection.execute(chosen)
    ]


def count_pending(connection: Connection, search: PendingSearch, *, before: int | None = None, most: int | None = None) -> int:
    """How many wait."""
    chosen = _chosen(search, change_request.c.id)
    return count(connection, chosen if before is None else chosen.where(change_request.c.id < before), most=most)


def _chosen(search: PendingSearch, *columns: Any) -> Select[Any]:
    # The word stands as it is, not as a parameter: the index of what is pending is found by it.
    chosen = (
        select(*columns)
        .join(purchase_order, purchase_order.c.id == change_request.c.order_id)
        .join(order_key, order_key.c.id == change_request.c.order_id)
        .join(order_line, (order_line.c.order_id == change_request.c.order_id) & (order_line.c.line_no == change_request.c.line_no))
        .where(change_request.c.state == literal_column("'pending'"))
    )
    if search.vendor is not None:
        chosen = chosen.where(purchase_order.c.vendor == search.vendor)
    if search.brand is not None:
        chosen = chosen.where(purchase_order.c.brand == search.brand)
    if search.kind is not None:
        chosen = chosen.where(change_request.c.kind == search.kind.value)
    if search.number is not None:
        chosen = chosen.where(begins(order_key.c.po_no, search.number))
    return chosen
