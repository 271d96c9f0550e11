"""A backup back in its place.

The restored store has forgotten what happened since, so nothing goes out and nothing is made until it was reconciled and a
person lets it go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import delete, func, inspect, select, text, update
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from gateway.archive import Archive
from gateway.config import Workspace
from gateway.kernel.errors import AlreadyRunning, ConfigError
from gateway.kernel.instants import in_utc
from gateway.kernel.issues import Issue
from gateway.recovery.backup import BLOBS, Manifest, keep_blob, keep_journal, read_manifest
from gateway.recovery.copies import prepare_sqlite, replace_sqlite, restore_postgresql
from gateway.store import Durability, Store, Tx, audit, installation, pauses, tables
from gateway.store.installation import Fact
from gateway.store.migrations import head, upgrade

ACTOR = "RESTORE"
GOING = 3.0
"""Within so many seconds a server has noticed that a process is gone which has closed its connections."""


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore does, or did."""

    backup_of: datetime
    schema: str
    blobs: int
    missing_blobs: int
    replaced_rows: int
    """Files, orders and items in the store that gives way."""
    kept: str | None
    """Where the database before lies now; PostgreSQL keeps none."""


def plan(workspace: Workspace, source: Path, *, force: bool) -> tuple[Manifest, int]:
    """Everything that speaks against restoring, as an error; else the manifest and how many rows give way."""
    manifest = read_manifest(source)
    url = workspace.database_url
    if manifest.is_sqlite != url.startswith("sqlite"):
        raise ConfigError(f"{source} holds a backup of the other kind of database; set database.url to one of its kind")
    if manifest.schema > head():
        raise ConfigError(f"{source} was made by version {manifest.version} with schema {manifest.schema}; this program knows {head()}")
    lost = [key for key in manifest.blobs if not _blob(source, key).is_file()]
    if lost:
        raise ConfigError(f"{source} lacks {len(lost)} of its blobs, the first is {lost[0]}; take another backup")
    rows = _rows(workspace)
    if rows and not force:
        raise ConfigError(f"the store is not empty ({rows} rows would give way); with --force it is replaced")
    return manifest, rows


def restore(workspace: Workspace, source: Path, *, now: datetime, force: bool, advance: Callable[[int], object]) -> Restored:
    """Put it back: blobs first, then the database with everything outgoing on hold, in one step."""
    manifest, rows = plan(workspace, source, force=force)
    archive = Archive(workspace.paths.archive)
    keep_journal(source / BLOBS, archive.folder)
    for key in manifest.erased:
        keep_blob(source / BLOBS / key[:2] / archive.mark(key).name, archive.mark(key))
    for key in manifest.blobs:
        if not archive.is_erased(key):  # erased since: a backup brings nothing back
            keep_blob(_blob(source, key), archive.path(key))
        advance(1)
    url, database = workspace.database_url, source / manifest.database
    why = Issue(pauses.RESTORED, f"restored from the backup of {in_utc(manifest.made_at)}", where=manifest.made_at.isoformat())
    kept: Path | None = None
    if manifest.is_sqlite:
        prepared = prepare_sqlite(database, url)
        _hold_sqlite(f"sqlite:///{prepared}", why, now)
        kept = replace_sqlite(prepared, url, aside=f"before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    else:
        restore_postgresql(database, url, tables=_tables(url), after=_hold_postgresql(why, now))
        upgrade(url)
        _log_out(url, manifest, now)
    return Restored(
        backup_of=manifest.made_at,
        schema=manifest.schema,
        blobs=len(manifest.blobs),
        missing_blobs=len(manifest.missing),
        replaced_rows=rows,
        kept=None if kept is None else str(kept),
    )


def require_alone(workspace: Workspace) -> None:
    """AlreadyRunning while another process has this PostgreSQL database open, and goes on so. SQLite has a lock."""
    store = Store(workspace.database_url, durability=Durability.UNCHECKED)
    others = (
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and application_name = 'gateway' and pid <> pg_backend_pid()"
    )
    try:
        for look in Retrying(
            retry=retry_if_exception_type(AlreadyRunning), stop=stop_after_delay(GOING), wait=wait_fixed(0.1), reraise=True
        ):
            with look, store.reading() as connection:
                if not store.is_sqlite and connection.execute(text(others)).scalar_one():
                    raise AlreadyRunning("gateway processes work on this database; stop every node first: gateway node list")
    finally:
        store.close()


def _blob(source: Path, key: str) -> Path:
    return source / BLOBS / key[:2] / f"{key}.gz"


def _rows(workspace: Workspace) -> int:
    """How much is in the store that would give way; nothing where there is none."""
    found = workspace.database_url.removeprefix("sqlite:///")
    if found != workspace.database_url and not Path(found).exists():
        return 0
    store = Store(workspace.database_url, durability=Durability.UNCHECKED)
    try:
        with store.reading() as connection:
            there = set(inspect(connection).get_table_names())
            counted = [it for it in (tables.message, tables.order_key, tables.outbox) if it.name in there]
            return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in counted)
    finally:
        store.close()


def _tables(url: str) -> list[str]:
    store = Store(url, durability=Durability.UNCHECKED)
    try:
        with store.reading() as connection:
            return inspect(connection).get_table_names()
    finally:
        store.close()


def _hold_sqlite(url: str, why: Issue, now: datetime) -> None:
    """Before the copy gets its name, so that nobody ever opens it without the hold."""
    upgrade(url)
    store = Store(url, durability=Durability.UNCHECKED)
    try:
        with store.transaction() as tx:
            for name in (pauses.OUTBOUND, pauses.GATHERING):
                pauses.stop(tx, name, actor=ACTOR, now=now, issue=why)
            _forget_runs(tx)
            _end_sessions(tx, why.where, now)
            installation.remember(tx, Fact.ERASE_AGAIN, now.isoformat())
        with store.engine.connect() as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    finally:
        store.close()


def _log_out(url: str, manifest: Manifest, now: datetime) -> None:
    store = Store(url, durability=Durability.UNCHECKED)
    try:
        store.attempt(lambda tx: _end_sessions(tx, manifest.made_at.isoformat(), now))
    finally:
        store.close()


def _end_sessions(tx: Tx, backup_of: str, now: datetime) -> None:
    """What had ended since the backup, a session or a link, must not live again; whose it was logs in once more."""
    tx.connection.execute(delete(tables.web_session))
    tx.connection.execute(delete(tables.one_time_link))
    audit.note(tx, "restored", actor=ACTOR, source="command line", at=now, detail={"backup_of": backup_of})


def _forget_runs(tx: Tx) -> None:
    """Nobody whom the backup saw at work is at work on this store."""
    tx.connection.execute(update(tables.work).values(until=None, holder=None))
    tx.connection.execute(update(tables.lease).values(until=None, holder=None))
    tx.connection.execute(delete(tables.node))


def _hold_postgresql(why: Issue, now: datetime) -> list[str]:
    """The same as statements for the transaction that brings the dump back."""
    issue = msgspec.json.encode(why).decode().replace("'", "''")
    names = ", ".join(f"('{name}', '{now.isoformat()}', '{ACTOR}', '{issue}')" for name in (pauses.OUTBOUND, pauses.GATHERING))
    return [
        f"insert into pause (name, at, actor, issue) values {names} on conflict do nothing;",  # noqa: S608 - our own words, quoted above
        "update work set until = null, holder = null;",
        "update lease set until = null, holder = null;",
        "delete from node;",
        f"insert into installation (name, value) values ('{Fact.ERASE_AGAIN}', '') on conflict do nothing;",  # noqa: S608 - our own word
    ]
