"""The addresses of the listener: `/healthz`, `/readyz`, `/version`, `/metrics`, `/health/partners`, `/health/jobs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from gateway import __version__
from gateway.web.doorman import Doorman
from gateway.web.jobs import health_of_jobs
from gateway.web.metrics import registry
from gateway.web.partners import partners
from gateway.web.readiness import Readiness

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from gateway.runtime import Node

UNREADY = 503


def application(node: Node) -> ASGIApp:
    """Everything that can be asked about this node."""
    app = FastAPI(title="vendor-gateway", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    numbers = registry(node)
    readiness = Readiness(node)
    web = node.parts.workspace.settings.web

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process is alive and answers; nothing else is asked."""
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        """It can do its work: the store answers, its schema fits, its threads give signs of life. Partners do not count."""
        found = readiness.look()
        return JSONResponse({"ready": found.is_ready, "checks": found.checks}, status_code=200 if found.is_ready else UNREADY)

    @app.get("/version")
    def version() -> dict[str, str]:
        """Which version, which schema, which run of which node."""
        return {
            "version": __version__,
            "schema": readiness.head,
            "node": node.parts.workspace.settings.node.name,
            "run": node.run,
        }

    @app.get("/metrics")
    def metrics() -> Response:
        """All numbers, as Prometheus reads them."""
        return Response(generate_latest(numbers), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    @app.get("/health/partners")
    def health_partners() -> list[dict[str, Any]]:
        """Every channel that receives, and what waits to be sent."""
        return partners(node)

    @app.get("/health/jobs")
    def health_jobs() -> list[dict[str, Any]]:
        """Every timed job: its last run, its last success, its next time, and whether it is late."""
        return health_of_jobs(node)

    return Doorman(app, hosts=(*web.hosts, web.host))
