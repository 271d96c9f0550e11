"""People: those of the retailer, users of vendors, and colleagues for who administers the users of the own vendor.

The same acts as at the pages. A program gives nothing that it may not do itself, and deals with nobody who may do more.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.desk import invitations, vendor_users
from gateway.desk import people as desk
from gateway.desk.people import Entrance, PersonEdit, SessionSheet
from gateway.desk.vendor_users import UserEdit
from gateway.domain.access import Authority, Staff
from gateway.domain.authority import VendorAuthority, VendorUser
from gateway.kernel.errors import ConfigError
from gateway.web.api.operations import Api, Nothing, Rows, mode_of
from gateway.web.office import books_of, giver_of, office_of, seen

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()
Reason = Annotated[str, Meta(max_length=255)]


class Person(Struct, frozen=True, kw_only=True):
    """Somebody: of the retailer with roles, or a user of a vendor with authorities."""

    id: str
    name: str
    email: str
    active: bool
    vendor: str | None = None
    roles: tuple[str, ...] = ()
    authorities: tuple[VendorAuthority, ...] = ()


class PersonHere(Struct, frozen=True, kw_only=True):
    """Somebody, what they may do, how they log in, and where they are now."""

    person: Person
    may: tuple[Authority, ...]
    needs_second_factor: bool
    entrance: Entrance
    sessions: tuple[SessionSheet, ...]


class NewPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody of the retailer."""

    id: str
    name: str
    email: str = ""
    roles: tuple[str, ...] = ()
    reason: Reason = ""
    dry_run: bool = False


