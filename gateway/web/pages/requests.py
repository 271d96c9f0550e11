"""Change requests that wait for the vendor's answer, each with its answers (sdf 5.4, 5.5, 9.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.requests import search_pending
from gateway.domain.access import Authority
from gateway.domain.request import RequestKind
from gateway.store.queries import PendingSearch
from gateway.web import listing
from gateway.web.personal import masked_party
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.documents import Party
    from gateway.web.visit import Visit

ROUTES = Routes()
ASKED = (RequestKind.CANCEL, RequestKind.ADDRESS)
"""A change of cost needs no answer."""


@ROUTES.get("/requests", may=Authority.CHANGE_REQUESTS)
def requests(visit: Visit) -> Response:
    """The newest requests that wait."""
    kind = listing.one_of(visit, "kind", RequestKind)
    search = PendingSearch(vendor=listing.vendor(visit), kind=kind, number=listing.text(visit, "number"))
    page = search_pending(visit.gateway.store, search, scope=visit.scope, before=listing.before(visit), most=listing.MOST)

    def told(party: Party | None) -> str:
        """Whereto, in one line."""
        seen = party if visit.may(Authority.PERSONAL_DATA) else masked_party(party)
        if seen is None:
            return ""
        name = seen.company or " ".join(it for it in (seen.first_name, seen.last_name) if it)
        return ", ".join(it for it in (name, seen.address1, seen.city, seen.region, seen.postal_code, seen.country) if it)

    paging = listing.paging(visit, page, lambda row: row.request.id)
    return visit.show("requests.html", search=search, kinds=ASKED, page=page, paging=paging, address=told)
