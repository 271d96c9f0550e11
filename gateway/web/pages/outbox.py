"""Outgoing files: what waits and why, the next try, the end of the budget; and one file with all its tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.dispatch import STATES
from gateway.desk.lanes import all_lanes, hanging_on
from gateway.desk.outbox import ON_THE_WAY, ItemRow, ItemSheet, outbound_pause, search_items, show_item, unreached
from gateway.desk.pages import UNCOUNTED, Page
from gateway.domain.access import Authority
from gateway.store.outbox import Ack, ItemState
from gateway.store.queries.counting import ENOUGH
from gateway.store.queries.lineage import Part
from gateway.web import listing, searches
from gateway.web.chain import chain_of
from gateway.web.pages.outbox_acts import ACTS
from gateway.web.routes import Routes
from gateway.web.watching import declare_watch, watched

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/outbox", may=Authority.FILES)
def outbox(visit: Visit) -> Response:
    """The newest files, or those that are asked for."""
    page, pause = _listed(visit), outbound_pause(visit.gateway.store)
    on_the_way = {row.connector for row in page.rows if row.state in ON_THE_WAY}
    closed = unreached(visit.gateway.store, scope=visit.scope)
    told = set() if pause else {name for name in closed if name == searches.items(visit).connector or name in on_the_way}
    return visit.show(
        "outbox.html",
        search=searches.items(visit),
        state=listing.one_of(visit, "state", ItemState),
        ack=listing.one_of(visit, "ack", Ack),
        states=ItemState,
        acks=Ack,
        connectors=listing.connectors(visit),
        lanes=all_lanes(visit.gateway.store) if visit.wants_everything and not visit.query else (),
        pause=pause,
        closed={name: closed[name] for name in sorted(told)},
        on_the_way=ON_THE_WAY,
        page=page,
        acts=[(name, spec.word, spec.grave) for name, spec in ACTS.items() if visit.may(spec.may)],
        filtered=listing.filtered(visit),
        paging=listing.paging(visit, page, lambda row: row.id),
        **watched(visit, page.rows),
    )


@ROUTES.get("/outbox/{id}", may=Authority.FILES)
def item(visit: Visit) -> Response:
    """One file."""
    sheet = _one(visit)
    acts = [act.value for act, states in STATES.items() if sheet.state in states]
    hanging, chain = hanging_on(visit.gateway.store, sheet.id, sheet.cause), chain_of(visit, Part.ITEM, str(sheet.id))
    return visit.show("item.html", sheet=sheet, acts=acts, hanging=hanging, chain=chain, **watched(visit, sheet))


def _listed(visit: Visit, *, upto: int = ENOUGH) -> Page[ItemRow]:
    before = listing.before(visit)
    return search_items(visit.gateway.store, searches.items(visit), scope=visit.scope, before=before, most=listing.MOST, upto=upto)


def _one(visit: Visit) -> ItemSheet:
    return show_item(visit.gateway.store, listing.known(visit, "outgoing file"), scope=visit.scope)


declare_watch(ROUTES, "/outbox", may=Authority.FILES, shown=lambda visit: _listed(visit, upto=UNCOUNTED).rows)
declare_watch(ROUTES, "/outbox/{id}", may=Authority.FILES, shown=_one)
