"""Purchase orders: the inquiry, one order, and what people do about it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import telling
from gateway.desk.orders import OrderSheet, search_orders, show_order
from gateway.desk.telling import Told
from gateway.documents import ChangeRequest, Party, Shipment, ShipmentLine, VendorAction
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus, OrderStatus
from gateway.store.queries import OrderRow, OrderSearch
from gateway.web.api.operations import Api, Nothing, Rows, behind, mode_of, rows_of
from gateway.web.api.paging import Limit
from gateway.web.personal import masked_order
from gateway.web.problems import denied

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class OrderQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What orders are asked for; numbers, items and names are found by their beginning."""

    vendor: str | None = None
    brand: str | None = None
    location: str | None = None
    number: str | None = None
    sales_order: str | None = None
    item: str | None = None
    ship_to: str | None = None
    status: OrderStatus | None = None
    line_status: LineStatus | None = None
    carrier: str | None = None
    batch: int | None = None
    tracking: str | None = None
    entered_from: date | None = None
    entered_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    pending: bool | None = None
    cursor: str | None = None
    limit: Limit = 50


class VendorAct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the order's vendor says of it (sdf 4.8); `line` absent means every line."""

    line: int | None = None
    on: date | None = None
    reason: str | None = None
    request_id: str | None = None
    dry_run: bool = False


class RetailerAsk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the retailer asks for; `quantity` absent means all that is open."""

    line: int | None = None
    quantity: int | None = None
    unit_cost: Decimal | None = None
    reason: str | None = None
    request_id: str | None = None
    dry_run: bool = False


class Place(Party, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the goods go."""


class Moved(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new address of the whole order."""

    ship_to: Place
    reason: str | None = None
    request_id: str | None = None
    dry_run: bool = False


class Parcel(ShipmentLine, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has left of one line; its own values win over those of the shipment."""


class Parcels(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has left of an order."""

    lines: Annotated[tuple[Parcel, ...], Meta(min_length=1)]
    carrier: str | None = None
    tracking: tuple[str, ...] = ()
    shipped_on: date | None = None
    weight: Decimal | None = None
    freight: Decimal | None = None
    batch: int | None = None
    invoice_number: str | None = None
    dry_run: bool = False


@API.get("/orders", may=Authority.ORDERS, query=OrderQuery, answer=Rows[OrderRow])
def list_orders(visit: Visit, asked: OrderQuery) -> Rows[OrderRow]:
    """Purchase orders, the newest first."""
    page = search_orders(visit.gateway.store, search_of(visit, asked), scope=visit.scope, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.id)


def search_of(visit: Visit, asked: OrderQuery) -> OrderSearch:
    """The search that is asked for; people are looked for by those alone who may see them."""
    if asked.ship_to is not None and not visit.may(Authority.PERSONAL_DATA):
        remedy = f"Leave ship_to away, or ask with a key that has {Authority.PERSONAL_DATA}."
        raise denied(HTTPStatus.FORBIDDEN, "This key may not look for people", remedy=remedy)
    return OrderSearch(**{name: getattr(asked, name) for name in OrderQuery.__struct_fields__ if name not in {"cursor", "limit"}})


@API.get("/orders/{number}", may=Authority.ORDERS, answer=OrderSheet)
def get_order(visit: Visit, _: Nothing) -> OrderSheet:
    """One order with its lines, history, shipments, requests, batches, invoices and files."""
    gateway = visit.gateway
    sheet = show_order(
        gateway.store, visit.path["number"], organization=gateway.master.organization, scope=visit.scope, style=visit.reading.notes
    )
    return sheet if visit.may(Authority.PERSONAL_DATA) else masked_order(sheet)


def _says(action: str, may: Authority, summary: str) -> None:
    def act(visit: Visit, said: VendorAct) -> Told:
        number = _known(visit)
        told = VendorAction(action=action, order_number=number, line=said.line, on=said.on, reason=said.reason, request_id=said.request_id)
        return telling.do(visit.desk, told, mode=mode_of(said))

    act.__name__, act.__doc__ = f"{action}_order", summary
    API.post(f"/orders/{{number}}/{action}", may=may, body=VendorAct, answer=Told)(act)


def _asks(kind: str, summary: str) -> None:
    def act(visit: Visit, said: RetailerAsk) -> Told:
        number = _known(visit)
        words = {name: getattr(said, name) for name in RetailerAsk.__struct_fields__ if name != "dry_run"}
        return telling.ask(visit.desk, ChangeRequest(kind=kind, order_number=number, **words), mode=mode_of(said))

    act.__name__, act.__doc__ = f"{kind}_order", summary
    API.post(f"/orders/{{number}}/{kind}", may=Authority.CHANGE_ASKING, body=RetailerAsk, answer=Told)(act)


_says("hold", Authority.MAINTENANCE, "Hold lines; a reason is due.")
_says("release", Authority.MAINTENANCE, "Release held lines.")
_says("due_date", Authority.MAINTENANCE, "Revise the due date of lines.")
_says("reason", Authority.MAINTENANCE, "Enter or delete a reason.")
_says("accept_line", Authority.MAINTENANCE, "Say that a line of a batch is taken on; it goes In Process.")
_says("reject_line", Authority.MAINTENANCE, "Say that a line cannot be delivered, and why; it is held.")
_says("backorder_line", Authority.MAINTENANCE, "Say that a line comes later, perhaps when; it is held.")
_says("accept_cancel", Authority.CHANGE_REQUESTS, "Accept a cancel that waits.")
_says("decline_cancel", Authority.CHANGE_REQUESTS, "Decline a cancel that waits.")
_says("accept_address", Authority.CHANGE_REQUESTS, "Accept an address change that waits.")
_says("decline_address", Authority.CHANGE_REQUESTS, "Decline an address change that waits.")
_asks("cancel", "Cancel a line, a quantity of it, or the order.")
_asks("cost", "Change what a unit of a line costs.")


@API.post("/orders/{number}/address", may=Authority.CHANGE_ASKING, body=Moved, answer=Told)
def address_order(visit: Visit, said: Moved) -> Told:
    """Send the goods elsewhere."""
    asked = ChangeRequest(kind="address", order_number=_known(visit), ship_to=said.ship_to, reason=said.reason, request_id=said.request_id)
    return telling.ask(visit.desk, asked, mode=mode_of(said))


@API.post("/orders/{number}/ship", may=Authority.SHIPPING, body=Parcels, answer=Told)
def ship_order(visit: Visit, said: Parcels) -> Told:
    """Say what has left."""
    if said.invoice_number is not None and not visit.may(Authority.INVOICE_MAINTENANCE):
        raise denied(HTTPStatus.FORBIDDEN, "This is not yours to bill", remedy="Leave invoice_number away.")
    words = {name: getattr(said, name) for name in Parcels.__struct_fields__ if name != "dry_run"}
    return telling.ship(visit.desk, Shipment(order_number=_known(visit), **words), mode=mode_of(said))


def _known(visit: Visit) -> str:
    """The number of an order that who asks may see."""
    gateway = visit.gateway
    return show_order(gateway.store, visit.path["number"], organization=gateway.master.organization, scope=visit.scope).number
