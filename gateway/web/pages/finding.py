"""The search box of every page: an exact hit that stands alone opens at once, else everything by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.finding import LONGEST, HitKind, find
from gateway.web.found import path_of
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/search", may=Door.SIGNED_IN)
def search(visit: Visit) -> Response:
    """What the words in the box name."""
    asked = visit.query.get("q", "").strip()[:LONGEST]
    hits = find(visit.gateway.store, asked, visit.account.authorities, scope=visit.scope)
    exact = [it for it in hits if it.is_exact]
    if len(exact) == 1:
        return visit.go(path_of(exact[0]))
    kinds = {kind: [(it, path_of(it)) for it in hits if it.kind is kind] for kind in HitKind}
    return visit.show("search.html", asked=asked, kinds={kind: found for kind, found in kinds.items() if found})
