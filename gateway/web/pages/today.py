"""The first page: what needs a person, what is late, how the partners fare, what flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/", may=Door.SIGNED_IN)
def today(visit: Visit) -> Response:
    """The first page."""
    return visit.show("today.html")
