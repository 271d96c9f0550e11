"""The search box for programs: whatever number or name somebody has at hand, among all that they may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk.finding import LONGEST, Hit, HitKind, find
from gateway.web.api.operations import ROOT, Api, Rows
from gateway.web.found import path_of
from gateway.web.routes import Door

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number or name, or the beginning of one."""

    q: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class Found(Struct, frozen=True, kw_only=True):
    """One hit: its list and its number there (`vendor` where that alone is not clear), where it is to be got, and in words."""

    kind: HitKind
    id: str
    vendor: str | None
    path: str
    text: str
    is_exact: bool


@API.get("/search", may=Door.SIGNED_IN, query=Key, answer=Rows[Found])
def search_everything(visit: Visit, asked: Key) -> Rows[Found]:
    """What this number or name stands for, exact hits first: at most ten of a kind, and only kinds that the key may see."""
    hits = find(visit.gateway.store, asked.q, visit.account.authorities, scope=visit.scope)
    return Rows(rows=tuple(_found(it) for it in hits))


def _found(it: Hit) -> Found:
    return Found(kind=it.kind, id=it.id, vendor=it.of or None, path=f"{ROOT}{path_of(it)}", text=it.told, is_exact=it.is_exact)
