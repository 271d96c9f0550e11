"""Purchase orders: the inquiry by order or by item, and the screen of one order with its tabs (sdf 9.1, 9.2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.order_lines import lines_of, ship_to_of
from gateway.desk.orders import search_orders
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus, OrderStatus
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.chain import chain_of
from gateway.web.order_search import By, asked, by, most
from gateway.web.pages.marks import of_order, of_orders
from gateway.web.pages.order_acts import elsewhere, offered
from gateway.web.pages.order_sheet import sheet_of, told_of
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
TABS = MappingProxyType(
    {"header": "Header", "detail": "Detail", "invoices": "Invoices", "history": "History", "messages": "Messages", "lineage": "Lineage"}
)


@ROUTES.get("/orders", may=Authority.ORDERS)
def orders(visit: Visit) -> Response:
    """The newest orders, or those that are asked for; a row an order, or a row a line."""
    mark, search, store, view = of_orders(visit), asked(visit), visit.gateway.store, by(visit)
    page = search_orders(store, search, scope=visit.scope, before=listing.before(visit), most=most(visit))
    ids = [row.id for row in page.rows]
    return visit.show(
        "orders.html",
        search=search,
        view=view,
        views=By,
        page=page,
        lines=lines_of(store, ids, search) if view is By.ITEM else {},
        ship_to=ship_to_of(store, ids) if view is By.ORDER and visit.may(Authority.PERSONAL_DATA) else {},
        paging=listing.paging(visit, page, lambda row: row.id),
        statuses=OrderStatus,
        line_statuses=LineStatus,
        **mark,
    )


@ROUTES.get("/orders/{number}", may=Authority.ORDERS)
def order(visit: Visit) -> Response:
    """One order, at its header unless the address names another tab."""
    tab, mark = visit.query.get("tab", "header"), of_order(visit)
    sheet = sheet_of(visit)
    return visit.show(
        "order.html",
        tab=tab if tab in TABS else "header",
        tabs=TABS,
        acts=offered(visit, sheet),
        elsewhere=elsewhere(visit, sheet),
        chain=chain_of(visit, Part.ORDER, sheet.number),
        **told_of(visit, sheet),
        **mark,
    )
