"""How each database is opened, and what must hold before we trust it with a commit."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from gateway.kernel.database import Pooling
from gateway.kernel.errors import ConfigError

BUSY_SECONDS = 5
SQLITE_VERSION = (3, 38, 0)
WRITING = "gateway_writing"
"""Execution option of connections that will write: SQLite takes its write lock at BEGIN and never upgrades."""


def make_engine(url: URL, *, connections: int, pooling: Pooling) -> Engine:
    """The engine for this URL; nothing is opened yet."""
    match url.get_backend_name():
        case "sqlite":
            return _sqlite(url, connections)
        case "postgresql":
            return _postgresql(url, connections, pooling)
        case other:
            raise ConfigError(f"database {other!r} is not supported: give a sqlite:/// or postgresql+psycopg:// URL")


def _sqlite(url: URL, connections: int) -> Engine:
    """One file, WAL, every commit on disk."""
    if not url.database or url.database == ":memory:":
        raise ConfigError("a SQLite database must be a file: sqlite:///path/to/gateway.db")
    if sqlite3.sqlite_version_info < SQLITE_VERSION:
        raise ConfigError(f"SQLite {sqlite3.sqlite_version} is too old, 3.38 or newer is needed")
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=connections,
        hide_parameters=True,  # an error must not show the rows it is about
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None, "cached_statements": 512},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    """Durable and strict, on every connection."""
    _write_ahead(connection)
    for setting in (
        "synchronous = full",
        "foreign_keys = on",
        "temp_store = memory",
        "cache_size = -32768",
        "journal_size_limit = 67108864",
    ):
        connection.execute(f"pragma {setting}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Into WAL mode, once in a database's life; SQLite does not wait by itself for another process that does the same."""
    until = time.monotonic() + BUSY_SECONDS
    while connection.execute("pragma journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once; a read that upgrades later could be refused."""
    connection.exec_driver_sql("begin immediate" if connection.get_execution_options().get(WRITING) else "begin")


_ALIVE = {
    "application_name": "gateway",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that is cut off without a word is given up within half a minute, not within the hours that TCP would wait."""


def _postgresql(url: URL, connections: int, pooling: Pooling) -> Engine:
    """Psycopg 3, READ COMMITTED with explicit locks; time-outs are settings of the role, so they also hold behind a pooler."""
    arguments: dict[str, Any] = {name: value for name, value in _ALIVE.items() if name not in url.query}
    if pooling is Pooling.TRANSACTION:
        arguments["prepare_threshold"] = None
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=connections,
        pool_use_lifo=True,
        hide_parameters=True,  # as above
        connect_args=arguments,
    )


def durability_faults(connection: Connection) -> list[str]:
    """What would lose a committed transaction in a power cut; empty when the database may be trusted."""
    if connection.dialect.name == "sqlite":
        wanted = {"journal_mode": {"wal"}, "synchronous": {"2", "3"}, "foreign_keys": {"1"}}
        found = {name: str(connection.exec_driver_sql(f"pragma {name}").scalar_one()) for name in wanted}
    else:
        wanted = {"fsync": {"on"}, "synchronous_commit": {"on", "remote_apply"}, "full_page_writes": {"on"}}
        found = {name: str(connection.exec_driver_sql(f"show {name}").scalar_one()) for name in wanted}
    return [
        f"database setting {name} is {found[name]}, needed is {' or '.join(sorted(wanted[name]))}"
        for name in wanted
        if found[name] not in wanted[name]
    ]


def take_time(connection: Connection) -> None:
    """This transaction looks through whole tables and may take longer than one that somebody waits for."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("set local statement_timeout = '10min'")
