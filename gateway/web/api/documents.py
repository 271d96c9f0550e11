"""Printed documents of batches: which there are, having them made, and their bytes (sdf 6.1, 6.3)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk import slips
from gateway.desk.kept import open_kept, whole
from gateway.desk.slips import DocumentSheet, SlipSheet
from gateway.domain.access import Authority
from gateway.kernel.errors import ConfigError
from gateway.store.slips import DocumentSearch, DocumentState
from gateway.web import listing
from gateway.web.api import batches
from gateway.web.api.operations import Api, Nothing, Rows, behind, rows_of
from gateway.web.api.paging import Limit
from gateway.web.api.raw import LARGEST, Content
from gateway.web.paper import paper_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api(beside=batches.API)


class DocumentQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What documents are asked for."""

    vendor: str | None = None
    batch: int | None = None
    state: tuple[DocumentState, ...] = ()
    cursor: str | None = None
    limit: Limit = 50


class Make(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is asked."""


@API.get("/slips", may=Authority.PACK_SLIPS, query=DocumentQuery, answer=Rows[DocumentSheet])
def list_documents(visit: Visit, asked: DocumentQuery) -> Rows[DocumentSheet]:
    """Pack slips, pull sheets and extracts, the newest first."""
    page = slips.search_documents(
        visit.gateway.store,
        DocumentSearch(vendor=asked.vendor, batch=asked.batch, states=asked.state or tuple(DocumentState)),
        scope=visit.scope,
        before=behind(asked.cursor),
        most=asked.limit,
    )
    return rows_of(page, lambda row: row.id)


@API.get("/batches/{id}/slips", may=Authority.PACK_SLIPS, answer=SlipSheet)
def get_slips(visit: Visit, _: Nothing) -> SlipSheet:
    """The documents of a batch."""
    return slips.show_slips(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)


@API.post("/batches/{id}/documents", may=Authority.PACK_SLIPS, body=Make, answer=SlipSheet)
def make_documents(visit: Visit, _: Make) -> SlipSheet:
    """Have the documents made that are not there, or not any more; they are made in the background."""
    sheet = slips.show_slips(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)
    return slips.ask(visit.desk, sheet.batch, archive=visit.gateway.archive)


@API.get("/batches/{id}/documents/{document}", may=Authority.PACK_SLIPS, answer=Content)
def get_document(visit: Visit, _: Nothing) -> Content:
    """The bytes of a document that is ready, a PDF or a CSV file."""
    paper, archive = paper_of(visit), visit.gateway.archive
    size = whole(archive, paper.key, what=paper.what, see=paper.see)
    if size > LARGEST:
        raise ConfigError(f"{paper.what} has {size:,} bytes; here at most {LARGEST:,} are told. Take it at the console: {paper.page}")
    with open_kept(archive, paper.key, what=paper.what, see=paper.see) as source:
        content = source.read()
    return Content(name=paper.name, size=len(content), sha256=sha256(content).hexdigest(), content=content)
