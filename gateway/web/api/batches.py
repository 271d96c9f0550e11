"""Batches: what vendors were told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk.batches import BatchSheet, search_batches, show_batch
from gateway.domain.access import Authority
from gateway.domain.outcome import BatchState
from gateway.store.queries import BatchRow, BatchSearch
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing, Rows, behind, rows_of
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class BatchQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What batches are asked for."""

    vendor: str | None = None
    state: tuple[BatchState, ...] = ()
    cursor: str | None = None
    limit: Limit = 50


@API.get("/batches", may=Authority.ORDERS, query=BatchQuery, answer=Rows[BatchRow])
def list_batches(visit: Visit, asked: BatchQuery) -> Rows[BatchRow]:
    """Batches, the newest first."""
    search = BatchSearch(vendor=asked.vendor, states=asked.state or tuple(BatchState))
    page = search_batches(visit.gateway.store, search, scope=visit.scope, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.number)


@API.get("/batches/{id}", may=Authority.ORDERS, answer=BatchSheet)
def get_batch(visit: Visit, _: Nothing) -> BatchSheet:
    """One batch with its lines and its file."""
    return show_batch(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)
