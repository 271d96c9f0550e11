"""A backup: one folder with the database, every blob it names, the configuration, and a manifest that is written last.

The database first, then the blobs: a blob is written before the row that names it and never changed, so every blob that the
copy names is there. Secrets are not in it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import select, union

from gateway import __version__
from gateway.archive import Archive
from gateway.config import Workspace
from gateway.config.checks import ORGANIZATION
from gateway.config.settings import FILE
from gateway.kernel.errors import ConfigError
from gateway.kernel.typed import decode
from gateway.privacy import ERASURES
from gateway.recovery.copies import POSTGRESQL_FILE, SQLITE_FILE, copy_out, sync
from gateway.store import Store, tables
from gateway.store.migrations import current

MANIFEST = "manifest.json"
BLOBS = "archive"
CONFIGURATION = "workspace"
PIECE = 1024 * 1024
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EACCES}


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds; a folder without one is an unfinished backup."""

    version: str
    made_at: datetime
    schema: str
    database: str
    """The file with the database: of SQLite, or a dump of PostgreSQL."""
    database_sha256: str
    blobs: tuple[str, ...]
    """Every blob that the database names and that was there: the hash of its bytes, which is its name too."""
    missing: tuple[str, ...] = ()
    """Blobs that the database names and the archive does not have."""
    erased: tuple[str, ...] = ()
    """Blobs whose bytes were erased with the personal data in them; what was left of them is in the backup."""

    @property
    def is_sqlite(self) -> bool:
        """Which kind of database it came from."""
        return self.database == SQLITE_FILE


def back_up(workspace: Workspace, target: Path, *, now: datetime, advance: Callable[[int], object]) -> Manifest:
    """Make a backup in a folder that is new or empty; beside a serving node, without disturbing it."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"{target} is there already and not empty; name a new folder")
    target.mkdir(parents=True, exist_ok=True)
    schema = current(workspace.database_url)
    if schema is None:
        raise ConfigError("the database has no tables yet; nothing to back up")
    database = copy_out(workspace.database_url, target)
    archive = Archive(workspace.paths.archive)
    there: list[str] = []
    missing: list[str] = []
    erased: list[str] = []
    for key in _named(workspace, database):
        if archive.is_erased(key):
            _keep(archive.mark(key), target / BLOBS / key[:2] / archive.mark(key).name)
            erased.append(key)
            continue
        (there if _keep(archive.path(key), target / BLOBS / key[:2] / f"{key}.gz") else missing).append(key)
        advance(1)
    keep_journal(archive.folder, target / BLOBS)
    _copy_configuration(workspace, target / CONFIGURATION)
    manifest = Manifest(
        version=__version__,
        made_at=now,
        schema=schema,
        database=database.name,
        database_sha256=hash_of(database),
        blobs=tuple(there),
        missing=tuple(missing),
        erased=tuple(erased),
    )
    unfinished = target / f"{MANIFEST}.part"
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    sync(unfinished)
    unfinished.replace(target / MANIFEST)
    sync(target / MANIFEST)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """The manifest of a backup; ConfigError where there is none, or where the database in it is not the one it names."""
    try:
        manifest = decode((source / MANIFEST).read_bytes(), Manifest)
    except FileNotFoundError:
        raise ConfigError(f"{source} is no finished backup: it has no {MANIFEST}") from None
    except msgspec.DecodeError as error:
        raise ConfigError(f"{source / MANIFEST} cannot be read: {error}") from error
    if manifest.database not in {SQLITE_FILE, POSTGRESQL_FILE} or not (source / manifest.database).is_file():
        raise ConfigError(f"{source} has no database file {manifest.database}")
    if hash_of(source / manifest.database) != manifest.database_sha256:
        raise ConfigError(f"{source / manifest.database} is not what the manifest says; take another backup")
    return manifest


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_blob(source: Path, target: Path) -> bool:
    """The same file under a second name, or a copy where that cannot be; False when there is none."""
    return _keep(source, target)


def keep_journal(source: Path, target: Path) -> None:
    """What was erased by name, where the other folder does not know it: a restored store has it erased again."""
    for path in sorted((source / ERASURES).glob("*.jsonl")):
        copy = target / ERASURES / path.name
        if copy.exists() and copy.stat().st_size >= path.stat().st_size:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        unfinished = copy.with_suffix(".part")
        shutil.copyfile(path, unfinished)
        sync(unfinished)
        unfinished.replace(copy)


def _keep(source: Path, target: Path) -> bool:
    if target.exists():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
        return True
    except FileNotFoundError:
        return False
    except FileExistsError:
        return True
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
    unfinished = target.with_suffix(".part")
    try:
        shutil.copyfile(source, unfinished)
    except FileNotFoundError:
        return False
    sync(unfinished)
    unfinished.replace(target)
    return True


def _named(workspace: Workspace, database: Path) -> Iterator[str]:
    """Every blob the copy names. A dump cannot be asked: then the store itself, which by now names a few more."""
    url = f"sqlite:///{database}" if database.name == SQLITE_FILE else workspace.database_url
    store = Store(url)
    try:
        with store.reading() as connection:
            printed = select(tables.slip_document.c.archive_key).where(tables.slip_document.c.archive_key.is_not(None))
            keys = union(select(tables.message.c.archive_key), select(tables.outbox.c.archive_key), printed)
            yield from sorted(connection.execute(keys).scalars())
    finally:
        store.close()


def _copy_configuration(workspace: Workspace, target: Path) -> None:
    """What operations wrote: without it the database would not know its partners."""
    target.mkdir(exist_ok=True)
    for name in (FILE, ORGANIZATION):
        shutil.copy2(workspace.paths.root / name, target / name)
    for folder in (workspace.paths.connectors, workspace.paths.mappings, workspace.paths.notices):
        if folder.is_dir():
            shutil.copytree(folder, target / folder.name, dirs_exist_ok=True)
