"""The users of vendors; what changes is told in the history of master data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import to_builtins
from sqlalchemy import Connection, Row, select, update

from gateway.domain.authority import VendorUser
from gateway.domain.master import MasterKind, WordChange
from gateway.domain.origin import Origin
from gateway.kernel.typed import convert
from gateway.store import logins, master_rows
from gateway.store.dialects import insert_missing
from gateway.store.session import Tx
from gateway.store.tables import vendor_user

_WORDS = ("vendor", "name", "email", "authorities", "active")
_COLUMNS = [vendor_user.c[name] for name in ("id", *_WORDS)]


def get(connection: Connection, user_id: str) -> VendorUser | None:
    """The user of that id."""
    row = connection.execute(select(*_COLUMNS).where(vendor_user.c.id == user_id)).one_or_none()
    return None if row is None else _user(row)


def found(connection: Connection, *, vendor: str | None = None) -> tuple[VendorUser, ...]:
    """All users, or those of a vendor, by vendor and id."""
    chosen = select(*_COLUMNS).order_by(vendor_user.c.vendor, vendor_user.c.id)
    if vendor is not None:
        chosen = chosen.where(vendor_user.c.vendor == vendor)
    return tuple(_user(row) for row in connection.execute(chosen))


def add(tx: Tx, user: VendorUser, *, origin: Origin, reason: str, at: datetime) -> bool:
    """Store a new user; False when the id is taken, be it by somebody of the retailer."""
    if not logins.claim(tx, user.id):
        return False
    plain = to_builtins(user)
    columns = ("id", *_WORDS, "made_at", "changed_at")
    row = (user.id, *(plain[word] for word in _WORDS), at, at)
    if not insert_missing(tx, vendor_user, columns, [row], key=("id",), returning=("id",)):
        return False
    _note(tx, user.id, {word: (None, plain[word]) for word in _WORDS}, master_rows.ADDED, origin, reason, at)
    return True


def locked(tx: Tx, user_id: str) -> VendorUser | None:
    """The user of that id, locked until the end of the transaction."""
    row = tx.connection.execute(select(*_COLUMNS).where(vendor_user.c.id == user_id).with_for_update()).one_or_none()
    return None if row is None else _user(row)


def change(tx: Tx, before: VendorUser, after: VendorUser, *, origin: Origin, reason: str, at: datetime) -> list[str]:
    """Write what differs of a locked user; answers the words."""
    old, new = to_builtins(before), to_builtins(after)
    words = {word: (old[word], new[word]) for word in _WORDS if old[word] != new[word]}
    if words:
        values = {word: after for word, (_, after) in words.items()}
        tx.connection.execute(update(vendor_user).where(vendor_user.c.id == before.id).values(**values, changed_at=at))
        _note(tx, before.id, words, master_rows.CHANGED, origin, reason, at)
    return list(words)


def _note(  # noqa: PLR0917 (the parts of an entry)
    tx: Tx, user_id: str, words: dict[str, tuple[Any, Any]], action: str, origin: Origin, reason: str, at: datetime
) -> None:
    def events() -> Iterator[tuple[WordChange, str]]:
        for word, (before, after) in words.items():
            yield WordChange(kind=MasterKind.VENDOR_USER, code=user_id, word=word, before=before, after=after), action

    master_rows.note(tx, events(), origin=origin, reason=reason, at=at)


def _user(row: Row[Any]) -> VendorUser:
    return convert(dict(zip(VendorUser.__struct_fields__, row, strict=True)), VendorUser)
