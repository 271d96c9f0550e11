"""Roles as sets of authorities, and keys of programs; a key is shown once, when it is made."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import keys as desk_keys
from gateway.desk import people
from gateway.desk.acting import Mode
from gateway.desk.keys import KEY_DAYS, LONGEST_DAYS
from gateway.desk.master import Books, list_entries
from gateway.domain.access import MEANINGS, NOT_FOR_PROGRAMS, Authority, Role
from gateway.domain.master import MasterKind
from gateway.kernel.errors import NotFound
from gateway.kernel.yaml_text import unknown
from gateway.web import listing
from gateway.web.acts import SEVERAL, Act, Deed, Effect, Field, Run, chosen, declare_deeds
from gateway.web.forms import Filled
from gateway.web.office import office_of
from gateway.web.pages.administration import tabs
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
ROLES, KEYS = "/administration/roles", "/administration/keys"
MAY = tuple((it.value, meaning) for it, meaning in MEANINGS.items())
OF_PROGRAMS = tuple((it.value, meaning) for it, meaning in MEANINGS.items() if it not in NOT_FOR_PROGRAMS)


@ROUTES.get(ROLES, may=Authority.USERS)
def roles(visit: Visit) -> Response:
    """Every role with its authorities."""
    return visit.show("roles.html", tabs=tabs(visit), roles=people.list_roles(visit.gateway.store), meanings=MEANINGS)


@ROUTES.get(KEYS, may=Authority.USERS)
def keys(visit: Visit) -> Response:
    """Every key, the newest first, without what programs send."""
    now = visit.gateway.clock.now()
    return visit.show(
        "keys.html", tabs=tabs(visit), keys=[(it, it.account(now) is not None) for it in desk_keys.list_keys(visit.gateway.store)]
    )


def _role(visit: Visit, name: str) -> Role:
    known = {it.name: it for it in people.list_roles(visit.gateway.store)}
    if name not in known:
        raise NotFound(unknown(name, known, what="role"), remedy=f"See which there are: {ROLES}")
    return known[name]


def _set_role(visit: Visit, old: Role | None) -> tuple[Act, Run]:
    name = Field(name="name", label="Name: small letters, digits and _", required=True, most=30)
    meaning = Field(name="meaning", label="What for", required=True, default=old.meaning if old else "")
    may = Field(name="authorities", label="May", kind=SEVERAL, options=MAY, default=" ".join(old.authorities) if old else "")
    fields = (meaning, may) if old else (name, meaning, may)
    act = Act(title=f"Change the role {old.name}" if old else "Make a role", verb="Change" if old else "Make", fields=fields)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        called = old.name if old else visit.field("name")
        new = Role(name=called, meaning=visit.field("meaning"), authorities=people.read_authorities(chosen(visit, "authorities")))
        done = people.make_role(office_of(visit), new, reason=reason, mode=mode)
        told = f"may {', '.join(done.authorities)}"
        return (
            Effect(
                name=f"role {done.name}", path=ROLES, told=told, warning="Whoever has it is logged out, and may do so at the next login."
            ),
        )

    return act, run


def _drop_role(visit: Visit) -> tuple[Act, Run]:
    role = _role(visit, visit.path["role"])
    act = Act(title=f"Forget the role {role.name}", verb="Forget", grave=True)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        people.drop_role(office_of(visit), role.name, reason=reason, mode=mode)
        return (Effect(name=f"role {role.name}", path=ROLES, told="would be forgotten" if mode is Mode.REHEARSAL else "is forgotten"),)

    return act, run


def _make_key(visit: Visit) -> tuple[Act, Run]:
    vendors = tuple(it.code for it in list_entries(Books.of(visit.desk, visit.gateway.workspace), MasterKind.VENDOR))
    fields = (
        Field(name="name", label="Name of the program", required=True, most=60),
        Field(name="vendor", label="Sees", kind="select", options=(("", "every vendor"), *((it, f"vendor {it} alone") for it in vendors))),
        Field(name="days", label=f"Holds so many days, at most {LONGEST_DAYS}", kind="number", required=True, default=str(KEY_DAYS)),
        Field(name="authorities", label="May", kind=SEVERAL, options=OF_PROGRAMS),
    )
    act = Act(title="Make a key for a program", verb="Make", fields=fields)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        form = Filled(visit)
        days = form.whole("days") or 0
        form.require()
        may, vendor = people.read_authorities(chosen(visit, "authorities")), visit.field("vendor") or None
        made = desk_keys.make_key(
            office_of(visit), visit.field("name"), may, vendor=vendor, vendors=vendors, days=days, reason=reason, mode=mode
        )
        until = visit.reading.exactly(made.key.ends_at)
        if mode is Mode.REHEARSAL:
            told = f"a key that works until {until}"
        else:
            told = f"give the program this key; it is shown once and works until {until}: {made.secret}"
        return (Effect(name=made.key.name, path=KEYS, told=told),)

    return act, run


def _revoke_key(visit: Visit) -> tuple[Act, Run]:
    number = listing.known(visit, "key")
    key = next((it for it in desk_keys.list_keys(visit.gateway.store) if it.id == number), None)
    if key is None:
        raise NotFound(f"there is no key {number}", remedy=f"See which there are: {KEYS}")
    act = Act(title=f"Revoke key {number}, {key.name}", verb="Revoke", grave=True, otherwise="the program works with it until it ends")

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        done = desk_keys.revoke_key(office_of(visit), number, reason=reason, mode=mode)
        return (Effect(name=done.name, path=KEYS, told="works no more from now on"),)

    return act, run


NEW = MappingProxyType(
    {
        "role": Deed(Authority.USERS, "Make a role", lambda visit: _set_role(visit, None)),
        "key": Deed(Authority.USERS, "Make a key", _make_key),
    }
)
ROLE = MappingProxyType(
    {
        "change": Deed(Authority.USERS, "Change", lambda visit: _set_role(visit, _role(visit, visit.path["role"]))),
        "drop": Deed(Authority.USERS, "Forget", _drop_role),
    }
)
KEY = MappingProxyType({"revoke": Deed(Authority.USERS, "Revoke", _revoke_key)})
declare_deeds(ROUTES, "/administration/new", NEW)
declare_deeds(ROUTES, "/administration/roles/{role}/acts", ROLE)
declare_deeds(ROUTES, "/administration/keys/{id}/acts", KEY)
