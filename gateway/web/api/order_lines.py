"""Orders with their lines: the inquiry viewed by item, and what is still to be shipped (sdf 9.1, 9.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk.order_lines import LineRow, lines_of
from gateway.desk.orders import search_orders
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus
from gateway.store.queries import OrderRow, OrderSearch
from gateway.web.api.operations import Api, Rows, behind, rows_of
from gateway.web.api.orders import OrderQuery, search_of
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class OrderLines(Struct, frozen=True, kw_only=True):
    """One order, and those of its lines that are asked for."""

    order: OrderRow
    lines: tuple[LineRow, ...]


class ShipmentQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for among orders with lines to ship; numbers and items are found by their beginning."""

    vendor: str | None = None
    number: str | None = None
    item: str | None = None
    batch: int | None = None
    cursor: str | None = None
    limit: Limit = 50


@API.get("/order-lines", may=Authority.ORDERS, query=OrderQuery, answer=Rows[OrderLines])
def list_order_lines(visit: Visit, asked: OrderQuery) -> Rows[OrderLines]:
    """Purchase orders as viewed by item: each with those of its lines that the search is about; pages count orders."""
    return _page(visit, search_of(visit, asked), asked.cursor, asked.limit)


@API.get("/shipments", may=Authority.SHIPPING, query=ShipmentQuery, answer=Rows[OrderLines])
def list_shipments_to_make(visit: Visit, asked: ShipmentQuery) -> Rows[OrderLines]:
    """Orders with their lines In Process: they are printed or sent, and nobody has said that they left."""
    search = OrderSearch(vendor=asked.vendor, number=asked.number, item=asked.item, batch=asked.batch, line_status=LineStatus.IN_PROCESS)
    return _page(visit, search, asked.cursor, asked.limit)


def _page(visit: Visit, search: OrderSearch, cursor: str | None, most: int) -> Rows[OrderLines]:
    store = visit.gateway.store
    page = search_orders(store, search, scope=visit.scope, before=behind(cursor), most=most)
    lines = lines_of(store, [row.id for row in page.rows], search)
    found = rows_of(page, lambda row: row.id)
    return Rows(rows=tuple(OrderLines(order=row, lines=tuple(lines[row.id])) for row in found.rows), next=found.next, more=found.more)
