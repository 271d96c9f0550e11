"""Change requests that wait for their vendor's answer; answering them stands with the orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.requests import search_pending
from gateway.domain.access import Authority
from gateway.domain.request import RequestKind
from gateway.store.queries import PendingRow, PendingSearch
from gateway.web.api.operations import Api, Rows, behind, rows_of
from gateway.web.api.paging import Limit
from gateway.web.personal import masked_change

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class RequestQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What requests are asked for; the number of an order is found by its beginning."""

    vendor: str | None = None
    brand: str | None = None
    kind: RequestKind | None = None
    number: str | None = None
    cursor: str | None = None
    limit: Limit = 50


@API.get("/requests", may=Authority.CHANGE_REQUESTS, query=RequestQuery, answer=Rows[PendingRow])
def list_requests(visit: Visit, asked: RequestQuery) -> Rows[PendingRow]:
    """Cancels and address changes that wait for an answer, the newest first; addresses are hidden from keys without personal_data."""
    search = PendingSearch(vendor=asked.vendor, brand=asked.brand, kind=asked.kind, number=asked.number)
    page = search_pending(visit.gateway.store, search, scope=visit.scope, before=behind(asked.cursor), most=asked.limit)
    rows = rows_of(page, lambda row: row.request.id)
    return rows if visit.may(Authority.PERSONAL_DATA) else replace(rows, rows=tuple(map(_masked, rows.rows)))


def _masked(row: PendingRow) -> PendingRow:
    request = row.request
    return replace(row, request=replace(request, before=masked_change(request.before), after=masked_change(request.after)))
