"""The record of what concerns security: who did what from where, each entry chained to the one before by its hash.

An entry that is changed or taken away breaks the chain behind it; the newest digest, kept elsewhere, proves the end of it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, select

from gateway.store import counters
from gateway.store.queries import counting
from gateway.store.session import Tx
from gateway.store.tables import audit, counter

COUNTER = "audit"
LOGIN = "login"
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


class Head(Struct, frozen=True):
    """The newest entry: kept elsewhere, its digest proves everything before it."""

    id: int
    digest: str


class Chain(Struct, frozen=True, kw_only=True):
    """What following the chain has found."""

    entries: int
    """How many follow from each other, from the beginning on."""
    head: str
    """The digest of the last of them."""
    broken_at: int | None
    """The first entry that does not follow; None when all do."""
    missing: int
    """So many more were written than are there at the end."""
    has_digest: bool
    """Whether the digest that was asked for is among them."""

    @property
    def holds(self) -> bool:
        """Whether nothing was changed or taken away."""
        return self.broken_at is None and not self.missing and self.has_digest


def note(
    tx: Tx, event: str, *, actor: str, source: str, at: datetime, about: str = "", detail: dict[str, Any] | None = None, reason: str = ""
) -> None:
    """Add an entry. Entries are written one after the other: call it last in a transaction, or others wait for the rest of it."""
    counters.take(tx, COUNTER)
    before = tx.connection.execute(select(audit.c.digest).order_by(audit.c.id.desc()).limit(1)).scalar_one_or_none() or BEGINNING
    told = {
        "at": at.astimezone(UTC),
        "event": event,
        "actor": actor,
        "source": source,
        "about": about,
        "detail": detail or {},
        "reason": reason,
    }
    tx.connection.execute(audit.insert().values(**told, digest=_digest(before, told)))


def found(connection: Connection, search: AuditSearch, *, before: int | None = None, most: int = 50) -> tuple[AuditEntry, ...]:
    """Entries, the newest first; `before` is the id where the last page ended."""
    chosen = _narrowed(select(*_COLUMNS), search, before).order_by(audit.c.id.desc()).limit(most)
    return tuple(_entry(row) for row in connection.execute(chosen))


def count(connection: Connection, search: AuditSearch, *, before: int | None = None) -> int:
    """How many entries there are of these, as far as pages count."""
    return counting.count(connection, _narrowed(select(audit.c.id), search, before), most=counting.ENOUGH)


def came_from(connection: Connection, actor: str, source: str, *, since: datetime) -> bool:
    """Whether somebody has logged in from there since then."""
    told = (audit.c.actor == actor, audit.c.event == LOGIN, audit.c.source == source, audit.c.at >= since)
    return connection.execute(select(audit.c.id).where(*told).order_by(audit.c.id.desc()).limit(1)).first() is not None


def head(connection: Connection) -> Head:
    """Where the chain ends now."""
    row = connection.execute(select(audit.c.id, audit.c.digest).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return Head(0, BEGINNING) if row is None else Head(row.id, row.digest)


def checked(connection: Connection, *, digest: str | None = None) -> Chain:
    """Follow the chain from its beginning; `digest` is one that was noted elsewhere before and must be in it."""
    before, count, seen = BEGINNING, 0, digest is None
    told = connection.execute(select(counter.c.last).where(counter.c.name == COUNTER)).scalar_one_or_none() or 0
    for entry in _all(connection):
        count += 1
        if entry.digest != _digest(before, {name: getattr(entry, name) for name in _TOLD}):
            return Chain(entries=count - 1, head=before, broken_at=entry.id, missing=0, has_digest=seen)
        before = entry.digest
        seen = seen or before == digest
    return Chain(entries=count, head=before, broken_at=None, missing=told - count, has_digest=seen)


def _narrowed(chosen: Select[Any], search: AuditSearch, before: int | None) -> Select[Any]:
    exact = ((search.event, audit.c.event), (search.actor, audit.c.actor), (search.about, audit.c.about))
    for value, column in exact:
        if value is not None:
            chosen = chosen.where(column == value)
    if search.since is not None:
        chosen = chosen.where(audit.c.at >= search.since)
    return chosen if before is None else chosen.where(audit.c.id < before)


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
