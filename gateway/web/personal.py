"""Personal data hidden from who may not see it: every letter of it, the country kept, for it says nothing about a person."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.desk.orders import OrderSheet, RequestSheet
from gateway.documents import Order, Party
from gateway.domain.request import Change

HIDDEN = "\u2022\u2022\u2022\u2022\u2022"
KEPT = frozenset({"country", "region"})


def masked_party(party: Party | None) -> Party | None:
    """The party with what it is told of hidden; what it has not stays empty."""
    if party is None:
        return None
    told = {name: HIDDEN for name in Party.__struct_fields__ if name not in KEPT and getattr(party, name) is not None}
    return replace(party, **told)


def masked(document: Order) -> Order:
    """The order without what it says of its customers."""
    told: dict[str, object] = {
        "ship_to": masked_party(document.ship_to),
        "sold_to": masked_party(document.sold_to),
        "messages": tuple(HIDDEN for _ in document.messages),
        "gift_messages": tuple(HIDDEN for _ in document.gift_messages),
        "lines": tuple(replace(line, messages=tuple(HIDDEN for _ in line.messages)) for line in document.lines),
    }
    if document.shipping_instructions:
        told["shipping_instructions"] = HIDDEN
    return replace(document, **told)


def masked_change(change: Change | None) -> Change | None:
    """One side of a change without the address in it."""
    return None if change is None else replace(change, ship_to=masked_party(change.ship_to))


def masked_request(request: RequestSheet) -> RequestSheet:
    """A request of the retailer without the addresses in it."""
    return replace(request, before=masked_change(request.before), after=masked_change(request.after))


def masked_order(sheet: OrderSheet) -> OrderSheet:
    """Everything that is told of an order, without its customers."""
    return replace(sheet, document=masked(sheet.document), requests=tuple(map(masked_request, sheet.requests)))
