"""Who administers people, from where, and what every such act shares: one at a time, never the own rights, always written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.domain.access import NOT_FROM_PROGRAMS, Account, Authority, account_of_staff, account_of_vendor_user, in_order
from gateway.kernel.clock import Clock
from gateway.kernel.errors import ConfigError, NotFound, PolicyRefused
from gateway.store import Store, Tx, audit, staff, vendor_users

COMMAND_LINE = "command line"


class Office(Struct, frozen=True, kw_only=True):
    """Who administers people, and from where."""

    store: Store
    clock: Clock
    actor: str
    source: str = COMMAND_LINE
    giver: Account | None = None
    """Whose rights bound what is given and who may be dealt with: a program, or a user of a vendor. None: nobody's."""


def note(tx: Tx, office: Office, event: str, about: str, *, detail: dict[str, Any] | None = None, reason: str = "") -> None:
    """Write down what was done; the last thing in a transaction."""
    at = office.clock.now()
    audit.note(tx, event, actor=office.actor, source=office.source, at=at, about=about, detail=detail, reason=reason.strip())


def change(before: object, after: object) -> dict[str, object]:
    """What was and what is, as an entry keeps it."""
    return {"before": before, "after": after}


def require(problems: Iterable[str]) -> None:
    """ConfigError with everything that is wrong."""
    found = tuple(problems)
    if found:
        raise ConfigError(*found)


def refuse_own(office: Office, user_ids: Iterable[str]) -> None:
    """Nobody gives rights to themselves; the command line has the rights of whoever may read the database anyway."""
    if office.actor in set(user_ids) and office.source != COMMAND_LINE:
        raise PolicyRefused("nobody changes their own rights; ask somebody else who administers people")


def require_within(office: Office, rights: Iterable[Authority], whom: str) -> None:
    """Nobody whose rights bound theirs gives more than they have, or deals with somebody who may do more; programs hand on no office."""
    giver = office.giver
    if giver is None:
        return
    beyond = [it for it in in_order(rights) if not giver.may(it) or (giver.key is not None and it in NOT_FROM_PROGRAMS)]
    if beyond:
        raise PolicyRefused(f"{whom}: {', '.join(beyond)} is more than you may give or take; ask a person who administers people")


def rights_of(connection: Connection, user_id: str) -> frozenset[Authority]:
    """What somebody may do while they are in use."""
    person = staff.get(connection, user_id)
    if person is not None:
        account = account_of_staff(replace(person, active=True), staff.roles(connection))
    else:
        user = vendor_users.get(connection, user_id)
        account = None if user is None else account_of_vendor_user(replace(user, active=True))
    return account.authorities if account is not None else frozenset()


def missing(user_id: str) -> NotFound:
    """There is nobody of that id."""
    return NotFound(f"there is no user {user_id.lower()}", remedy="See which there are: gateway user list, gateway vendor user list")
