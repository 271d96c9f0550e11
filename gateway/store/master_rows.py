"""Master data that people and CreateDSVendor set: the words of every code, who changed what when, and a version that tells of changes.

The version is a counter that every change moves in its own transaction, so whoever reads the same version knows the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.domain.master import MasterChanged, MasterKind, WordChange, Words
from gateway.domain.origin import Origin
from gateway.store import counters
from gateway.store.dialects import bulk_insert, bulk_update, fetch_rows, insert_missing, lock_rows
from gateway.store.session import Tx
from gateway.store.tables import counter, master, master_history

COUNTER = "master"
ADDED = "added"
CHANGED = "changed"

_KEY = ("kind", "code")
_HISTORY = ("kind", "code", "action", "word", "before", "after", "at", "actor", "source", "reason", "message_id", "place")
_VERSION = select(counter.c.last).where(counter.c.name == COUNTER)

Key = tuple[MasterKind, str]
By = tuple[MasterChanged, Origin]
"""A change, and who makes it."""


class MasterEvent(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the history of a code."""

    id: int
    at: datetime
    actor: str
    source: str
    action: str
    word: str | None
    before: object
    after: object
    reason: str
    message_id: int | None = None


def version(connection: Connection) -> int:
    """How often master data was changed; 0 when never."""
    return connection.execute(_VERSION).scalar_one_or_none() or 0


def words_of(connection: Connection, kind: MasterKind, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What was set for these codes."""
    rows = fetch_rows(connection, master, _KEY, [(kind.value, code) for code in codes], ("code", "words"))
    return {row.code: row.words for row in rows}


def all_words(connection: Connection, kinds: Iterable[MasterKind]) -> dict[Key, dict[str, Any]]:
    """What was set for every code of these tables."""
    chosen = select(master.c.kind, master.c.code, master.c.words).where(master.c.kind.in_([kind.value for kind in kinds]))
    return {(MasterKind(row.kind), row.code): row.words for row in connection.execute(chosen)}


def history(connection: Connection, kind: MasterKind, code: str, *, most: int = 100) -> tuple[MasterEvent, ...]:
    """Who changed what when, the newest first."""
    it = master_history.c
    columns = [it[name] for name in MasterEvent.__struct_fields__]
    chosen = select(*columns).where(it.kind == kind.value, it.code == code).order_by(it.id.desc()).limit(most)
    return tuple(MasterEvent(**row) for row in connection.execute(chosen).mappings())


def change(tx: Tx, changes: Iterable[By], *, at: datetime) -> list[WordChange]:
    """Write these changes with their history; answers what is different now. Several changes of one code are written in turn."""
    told: list[WordChange] = []
    for layer in _layers(changes):
        told += _write(tx, layer, at)
    if told:
        counters.take(tx, COUNTER)
    return told


def lock_all(tx: Tx) -> None:
    """Let nobody else change master data before the transaction ends; take it first."""
    counters.ensure(tx, COUNTER)
    tx.connection.execute(_VERSION.with_for_update()).one()


def note(tx: Tx, events: Iterable[tuple[WordChange, str]], *, origin: Origin, reason: str, at: datetime) -> None:
    """History entries: a changed word and what was done with its code."""
    rows = [
        (
            it.kind.value,
            it.code,
            action,
            it.word or None,
            it.before,
            it.after,
            at,
            origin.user,
            origin.source.value,
            reason,
            *_where(origin),
        )
        for it, action in events
    ]
    bulk_insert(tx, master_history, _HISTORY, rows)


def _where(origin: Origin) -> tuple[int | None, int | None]:
    return origin.message_id, origin.place


def _layers(changes: Iterable[By]) -> list[dict[Key, By]]:
    """So that no code stands twice in one."""
    layers: list[dict[Key, By]] = []
    for it, origin in changes:
        key = (it.kind, it.code)
        layer = next((one for one in layers if key not in one), None)
        if layer is None:
            layers.append(layer := {})
        layer[key] = it, origin
    return layers


def _write(tx: Tx, changes: Mapping[Key, By], at: datetime) -> list[WordChange]:
    """Insert what is missing, then lock, then change: sorted, as every lock."""
    keys = [(kind.value, code) for kind, code in changes]
    columns = ("kind", "code", "words", "made_at", "changed_at")
    insert_missing(tx, master, columns, [(*key, {}, at, at) for key in keys], key=_KEY)
    stored: dict[Key, Words] = {
        (MasterKind(row.kind), row.code): row.words for row in lock_rows(tx, master, _KEY, keys, ("kind", "code", "words"))
    }
    told: list[WordChange] = []
    for key, (it, origin) in changes.items():
        found = _differences(it, stored[key])
        if not found and not it.new:
            continue
        after = {word: value for word, value in {**stored[key], **it.words}.items() if word not in it.dropped}
        bulk_update(tx, master, _KEY, ("words", "changed_at"), [(it.kind.value, it.code, after, at)])
        action = ADDED if it.new else CHANGED
        shown = found or [WordChange(kind=it.kind, code=it.code, word="")]
        note(tx, [(one, action) for one in shown], origin=origin, reason=it.reason, at=at)
        told += shown
    return told


def _differences(it: MasterChanged, stored: Words) -> list[WordChange]:
    """The words whose value is another than before; of a new code all that are set."""
    found: list[WordChange] = []
    for word in {**it.words, **dict.fromkeys(it.dropped)}:
        before = stored.get(word, it.base.get(word))
        after = it.base.get(word) if word in it.dropped else it.words[word]
        if before != after or (it.new and word in it.words):
            found.append(WordChange(kind=it.kind, code=it.code, word=word, before=None if it.new else before, after=after))
    return found
