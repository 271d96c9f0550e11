"""A database out into a file, and back in: SQLite by its own backup call, PostgreSQL by pg_dump and pg_restore.

Taking a copy disturbs nobody who works. Not for: the archive, and what a restored store must be told before it works.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import URL, make_url

from gateway.archive import sync_folder
from gateway.kernel.errors import ConfigError, GatewayError

SQLITE_FILE = "gateway.db"
POSTGRESQL_FILE = "gateway.dump"
SERVER_FOLDERS = "/usr/lib/postgresql/*/bin"
LONGEST = 6 * 3600
"""Seconds for one program of the database server."""
TABLES = "select tablename from pg_tables where schemaname = current_schema()"


class CopyFailed(GatewayError):
    """A copy could not be made or put back; says which program said what."""


def copy_out(url: str, folder: Path) -> Path:
    """The whole database in one consistent picture as a file in this folder, forced to disk."""
    found = make_url(url)
    if found.get_backend_name() == "sqlite":
        target = folder / SQLITE_FILE
        _copy_sqlite(Path(str(found.database)), target)
    else:
        target = folder / POSTGRESQL_FILE
        _run(
            found, program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", f"--dbname={_address(found)}"
        )
    sync(target)
    return target


def prepare_sqlite(source: Path, url: str) -> Path:
    """A copy beside the database that is to be replaced, so that it can take its place in one step."""
    target = Path(str(make_url(url).database)).with_suffix(".restoring")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    sync(target)
    return target


def replace_sqlite(prepared: Path, url: str, *, aside: str) -> Path | None:
    """The prepared file becomes the database; the one before is kept under another name, which is the answer."""
    database = Path(str(make_url(url).database))
    kept = None
    if database.exists():
        kept = database.with_name(f"{database.name}.{aside}")
        for ending in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                database.with_name(database.name + ending).replace(kept.with_name(kept.name + ending))
        database.replace(kept)
    prepared.replace(database)
    sync_folder(database.parent)
    return kept


def restore_postgresql(source: Path, url: str, *, tables: Iterable[str], after: Iterable[str]) -> None:
    """Drop these tables, bring back the dump, and run these statements: all in one transaction, or nothing."""
    found = make_url(url)
    script = source.with_name(f".{source.name}.{os.getpid()}.sql")
    try:
        _run(found, program("pg_restore"), "--clean", "--if-exists", "--no-owner", "--no-privileges", f"--file={script}", str(source))
        first = script.with_name(script.name + ".first")
        last = script.with_name(script.name + ".last")
        drops = (f'drop table if exists "{name}" cascade;' for name in tables)
        first.write_text("\n".join(["set statement_timeout = 0;", "set lock_timeout = '30s';", *drops]) + "\n", encoding="utf-8")
        last.write_text("\n".join(["set search_path = public;", *after]) + "\n", encoding="utf-8")
        files = [f"--file={path}" for path in (first, script, last)]
        options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        _run(found, program("psql"), *options, *files, f"--dbname={_address(found)}")
    finally:
        for path in script.parent.glob(f"{script.name}*"):
            path.unlink()


def program(name: str) -> Path:
    """A program of the database server's package; ConfigError where it is not installed."""
    folders = os.environ.get("PATH", os.defpath)
    installed = sorted(Path("/").glob(SERVER_FOLDERS.lstrip("/")), key=lambda path: path.parent.name, reverse=True)
    found = shutil.which(name, path=os.pathsep.join([folders, *map(str, installed)]))
    if found is None:
        raise ConfigError(f"{name} is not installed here; install the client programs of PostgreSQL, in the version of the server or newer")
    return Path(found)


def sync(path: Path) -> None:
    """Force a file and its name to disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _copy_sqlite(database: Path, target: Path) -> None:
    """In one step, so that it is one picture however much is written meanwhile; writers do not wait for it."""
    if not database.is_file():
        raise ConfigError(f"there is no database {database} yet; nothing to back up")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("pragma journal_mode = delete")
            (found,) = copy.execute("pragma quick_check").fetchone()
    except sqlite3.Error as error:
        raise CopyFailed(f"{database} cannot be copied: {error}; see gateway verify") from error
    if found != "ok":
        raise CopyFailed(f"{database} is damaged ({found}); bring back an earlier backup")


def _address(url: URL) -> str:
    """As libpq reads it, without the password: everybody on the machine may read a command line."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run(url: URL, *command: str | Path) -> None:
    environment = dict(os.environ)
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    try:
        done = subprocess.run(  # noqa: S603 - our own words and the configured database
            command, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CopyFailed(f"{Path(str(command[0])).name} cannot be run: {type(error).__name__}") from error
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if not line.startswith(("DETAIL", "CONTEXT"))]
        raise CopyFailed(f"{Path(str(command[0])).name} said: {' '.join(said)[:500]}")
