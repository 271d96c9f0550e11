"""Mappings: which there are, the rules, tests and sample of one, and what a mapping reads from bytes or from a received file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk.mappings import MappingRow, MappingSheet, PreviewSheet, Size, list_mappings, show_mapping
from gateway.desk.messages import show_message
from gateway.desk.preview import Wanted
from gateway.desk.tryout import try_bytes, try_message
from gateway.domain.access import Authority
from gateway.web import listing
from gateway.web.api import messages
from gateway.web.api.operations import Api, Nothing, Rows
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api(beside=messages.API)
ROWS = 200
"""Rows of the file beside its documents."""
FIELDS = 100_000
Name = Annotated[str, Meta(min_length=1, max_length=255)]


class TryOut(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file and how it is read; `content` is base64.

    With this mapping; or as a file of this connector, by the channel that is named or that takes its name; or with the one that fits.
    """

    name: Name
    content: Annotated[bytes, Meta(min_length=1)]
    mapping: Name | None = None
    connector: Name | None = None
    channel: Name | None = None
    documents: Limit = 20
    """At most so many are told; `more` says how many there are besides."""


class TryAgain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With which mapping, if not with those of its channel."""

    mapping: Name | None = None
    documents: Limit = 20
    """At most so many are told; `more` says how many there are besides."""


@API.get("/mappings", may=Authority.PARTNERS, answer=Rows[MappingRow])
def list_layouts(visit: Visit, _: Nothing) -> Rows[MappingRow]:
    """Every mapping, and the connectors that use it."""
    return Rows(rows=list_mappings(visit.gateway.workspace, visit.gateway.library))


@API.get("/mappings/{name}", may=Authority.PARTNERS, answer=MappingSheet)
def get_layout(visit: Visit, _: Nothing) -> MappingSheet:
    """One mapping: its rules with their lines, how its tests end now, its sample with the rule of each value."""
    return show_mapping(visit.gateway.workspace, visit.gateway.library, visit.path["name"])


@API.post("/preview", may=Authority.PARTNERS, body=TryOut, answer=PreviewSheet, is_kept=False)
def preview_file(visit: Visit, said: TryOut) -> PreviewSheet:
    """What would be read from a file: each value with its place and the rule that gave it; nothing is stored."""
    wanted = Wanted(mapping=said.mapping, connector=said.connector, channel=said.channel)
    return try_bytes(visit.gateway.workspace, said.content, said.name, wanted, size=_size(said.documents))


@API.post("/messages/{id}/preview", may=Authority.PARTNERS, body=TryAgain, answer=PreviewSheet, is_kept=False)
def preview_message(visit: Visit, said: TryAgain) -> PreviewSheet:
    """What would be read from a received file now; what is personal in it is hidden, nothing is stored."""
    gateway = visit.gateway
    sheet = show_message(gateway.store, listing.known(visit, "message"), scope=visit.scope, most=0)
    return try_message(gateway.workspace, gateway.archive, sheet, said.mapping, size=_size(said.documents))


def _size(documents: int) -> Size:
    return Size(documents=documents, fields=FIELDS, rows=ROWS)
