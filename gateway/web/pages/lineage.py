"""One page with everything that belongs together, from the file that came to the acknowledgement of what went out."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from gateway.desk.batches import show_batch
from gateway.desk.lineage import show_lineage
from gateway.desk.messages import show_message
from gateway.desk.orders import show_order
from gateway.desk.outbox import show_item
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.chain import drawn
from gateway.web.problems import denied
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
WORDS = MappingProxyType({Part.MESSAGE: "message", Part.ORDER: "purchase order", Part.BATCH: "batch", Part.ITEM: "outgoing file"})
PATHS = MappingProxyType({Part.MESSAGE: "messages", Part.ORDER: "orders", Part.BATCH: "batches", Part.ITEM: "outbox"})
NEEDED = MappingProxyType(
    {Part.MESSAGE: Authority.FILES, Part.ITEM: Authority.FILES, Part.ORDER: Authority.ORDERS, Part.BATCH: Authority.ORDERS}
)


@ROUTES.get("/lineage/{part}/{name}", may=Door.SIGNED_IN)
def lineage(visit: Visit) -> Response:
    """Everything that belongs to a message, order, batch or outgoing file; who looks must be allowed to see that one."""
    part = next((it for it in Part if it.value == visit.path["part"]), None)
    name = visit.path["name"]
    if part is None:
        raise NotFound("there is nothing at this address", remedy="Search for it in the box above.")
    if not visit.may(NEEDED[part]):
        raise denied(HTTPStatus.FORBIDDEN, "This is not yours to see", remedy="Ask who administers people if it should be.")
    _require_seen(visit, part, name)
    found = show_lineage(visit.gateway.store, part, name, scope=visit.scope)
    path = quote(name, safe="")
    return visit.show(
        "lineage.html",
        title=f"What belongs to {WORDS[part]} {name}",
        path=f"/{PATHS[part]}/{path}",
        found=found,
        chain=drawn(visit, found, part, f"/lineage/{part.value}/{path}"),
    )


def _require_seen(visit: Visit, part: Part, name: str) -> None:
    """NotFound for what is beyond the scope, as on its own page."""
    gateway = visit.gateway
    if part is not Part.ORDER and not (name.isascii() and name.isdigit() and len(name) < listing.DIGITS):
        raise NotFound(f"there is no {WORDS[part]} {name}", remedy="Its number has only digits.")
    match part:
        case Part.MESSAGE:
            show_message(gateway.store, int(name), scope=visit.scope, most=0)
        case Part.ORDER:
            show_order(gateway.store, name, organization=gateway.master.organization, scope=visit.scope, style=visit.reading.notes)
        case Part.BATCH:
            show_batch(gateway.store, int(name), scope=visit.scope)
        case Part.ITEM:
            show_item(gateway.store, int(name), scope=visit.scope)