class NewUser(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user of a vendor; who administers colleagues leaves `vendor` away."""

    id: str
    name: str
    vendor: str | None = None
    email: str = ""
    authorities: tuple[VendorAuthority, ...] = ()
    reason: Reason = ""
    dry_run: bool = False


class Edit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New values; what is left away stays. `roles` are for people of the retailer, `authorities` for users of vendors."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    roles: tuple[str, ...] | UnsetType = UNSET
    authorities: tuple[VendorAuthority, ...] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    reason: Reason = ""
    dry_run: bool = False


class Edited(Struct, frozen=True, kw_only=True):
    """The person then, and the words that differ."""

    person: Person
    changed: tuple[str, ...]


class Why(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Reason = ""
    dry_run: bool = False


class Link(Struct, frozen=True, kw_only=True):
    """With which somebody sets a password, once; told once, and not at all in a rehearsal."""

    user: str
    link: str | None
    ends_at: datetime


class Ended(Struct, frozen=True, kw_only=True):
    """How many sessions ended."""

    sessions: int


class UserQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose users are asked for."""

    vendor: str | None = None


@API.get("/people", may=Authority.USERS, answer=Rows[Person])
def list_people(visit: Visit, _: Nothing) -> Rows[Person]:
    """The people of the retailer."""
    return Rows(rows=tuple(map(_told, desk.list_people(visit.gateway.store))))


@API.post("/people", may=Authority.USERS, body=NewPerson, answer=Person)
def add_person(visit: Visit, said: NewPerson) -> Person:
    """Add somebody of the retailer; invite them then."""
    new = Staff(id=said.id, name=said.name, email=said.email, roles=said.roles)
    return _told(desk.add_person(office_of(visit), new, reason=said.reason, mode=mode_of(said)))


@API.get("/vendor-users", may=Authority.USERS, query=UserQuery, answer=Rows[Person])
def list_vendor_users(visit: Visit, asked: UserQuery) -> Rows[Person]:
    """The users of vendors, or of one."""
    return Rows(rows=tuple(map(_told, vendor_users.list_users(visit.gateway.store, vendor=asked.vendor))))


@API.post("/vendor-users", may=Authority.USERS, body=NewUser, answer=Person)
def add_vendor_user(visit: Visit, said: NewUser) -> Person:
    """Add a user of a vendor; invite them then."""
    return _added(visit, said)


@API.get("/colleagues", may=Authority.OWN_USERS, answer=Rows[Person])
def list_colleagues(visit: Visit, _: Nothing) -> Rows[Person]:
    """The users of the own vendor."""
    return Rows(rows=tuple(map(_told, vendor_users.list_users(visit.gateway.store, vendor=visit.scope.vendor))))


@API.post("/colleagues", may=Authority.OWN_USERS, body=NewUser, answer=Person)
def add_colleague(visit: Visit, said: NewUser) -> Person:
    """Add a user of the own vendor, who may do no more than who adds them."""
    return _added(visit, said)


def _added(visit: Visit, said: NewUser) -> Person:
    vendor = said.vendor or visit.scope.vendor or ""
    new = VendorUser(id=said.id, vendor=vendor, name=said.name, email=said.email, authorities=said.authorities)
    mode, giver = mode_of(said), giver_of(visit)
    done = vendor_users.add_user(books_of(visit), new, reason=said.reason, mode=mode, source=visit.source, giver=giver)
    return _told(done.user)


def _declare(root: str, may: Authority, of: str) -> None:
    """One person and the acts about them, for who administers everybody, and for who administers colleagues."""

    def show(visit: Visit, _: Nothing) -> PersonHere:
        sheet = seen(visit)
        return PersonHere(
            person=_told(sheet.person),
            may=sheet.authorities,
            needs_second_factor=sheet.needs_second_factor,
            entrance=sheet.entrance,
            sessions=sheet.sessions,
        )

    def invite(visit: Visit, said: Why) -> Link:
        made = invitations.invite(office_of(visit), _known(visit), reason=said.reason, mode=mode_of(said))
        link = None if said.dry_run else f"{visit.caller.origin}/password/{made.token}"
        return Link(user=made.user_id, link=link, ends_at=made.ends_at)

    def end_sessions(visit: Visit, said: Why) -> Ended:
        return Ended(sessions=desk.end_sessions(office_of(visit), _known(visit), reason=said.reason, mode=mode_of(said)))

    def drop_factor(visit: Visit, said: Why) -> Ended:
        return Ended(sessions=desk.drop_factor(office_of(visit), _known(visit), reason=said.reason, mode=mode_of(said)))

    def edit(visit: Visit, said: Edit) -> Edited:
        return _edited(visit, said)

    for handler, name, summary in (
        (show, f"get_{of}", "One of them: rights, how they log in, where they are now."),
        (edit, f"edit_{of}", "Change them, let them out, or in again; whose rights change is logged out."),
        (invite, f"invite_{of}", "Make a link with which they set a password, once."),
        (end_sessions, f"end_sessions_of_{of}", "Log them out everywhere."),
        (drop_factor, f"drop_factor_of_{of}", "Forget their second factor: the next login sets up a new one."),
    ):
        handler.__name__, handler.__doc__ = name, summary
    one = f"{root}/{{user}}"
    API.get(one, may=may, answer=PersonHere)(show)
    API.post(f"{one}/edit", may=may, body=Edit, answer=Edited)(edit)
    API.post(f"{one}/invite", may=may, body=Why, answer=Link, is_kept=False)(invite)
    API.post(f"{one}/end_sessions", may=may, body=Why, answer=Ended)(end_sessions)
    API.post(f"{one}/drop_factor", may=may, body=Why, answer=Ended)(drop_factor)


_declare("/people", Authority.USERS, "person")
_declare("/colleagues", Authority.OWN_USERS, "colleague")


def _edited(visit: Visit, said: Edit) -> Edited:
    person, mode = seen(visit).person, mode_of(said)
    if isinstance(person, Staff):
        if said.authorities is not UNSET:
            raise ConfigError(f"{person.id} is of the retailer and has roles in place of authorities")
        edit = PersonEdit(name=said.name, email=said.email, roles=said.roles, active=said.active)
        done = desk.edit_person(office_of(visit), person.id, edit, reason=said.reason, mode=mode)
        return Edited(person=_told(done.person), changed=done.changed)
    if said.roles is not UNSET:
        raise ConfigError(f"{person.id} is a user of vendor {person.vendor} and has authorities in place of roles")
    change = UserEdit(name=said.name, email=said.email, authorities=said.authorities, active=said.active)
    giver, source = giver_of(visit), visit.source
    made = vendor_users.edit_user(books_of(visit), person.id, change, reason=said.reason, mode=mode, source=source, giver=giver)
    return Edited(person=_told(made.user), changed=made.changed)


def _known(visit: Visit) -> str:
    """Whom an act is about, as far as who acts may deal with them."""
    person = seen(visit).person
    if isinstance(person, VendorUser):
        vendor_users.require_below(giver_of(visit), person)
    return person.id


def _told(person: Staff | VendorUser) -> Person:
    if isinstance(person, Staff):
        return Person(id=person.id, name=person.name, email=person.email, active=person.active, roles=person.roles)
    return Person(
        id=person.id,
        name=person.name,
        email=person.email,
        active=person.active,
        vendor=person.vendor,
        authorities=person.authorities,
    )
