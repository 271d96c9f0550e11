"""Roles as sets of authorities, and keys of programs; what a program must send is answered once, when its key is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import keys as desk_keys
from gateway.desk import people
from gateway.desk.keys import KEY_DAYS, LONGEST_DAYS
from gateway.desk.master import list_entries
from gateway.domain.access import Authority, Role
from gateway.domain.master import MasterKind
from gateway.kernel.errors import NotFound
from gateway.kernel.yaml_text import unknown
from gateway.store.api_keys import ApiKey
from gateway.web import listing
from gateway.web.api.operations import Api, Nothing, Rows, mode_of
from gateway.web.office import books_of, office_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()
Reason = Annotated[str, Meta(max_length=255)]


class SetRole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role of one's own, new or changed."""

    name: str
    authorities: tuple[Authority, ...]
    meaning: str = ""
    reason: Reason = ""
    dry_run: bool = False


class Why(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Reason = ""
    dry_run: bool = False


class NewKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key for a program; with `vendor` it sees that vendor alone."""

    name: str
    authorities: tuple[Authority, ...]
    vendor: str | None = None
    days: Annotated[int, Meta(ge=1, le=LONGEST_DAYS)] = KEY_DAYS
    reason: Reason = ""
    dry_run: bool = False


class MadeKey(Struct, frozen=True, kw_only=True):
    """The key as it is listed, and what the program sends: told once, and not at all in a rehearsal."""

    key: ApiKey
    secret: str | None


class Dropped(Struct, frozen=True, kw_only=True):
    """The name of what is no more."""

    name: str


@API.get("/roles", may=Authority.USERS, answer=Rows[Role])
def list_roles(visit: Visit, _: Nothing) -> Rows[Role]:
    """Every role with its authorities, the built-in ones first."""
    return Rows(rows=people.list_roles(visit.gateway.store))


@API.get("/roles/{role}", may=Authority.USERS, answer=Role)
def get_role(visit: Visit, _: Nothing) -> Role:
    """One role."""
    return _role(visit)


@API.post("/roles", may=Authority.USERS, body=SetRole, answer=Role)
def set_role(visit: Visit, said: SetRole) -> Role:
    """Make a role of one's own, or change it; whoever has it is logged out."""
    role = Role(name=said.name, meaning=said.meaning, authorities=said.authorities)
    return people.make_role(office_of(visit), role, reason=said.reason, mode=mode_of(said))


@API.post("/roles/{role}/drop", may=Authority.USERS, body=Why, answer=Dropped)
def drop_role(visit: Visit, said: Why) -> Dropped:
    """Forget a role of one's own that nobody has."""
    name = _role(visit).name
    people.drop_role(office_of(visit), name, reason=said.reason, mode=mode_of(said))
    return Dropped(name=name)


@API.get("/keys", may=Authority.USERS, answer=Rows[ApiKey])
def list_keys(visit: Visit, _: Nothing) -> Rows[ApiKey]:
    """Keys of programs, the newest first, without what programs send."""
    return Rows(rows=desk_keys.list_keys(visit.gateway.store))


@API.get("/keys/{id}", may=Authority.USERS, answer=ApiKey)
def get_key(visit: Visit, _: Nothing) -> ApiKey:
    """One key."""
    return _key(visit)


@API.post("/keys", may=Authority.USERS, body=NewKey, answer=MadeKey, is_kept=False)
def add_key(visit: Visit, said: NewKey) -> MadeKey:
    """Make a key for a program."""
    vendors = tuple(it.code for it in list_entries(books_of(visit), MasterKind.VENDOR))
    made = desk_keys.make_key(
        office_of(visit),
        said.name,
        said.authorities,
        vendor=said.vendor,
        vendors=vendors,
        days=said.days,
        reason=said.reason,
        mode=mode_of(said),
    )
    return MadeKey(key=made.key, secret=None if said.dry_run else made.secret)


@API.post("/keys/{id}/revoke", may=Authority.USERS, body=Why, answer=ApiKey)
def revoke_key(visit: Visit, said: Why) -> ApiKey:
    """The key works no more, from now on."""
    return desk_keys.revoke_key(office_of(visit), _key(visit).id, reason=said.reason, mode=mode_of(said))


def _role(visit: Visit) -> Role:
    known = {it.name: it for it in people.list_roles(visit.gateway.store)}
    name: str = visit.path["role"]
    if name not in known:
        raise NotFound(unknown(name, known, what="role"), remedy="See which there are: /api/v1/roles")
    return known[name]


def _key(visit: Visit) -> ApiKey:
    number = listing.known(visit, "key")
    found = next((it for it in desk_keys.list_keys(visit.gateway.store) if it.id == number), None)
    if found is None:
        raise NotFound(f"there is no key {number}", remedy="See which there are: /api/v1/keys")
    return found
