"""People who work with the gateway: added, given roles, invited by a link, taken out of use; keys of programs; who did what.

Source: promises 4.1 and 4.3. Whoever administers people cannot give rights to themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from gateway.desk.acting import Mode, perform
from gateway.desk.login import digest_of, set_password
from gateway.desk.passwords import STAFF_LENGTH, VENDOR_LENGTH, faults
from gateway.domain import access
from gateway.domain.access import Account, Authority, Role, Staff
from gateway.kernel.clock import Clock
from gateway.kernel.errors import ConfigError, NotFound, PolicyRefused
from gateway.kernel.yaml_text import unknown
from gateway.store import Store, Tx, api_keys, audit, logins, staff, web_sessions
from gateway.store.api_keys import ApiKey
from gateway.store.logins import Login
from gateway.store.web_sessions import Session

LINK_HOLDS = timedelta(days=2)
SETUP_HOLDS = timedelta(hours=1)
SETUP, PASSWORD = "setup", "password"
FIRST_ROLES = ("user_admin", "configurator", "operator", "retailer")
KEY_MARK = "vgk_"
KEY_DAYS = 365
HEAD = len(KEY_MARK) + 6


class Office(Struct, frozen=True, kw_only=True):
    """Who administers people, and from where."""

    store: Store
    clock: Clock
    actor: str
    source: str = "command line"


class PersonSheet(Struct, frozen=True, kw_only=True):
    """A person, how they log in, and where they are logged in now."""

    person: Staff
    authorities: tuple[Authority, ...]
    login: Login | None
    sessions: tuple[Session, ...]


class PersonEdit(Struct, frozen=True, kw_only=True):
    """New values of a person; what is not given stays."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    roles: tuple[str, ...] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


def list_people(store: Store) -> tuple[Staff, ...]:
    """Everybody, by id; the users of vendors have their own list."""
    with store.reading() as connection:
        return staff.found(connection)


def show_person(store: Store, user_id: str) -> PersonSheet:
    """One of them."""
    with store.reading() as connection:
        person = _found(staff.get(connection, user_id.lower()), user_id)
        account = access.account_of_staff(replace(person, active=True), staff.roles(connection))
        return PersonSheet(
            person=person,
            authorities=access.in_order(account.authorities if account else ()),
            login=logins.get(connection, person.id),
            sessions=web_sessions.of_user(connection, person.id),
        )


def list_roles(store: Store) -> tuple[Role, ...]:
    """Every role, the built-in ones first."""
    with store.reading() as connection:
        return tuple(staff.roles(connection).values())


