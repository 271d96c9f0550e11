"""A received file as it came: rows with their syntax, issues in place, personal data hidden; a look behind it with a reason, and logged."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.messages import MessageSheet, show_message
from gateway.desk.office import Office
from gateway.desk.raw import RawPage, Told, look_behind, raw_page, turned_away
from gateway.domain.access import Authority
from gateway.web import listing
from gateway.web.acts import LONGEST_REASON
from gateway.web.attachment import attachment
from gateway.web.problems import denied
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
PLAIN = re.compile(r"\w[\w.+-]{0,119}", re.ASCII)
"""Names of files that stand in a header as they are."""
ISSUES = 1_000
"""Documents whose issues are looked for a place in the file."""
PAGES = 1_000_000
WHY = "Say why: it stands in the record for good."


@ROUTES.get("/messages/{id}/raw", may=Authority.FILES)
def raw(visit: Visit) -> Response:
    """The file with what is personal in it hidden."""
    sheet = _sheet(visit)
    return _page(visit, sheet, raw_page(_told(visit), sheet, page=_number(visit)))


@ROUTES.post("/messages/{id}/raw", may=Authority.FILES)
def reveal(visit: Visit) -> Response:
    """The same with nothing hidden: who, when and why is written down first."""
    sheet = _sheet(visit)
    reason = _reason(visit, sheet, "reveal")
    page = _number(visit)
    if not reason:
        return _page(visit, sheet, raw_page(_told(visit), sheet, page=page), told=WHY)
    return _page(visit, sheet, raw_page(_told(visit), sheet, page=page, is_open=True), reason=reason)


@ROUTES.post("/messages/{id}/raw/download", may=Authority.FILES)
def download(visit: Visit) -> Response:
    """The bytes as an attachment, byte for byte."""
    sheet = _sheet(visit)
    if not _reason(visit, sheet, "download"):
        return _page(visit, sheet, raw_page(_told(visit), sheet), told=WHY)
    name = sheet.file if PLAIN.fullmatch(sheet.file) else f"message-{sheet.id}.bin"
    what, see = f"message {sheet.id} ({sheet.file})", f"gateway message show {sheet.id}"
    return attachment(visit.gateway.archive, sheet.archive_key, name=name, media="application/octet-stream", what=what, see=see)


def _reason(visit: Visit, sheet: MessageSheet, act: str) -> str:
    """Why somebody looks, written down; nothing where they do not say it. Denied for who may not, which is written down too."""
    office = Office(store=visit.gateway.store, clock=visit.gateway.clock, actor=visit.account.id, source=visit.source)
    if not may_look(visit):
        turned_away(visit.gateway.store, office, f"message {sheet.id}")
        raise denied(HTTPStatus.FORBIDDEN, "This is not yours to see", remedy="Ask who administers people if it should be.")
    reason = visit.field("reason")[:LONGEST_REASON]
    if reason:
        is_emergency = not visit.may(Authority.RAW_FILES)
        look_behind(_told(visit), office, sheet.id, reason=reason, act=act, is_emergency=is_emergency)
    return reason


def may_look(visit: Visit) -> bool:
    """Whether who asks may see files with nothing hidden, as their work or in an emergency."""
    return visit.may(Authority.RAW_FILES) or visit.may(Authority.BREAK_GLASS)


def _page(visit: Visit, sheet: MessageSheet, page: RawPage, *, told: str = "", reason: str = "") -> Response:
    response = visit.show(
        "raw.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        sheet=sheet,
        page=page,
        told=told,
        reason=reason,
        may_look=may_look(visit),
        is_emergency=not visit.may(Authority.RAW_FILES),
        longest=LONGEST_REASON,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _sheet(visit: Visit) -> MessageSheet:
    return show_message(visit.gateway.store, listing.known(visit, "message"), scope=visit.scope, most=ISSUES)


def _told(visit: Visit) -> Told:
    gateway = visit.gateway
    return Told(gateway.store, gateway.archive, gateway.workspace, gateway.reader)


def _number(visit: Visit) -> int:
    text = visit.field("page", "1")
    return min(max(int(text), 1), PAGES) if text.isascii() and text.isdigit() and len(text) < len(str(PAGES)) else 1
