"""The search box of every page: an exact hit that stands alone opens at once, else everything by kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from gateway.desk.finding import Hit, HitKind, find
from gateway.web.routes import Door, Routes, segment

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
LONGEST = 200
PATHS: Mapping[HitKind, str] = MappingProxyType(
    {
        HitKind.ORDER: "/orders/{}",
        HitKind.INVOICE: "/invoices/{}",
        HitKind.BATCH: "/batches/{}",
        HitKind.MESSAGE: "/messages/{}",
        HitKind.ITEM: "/outbox/{}",
    }
)


@ROUTES.get("/search", may=Door.SIGNED_IN)
def search(visit: Visit) -> Response:
    """What the words in the box name."""
    asked = visit.query.get("q", "").strip()[:LONGEST]
    hits = find(visit.gateway.store, asked, visit.account.authorities, scope=visit.scope)
    exact = [it for it in hits if it.is_exact]
    if len(exact) == 1:
        return visit.go(_path(exact[0]))
    kinds = {kind: [(it, _path(it)) for it in hits if it.kind is kind] for kind in HitKind}
    return visit.show("search.html", asked=asked, kinds={kind: found for kind, found in kinds.items() if found})


def _path(hit: Hit) -> str:
    path = PATHS[hit.kind].format(segment(hit.id))
    return f"{path}?vendor={quote(hit.of)}" if hit.of else path
