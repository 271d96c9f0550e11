"""What the address of a list of orders asks for (sdf 9.1)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.access import Authority
from gateway.domain.order import LineStatus, OrderStatus
from gateway.store.queries import OrderSearch
from gateway.web import listing

if TYPE_CHECKING:
    from gateway.web.visit import Visit


class By(StrEnum):
    """View Results By: a row an order, or a row a line."""

    ORDER = "Purchase Order"
    ITEM = "Item"


def by(visit: Visit) -> By:
    """How the results are to be viewed."""
    return listing.one_of(visit, "by", By) or By.ORDER


def most(visit: Visit) -> int:
    """Orders of a page: fewer where each has a row a line."""
    return listing.MOST // 2 if by(visit) is By.ITEM else listing.MOST


def asked(visit: Visit) -> OrderSearch:
    """The search that the address names; people are looked for by those alone who may see them."""
    return OrderSearch(
        vendor=listing.vendor(visit),
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
        pending=True if visit.query.get("pending") == "1" else None,
    )
