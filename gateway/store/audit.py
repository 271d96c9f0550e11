"""The record of what concerns security: who did what from where, each entry chained to the one before by its hash.

An entry that is changed or taken away breaks the chain behind it; the newest digest, kept elsewhere, proves the end of it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, select

from gateway.store import counters
from gateway.store.session import Tx
from gateway.store.tables import audit

COUNTER = "audit"
BEGINNING = "0" * 64
PORTION = 1000
_TOLD = ("at", "event", "actor", "source", "about", "detail", "reason")
_COLUMNS = [audit.c[name] for name in ("id", *_TOLD, "digest")]


class AuditEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One thing that happened."""

    id: int
    at: datetime
    event: str
    actor: str
    source: str
    """Where the request came from: an address, or `command line`."""
    about: str
    """Whom or what it concerns, such as `staff anna.k` or `order A1`; never personal data of customers."""
    detail: dict[str, Any]
    reason: str
    digest: str


class AuditSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter."""

    event: str | None = None
    actor: str | None = None
    about: str | None = None
    since: datetime | None = None


def note(
    tx: Tx, event: str, *, actor: str, source: str, at: datetime, about: str = "", detail: dict[str, Any] | None = None, reason: str = ""
) -> None:
    """Add an entry; call it last in a transaction, for entries are written one after the other."""
    counters.take(tx, COUNTER)
    before = tx.connection.execute(select(audit.c.digest).order_by(audit.c.id.desc()).limit(1)).scalar_one_or_none() or BEGINNING
    told = {"at": at, "event": event, "actor": actor, "source": source, "about": about, "detail": detail or {}, "reason": reason}
    tx.connection.execute(audit.insert().values(**told, digest=_digest(before, told)))


def found(connection: Connection, search: AuditSearch, *, before: int | None = None, most: int = 50) -> tuple[AuditEntry, ...]:
    """Entries, the newest first; `before` is the id where the last page ended."""
    chosen = select(*_COLUMNS).order_by(audit.c.id.desc()).limit(most)
    exact = ((search.event, audit.c.event), (search.actor, audit.c.actor), (search.about, audit.c.about))
    for value, column in exact:
        if value is not None:
            chosen = chosen.where(column == value)
    if search.since is not None:
        chosen = chosen.where(audit.c.at >= search.since)
    if before is not None:
        chosen = chosen.where(audit.c.id < before)
    return tuple(_entry(row) for row in connection.execute(chosen))


def broken_at(connection: Connection) -> tuple[int | None, int, str]:
    """The first entry that does not follow from the one before (None: all do), how many entries there are, and the newest digest."""
    before, count = BEGINNING, 0
    for entry in _all(connection):
        count += 1
        if entry.digest != _digest(before, {name: getattr(entry, name) for name in _TOLD}):
            return entry.id, count, before
        before = entry.digest
    return None, count, before


def _all(connection: Connection) -> Iterator[AuditEntry]:
    last = 0
    while True:
        rows = connection.execute(select(*_COLUMNS).where(audit.c.id > last).order_by(audit.c.id).limit(PORTION)).all()
        yield from (_entry(row) for row in rows)
        if len(rows) < PORTION:
            return
        last = rows[-1].id


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)  # noqa: SLF001 (the documented way to a row's names)


def _digest(before: str, told: dict[str, Any]) -> str:
    """The hash of an entry and of everything before it; an instant counts to the microsecond, as both databases keep it."""
    plain = msgspec.json.encode([before, *(told[name] for name in _TOLD)], order="sorted")
    return sha256(plain).hexdigest()
