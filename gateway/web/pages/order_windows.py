"""The windows of the order screen: one line with its customizations and messages, and what a change was before and after (sdf 9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.order_changes import change_behind
from gateway.desk.orders import LineSheet, OrderSheet
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.web import listing
from gateway.web.pages.order_acts import offered_for
from gateway.web.pages.order_sheet import sheet_of, told_of
from gateway.web.personal import masked_request
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/orders/{number}/lines/{id}", may=Authority.ORDERS)
def line(visit: Visit) -> Response:
    """Display Purchase Order Item; who may maintain lines finds here what they may do about this one."""
    return _window(visit, "order/line.html")


@ROUTES.get("/orders/{number}/lines/{id}/customizations", may=Authority.ORDERS)
def customizations(visit: Visit) -> Response:
    """Browse Detail Customizations."""
    return _window(visit, "order/customizations.html")


@ROUTES.get("/orders/{number}/lines/{id}/messages", may=Authority.ORDERS)
def line_messages(visit: Visit) -> Response:
    """Browse Purchase Order Detail Messages."""
    return _window(visit, "order/line_messages.html")


@ROUTES.get("/orders/{number}/history/{id}", may=Authority.ORDERS)
def change(visit: Visit) -> Response:
    """Purchase Order History Detail: an address or a cost before and after."""
    sheet = sheet_of(visit)
    entry, request = change_behind(sheet, listing.known(visit, "entry of the history"))
    shown = request if visit.may(Authority.PERSONAL_DATA) else masked_request(request)
    return visit.show("order/change.html", entry=entry, request=shown, **told_of(visit, sheet))


def _window(visit: Visit, template: str) -> Response:
    sheet = sheet_of(visit)
    values = told_of(visit, sheet)
    found, told = _line(sheet, listing.known(visit, "line")), values["document"]
    return visit.show(
        template,
        line=found,
        told=next(it for it in told.lines if it.number == found.number),
        acts=offered_for(visit, sheet, found.number),
        **{**values, "carrier": values["carriers"].get(found.carrier)},
    )


def _line(sheet: OrderSheet, number: int) -> LineSheet:
    found = next((it for it in sheet.lines if it.number == number), None)
    if found is None:
        raise NotFound(f"order {sheet.number} has no line {number}", remedy="Its lines stand at the Detail tab.")
    return found
