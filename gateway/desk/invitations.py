"""Links that work once: with one somebody sets a password, and with another the first person of an installation comes in."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_urlsafe

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk import throttle
from gateway.desk.acting import Mode, perform
from gateway.desk.login import digest_of, keep_password
from gateway.desk.office import Office, missing, note, require, require_within, rights_of
from gateway.desk.passwords import STAFF_LENGTH, faults, hashed, least_length
from gateway.domain import access
from gateway.domain.access import Account, Staff
from gateway.kernel.clock import Clock
from gateway.kernel.errors import ConfigError, PolicyRefused
from gateway.store import Store, Tx, audit, logins, staff

LINK_HOLDS = timedelta(days=2)
SETUP_HOLDS = timedelta(hours=1)
SETUP, PASSWORD = "setup", "password"
FIRST_ROLES = ("user_admin", "configurator", "operator", "retailer")
OVER = "this link works no more: it was used, is older than two days, or a newer one was made; ask for a new one"
SETUP_OVER = "this link works no more; start the gateway again for a new one, or ask who administers people"


class Invitation(Struct, frozen=True, kw_only=True):
    """A link for somebody: its token is told once."""

    user_id: str
    token: str
    ends_at: datetime

    def __repr__(self) -> str:
        """Without the token."""
        return f"Invitation(user_id={self.user_id!r}, ends_at={self.ends_at!r})"


def invite(office: Office, user_id: str, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Invitation:
    """A link with which this person, of the retailer or of a vendor, sets a password, once, within two days.

    An older link works no more; a password that is set holds until the link is used.
    """
    made = Invitation(user_id=user_id.lower(), token=token_urlsafe(24), ends_at=office.clock.now() + LINK_HOLDS)

    def work(tx: Tx) -> Invitation:
        if not staff.is_taken(tx.connection, made.user_id):
            raise missing(user_id)
        if staff.account(tx.connection, made.user_id) is None:
            raise ConfigError(
                f"{made.user_id} is not active; let them in again first: gateway user activate, or gateway vendor user activate"
            )
        require_within(office, rights_of(tx.connection, made.user_id), made.user_id)
        logins.lock(tx, [made.user_id])
        logins.make_link(tx, digest_of(made.token), purpose=PASSWORD, user_id=made.user_id, ends_at=made.ends_at)
        note(tx, office, "invited", f"user {made.user_id}", reason=reason)
        return made

    return perform(office.store, work, mode)


def invited(store: Store, clock: Clock, token: str) -> Account | None:
    """Whom the link of an invitation is for; None when it does not work, or no more."""
    with store.reading() as connection:
        user_id = logins.link(connection, digest_of(token), purpose=PASSWORD, now=clock.now())
        return None if user_id is None else staff.account(connection, user_id)


def choose_password(store: Store, clock: Clock, token: str, password: str, *, source: str) -> str:
    """Set a password with the link of an invitation; gives the user id. Every session of the person ends.

    PolicyRefused for a link that does not work; ConfigError with everything that is wrong with the password.
    """
    account = invited(store, clock, token)
    if account is None:
        raise PolicyRefused(OVER)
    require(faults(password, least=least_length(account), about=(account.id, account.name)))
    kept = hashed(password)

    def work(tx: Tx) -> str:
        now = clock.now()
        logins.lock(tx, [account.id])
        user_id = logins.use_link(tx, digest_of(token), purpose=PASSWORD, now=now)
        if user_id is None or staff.account(tx.connection, user_id) is None:
            raise PolicyRefused(OVER)
        keep_password(tx, user_id, kept, at=now)
        throttle.forgive_account(tx, user_id)
        audit.note(tx, "password_set", actor=user_id, source=source, at=now)
        return user_id

    return store.attempt(work)


def setup_token(store: Store, clock: Clock) -> str | None:
    """A token for the first person of an installation, for an hour; None when somebody can log in already. An older one works no more."""
    token = token_urlsafe(24)

    def work(tx: Tx) -> str | None:
        staff.lock_office(tx)
        if logins.anybody(tx.connection):
            return None
        logins.make_link(tx, digest_of(token), purpose=SETUP, user_id="", ends_at=clock.now() + SETUP_HOLDS)
        return token

    return store.attempt(work)


def set_up(office: Office, token: str, person: Staff, password: str) -> Staff:
    """The first person: administers people, and may do what operators, configurators and retailer users may.

    PolicyRefused for a token that does not work; ConfigError with everything that is wrong.
    """
    new = replace(person, id=person.id.strip().lower(), name=person.name.strip(), roles=FIRST_ROLES, active=True)
    with office.store.reading() as connection:
        if logins.link(connection, digest_of(token), purpose=SETUP, now=office.clock.now()) is None:
            raise PolicyRefused(SETUP_OVER)
    require([*access.faults_of_staff(new, access.BUILT_IN), *faults(password, least=STAFF_LENGTH, about=(new.id, new.name))])
    kept = hashed(password)

    def work(tx: Tx) -> Staff:
        staff.lock_office(tx)
        now = office.clock.now()
        if logins.use_link(tx, digest_of(token), purpose=SETUP, now=now) is None or logins.anybody(tx.connection):
            raise PolicyRefused(SETUP_OVER)
        if staff.get(tx.connection, new.id) is not None:
            staff.change(tx, new, at=now)
        elif not staff.add(tx, new, at=now):
            raise ConfigError(f"there is a user {new.id} of a vendor already; choose another id")
        keep_password(tx, new.id, kept, at=now)
        told = {"name": new.name, "roles": list(new.roles)}
        audit.note(tx, "set_up", actor=new.id, source=office.source, at=now, about=f"user {new.id}", detail=told)
        return new

    return office.store.attempt(work)
