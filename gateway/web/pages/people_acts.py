"""What is done about people: added, changed, invited, let out; never about oneself. A link of an invitation is told once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from gateway.desk import invitations, people, vendor_users
from gateway.desk.acting import Mode
from gateway.desk.master import list_entries
from gateway.desk.people import PersonEdit, PersonSheet
from gateway.desk.vendor_users import UserEdit
from gateway.domain.access import Authority, Staff
from gateway.domain.authority import MEANINGS, VendorUser
from gateway.domain.master import MasterKind
from gateway.web.acts import SEVERAL, Act, Deed, Effect, Field, Run, chosen, declare_deeds
from gateway.web.office import books_of, giver_of, office_of, seen
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
ID = Field(name="user_id", label="User id: 5 to 50 small letters, digits and . _ @ -", required=True, most=50)
NAME = Field(name="name", label="Name", required=True, most=60)
EMAIL = Field(name="email", label="E-mail", most=254)


def offered(sheet: PersonSheet) -> tuple[tuple[str, str], ...]:
    """The acts that make sense about this person: path and word."""
    skipped = {"deactivate" if not sheet.person.active else "activate"}
    skipped |= {"invite"} if not sheet.person.active else set()
    skipped |= {"drop_factor"} if sheet.entrance.factor_at is None else set()
    skipped |= {"end_sessions"} if not sheet.sessions else set()
    return tuple((name, spec.word) for name, spec in ABOUT.items() if name not in skipped)


def path_of(visit: Visit, user_id: str) -> str:
    """The page of a person, for who administers everybody or for who administers the users of the own vendor."""
    return f"{'/administration/people' if visit.scope.vendor is None else '/users'}/{segment(user_id)}"


def _roles(visit: Visit, default: tuple[str, ...] = ()) -> Field:
    known = people.list_roles(visit.gateway.store)
    return Field(name="roles", label="Roles", kind=SEVERAL, options=tuple((it.name, it.meaning) for it in known), default=" ".join(default))


def _add_staff(visit: Visit) -> tuple[Act, Run]:
    act = Act(title="Add somebody", verb="Add", fields=(ID, NAME, EMAIL, _roles(visit)))

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        new = Staff(id=visit.field("user_id"), name=visit.field("name"), email=visit.field("email"), roles=chosen(visit, "roles"))
        done = people.add_person(office_of(visit), new, reason=reason, mode=mode)
        return (
            Effect(name=done.id, path=_made(visit, done.id, mode), told=f"{_is(mode)} added; invite them, so that they set a password"),
        )

    return act, run


def _add_vendor_user(visit: Visit) -> tuple[Act, Run]:
    books, own = books_of(visit), visit.scope.vendor
    vendors = tuple((it.code, f"{it.code} {it.name}") for it in list_entries(books, MasterKind.VENDOR) if own in {None, it.code})
    vendor = Field(name="vendor", label="Vendor", kind="select", options=vendors, required=True)
    act = Act(title="Add a user of a vendor", verb="Add", fields=(ID, NAME, EMAIL, vendor, _may(visit)))

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        authorities, strange = vendor_users.read_authorities(chosen(visit, "authorities"))
        new = VendorUser(
            id=visit.field("user_id"),
            vendor=visit.field("vendor"),
            name=visit.field("name"),
            email=visit.field("email"),
            authorities=authorities,
        )
        giver = giver_of(visit)
        done = vendor_users.add_user(books, new, strange=strange, reason=reason, mode=mode, source=visit.source, giver=giver).user
        return (
            Effect(name=done.id, path=_made(visit, done.id, mode), told=f"{_is(mode)} added to vendor {done.vendor}; invite them then"),
        )

    return act, run


def _change(visit: Visit) -> tuple[Act, Run]:
    person = _sheet(visit).person
    rights = _roles(visit, person.roles) if isinstance(person, Staff) else _may(visit, person)
    called, mail = (Field(name=it.name, label=it.label, required=it.required, most=it.most, default=value) for it, value in _told(person))
    act = Act(title=f"Change {person.id}", verb="Change", fields=(called, mail, rights))

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        name, email = visit.field("name"), visit.field("email")
        if isinstance(person, Staff):
            done = people.edit_person(
                office_of(visit), person.id, PersonEdit(name=name, email=email, roles=chosen(visit, "roles")), reason=reason, mode=mode
            )
            return (_changed(visit, person.id, done.changed, mode, ended=done.ended),)
        authorities, strange = vendor_users.read_authorities(chosen(visit, "authorities"))
        edit = UserEdit(name=name, email=email, authorities=authorities)
        return (_changed(visit, person.id, _edited(visit, person, edit, reason, mode, strange=strange), mode),)

    return act, run


def _edited(visit: Visit, user: VendorUser, edit: UserEdit, reason: str, mode: Mode, *, strange: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The words of a user of a vendor that are changed."""
    giver, source = giver_of(visit), visit.source
    return vendor_users.edit_user(
        books_of(visit), user.id, edit, strange=strange, reason=reason, mode=mode, source=source, giver=giver
    ).changed


