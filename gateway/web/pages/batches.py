"""Batches: what vendors were told, and whether they have acknowledged it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.batches import search_batches, show_batch
from gateway.domain.access import Authority
from gateway.domain.outcome import BatchState
from gateway.store.queries import BatchSearch
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.chain import chain_of
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
LINES = 250
"""So many lines of a batch stand on its page."""


@ROUTES.get("/batches", may=Authority.ORDERS)
def batches(visit: Visit) -> Response:
    """The newest batches, or those that are asked for."""
    state = listing.one_of(visit, "state", BatchState)
    search = BatchSearch(
        vendor=listing.text(visit, "vendor"), states=(state,) if state else tuple(BatchState), number=listing.number(visit, "number")
    )
    page = search_batches(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "batches.html",
        search=search,
        state=state,
        states=BatchState,
        page=page,
        paging=listing.paging(visit, page, lambda row: row.number),
    )


@ROUTES.get("/batches/{id}", may=Authority.ORDERS)
def batch(visit: Visit) -> Response:
    """One batch with its lines and its file."""
    sheet = show_batch(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)
    return visit.show("batch.html", sheet=sheet, most=LINES, chain=chain_of(visit, Part.BATCH, str(sheet.number)))
