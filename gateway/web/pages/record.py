"""The record of who did what: looked through, and followed from its beginning to see whether it is whole."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import trail
from gateway.domain.access import Authority
from gateway.store.audit import AuditSearch
from gateway.web import listing
from gateway.web.pages.administration import tabs
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@ROUTES.get("/administration/record", may=Authority.AUDIT)
def record(visit: Visit) -> Response:
    """The newest entries, or those that are asked for."""
    since = listing.a_day(visit, "since")
    search = AuditSearch(
        event=listing.text(visit, "event"),
        actor=listing.text(visit, "actor"),
        about=listing.text(visit, "about"),
        since=datetime.combine(since, time.min, visit.reading.zone) if since else None,
    )
    page = trail.list_entries(visit.gateway.store, search, before=listing.before(visit), most=listing.MOST)
    paging = listing.paging(visit, page, lambda row: row.id)
    return visit.show("record.html", tabs=tabs(visit), search=search, since=since, page=page, paging=paging)


@ROUTES.get("/administration/record/proof", may=Authority.AUDIT)
def proof(visit: Visit) -> Response:
    """Whether every entry follows from the one before, and whether a digest that was noted elsewhere is among them."""
    told = visit.query.get("digest", "").strip().lower()
    digest = told if DIGEST.fullmatch(told) else None
    chain = trail.verify(visit.gateway.store, digest=digest)
    return visit.show("proof.html", tabs=tabs(visit), chain=chain, digest=told, is_digest=digest is not None or not told)
