"""Purchase orders: the inquiry, and the screen of one order with its tabs (sdf 9.1, 9.2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.orders import search_orders
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus, OrderStatus
from gateway.store.queries import OrderSearch
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.chain import chain_of
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
    """The inquiry: nothing is shown before something is asked for, but the newest orders."""
    search = _search(visit)
    page = search_orders(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "orders.html",
        search=search,
        page=page,
        paging=listing.paging(visit, page, lambda row: row.id),
        statuses=OrderStatus,
        line_statuses=LineStatus,
    )


@ROUTES.get("/orders/{number}", may=Authority.ORDERS)
def order(visit: Visit) -> Response:
    """One order, at its header unless the address names another tab."""
    tab = visit.query.get("tab", "header")
    sheet = sheet_of(visit)
    return visit.show(
        "order.html",
        tab=tab if tab in TABS else "header",
        tabs=TABS,
        acts=offered(visit, sheet),
        elsewhere=elsewhere(visit, sheet),
        chain=chain_of(visit, Part.ORDER, sheet.number),
        **told_of(visit, sheet),
    )


def _search(visit: Visit) -> OrderSearch:
    pending = visit.query.get("pending") == "1"
    return OrderSearch(
        vendor=listing.text(visit, "vendor"),
        brand=listing.text(visit, "brand"),
        location=listing.text(visit, "location"),
        number=listing.text(visit, "number"),
        sales_order=listing.text(visit, "sales_order"),
        item=listing.text(visit, "item"),
        ship_to=listing.text(visit, "ship_to") if visit.may(Authority.PERSONAL_DATA) else None,
        status=listing.one_of(visit, "status", OrderStatus),
        line_status=listing.one_of(visit, "line_status", LineStatus),
        carrier=listing.text(visit, "carrier"),
        batch=listing.number(visit, "batch"),
        entered_from=listing.a_day(visit, "entered_from"),
        entered_to=listing.a_day(visit, "entered_to"),
        due_from=listing.a_day(visit, "due_from"),
        due_to=listing.a_day(visit, "due_to"),
        pending=True if pending else None,
    )
