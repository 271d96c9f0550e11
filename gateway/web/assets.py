"""Our stylesheet and scripts, under addresses that name their content, so that a browser may keep them for a year."""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.web.problems import denied
from gateway.web.render import asset
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
FILES = MappingProxyType(
    {"console.css": "text/css", "console.js": "text/javascript", "htmx/htmx.min.js": "text/javascript", "mark.svg": "image/svg+xml"}
)
YEAR = "public, max-age=31536000, immutable"


@ROUTES.get("/static/{digest}/{name:path}", may=Door.OPEN)
def static(visit: Visit) -> Response:
    """One of our files; another content than ours is not kept under this address."""
    name = visit.path["name"]
    if name not in FILES or asset(name) != visit.url:
        raise denied(HTTPStatus.NOT_FOUND, "There is no such file", remedy="Reload the page; the gateway was renewed.")
    body = (files("gateway.web") / "static" / name).read_bytes()
    return Response(body, media_type=FILES[name], headers={"Cache-Control": YEAR})
