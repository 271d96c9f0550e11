"""Pack slips: batches and their documents, to be looked at and fetched as PDF or CSV (sdf 6.1, 6.3, 9.4)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import slips as desk
from gateway.desk.batches import search_batches, show_batch
from gateway.domain.access import Authority
from gateway.domain.outcome import BatchState
from gateway.store.queries import BatchSearch
from gateway.web import listing
from gateway.web.attachment import attachment
from gateway.web.pages.slip_acts import OVER, is_on_paper, offered, offered_whole, vendor_of
from gateway.web.paper import paper_of
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
ORDERS = 100
"""Orders of a batch on its page; the next ones have a page of their own."""


@ROUTES.get("/slips", may=Authority.PACK_SLIPS)
def batches(visit: Visit) -> Response:
    """The newest batches; how many orders wait to be printed or sent."""
    state = listing.one_of(visit, "state", BatchState)
    vendor, store = listing.vendor(visit), visit.gateway.store
    search = BatchSearch(vendor=vendor, states=(state,) if state else tuple(BatchState), number=listing.number(visit, "number"))
    page = search_batches(store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "slips.html",
        search=search,
        state=state,
        states=BatchState,
        page=page,
        paging=listing.paging(visit, page, lambda row: row.number),
        vendor=vendor_of(visit) if visit.scope.vendor else None,
    )


@ROUTES.get("/slips/{id}", may=Authority.PACK_SLIPS)
def batch(visit: Visit) -> Response:
    """One batch: its documents, its lines, and what may be done about them."""
    number = listing.known(visit, "batch")
    store = visit.gateway.store
    sheet = desk.show_slips(store, number, scope=visit.scope)
    found = show_batch(store, number, scope=visit.scope)
    orders: dict[str, list[object]] = {}
    for line in found.lines:
        orders.setdefault(line.order_number, []).append(line)
    behind = listing.number(visit, "behind") or 0
    return visit.show(
        "slip.html",
        sheet=sheet,
        batch=found,
        orders=dict(islice(orders.items(), behind, behind + ORDERS)),
        behind=behind,
        of_all=len(orders),
        acts=offered(sheet, found.lines),
        whole=offered_whole(sheet),
        is_on_paper=is_on_paper(sheet),
        is_over=sheet.state in OVER,
    )


@ROUTES.post("/slips/{id}/documents", may=Authority.PACK_SLIPS)
def ask(visit: Visit) -> Response:
    """Have the documents made that are not there, or not any more."""
    number = listing.known(visit, "batch")
    desk.show_slips(visit.gateway.store, number, scope=visit.scope)
    desk.ask(visit.desk, number, archive=visit.gateway.archive)
    return visit.go(f"/slips/{number}")


@ROUTES.get("/slips/{id}/documents/{document}", may=Authority.PACK_SLIPS)
def fetch(visit: Visit) -> Response:
    """One document, to be kept or printed."""
    paper = paper_of(visit)
    return attachment(visit.gateway.archive, paper.key, name=paper.name, media=paper.media, what=paper.what, see=paper.see)
