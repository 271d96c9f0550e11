"""Mappings: a list, the rules of one as a table beside its sample, and what a mapping reads from an uploaded or stored file."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.mappings import PreviewSheet, list_mappings, show_mapping
from gateway.desk.messages import show_message
from gateway.desk.preview import Wanted
from gateway.desk.schemas import schema_texts
from gateway.desk.tryout import try_bytes, try_message
from gateway.domain.access import Authority
from gateway.kernel.errors import ConfigError, NotFound, Refused
from gateway.web import listing
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()


@ROUTES.get("/mappings", may=Authority.PARTNERS)
def mappings(visit: Visit) -> Response:
    """Every mapping, and who uses it."""
    return visit.show("mappings.html", rows=list_mappings(visit.gateway.workspace, visit.gateway.library))


@ROUTES.get("/mappings/{name}", may=Authority.PARTNERS)
def mapping(visit: Visit) -> Response:
    """One mapping with its rules, its sample and its tests."""
    return visit.show("mapping.html", sheet=show_mapping(visit.gateway.workspace, visit.gateway.library, visit.path["name"]))


@ROUTES.get("/preview", may=Authority.PARTNERS)
def preview(visit: Visit) -> Response:
    """The form; with `message=N` what would be read from that file now. What is personal in it stays hidden."""
    number = listing.number(visit, "message")
    if number is None:
        return _form(visit)
    gateway = visit.gateway
    sheet = show_message(gateway.store, number, scope=visit.scope, most=0)
    return _tried(visit, sheet.file, lambda: try_message(gateway.workspace, gateway.archive, sheet, visit.field("mapping") or None))


@ROUTES.post("/preview", may=Authority.PARTNERS)
def preview_upload(visit: Visit) -> Response:
    """What would be read from an uploaded file; nothing of it is stored."""
    upload = visit.file("file")
    if upload is None:
        return _form(visit, told=("choose a file",))
    body, name, wanted = upload.file.read(), upload.filename or "", Wanted(mapping=visit.field("mapping") or None)
    return _tried(visit, name, lambda: try_bytes(visit.gateway.workspace, body, name, wanted))


@ROUTES.get("/schemas/{name}", may=Door.OPEN)
def schema(visit: Visit) -> Response:
    """A JSON Schema of a configuration file, for editors; it says nothing of this installation."""
    name, texts = visit.path["name"], schema_texts()
    if name not in texts:
        raise NotFound(f"there is no schema {name}", remedy=f"There are {', '.join(texts)}.")
    return Response(texts[name], media_type="application/schema+json")


def _tried(visit: Visit, name: str, work: Callable[[], PreviewSheet]) -> Response:
    try:
        return _form(visit, sheet=work(), name=name)
    except ConfigError as error:
        return _form(visit, told=error.problems)
    except Refused as error:
        return _form(visit, told=tuple(map(str, error.issues)))


def _form(visit: Visit, *, told: tuple[str, ...] = (), sheet: PreviewSheet | None = None, name: str = "") -> Response:
    return visit.show(
        "preview.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        told=told,
        sheet=sheet,
        file=name,
        number=visit.query.get("message", ""),
        chosen=visit.field("mapping"),
        names=visit.gateway.library.names(),
    )
