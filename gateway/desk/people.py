"""People who work with the gateway: added, given roles, logged out, taken out of use; and the roles themselves.

Users of vendors are added and changed elsewhere; what concerns logging in is the same for both. Every act is written down.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from gateway.desk.acting import Mode, perform
from gateway.desk.office import Office, change, missing, note, refuse_own, require, require_within, rights_of
from gateway.domain import access
from gateway.domain.access import Authority, Role, Staff
from gateway.domain.authority import VendorUser
from gateway.kernel.errors import ConfigError, NotFound
from gateway.kernel.yaml_text import unknown
from gateway.store import Store, Tx, logins, staff, vendor_users, web_sessions
from gateway.store.logins import Login


class Entrance(Struct, frozen=True, kw_only=True):
    """How somebody logs in, without what must not be told."""

    password_at: datetime | None = None
    factor_at: datetime | None = None
    last_at: datetime | None = None
    demo: bool = False


class SessionSheet(Struct, frozen=True, kw_only=True):
    """Where somebody is logged in."""

    id: int
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    source: str
    agent: str
    is_full: bool


class PersonSheet(Struct, frozen=True, kw_only=True):
    """A person, how they log in, and where they are logged in now."""

    person: Staff | VendorUser
    authorities: tuple[Authority, ...]
    """What they may do while they are in use."""
    needs_second_factor: bool
    entrance: Entrance
    sessions: tuple[SessionSheet, ...]


class PersonEdit(Struct, frozen=True, kw_only=True):
    """New values of a person; what is not given stays."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    roles: tuple[str, ...] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class PersonEdited(Struct, frozen=True, kw_only=True):
    """What an act did, or would do; `ended` sessions ended by it."""

    person: Staff
    changed: tuple[str, ...]
    ended: int
    mode: Mode


def list_people(store: Store) -> tuple[Staff, ...]:
    """Everybody, by id; the users of vendors have their own list."""
    with store.reading() as connection:
        return staff.found(connection)


def show_person(store: Store, user_id: str) -> PersonSheet:
    """One of them, or a user of a vendor."""
    with store.reading() as connection:
        person = staff.get(connection, user_id.lower()) or vendor_users.get(connection, user_id.lower())
        if person is None:
            raise missing(user_id)
        rights = rights_of(connection, person.id)
        return PersonSheet(
            person=person,
            authorities=access.in_order(rights),
            needs_second_factor=not access.GRAVE.isdisjoint(rights),
            entrance=_entrance(logins.get(connection, person.id)),
            sessions=tuple(
                SessionSheet(**{name: getattr(it, name) for name in SessionSheet.__struct_fields__})
                for it in web_sessions.of_user(connection, person.id)
            ),
        )


def list_roles(store: Store) -> tuple[Role, ...]:
    """Every role, the built-in ones first."""
    with store.reading() as connection:
        return tuple(staff.roles(connection).values())


