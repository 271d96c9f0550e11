"""People of the retailer and of whoever runs the gateway, and the roles that are not built in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import to_builtins
from sqlalchemy import Connection, delete, select, update

from gateway.domain.access import BUILT_IN, Account, Role, Staff, account_of_staff, account_of_vendor_user
from gateway.kernel.typed import convert
from gateway.store import counters, logins, vendor_users
from gateway.store.dialects import insert_missing
from gateway.store.session import Tx
from gateway.store.tables import role, staff

_STAFF = [staff.c[name] for name in Staff.__struct_fields__]
_ROLE = ("name", "meaning", "authorities")
OFFICE = "people"


def lock_office(tx: Tx) -> None:
    """One act upon people and roles at a time, so that what was checked is still so when it is written; take it first."""
    counters.take(tx, OFFICE)


def roles(connection: Connection) -> Mapping[str, Role]:
    """Every role by its name, the built-in ones first."""
    made = connection.execute(select(*(role.c[name] for name in _ROLE)).order_by(role.c.name))
    return {**BUILT_IN, **{row.name: convert(dict(zip(_ROLE, row, strict=True)), Role, strict=False) for row in made}}


def keep_role(tx: Tx, made: Role, *, at: datetime) -> None:
    """Store a role, new or changed."""
    plain = {name: to_builtins(made)[name] for name in _ROLE} | {"changed_at": at}
    if not insert_missing(tx, role, (*_ROLE, "changed_at"), [tuple(plain.values())], key=("name",), returning=("name",)):
        tx.connection.execute(update(role).where(role.c.name == made.name).values(**plain))


def drop_role(tx: Tx, name: str) -> bool:
    """Forget a role; False when there was none."""
    return tx.connection.execute(delete(role).where(role.c.name == name)).rowcount == 1


def get(connection: Connection, user_id: str) -> Staff | None:
    """The person of that id."""
    row = connection.execute(select(*_STAFF).where(staff.c.id == user_id)).one_or_none()
    return None if row is None else convert(dict(zip(Staff.__struct_fields__, row, strict=True)), Staff, strict=False)


def found(connection: Connection) -> tuple[Staff, ...]:
    """Everybody, by id."""
    rows = connection.execute(select(*_STAFF).order_by(staff.c.id))
    return tuple(convert(dict(zip(Staff.__struct_fields__, row, strict=True)), Staff, strict=False) for row in rows)


def add(tx: Tx, person: Staff, *, at: datetime) -> bool:
    """Store a new person; False when the id is taken, be it by a user of a vendor."""
    if is_taken(tx.connection, person.id) or not logins.claim(tx, person.id):
        return False
    plain = to_builtins(person)
    columns = (*Staff.__struct_fields__, "made_at", "changed_at")
    row = (*(plain[name] for name in Staff.__struct_fields__), at, at)
    return bool(insert_missing(tx, staff, columns, [row], key=("id",), returning=("id",)))


def change(tx: Tx, after: Staff, *, at: datetime) -> None:
    """Write a person who is there."""
    plain = to_builtins(after)
    tx.connection.execute(update(staff).where(staff.c.id == plain.pop("id")).values(**plain, changed_at=at))


def account(connection: Connection, user_id: str) -> Account | None:
    """Who may log in under this id now, and what they may do: staff or a user of a vendor; None where nobody may."""
    person = get(connection, user_id)
    if person is not None:
        return account_of_staff(person, roles(connection))
    user = vendor_users.get(connection, user_id)
    return None if user is None else account_of_vendor_user(user)


def is_taken(connection: Connection, user_id: str) -> bool:
    """Whether somebody has this id, in use or not."""
    return get(connection, user_id) is not None or vendor_users.get(connection, user_id) is not None
