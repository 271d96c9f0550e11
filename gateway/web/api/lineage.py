"""The chain from the file that came to the acknowledgement of what went out, looked at from any of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.desk.batches import show_batch
from gateway.desk.lineage import LineageSheet, show_lineage
from gateway.desk.messages import show_message
from gateway.desk.orders import show_order
from gateway.desk.outbox import show_item
from gateway.domain.access import Authority
from gateway.store.queries.lineage import Part
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


@API.get("/messages/{id}/lineage", may=Authority.FILES, answer=LineageSheet)
def get_lineage_of_message(visit: Visit, _: Nothing) -> LineageSheet:
    """What came of a received file: its orders, their batches, what went out for them; what the key may not see is left out."""
    found = show_message(visit.gateway.store, listing.known(visit, "message"), scope=visit.scope, most=0)
    return _seen(visit, Part.MESSAGE, str(found.id))


@API.get("/orders/{number}/lineage", may=Authority.ORDERS, answer=LineageSheet)
def get_lineage_of_order(visit: Visit, _: Nothing) -> LineageSheet:
    """The files that told of an order, its batches and what went out for it; what the key may not see is left out."""
    gateway = visit.gateway
    found = show_order(gateway.store, visit.path["number"], organization=gateway.master.organization, scope=visit.scope)
    return _seen(visit, Part.ORDER, found.number)


@API.get("/batches/{id}/lineage", may=Authority.ORDERS, answer=LineageSheet)
def get_lineage_of_batch(visit: Visit, _: Nothing) -> LineageSheet:
    """The orders of a batch, the files they came in, the file that it went out with; what the key may not see is left out."""
    found = show_batch(visit.gateway.store, listing.known(visit, "batch"), scope=visit.scope)
    return _seen(visit, Part.BATCH, str(found.number))


@API.get("/outbox/{id}/lineage", may=Authority.FILES, answer=LineageSheet)
def get_lineage_of_item(visit: Visit, _: Nothing) -> LineageSheet:
    """What an outgoing file was made of and what its partner said; what the key may not see is left out."""
    found = show_item(visit.gateway.store, listing.known(visit, "outgoing file"), scope=visit.scope)
    return _seen(visit, Part.ITEM, str(found.id))


def _seen(visit: Visit, part: Part, name: str) -> LineageSheet:
    """As far as the authorities of who asks go."""
    found = show_lineage(visit.gateway.store, part, name, scope=visit.scope)
    if not visit.may(Authority.FILES):
        found = replace(found, files=(), documents={}, items=())
    return found if visit.may(Authority.ORDERS) else replace(found, orders=(), batches=())
