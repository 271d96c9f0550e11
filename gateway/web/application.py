"""The addresses of the listener put together: pages, API, files of ours, health. One without a declared door does not start."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.desk.login import Reception
from gateway.web.api.description import RESOURCES
from gateway.web.doorman import Doorman
from gateway.web.guard import endpoint, refused
from gateway.web.problems import NO_ROUTE, Problem
from gateway.web.render import Pages
from gateway.web.routes import Declared, Face, Routes, all_different
from gateway.web.visit import Works

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from gateway.app import Gateway
    from gateway.runtime import Node

MODULES = (
    "gateway.web.api.description",
    "gateway.web.api.wire",
    "gateway.web.health",
    "gateway.web.assets",
    "gateway.web.pages.elsewhere",
    "gateway.web.pages.entrance",
    "gateway.web.pages.administration",
    "gateway.web.pages.batch_acts",
    "gateway.web.pages.batches",
    "gateway.web.pages.draft_acts",
    "gateway.web.pages.drafts",
    "gateway.web.pages.alarms",
    "gateway.web.pages.calendar",
    "gateway.web.pages.finding",
    "gateway.web.pages.invoice_acts",
    "gateway.web.pages.invoice_edit",
    "gateway.web.pages.invoices",
    "gateway.web.pages.jobs",
    "gateway.web.pages.line_acts",
    "gateway.web.pages.lineage",
    "gateway.web.pages.mappings",
    "gateway.web.pages.marks",
    "gateway.web.pages.master",
    "gateway.web.pages.master_acts",
    "gateway.web.pages.message_acts",
    "gateway.web.pages.messages",
    "gateway.web.pages.order_acts",
    "gateway.web.pages.order_windows",
    "gateway.web.pages.orders",
    "gateway.web.pages.outbox_acts",
    "gateway.web.pages.outbox",
    "gateway.web.pages.partners",
    "gateway.web.pages.people",
    "gateway.web.pages.people_acts",
    "gateway.web.pages.privacy",
    "gateway.web.pages.raw",
    "gateway.web.pages.record",
    "gateway.web.pages.requests",
    "gateway.web.pages.rights",
    "gateway.web.pages.reports",
    "gateway.web.pages.settings",
    "gateway.web.pages.shipments",
    "gateway.web.pages.slip_acts",
    "gateway.web.pages.slips",
    "gateway.web.pages.taking",
    "gateway.web.pages.today",
    "gateway.web.pages.uninvoiced",
    "gateway.web.pages.uploads",
)
"""Every module that declares routes as `ROUTES`."""
NOT_SO = Problem(status=405, title="This address does not take this method")


def declared() -> tuple[Declared, ...]:
    """Every route there is."""
    modules: Iterable[Routes] = (import_module(name).ROUTES for name in MODULES)
    resources: Iterable[Routes] = (resource.API.routes for resource in RESOURCES)
    return all_different(route for routes in (*modules, *resources) for route in routes)


def application(gateway: Gateway, node: Node) -> ASGIApp:
    """Everything that can be asked of this node."""
    web = gateway.workspace.settings.web
    reception = Reception(store=gateway.store, clock=gateway.clock, references=gateway.master.references)
    routes = declared()
    works = Works(gateway, node, reception=reception, pages=Pages(), paths=frozenset(it.path for it in routes if not it.changes))
    page, api = refused(works, Face.PAGE, NO_ROUTE), refused(works, Face.API, NO_ROUTE)
    page_not_so, api_not_so = refused(works, Face.PAGE, NOT_SO), refused(works, Face.API, NOT_SO)

    async def missing(request: Request, _: Exception) -> Response:
        return await (api if request.url.path.startswith("/api/") else page)(request)

    async def not_so(request: Request, _: Exception) -> Response:
        return await (api_not_so if request.url.path.startswith("/api/") else page_not_so)(request)

    app = Starlette(
        routes=[Route(it.path, endpoint(works, it), methods=[it.method]) for it in routes],
        exception_handlers={404: missing, 405: not_so},
    )
    app.router.redirect_slashes = False
    return Doorman(app, hosts=(*web.hosts, web.host), proxies=web.proxies)
