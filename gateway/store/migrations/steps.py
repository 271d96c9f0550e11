"""Bring a database to the newest schema, say where it stands, and compare it with the tables the program expects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url

from gateway.kernel.failpoints import failpoint
from gateway.store.migrations import floor
from gateway.store.session import Store
from gateway.store.tables import metadata

_LOCK = 4_711_002
"""Number of the advisory lock that keeps two nodes from migrating at once."""
_SETTINGS = ("lock_timeout = '5s'", "statement_timeout = '30s'", "idle_in_transaction_session_timeout = '10s'")


def upgrade(url: str) -> list[str]:
    """Bring the database to the newest schema; answers the steps taken. A kill leaves the old or the new schema, both usable.

    A schema that is newer than this program stays as it is; SchemaTooNew when this program may not work on it.
    """
    _make_folder(url)
    taken: list[str] = []
    with _opened(url) as store:
        while (step := _one_step(store)) is not None:
            taken.append(step)
    return taken


def current(url: str) -> str | None:
    """The version of the database's schema; None before the first step."""
    with _opened(url) as store, store.reading() as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """The same over a connection that is open."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The newest version this program knows."""
    return str(_script().get_current_head())


def require_welcome(connection: Connection) -> None:
    """SchemaTooNew when this program may not work on the database any more."""
    found = revision(connection)
    known = _known()
    if found is not None and found not in known:
        floor.require_welcome(connection, found=found, known=known)


def check(url: str) -> list[str]:
    """What differs between the database and the tables the program expects, one line each; empty when all agrees."""
    with _opened(url) as store, store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        found = context.get_current_revision()
        if found is not None and found not in _known():
            floor.require_welcome(connection, found=found, known=_known())
            return [f"the schema is at version {found}, newer than this program, which knows {head()}: it may go on until it is upgraded"]
        if found != head():
            return [f"the schema is at version {found or 'none'}, the program needs {head()}: run gateway db upgrade"]
        return [_told(difference) for difference in compare_metadata(context, metadata)]


def _one_step(store: Store) -> str | None:
    """Take the next step in a transaction of its own; None when there is none."""
    with store.transaction() as tx:
        if not tx.is_sqlite:
            tx.connection.exec_driver_sql("set local statement_timeout = 0")
            tx.connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
        step = _next_step(tx.connection)
        if step is None:
            return None
        if not tx.is_sqlite:
            _set_time_outs(tx.connection)
        if script := _script().get_revision(step):
            floor.raise_floor(tx, script, known=_known())
        config = _config()
        config.attributes["connection"] = tx.connection
        command.upgrade(config, step)
        failpoint("migrate.step")
        return step


def _next_step(connection: Connection) -> str | None:
    found = revision(connection)
    if found is not None and found not in _known():
        require_welcome(connection)
        return None
    steps = [script.revision for script in _script().iterate_revisions("head", found or "base")]
    return steps[-1] if steps else None


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    """The steps that this program knows, the oldest first; as they were when it started."""
    return tuple(script.revision for script in _script().iterate_revisions("head", "base"))[::-1]


def _set_time_outs(connection: Connection) -> None:
    """As settings of the role in this database, so that they also hold behind a pooler."""
    database = connection.exec_driver_sql("select quote_ident(current_database())").scalar_one()
    for setting in _SETTINGS:
        connection.exec_driver_sql(f"alter role current_user in database {database} set {setting}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    store = Store(url)
    try:
        yield store
    finally:
        store.close()


def _make_folder(url: str) -> None:
    """The folder of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)


def _told(difference: Any) -> str:
    """One line for one difference that Alembic found."""
    if isinstance(difference, list):
        return "; ".join(_told(part) for part in difference)
    action, *things = difference
    return f"{action}: {', '.join(str(getattr(thing, 'name', thing)) for thing in things if thing is not None)}"