def add_person(office: Office, person: Staff, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Staff:
    """A new person, who cannot log in before they have set a password with a link. ConfigError with everything that is wrong."""
    new = replace(person, id=person.id.strip().lower(), name=person.name.strip(), roles=tuple(dict.fromkeys(person.roles)))

    def work(tx: Tx) -> Staff:
        staff.lock_office(tx)
        problems = list(access.faults_of_staff(new, staff.roles(tx.connection)))
        require_within(office, _given(tx, new), new.id)
        if staff.is_taken(tx.connection, new.id):
            problems.append(f"there is a user {new.id} already")
        require(problems)
        if not staff.add(tx, new, at=office.clock.now()):
            raise ConfigError(f"there is a user {new.id} already")
        note(tx, office, "person_added", f"user {new.id}", detail={"name": new.name, "roles": list(new.roles)}, reason=reason)
        return new

    return perform(office.store, work, mode)


def edit_person(office: Office, user_id: str, edit: PersonEdit, *, reason: str = "", mode: Mode = Mode.EARNEST) -> PersonEdited:
    """Change a person. Whose roles change is logged out, so that new rights begin with a new session; one out of use is out at once."""

    def work(tx: Tx) -> PersonEdited:
        staff.lock_office(tx)
        before = staff.get(tx.connection, user_id.lower())
        if before is None:
            raise _no_staff(tx, user_id)
        after = Staff(
            id=before.id,
            name=before.name if edit.name is UNSET else edit.name.strip(),
            email=before.email if edit.email is UNSET else edit.email.strip(),
            roles=before.roles if edit.roles is UNSET else tuple(dict.fromkeys(edit.roles)),
            active=before.active if edit.active is UNSET else edit.active,
        )
        require(access.faults_of_staff(after, staff.roles(tx.connection)))
        require_within(office, _given(tx, before) | _given(tx, after), before.id)
        words = [name for name in Staff.__struct_fields__ if getattr(before, name) != getattr(after, name)]
        ended = 0
        if {"roles", "active"} & set(words):
            refuse_own(office, [before.id])
            logins.lock(tx, [before.id])
            ended = web_sessions.end_all(tx, before.id)
        if words:
            staff.change(tx, after, at=office.clock.now())
            detail = {name: change(getattr(before, name), getattr(after, name)) for name in words}
            note(tx, office, "person_changed", f"user {before.id}", detail=detail, reason=reason)
        return PersonEdited(person=after, changed=tuple(words), ended=ended, mode=mode)

    return perform(office.store, work, mode)


def make_role(office: Office, role: Role, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Role:
    """A role of one's own, new or changed. Whoever has it may do at once what it says, with a new session."""
    made = replace(role, meaning=role.meaning.strip(), authorities=access.in_order(role.authorities), built_in=False)

    def work(tx: Tx) -> Role:
        staff.lock_office(tx)
        before = staff.roles(tx.connection).get(made.name)
        new = made if made.meaning or before is None else replace(made, meaning=before.meaning)
        require(access.faults_of_role(new))
        having = _having(tx, new.name)
        touched = {right for user_id in having for right in rights_of(tx.connection, user_id)}
        require_within(office, {*new.authorities, *(before.authorities if before else ()), *touched}, f"role {new.name}")
        refuse_own(office, having)
        logins.lock(tx, having)
        staff.keep_role(tx, new, at=office.clock.now())
        for user_id in having:
            web_sessions.end_all(tx, user_id)
        detail = {"authorities": change([] if before is None else before.authorities, new.authorities)}
        note(tx, office, "role_set", f"role {new.name}", detail=detail, reason=reason)
        return new

    return perform(office.store, work, mode)


def drop_role(office: Office, name: str, *, reason: str = "", mode: Mode = Mode.EARNEST) -> None:
    """Forget a role of one's own that nobody has."""

    def work(tx: Tx) -> None:
        staff.lock_office(tx)
        if name in access.BUILT_IN:
            raise ConfigError(f"the role {name} is built in and stays")
        having = _having(tx, name)
        if having:
            raise ConfigError(f"{', '.join(having)} still {'has' if len(having) == 1 else 'have'} the role {name}; take it from them first")
        known = staff.roles(tx.connection)
        require_within(office, known[name].authorities if name in known else (), f"role {name}")
        if not staff.drop_role(tx, name):
            raise NotFound(unknown(name, known, what="role"), remedy="See which there are: gateway user roles")
        note(tx, office, "role_dropped", f"role {name}", detail={"authorities": list(known[name].authorities)}, reason=reason)

    perform(office.store, work, mode)


def drop_factor(office: Office, user_id: str, *, reason: str, mode: Mode = Mode.EARNEST) -> int:
    """Somebody has lost the device of the second factor: a new one is set up at the next login. All sessions end; gives how many."""

    def work(tx: Tx) -> int:
        staff.lock_office(tx)
        of = _existing(tx, user_id)
        refuse_own(office, [of])
        require_within(office, rights_of(tx.connection, of), of)
        logins.lock(tx, [of])
        logins.put(tx, of, factor=None, factor_at=None, factor_step=None)
        ended = web_sessions.end_all(tx, of)
        note(tx, office, "factor_dropped", f"user {of}", detail={"sessions": ended}, reason=reason)
        return ended

    return perform(office.store, work, mode)


def end_sessions(office: Office, user_id: str, *, reason: str = "", mode: Mode = Mode.EARNEST) -> int:
    """Log somebody out everywhere, at once; gives how many sessions ended."""

    def work(tx: Tx) -> int:
        of = _existing(tx, user_id)
        require_within(office, rights_of(tx.connection, of), of)
        logins.lock(tx, [of])
        ended = web_sessions.end_all(tx, of)
        note(tx, office, "sessions_ended", f"user {of}", detail={"sessions": ended}, reason=reason)
        return ended

    return perform(office.store, work, mode)


def read_authorities(words: tuple[str, ...] | list[str]) -> tuple[Authority, ...]:
    """The authorities that these words name, each perhaps a list with commas; ConfigError for any other."""
    named = [word.strip().lower() for given in words for word in given.split(",") if word.strip()]
    valid = [authority.value for authority in Authority]
    require(unknown(word, valid, what="authority") for word in named if word not in valid)
    return access.in_order(Authority(word) for word in named)


def _given(tx: Tx, person: Staff) -> frozenset[Authority]:
    """What the roles of a person allow."""
    account = access.account_of_staff(replace(person, active=True), staff.roles(tx.connection))
    return account.authorities if account is not None else frozenset()


def _entrance(kept: Login | None) -> Entrance:
    if kept is None:
        return Entrance()
    return Entrance(password_at=kept.password_at, factor_at=kept.factor_at, last_at=kept.last_at, demo=kept.demo)


def _having(tx: Tx, role: str) -> list[str]:
    return [person.id for person in staff.found(tx.connection) if role in person.roles]


def _existing(tx: Tx, user_id: str) -> str:
    """The id, as it is kept, of somebody who is there, in use or not."""
    if not staff.is_taken(tx.connection, user_id.lower()):
        raise missing(user_id)
    return user_id.lower()


def _no_staff(tx: Tx, user_id: str) -> NotFound:
    user = vendor_users.get(tx.connection, user_id.lower())
    if user is None:
        return missing(user_id)
    remedy = f"Change them with: gateway vendor user set {user.id}"
    return NotFound(f"{user.id} is a user of vendor {user.vendor}, who has authorities in place of roles", remedy=remedy)