def add_person(office: Office, person: Staff, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Staff:
    """A new person, who cannot log in before they have set a password with `invite`. ConfigError with everything that is wrong."""
    new = replace(person, id=person.id.strip().lower(), name=person.name.strip(), roles=tuple(dict.fromkeys(person.roles)))

    def work(tx: Tx) -> Staff:
        problems = list(access.faults_of_staff(new, staff.roles(tx.connection)))
        if staff.is_taken(tx.connection, new.id):
            problems.append(f"there is a user {new.id} already")
        _require(problems)
        _refuse_own(office, new.id)
        now = office.clock.now()
        if not staff.add(tx, new, at=now):
            raise ConfigError(f"there is a user {new.id} already")
        _note(tx, office, "person_added", f"person {new.id}", {"name": new.name, "roles": list(new.roles)}, reason)
        return new

    return perform(office.store, work, mode)


def edit_person(office: Office, user_id: str, edit: PersonEdit, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Staff:
    """Change a person; what they may do changes at once, and one taken out of use is logged out."""

    def work(tx: Tx) -> Staff:
        before = _found(staff.get(tx.connection, user_id.lower()), user_id)
        after = Staff(
            id=before.id,
            name=before.name if edit.name is UNSET else edit.name.strip(),
            email=before.email if edit.email is UNSET else edit.email.strip(),
            roles=before.roles if edit.roles is UNSET else tuple(dict.fromkeys(edit.roles)),
            active=before.active if edit.active is UNSET else edit.active,
        )
        _require(access.faults_of_staff(after, staff.roles(tx.connection)))
        changed = {
            name: [getattr(before, name), getattr(after, name)]
            for name in Staff.__struct_fields__
            if getattr(before, name) != getattr(after, name)
        }
        if {"roles", "active"} & changed.keys():
            _refuse_own(office, before.id)
            web_sessions.end_all(tx, before.id)
        if changed:
            staff.change(tx, after, at=office.clock.now())
            _note(tx, office, "person_changed", f"person {before.id}", changed, reason)
        return after

    return perform(office.store, work, mode)


def make_role(office: Office, role: Role, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Role:
    """A role of one's own, new or changed; whoever has it may do at once what it says."""
    made = replace(role, authorities=access.in_order(role.authorities), built_in=False)

    def work(tx: Tx) -> Role:
        _require(access.faults_of_role(made))
        _refuse_own_role(tx, office, made.name)
        staff.keep_role(tx, made, at=office.clock.now())
        _note(tx, office, "role_set", f"role {made.name}", {"authorities": [str(it) for it in made.authorities]}, reason)
        return made

    return perform(office.store, work, mode)


def drop_role(office: Office, name: str, *, reason: str = "", mode: Mode = Mode.EARNEST) -> None:
    """Forget a role of one's own that nobody has."""

    def work(tx: Tx) -> None:
        if name in access.BUILT_IN:
            raise ConfigError(f"the role {name} is built in and stays")
        having = [person.id for person in staff.found(tx.connection) if name in person.roles]
        if having:
            raise ConfigError(f"{', '.join(having)} still {'has' if len(having) == 1 else 'have'} the role {name}; take it from them first")
        if not staff.drop_role(tx, name):
            raise NotFound(unknown(name, staff.roles(tx.connection), what="role"), remedy="See which there are: gateway user roles")
        _note(tx, office, "role_dropped", f"role {name}", {}, reason)

    perform(office.store, work, mode)


def invite(office: Office, user_id: str, *, reason: str = "") -> str:
    """A token for a link with which this person sets a password, once, within two days; an older link works no more."""
    token = token_urlsafe(24)

    def work(tx: Tx) -> str:
        if not staff.is_taken(tx.connection, user_id.lower()):
            raise _missing(user_id)
        logins.make_link(tx, digest_of(token), purpose=PASSWORD, user_id=user_id.lower(), ends_at=office.clock.now() + LINK_HOLDS)
        _note(tx, office, "invited", f"person {user_id.lower()}", {}, reason)
        return token

    return office.store.attempt(work)


def drop_factor(office: Office, user_id: str, *, reason: str) -> None:
    """Somebody has lost the device of the second factor: a new one is set up at the next login; all sessions end."""

    def work(tx: Tx) -> None:
        if logins.get(tx.connection, user_id.lower()) is None:
            raise _missing(user_id)
        _refuse_own(office, user_id.lower())
        logins.put(tx, user_id.lower(), factor=None, factor_at=None, factor_step=None)
        web_sessions.end_all(tx, user_id.lower())
        _note(tx, office, "factor_dropped", f"person {user_id.lower()}", {}, reason)

    office.store.attempt(work)


def end_sessions(office: Office, user_id: str, *, reason: str = "") -> int:
    """Log somebody out everywhere, at once; gives how many sessions ended."""

    def work(tx: Tx) -> int:
        ended = web_sessions.end_all(tx, user_id.lower())
        _note(tx, office, "sessions_ended", f"person {user_id.lower()}", {"sessions": ended}, reason)
        return ended

    return office.store.attempt(work)


def setup_token(store: Store, clock: Clock) -> str | None:
    """A token for the first person of an installation; None when somebody can log in already."""

    def work(tx: Tx) -> str | None:
        if logins.anybody(tx.connection):
            return None
        token = token_urlsafe(24)
        logins.make_link(tx, digest_of(token), purpose=SETUP, user_id="", ends_at=clock.now() + SETUP_HOLDS)
        return token

    return store.attempt(work)


def set_up(office: Office, token: str, person: Staff, password: str) -> Staff:
    """The first person: administers people, and may do what operators, configurators and retailer users may.

    PolicyRefused for a token that does not work; ConfigError with everything that is wrong.
    """
    new = replace(person, id=person.id.strip().lower(), name=person.name.strip(), roles=FIRST_ROLES, active=True)
    problems = [*access.faults_of_staff(new, access.BUILT_IN), *faults(password, least=STAFF_LENGTH, about=(new.id, new.name))]
    _require(problems)

    def work(tx: Tx) -> Staff:
        now = office.clock.now()
        if logins.use_link(tx, digest_of(token), purpose=SETUP, now=now) is None or logins.anybody(tx.connection):
            raise PolicyRefused("this link works no more; start the gateway again for a new one, or ask who administers people")
        if not staff.add(tx, new, at=now):
            staff.change(tx, new, at=now)
        set_password(tx, new.id, password, at=now)
        audit.note(tx, "set_up", actor=new.id, source=office.source, at=now, about=f"person {new.id}", detail={"roles": list(new.roles)})
        return new

    return office.store.attempt(work)


def choose_password(store: Store, clock: Clock, token: str, password: str, *, source: str) -> str:
    """Set a password with the link of an invitation; gives the user id.

    PolicyRefused for a link that does not work; ConfigError with everything that is wrong with the password.
    """

    def work(tx: Tx) -> str:
        now = clock.now()
        user_id = logins.link(tx.connection, digest_of(token), purpose=PASSWORD, now=now)
        account = None if user_id is None else staff.account(tx.connection, user_id)
        if user_id is None or account is None:
            raise PolicyRefused("this link works no more: it was used, is older than two days, or a newer one was made; ask for a new one")
        _require(faults(password, least=least_length(account), about=(account.id, account.name)))
        logins.use_link(tx, digest_of(token), purpose=PASSWORD, now=now)
        set_password(tx, user_id, password, at=now)
        audit.note(tx, "password_set", actor=user_id, source=source, at=now)
        return user_id

    return store.attempt(work)


def least_length(account: Account) -> int:
    """How long a password must be."""
    return STAFF_LENGTH if account.vendor is None else VENDOR_LENGTH


def list_keys(store: Store) -> tuple[ApiKey, ...]:
    """Keys of programs, the newest first."""
    with store.reading() as connection:
        return api_keys.found(connection)


def make_key(
    office: Office, name: str, authorities: Iterable[Authority], *, vendor: str | None = None, days: int = KEY_DAYS, reason: str = ""
) -> tuple[str, ApiKey]:
    """A key for a program: what it must send, told this once, and how it is listed. One of a vendor sees that vendor alone."""
    given = access.in_order(authorities)
    problems = (
        []
        if name.strip().isprintable() and 1 <= len(name.strip()) <= access.LONGEST_NAME
        else [f"name the program, in at most {access.LONGEST_NAME} characters"]
    )
    if not given:
        problems.append("a key needs at least one authority")
    if not 1 <= days <= 2 * KEY_DAYS:
        problems.append(f"a key holds 1 to {2 * KEY_DAYS} days")
    if vendor is not None:
        problems += [
            f"a key of a vendor cannot have {it}"
            for it in given
            if it not in access.OF_VENDOR_USERS | {Authority.PERSONAL_DATA, Authority.FILES, Authority.RAW_FILES}
        ]
    _require(problems)
    secret = KEY_MARK + token_urlsafe(32)

    def work(tx: Tx) -> ApiKey:
        now = office.clock.now()
        key = ApiKey(
            id=0,
            head=secret[:HEAD],
            name=name.strip(),
            authorities=given,
            vendor=vendor,
            made_by=office.actor,
            made_at=now,
            ends_at=now + timedelta(days=days),
        )
        key = replace(key, id=api_keys.add(tx, digest_of(secret), key))
        _note(
            tx, office, "key_made", f"key {key.id}", {"name": key.name, "authorities": [str(it) for it in given], "vendor": vendor}, reason
        )
        return key

    return secret, office.store.attempt(work)


def revoke_key(office: Office, key_id: int, *, reason: str = "") -> None:
    """The key works no more, from now on."""

    def work(tx: Tx) -> None:
        if not api_keys.revoke(tx, key_id, at=office.clock.now()):
            raise NotFound(f"there is no key {key_id} that works", remedy="See which there are: gateway user keys")
        _note(tx, office, "key_revoked", f"key {key_id}", {}, reason)

    office.store.attempt(work)


def _require(problems: Iterable[str]) -> None:
    found = tuple(problems)
    if found:
        raise ConfigError(*found)


def _refuse_own(office: Office, user_id: str) -> None:
    """Nobody gives rights to themselves; the command line has the rights of whoever may read the database anyway."""
    if office.actor == user_id and office.source != "command line":
        raise PolicyRefused("nobody changes their own rights; ask somebody else who administers people")


def _refuse_own_role(tx: Tx, office: Office, name: str) -> None:
    person = staff.get(tx.connection, office.actor)
    if person is not None and name in person.roles:
        _refuse_own(office, person.id)


def _note(tx: Tx, office: Office, event: str, about: str, detail: dict[str, Any], reason: str) -> None:
    audit.note(tx, event, actor=office.actor, source=office.source, at=office.clock.now(), about=about, detail=detail, reason=reason)


def _found(person: Staff | None, user_id: str) -> Staff:
    if person is None:
        raise _missing(user_id)
    return person


def _missing(user_id: str) -> NotFound:
    return NotFound(f"there is no user {user_id.lower()}", remedy="See which there are: gateway user list")
