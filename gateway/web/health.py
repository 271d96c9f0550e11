"""What probes and Prometheus ask: `/healthz`, `/readyz`, `/version`, `/metrics`, `/health/partners`, `/health/jobs`.

The first two say nothing but yes or no to strangers; the rest is for this machine, or for a key with the authority for files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.responses import Response

from gateway import __version__
from gateway.domain.access import Authority
from gateway.web.jobs import health_of_jobs
from gateway.web.partners import partners
from gateway.web.readiness import Readiness
from gateway.web.routes import Door, Face, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes(Face.API)
UNREADY = 503


@ROUTES.get("/healthz", may=Door.OPEN)
def healthz(visit: Visit) -> Response:  # noqa: ARG001 (the shape of a handler)
    """The process is alive and answers; nothing else is asked."""
    return _json({"status": "alive"})


@ROUTES.get("/readyz", may=Door.OPEN)
def readyz(visit: Visit) -> Response:
    """It can do its work: the store answers, its schema fits, its threads give signs of life. Partners do not count."""
    found = Readiness(visit.works.node).look()
    told: dict[str, Any] = {"ready": found.is_ready}
    if visit.is_here or visit.may(Authority.FILES):
        told["checks"] = found.checks
    return _json(told, status=200 if found.is_ready else UNREADY)


@ROUTES.get("/version", may=Door.MACHINE)
def version(visit: Visit) -> Response:
    """Which version, which schema, which run of which node."""
    node = visit.works.node
    name = node.parts.workspace.settings.node.name
    return _json({"version": __version__, "schema": Readiness(node).head, "node": name, "run": node.run})


@ROUTES.get("/metrics", may=Door.MACHINE)
def metrics(visit: Visit) -> Response:
    """All numbers, as Prometheus reads them."""
    return Response(generate_latest(visit.works.numbers), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@ROUTES.get("/health/partners", may=Door.MACHINE)
def health_partners(visit: Visit) -> Response:
    """Every channel that receives, and what waits to be sent."""
    return _json(partners(visit.works.node))


@ROUTES.get("/health/jobs", may=Door.MACHINE)
def health_jobs(visit: Visit) -> Response:
    """Every timed job: its last run, its last success, its next time, and whether it is late."""
    return _json(health_of_jobs(visit.works.node))


def _json(told: object, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(told), status_code=status, media_type="application/json")
