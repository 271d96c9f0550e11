"""The printed document that an address names, as the console and programs fetch it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk.slips import show_slips
from gateway.kernel.errors import NotFound
from gateway.store.slips import DocumentKind, DocumentState
from gateway.web import listing
from gateway.web.problems import denied

if TYPE_CHECKING:
    from gateway.web.visit import Visit

MEDIA = {DocumentKind.SLIPS: "application/pdf", DocumentKind.PULL_SHEET: "application/pdf", DocumentKind.CSV: "text/csv; charset=utf-8"}


class Paper(Struct, frozen=True, kw_only=True):
    """A document that is ready: where its bytes lie, and under what name and kind they go; `what` and `see` as in `open_kept`."""

    key: str
    page: str
    name: str
    media: str
    what: str
    see: str


def paper_of(visit: Visit) -> Paper:
    """The document of the path; NotFound where the batch has none such, and refused with what to do while it is not ready."""
    number = listing.known(visit, "batch")
    sheet = show_slips(visit.gateway.store, number, scope=visit.scope)
    found = next((it for it in sheet.documents if str(it.id) == visit.path["document"]), None)
    if found is None:
        raise NotFound(f"batch {number} has no such document", remedy=f"See which it has: gateway slip show {number}")
    if found.state is not DocumentState.READY or found.archive_key is None:
        remedy = f"Have it made at gateway slip fetch {number}, unless it waits already; then look again."
        raise denied(HTTPStatus.CONFLICT, f"{found.file} is {found.state}", remedy=remedy)
    what, see = f"document {found.file}", f"gateway slip show {number}"
    page = f"/slips/{number}/documents/{found.id}"
    return Paper(key=found.archive_key, page=page, name=found.file, media=MEDIA[found.kind], what=what, see=see)
