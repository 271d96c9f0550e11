"""Purchase orders: the inquiry by order or by item, and the screen of one order with its tabs (sdf 9.1, 9.2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.desk.looks import look_at_people
from gateway.desk.office import Office
from gateway.desk.order_lines import lines_of, ship_to_of
from gateway.desk.orders import OrderSheet, search_orders
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus, OrderStatus
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.acts import LONGEST_REASON
from gateway.web.chain import chain_of
from gateway.web.order_search import By, asked, by, most
from gateway.web.pages.line_acts import offered as line_acts
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

ALL = "all"
"""All tabs one below the other, to be printed."""


@ROUTES.get("/orders", may=Authority.ORDERS)
def orders(visit: Visit) -> Response:
    """The newest orders, or those that are asked for; a row an order, or a row a line."""
    search, store, view = asked(visit), visit.gateway.store, by(visit)
    page = search_orders(store, search, scope=visit.scope, before=listing.before(visit), most=most(visit))
    ids = [row.id for row in page.rows]
    return visit.show(
        "orders.html",
        search=search,
        view=view,
        views=By,
        acts=line_acts(visit) if view is By.ITEM else [],
        page=page,
        lines=lines_of(store, ids, search) if view is By.ITEM else {},
        ship_to=ship_to_of(store, ids) if view is By.ORDER and visit.may(Authority.PERSONAL_DATA) else {},
        paging=listing.paging(visit, page, lambda row: row.id),
        brands=visit.gateway.master.references.now(store).brands,
        statuses=OrderStatus,
        line_statuses=LineStatus,
        **of_orders(visit, page.rows),
    )


@ROUTES.get("/orders/{number}", may=Authority.ORDERS)
def order(visit: Visit) -> Response:
    """One order, at its header unless the address names another tab."""
    return _shown(visit, sheet_of(visit), of_order(visit))


@ROUTES.post("/orders/{number}/people", may=Authority.BREAK_GLASS)
def people(visit: Visit) -> Response:
    """The same with its people, in an emergency: why is written down first, and an alarm rings."""
    mark, sheet, reason = of_order(visit), sheet_of(visit), visit.field("reason")[:LONGEST_REASON]
    if not reason:
        return _shown(visit, sheet, mark, told="Say why: it stands in the record for good.")
    office = Office(store=visit.gateway.store, clock=visit.gateway.clock, actor=visit.account.id, source=visit.source)
    look_at_people(visit.gateway.store, office, sheet, reason=reason)
    return _shown(visit, sheet, mark, seen_for=reason)


def _shown(visit: Visit, sheet: OrderSheet, mark: dict[str, Any], *, told: str = "", seen_for: str = "") -> Response:
    tab = visit.field("tab", "header")
    return visit.show(
        "order.html",
        status=422 if told else 200,
        told=told,
        longest=LONGEST_REASON,
        tab=tab if tab in TABS or tab == ALL else "header",
        all=ALL,
        tabs=TABS,
        acts=offered(visit, sheet),
        elsewhere=elsewhere(visit, sheet),
        chain=chain_of(visit, Part.ORDER, sheet.number),
        **told_of(visit, sheet, seen_for=seen_for),
        **mark,
    )
