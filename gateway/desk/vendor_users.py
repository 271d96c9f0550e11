"""Users of vendors as people work with them: listed, added, changed, taken out of use (sdf 1, 8.2). Logins and passwords are not here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from gateway.desk.acting import Mode, perform
from gateway.desk.master import Books, all_codes
from gateway.desk.office import COMMAND_LINE, change
from gateway.domain.access import NOT_FROM_PROGRAMS, Account, account_of_vendor_user
from gateway.domain.access import in_order as in_order_of_all
from gateway.domain.authority import VendorAuthority, VendorUser, faults, in_order
from gateway.domain.master import MasterKind
from gateway.kernel.errors import ConfigError, NotFound, PolicyRefused
from gateway.kernel.yaml_text import unknown
from gateway.store import Store, Tx, audit, logins, master_rows, vendor_users, web_sessions
from gateway.store.master_rows import MasterEvent


class UserSheet(Struct, frozen=True, kw_only=True):
    """A user with the history, the newest first."""

    user: VendorUser
    history: tuple[MasterEvent, ...]


class UserEdit(Struct, frozen=True, kw_only=True):
    """New values of a user; what is not given stays."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    authorities: tuple[VendorAuthority, ...] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class UserEdited(Struct, frozen=True, kw_only=True):
    """What an act did, or would do."""

    user: VendorUser
    changed: tuple[str, ...]
    mode: Mode


def list_users(store: Store, *, vendor: str | None = None) -> tuple[VendorUser, ...]:
    """Users by vendor and id."""
    with store.reading() as connection:
        return vendor_users.found(connection, vendor=vendor)


def show_user(store: Store, user_id: str) -> UserSheet:
    """A user and who changed what."""
    with store.reading() as connection:
        user = vendor_users.get(connection, user_id.lower())
        told = master_rows.history(connection, MasterKind.VENDOR_USER, user_id.lower())
    if user is None:
        raise _missing(user_id)
    return UserSheet(user=user, history=told)


def add_user(
    books: Books,
    user: VendorUser,
    *,
    strange: Iterable[str] = (),
    reason: str = "",
    mode: Mode = Mode.EARNEST,
    source: str = COMMAND_LINE,
    giver: Account | None = None,
) -> UserEdited:
    """A new user; the id is stored in small letters. `strange`: what `read_authorities` found wrong, told with all else.

    `giver` is a user of the vendor who may do so for the own vendor alone.
    """
    new = replace(user, id=user.id.lower(), name=user.name.strip(), authorities=in_order(user.authorities))

    def work(tx: Tx) -> UserEdited:
        vendors = all_codes(tx.connection, books.declared, MasterKind.VENDOR)
        problems = [] if new.vendor in vendors else [unknown(new.vendor, vendors, what="vendor")]
        _check(new, [*strange, *problems, *_beyond(giver, new)])
        at = books.desk.clock.now()
        if not vendor_users.add(tx, new, origin=books.desk.origin, reason=reason, at=at):
            raise ConfigError(f"there is a user {new.id} already; see it: gateway user show {new.id}")
        detail = {"name": new.name, "vendor": new.vendor, "authorities": list(new.authorities)}
        audit.note(tx, "person_added", actor=books.desk.user, source=source, at=at, about=f"user {new.id}", detail=detail, reason=reason)
        return UserEdited(user=new, changed=("vendor", "name", "email", "authorities", "active"), mode=mode)

    return perform(books.desk.store, work, mode)


def edit_user(
    books: Books,
    user_id: str,
    edit: UserEdit,
    *,
    strange: Iterable[str] = (),
    reason: str = "",
    mode: Mode = Mode.EARNEST,
    source: str = COMMAND_LINE,
    giver: Account | None = None,
) -> UserEdited:
    """Change a user; a user never goes to another vendor. `strange`: what `read_authorities` found wrong, told with all else.

    `giver` is a user of the vendor who may do so for the own vendor alone.
    """

    def work(tx: Tx) -> UserEdited:
        before = vendor_users.locked(tx, user_id.lower())
        if before is None:
            raise _missing(user_id)
        require_below(giver, before)
        after = VendorUser(
            id=before.id,
            vendor=before.vendor,
            name=before.name if edit.name is UNSET else edit.name.strip(),
            email=before.email if edit.email is UNSET else edit.email,
            authorities=before.authorities if edit.authorities is UNSET else in_order(edit.authorities),
            active=before.active if edit.active is UNSET else edit.active,
        )
        _check(after, [*strange, *_beyond(giver, after)])
        at = books.desk.clock.now()
        changed = vendor_users.change(tx, before, after, origin=books.desk.origin, reason=reason, at=at)
        if {"authorities", "active"} & set(changed):  # new rights begin with a new session
            logins.lock(tx, [after.id])
            web_sessions.end_all(tx, after.id)
        if changed:
            detail = {word: change(getattr(before, word), getattr(after, word)) for word in changed}
            audit.note(
                tx, "person_changed", actor=books.desk.user, source=source, at=at, about=f"user {after.id}", detail=detail, reason=reason
            )
        return UserEdited(user=after, changed=tuple(changed), mode=mode)

    return perform(books.desk.store, work, mode)


def read_authorities(words: Iterable[str]) -> tuple[tuple[VendorAuthority, ...], tuple[str, ...]]:
    """The authorities that these words name, each perhaps a list with commas, and what is wrong with the others."""
    named = [word.strip().lower() for given in words for word in given.split(",") if word.strip()]
    valid = [authority.value for authority in VendorAuthority]
    strange = tuple(unknown(word, valid, what="authority") for word in named if word not in valid)
    return in_order(VendorAuthority(word) for word in named if word in valid), strange


def require_below(giver: Account | None, user: VendorUser) -> None:
    """Who administers the users of the own vendor does so for colleagues who may do no more; others are as if they were not there."""
    if giver is None:
        return
    if giver.vendor not in {None, user.vendor}:
        raise _missing(user.id)
    if user.id == giver.id:
        raise PolicyRefused("nobody changes their own rights; ask a colleague, or the retailer")
    if any(_beyond(giver, user)):
        raise PolicyRefused(f"{user.id} may do more than you; ask the retailer")


def _beyond(giver: Account | None, user: VendorUser) -> Iterator[str]:
    """What a user would be given that the giver has not, one sentence each."""
    if giver is None:
        return
    if giver.vendor not in {None, user.vendor}:
        yield f"you can add users of vendor {giver.vendor} alone"
    account = account_of_vendor_user(replace(user, active=True))
    for authority in in_order_of_all(account.authorities if account is not None else ()):
        if not giver.may(authority):
            yield f"you cannot give {authority}: you may not do it yourself"
        elif giver.key is not None and authority in NOT_FROM_PROGRAMS:
            yield f"you cannot give {authority}: only a person gives it"


def _check(user: VendorUser, strange: Iterable[str]) -> None:
    """ConfigError with everything that is wrong with a user, and what was found before."""
    problems = (*strange, *faults(user))
    if problems:
        raise ConfigError(*problems)


def _missing(user_id: str) -> NotFound:
    return NotFound(f"there is no user {user_id.lower()}", remedy="See which there are: gateway vendor user list")
