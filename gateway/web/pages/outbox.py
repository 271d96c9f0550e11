"""Outgoing files: what waits and why, the next try, the end of the budget; and one file with all its tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.dispatch import STATES
from gateway.desk.outbox import ItemSearch, outbound_pause, search_items, show_item
from gateway.domain.access import Authority
from gateway.store.outbox import Ack, ItemState
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.chain import chain_of
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/outbox", may=Authority.FILES)
def outbox(visit: Visit) -> Response:
    """The newest files, or those that are asked for."""
    state, ack, search = listing.one_of(visit, "state", ItemState), listing.one_of(visit, "ack", Ack), searched(visit)
    page = search_items(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "outbox.html",
        search=search,
        state=state,
        ack=ack,
        states=ItemState,
        acks=Ack,
        connectors=listing.connectors(visit),
        pause=outbound_pause(visit.gateway.store),
        page=page,
        filtered=listing.filtered(visit),
        paging=listing.paging(visit, page, lambda row: row.id),
    )


def searched(visit: Visit) -> ItemSearch:
    """The files that the address asks for."""
    state, ack = listing.one_of(visit, "state", ItemState), listing.one_of(visit, "ack", Ack)
    return ItemSearch(
        connector=listing.text(visit, "connector"),
        channel=listing.text(visit, "channel"),
        kind=listing.text(visit, "kind"),
        states=(state,) if state else tuple(ItemState),
        acks=(ack,) if ack else tuple(Ack),
    )


@ROUTES.get("/outbox/{id}", may=Authority.FILES)
def item(visit: Visit) -> Response:
    """One file."""
    sheet = show_item(visit.gateway.store, listing.known(visit, "outgoing file"), scope=visit.scope)
    acts = [act.value for act, states in STATES.items() if sheet.state in states]
    return visit.show("item.html", sheet=sheet, acts=acts, chain=chain_of(visit, Part.ITEM, str(sheet.id)))
