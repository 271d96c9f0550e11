"""Mappings: a list, the rules of one as a table beside its sample, and what a mapping reads from an uploaded or stored file."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.hiding import OPEN
from gateway.desk.kept import open_kept
from gateway.desk.mappings import PreviewSheet, beside, list_mappings, show_mapping
from gateway.desk.messages import MessageSheet, show_message
from gateway.desk.preview import Preview, preview_any, preview_for, preview_with
from gateway.desk.raw import READ_AT_MOST, known_in
from gateway.desk.schemas import schema_texts
from gateway.domain.access import Authority
from gateway.kernel.errors import ConfigError, NotFound, Refused
from gateway.web import listing
from gateway.web.routes import Door, Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
ODD = re.compile(r"[^\w.()+@=, -]")
LONGEST_NAME = 120


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
    sheet = show_message(visit.gateway.store, number, scope=visit.scope, most=0)
    if sheet.size > READ_AT_MOST:
        return _form(visit, told=(f"message {number} has {sheet.size:,} bytes; here at most {READ_AT_MOST:,} are read",))
    see = f"gateway message show {number}"
    with open_kept(visit.gateway.archive, sheet.archive_key, what=f"message {number} ({sheet.file})", see=see) as source:
        body = source.read()
    return _previewed(visit, body, sheet.file, sheet)


@ROUTES.post("/preview", may=Authority.PARTNERS)
def preview_upload(visit: Visit) -> Response:
    """What would be read from an uploaded file; nothing of it is stored."""
    upload = visit.file("file")
    if upload is None:
        return _form(visit, told=("choose a file",))
    return _previewed(visit, upload.file.read(), upload.filename or "")


@ROUTES.get("/schemas/{name}", may=Door.OPEN)
def schema(visit: Visit) -> Response:
    """A JSON Schema of a configuration file, for editors; it says nothing of this installation."""
    name, texts = visit.path["name"], schema_texts()
    if name not in texts:
        raise NotFound(f"there is no schema {name}", remedy=f"There are {', '.join(texts)}.")
    return Response(texts[name], media_type="application/schema+json")


def _previewed(visit: Visit, body: bytes, name: str, message: MessageSheet | None = None) -> Response:
    try:
        found = _read(visit, body, name, message)
    except (ConfigError, Refused) as error:
        told = error.problems if isinstance(error, ConfigError) else tuple(str(issue) for issue in error.issues)
        return _form(visit, told=told)
    known = OPEN if message is None else known_in((one.reading for one in found.readings), [found.kind])
    return _form(visit, sheet=beside(found, body, name, known), name=name)


def _read(visit: Visit, body: bytes, name: str, message: MessageSheet | None) -> Preview:
    workspace, chosen = visit.gateway.workspace, visit.field("mapping")
    with TemporaryDirectory(prefix="gateway-preview-") as folder:
        file = Path(folder) / (ODD.sub("_", Path(name).name).lstrip(".")[:LONGEST_NAME] or "file")
        file.write_bytes(body)
        if chosen:
            return preview_with(workspace, file, chosen)
        if message is not None and message.connector in workspace.connectors:
            return preview_for(workspace, file, workspace.connector(message.connector), message.channel)
        return preview_any(workspace, file)


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
