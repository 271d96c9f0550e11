"""Batches: what vendors were told, and whether they have acknowledged it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.batches import BatchSheet, search_batches, show_batch
from gateway.desk.pages import UNCOUNTED, Page
from gateway.domain.access import Authority
from gateway.domain.outcome import BatchState
from gateway.store.queries import BatchRow
from gateway.store.queries.counting import ENOUGH
from gateway.store.queries.lineage import Part
from gateway.web import listing, searches
from gateway.web.chain import chain_of
from gateway.web.pages.batch_acts import ACTS, offered
from gateway.web.routes import Routes
from gateway.web.watching import declare_watch, watched

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
LINES = 250
"""So many lines of a batch stand on its page."""


@ROUTES.get("/batches", may=Authority.ORDERS)
def batches(visit: Visit) -> Response:
    """The newest batches, or those that are asked for."""
    page = _listed(visit)
    return visit.show(
        "batches.html",
        search=searches.batches(visit),
        state=listing.one_of(visit, "state", BatchState),
        states=BatchState,
        page=page,
        acts=[(name, spec.word, spec.grave) for name, spec in ACTS.items() if visit.may(spec.may)],
        filtered=listing.filtered(visit),
        paging=listing.paging(visit, page, lambda row: row.number),
        **watched(visit, page.rows),
    )


def _listed(visit: Visit, *, upto: int = ENOUGH) -> Page[BatchRow]:
    before = listing.before(visit)
    return search_batches(visit.gateway.store, searches.batches(visit), scope=visit.scope, before=before, most=listing.MOST, upto=upto)


@ROUTES.get("/batches/{id}", may=Authority.ORDERS)
def batch(visit: Visit) -> Response:
    """One batch with its lines and its file."""
    sheet = _one(visit)
    chain = chain_of(visit, Part.BATCH, str(sheet.number))
    return visit.show("batch.html", sheet=sheet, most=LINES, acts=offered(visit, sheet), chain=chain, **watched(visit, sheet))


def _one(visit: Visit) -> BatchSheet:
    return show_batch(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)


declare_watch(ROUTES, "/batches", may=Authority.ORDERS, shown=lambda visit: _listed(visit, upto=UNCOUNTED).rows)
declare_watch(ROUTES, "/batches/{id}", may=Authority.ORDERS, shown=_one)
