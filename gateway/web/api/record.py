"""The record of who did what, and whether it is whole."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import trail
from gateway.domain.access import Authority
from gateway.store.audit import AuditEntry, AuditSearch
from gateway.web.api.days import require_possible
from gateway.web.api.operations import Api, Rows, behind, rows_of
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class RecordQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What entries are asked for, word for word; `since` is an instant with its zone."""

    event: str | None = None
    actor: str | None = None
    about: str | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    cursor: str | None = None
    limit: Limit = 50


class ProofQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A digest that was noted elsewhere before, and must be among the entries."""

    digest: Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{64}$")] | None = None


class Proof(Struct, frozen=True, kw_only=True):
    """What following the record from its beginning has found."""

    holds: bool
    """Whether nothing was changed or taken away, and the digest is there."""
    entries: int
    head: str
    """The digest of the last entry that follows: note it elsewhere, and it proves everything before it."""
    broken_at: int | None
    missing: int
    has_digest: bool


@API.get("/record", may=Authority.AUDIT, query=RecordQuery, answer=Rows[AuditEntry])
def list_record(visit: Visit, asked: RecordQuery) -> Rows[AuditEntry]:
    """Who did what, the newest first."""
    require_possible(asked.since, "since")
    search = AuditSearch(event=asked.event, actor=asked.actor, about=asked.about, since=asked.since)
    page = trail.list_entries(visit.gateway.store, search, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.id)


@API.get("/record/proof", may=Authority.AUDIT, query=ProofQuery, answer=Proof)
def prove_record(visit: Visit, asked: ProofQuery) -> Proof:
    """Follow the record from its beginning: whether every entry follows from the one before."""
    found = trail.verify(visit.gateway.store, digest=None if asked.digest is None else asked.digest.lower())
    return Proof(
        holds=found.holds,
        entries=found.entries,
        head=found.head,
        broken_at=found.broken_at,
        missing=found.missing,
        has_digest=found.has_digest,
    )
