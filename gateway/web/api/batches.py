"""Batches: what vendors were told, and what operations people do about them. What vendors do themselves is `slips`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import again, telling
from gateway.desk.again import TakenBack, Way
from gateway.desk.batches import BatchSheet, search_batches, show_batch
from gateway.desk.telling import Told
from gateway.domain.access import Authority
from gateway.domain.outcome import BatchState, is_on_paper
from gateway.store.queries import BatchRow, BatchSearch
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing, Rows, behind, mode_of, rows_of
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class BatchQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What batches are asked for."""

    vendor: str | None = None
    number: int | None = None
    state: tuple[BatchState, ...] = ()
    cursor: str | None = None
    limit: Limit = 50


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new print quantity; 0 takes the line off."""

    order: str
    line: int
    quantity: int


class Meant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but whether it is meant."""

    dry_run: bool = False


class Recall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a batch is taken back: the whole of it, or these of its orders."""

    reason: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
    orders: tuple[str, ...] = ()
    dry_run: bool = False


class Reissue(Recall, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is sent anew, with other quantities where some are told."""

    quantities: tuple[Count, ...] = ()


@API.get("/batches", may=Authority.ORDERS, query=BatchQuery, answer=Rows[BatchRow])
def list_batches(visit: Visit, asked: BatchQuery) -> Rows[BatchRow]:
    """Batches, the newest first."""
    search = BatchSearch(vendor=asked.vendor, number=asked.number, states=asked.state or tuple(BatchState))
    page = search_batches(visit.gateway.store, search, scope=visit.scope, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.number)


@API.get("/batches/{id}", may=Authority.ORDERS, answer=BatchSheet)
def get_batch(visit: Visit, _: Nothing) -> BatchSheet:
    """One batch with its lines and its file."""
    return _known(visit)


@API.post("/batches/{id}/has_it", may=Authority.OPERATIONS, body=Meant, answer=Told)
def acknowledge_for_vendor(visit: Visit, said: Meant) -> Told:
    """Say for its vendor that it has the batch: its lines go In Process."""
    return telling.acknowledge(visit.desk, _known(visit).number, mode=mode_of(said))


@API.post("/batches/{id}/take_back", may=Authority.OPERATIONS, body=Recall, answer=TakenBack)
def take_back_batch(visit: Visit, said: Recall) -> TakenBack:
    """Take a batch, or orders out of it, back from its vendor: the lines are New Order again."""
    sheet, tools = _known(visit), visit.gateway.tools
    way, orders, reason = _way(sheet), said.orders, said.reason.strip()
    return again.void(visit.desk, tools, sheet.number, way=way, orders=orders, reason=reason, mode=mode_of(said))


@API.post("/batches/{id}/send_anew", may=Authority.OPERATIONS, body=Reissue, answer=TakenBack)
def send_batch_anew(visit: Visit, said: Reissue) -> TakenBack:
    """Send what is left of a batch, or of orders in it, under a new number; held lines are left out."""
    sheet, tools, reason = _known(visit), visit.gateway.tools, said.reason.strip()
    quantities = {(it.order, it.line): it.quantity for it in said.quantities}
    way, orders = _way(sheet), said.orders
    return again.make_again(visit.desk, tools, sheet.number, quantities, way=way, orders=orders, reason=reason, mode=mode_of(said))


def _known(visit: Visit) -> BatchSheet:
    """A batch that who asks may see."""
    return show_batch(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)


def _way(sheet: BatchSheet) -> Way:
    return Way.PAPER if is_on_paper(sheet.channel) else Way.FILE
