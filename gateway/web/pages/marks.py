"""Whether what a page shows has changed: a page asks now and then by itself, and offers to show it anew. Nothing is refreshed unasked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from gateway.desk.drafts import show_draft
from gateway.desk.marks import mark_of_rows, order_mark, orders_mark
from gateway.domain.access import Authority
from gateway.web import listing
from gateway.web.order_search import asked, most
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.store.queries import OrderRow
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.watch("/marks/orders", may=Authority.ORDERS)
def orders(visit: Visit) -> Response:
    """Of a page of the list of orders."""
    scope, behind = visit.scope, listing.before(visit)
    return PlainTextResponse(orders_mark(visit.gateway.store, asked(visit), scope=scope, before=behind, most=most(visit)))


@ROUTES.watch("/marks/orders/{number}", may=Authority.ORDERS)
def order(visit: Visit) -> Response:
    """Of one order."""
    return PlainTextResponse(of_order(visit)["mark"])


@ROUTES.watch("/marks/drafts/{number}", may=Authority.ORDER_MAKING)
def draft(visit: Visit) -> Response:
    """Of an order made by hand: its version."""
    return PlainTextResponse(str(show_draft(visit.desk, visit.path["number"]).version))


def of_order(visit: Visit) -> dict[str, Any]:
    """What the page of an order says of its mark. Take it before anything else is read, or a change between the two is never told."""
    number = visit.path["number"]
    mark = order_mark(visit.gateway.store, number, organization=visit.gateway.master.organization, scope=visit.scope)
    return {"mark": mark, "mark_at": f"/marks/orders/{segment(number)}"}


def of_orders(visit: Visit, rows: Iterable[OrderRow]) -> dict[str, Any]:
    """The same of a page of the list, with these rows."""
    query = visit.url.partition("?")[2]
    return {"mark": mark_of_rows(rows), "mark_at": f"/marks/orders?{query}" if query else "/marks/orders"}
