"""What the address of a list asks for, for the page, its mark and acts on what it finds. Lists of orders: `order_search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.desk.messages import MessageSearch
from gateway.desk.outbox import ItemSearch
from gateway.domain.outcome import BatchState, InvoiceState
from gateway.store.alarms import About, AlarmSearch
from gateway.store.messages import MessageState
from gateway.store.outbox import Ack, ItemState
from gateway.store.queries import BatchSearch, InvoiceSearch
from gateway.web import listing

if TYPE_CHECKING:
    from gateway.web.visit import Visit


def messages(visit: Visit) -> MessageSearch:
    """Files that came."""
    state = listing.one_of(visit, "state", MessageState)
    return MessageSearch(
        connector=listing.text(visit, "connector"),
        channel=listing.text(visit, "channel"),
        states=(state,) if state else tuple(MessageState),
        name=listing.text(visit, "name"),
        unanswered=visit.query.get("unanswered") == "1",
    )


def items(visit: Visit) -> ItemSearch:
    """Files that go out."""
    state, ack = listing.one_of(visit, "state", ItemState), listing.one_of(visit, "ack", Ack)
    return ItemSearch(
        connector=listing.text(visit, "connector"),
        channel=listing.text(visit, "channel"),
        kind=listing.text(visit, "kind"),
        states=(state,) if state else tuple(ItemState),
        acks=(ack,) if ack else tuple(Ack),
        name=listing.text(visit, "name"),
    )


def batches(visit: Visit) -> BatchSearch:
    """Batches."""
    state = listing.one_of(visit, "state", BatchState)
    return BatchSearch(
        vendor=listing.vendor(visit), states=(state,) if state else tuple(BatchState), number=listing.number(visit, "number")
    )


def invoices(visit: Visit) -> InvoiceSearch:
    """Invoices (sdf 9.3)."""
    state = listing.one_of(visit, "state", InvoiceState)
    return InvoiceSearch(
        vendor=listing.vendor(visit),
        states=(state,) if state else tuple(InvoiceState),
        number=listing.text(visit, "number"),
        order_number=listing.text(visit, "order_number"),
        sales_order=listing.text(visit, "sales_order"),
        item=listing.text(visit, "item"),
        dated_from=listing.a_day(visit, "dated_from"),
        dated_to=listing.a_day(visit, "dated_to"),
        shipped_from=listing.a_day(visit, "shipped_from"),
        shipped_to=listing.a_day(visit, "shipped_to"),
    )


def alarms(visit: Visit) -> AlarmSearch:
    """Alarms; those that have ended only where they are asked for."""
    about = listing.one_of(visit, "about", About)
    return AlarmSearch(
        about=(about,) if about else tuple(About), connector=listing.text(visit, "connector"), only_open=visit.query.get("all") != "1"
    )
