"""Outgoing files: the list, one file with its tries, and the five verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import dispatch
from gateway.desk.acting import Mode
from gateway.desk.dispatch import Acted
from gateway.desk.outbox import ItemRow, ItemSearch, ItemSheet, search_items, show_item
from gateway.domain.access import Authority
from gateway.kernel import Issue
from gateway.kernel.errors import RuleBroken
from gateway.store.outbox import Ack, ItemState
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing, Rows, behind, rows_of
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class ItemQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What outgoing files are asked for; names are found by their beginning."""

    connector: str | None = None
    channel: str | None = None
    kind: str | None = None
    state: tuple[ItemState, ...] = ()
    ack: tuple[Ack, ...] = ()
    name: str | None = None
    cursor: str | None = None
    limit: Limit = 50


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    dry_run: bool = False


@API.get("/outbox", may=Authority.FILES, query=ItemQuery, answer=Rows[ItemRow])
def list_items(visit: Visit, asked: ItemQuery) -> Rows[ItemRow]:
    """Outgoing files, the newest first."""
    search = ItemSearch(
        connector=asked.connector,
        channel=asked.channel,
        kind=asked.kind,
        states=asked.state or tuple(ItemState),
        acks=asked.ack or tuple(Ack),
        name=asked.name,
    )
    page = search_items(visit.gateway.store, search, scope=visit.scope, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.id)


@API.get("/outbox/{id}", may=Authority.FILES, answer=ItemSheet)
def get_item(visit: Visit, _: Nothing) -> ItemSheet:
    """One outgoing file with its tries, numbers and what happened to it."""
    return show_item(visit.gateway.store, listing.known(visit, "outgoing file"), scope=visit.scope)


def _verb(act: dispatch.Act, summary: str) -> None:
    def do(visit: Visit, said: Reason) -> Acted:
        gateway = visit.gateway
        item_id = show_item(gateway.store, listing.known(visit, "outgoing file"), scope=visit.scope).id
        mode = Mode.REHEARSAL if said.dry_run else Mode.EARNEST
        acted = dispatch.do(visit.desk, gateway.workspace, act, item_id, reason=said.reason, mode=mode)
        if acted.after is None:
            raise RuleBroken([Issue("GWY-20", f"outgoing file {item_id} ({acted.file}): {acted.why_not}")])
        return acted

    do.__name__, do.__doc__ = f"{act.value}_item", summary
    API.post(f"/outbox/{{id}}/{act.value}", may=Authority.OPERATIONS, body=Reason, answer=Acted)(do)


_verb(dispatch.Act.HOLD, "Keep a file from going out.")
_verb(dispatch.Act.RELEASE, "Let a held file go.")
_verb(dispatch.Act.RETRY, "Try a file now.")
_verb(dispatch.Act.CANCEL, "Never send a file; what it told is told again or is free again.")
_verb(dispatch.Act.REDELIVER, "Send the same bytes once more.")