def _switch(visit: Visit, *, active: bool) -> tuple[Act, Run]:
    person = _sheet(visit).person
    verb = "Let in again" if active else "Let out"
    act = Act(title=f"{verb}: {person.id}", verb=verb, grave=not active, otherwise="" if active else "they may come in as before")

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        if isinstance(person, Staff):
            done = people.edit_person(office_of(visit), person.id, PersonEdit(active=active), reason=reason, mode=mode)
            return (_changed(visit, person.id, done.changed, mode, ended=done.ended),)
        return (_changed(visit, person.id, _edited(visit, person, UserEdit(active=active), reason, mode), mode),)

    return act, run


def _invite(visit: Visit) -> tuple[Act, Run]:
    person = _sheet(visit).person
    act = Act(title=f"Invite {person.id}", verb="Make the link")

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        made = invitations.invite(office_of(visit), person.id, reason=reason, mode=mode)
        until = visit.reading.exactly(made.ends_at)
        if mode is Mode.REHEARSAL:
            told = f"a link with which they set a password, once, until {until}; a link made before works no more"
        else:
            told = f"give them this link; it is shown once and works until {until}: {visit.caller.origin}/password/{made.token}"
        return (Effect(name=person.id, path=path_of(visit, person.id), told=told),)

    return act, run


def _end_sessions(visit: Visit) -> tuple[Act, Run]:
    person = _sheet(visit).person
    act = Act(title=f"End the sessions of {person.id}", verb="End them", grave=True)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        ended = people.end_sessions(office_of(visit), person.id, reason=reason, mode=mode)
        return (
            Effect(
                name=person.id,
                path=path_of(visit, person.id),
                told=f"{_sessions(ended)} {'would end' if mode is Mode.REHEARSAL else 'ended'}",
            ),
        )

    return act, run


def _drop_factor(visit: Visit) -> tuple[Act, Run]:
    person = _sheet(visit).person
    act = Act(
        title=f"Forget the second factor of {person.id}", verb="Forget it", grave=True, otherwise="they cannot come in without their device"
    )

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        ended = people.drop_factor(office_of(visit), person.id, reason=reason, mode=mode)
        told = f"the next login sets up a new one; {_sessions(ended)} {'would end' if mode is Mode.REHEARSAL else 'ended'}"
        return (Effect(name=person.id, path=path_of(visit, person.id), told=told, warning="See the person first, or call them back."),)

    return act, run


def _sheet(visit: Visit) -> PersonSheet:
    """The person whom an act is about, as far as who acts may."""
    sheet = seen(visit)
    if isinstance(sheet.person, VendorUser):
        vendor_users.require_below(giver_of(visit), sheet.person)
    return sheet


def _told(person: Staff | VendorUser) -> tuple[tuple[Field, str], ...]:
    return ((NAME, person.name), (EMAIL, person.email))


def _may(visit: Visit, user: VendorUser | None = None) -> Field:
    """What can be given: to a colleague no more than one has."""
    options = tuple((it.value, meaning) for it, meaning in MEANINGS.items() if visit.scope.vendor is None or visit.may(Authority(it.value)))
    return Field(name="authorities", label="May", kind=SEVERAL, options=options, default=" ".join(user.authorities) if user else "")


def _changed(visit: Visit, user_id: str, words: tuple[str, ...], mode: Mode, *, ended: int = 0) -> Effect:
    told = f"{', '.join(words)} {_is(mode, many=len(words) > 1)} changed" if words else "nothing is different"
    return Effect(name=user_id, path=path_of(visit, user_id), told=f"{told}; {_sessions(ended)} ended" if ended else told)


def _sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"


def _is(mode: Mode, *, many: bool = False) -> str:
    return "would be" if mode is Mode.REHEARSAL else "are" if many else "is"


def _made(visit: Visit, user_id: str, mode: Mode) -> str:
    return "" if mode is Mode.REHEARSAL else path_of(visit, user_id)


NEW = MappingProxyType(
    {
        "people": Deed(Authority.USERS, "Add somebody", _add_staff),
        "vendor_user": Deed(Authority.USERS, "Add a user of a vendor", _add_vendor_user),
    }
)
ABOUT = MappingProxyType(
    {
        "change": Deed(Authority.USERS, "Change", _change),
        "invite": Deed(Authority.USERS, "Invite", _invite),
        "end_sessions": Deed(Authority.USERS, "End sessions", _end_sessions),
        "drop_factor": Deed(Authority.USERS, "Forget second factor", _drop_factor),
        "activate": Deed(Authority.USERS, "Let in again", lambda visit: _switch(visit, active=True)),
        "deactivate": Deed(Authority.USERS, "Let out", lambda visit: _switch(visit, active=False)),
    }
)
OWN_NEW = MappingProxyType({"vendor_user": Deed(Authority.OWN_USERS, "Add a user", _add_vendor_user)})
OWN = MappingProxyType({name: Deed(Authority.OWN_USERS, spec.word, spec.about) for name, spec in ABOUT.items()})
"""The same for who administers the users of the own vendor."""
declare_deeds(ROUTES, "/users/acts", OWN_NEW)
declare_deeds(ROUTES, "/users/{user}/acts", OWN)
declare_deeds(ROUTES, "/administration/new", NEW)
declare_deeds(ROUTES, "/administration/people/{user}/acts", ABOUT)
