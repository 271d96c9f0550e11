"""Received files as they came: rows with what is personal hidden; with a reason, which is kept, nothing hidden, or the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk.kept import open_kept, whole
from gateway.desk.messages import MessageSheet, show_message
from gateway.desk.raw import RawPage, Told, look_behind, raw_page
from gateway.domain.access import Authority
from gateway.kernel.errors import ConfigError
from gateway.web import listing
from gateway.web.api import messages
from gateway.web.api.operations import Api
from gateway.web.office import office_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api(beside=messages.API)
ISSUES = 1_000
"""Documents whose issues are looked for a place in the file."""
LARGEST = 50_000_000
"""Bytes of a file that is told in one answer."""
Page = Annotated[int, Meta(ge=1, le=1_000_000)]
Why = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]


class RawQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of its rows; a page has 200."""

    page: Page = 1


class Reveal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody looks at what is hidden, and which page of rows is shown."""

    reason: Why
    page: Page = 1


class Download(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the bytes are taken away."""

    reason: Why


class Content(Struct, frozen=True, kw_only=True):
    """A file, byte for byte; `content` is base64."""

    name: str
    size: int
    sha256: str
    content: bytes


@API.get("/messages/{id}/raw", may=Authority.FILES, query=RawQuery, answer=RawPage)
def get_raw(visit: Visit, asked: RawQuery) -> RawPage:
    """The rows of a file with the issues that name them; what is personal in it is hidden."""
    return raw_page(_told(visit), _sheet(visit), page=asked.page)


@API.post("/messages/{id}/reveal", may=Authority.RAW_FILES, body=Reveal, answer=RawPage, is_kept=False)
def reveal_raw(visit: Visit, said: Reveal) -> RawPage:
    """The same with nothing hidden: who, when and why stands in the record for good."""
    sheet = _sheet(visit)
    _written_down(visit, sheet, said.reason, "reveal")
    return raw_page(_told(visit), sheet, page=said.page, is_open=True)


@API.post("/messages/{id}/download", may=Authority.RAW_FILES, body=Download, answer=Content, is_kept=False)
def download_message(visit: Visit, said: Download) -> Content:
    """The bytes of a file: who, when and why stands in the record for good."""
    sheet, archive = _sheet(visit), visit.gateway.archive
    what, see = f"message {sheet.id} ({sheet.file})", f"gateway message show {sheet.id} --raw"
    if sheet.size > LARGEST:
        raise ConfigError(f"{what} has {sheet.size:,} bytes; here at most {LARGEST:,} are told. Take it at the console, or with: {see}")
    whole(archive, sheet.archive_key, what=what, see=see)
    _written_down(visit, sheet, said.reason, "download")
    with open_kept(archive, sheet.archive_key, what=what, see=see) as source:
        return Content(name=sheet.file, size=sheet.size, sha256=sheet.sha256, content=source.read())


def _written_down(visit: Visit, sheet: MessageSheet, reason: str, act: str) -> None:
    look_behind(_told(visit), office_of(visit), sheet.id, reason=reason.strip(), act=act, is_emergency=False)


def _sheet(visit: Visit) -> MessageSheet:
    return show_message(visit.gateway.store, listing.known(visit, "message"), scope=visit.scope, most=ISSUES)


def _told(visit: Visit) -> Told:
    gateway = visit.gateway
    return Told(gateway.store, gateway.archive, gateway.workspace, gateway.reader)
