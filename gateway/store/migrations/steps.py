"""Bring a database to the newest schema, say where it stands, and compare it with the tables the program expects.

Alembic takes the steps and compares. Where a database stands is asked by every command, and is told without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, column, inspect, make_url, select, table

from gateway.kernel.failpoints import failpoint
from gateway.store.migrations import floor
from gateway.store.session import Store, Tx

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_LOCK = 4_711_002
"""Number of the advisory lock that keeps two nodes from migrating at once."""
_ALEMBIC = Lock()
"""It takes one step at a time in a process, whatever the database."""
_FOLDER = Path(__file__).parent
_ROW = table("alembic_version", column("version_num"))
"""Where Alembic keeps the version of the schema: one row, or none before the first step."""
_SETTINGS = {"lock_timeout": "5s", "statement_timeout": "30s", "idle_in_transaction_session_timeout": "10s", "jit": "off"}
"""Compiling a query takes a second; ours are short, however many rows the planner expects."""
_HAS_SETTINGS = """select setting.setconfig from pg_db_role_setting setting
    join pg_database on pg_database.oid = setting.setdatabase join pg_roles on pg_roles.oid = setting.setrole
    where pg_database.datname = current_database() and pg_roles.rolname = current_user"""


def upgrade(url: str) -> list[str]:
    """Bring the database to the newest schema; answers the steps taken. A kill leaves the old or the new schema, both usable.

    A schema that is newer than this program stays as it is; SchemaTooNew when this program may not work on it.
    """
    _make_folder(url)
    taken: list[str] = []
    with _opened(url) as store:
        if _is_behind(store):
            while (step := _one_step(store)) is not None:
                taken.append(step)
        _ensure_settings(store)
    return taken


def current(url: str) -> str | None:
    """The version of the database's schema; None before the first step."""
    with _opened(url) as store, store.reading() as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """The same over a connection that is open."""
    if not inspect(connection).has_table(_ROW.name):
        return None
    return connection.execute(select(_ROW.c.version_num)).scalar_one_or_none()


def head() -> str:
    """The newest version this program knows."""
    return known()[-1]


@lru_cache(maxsize=1)
def known() -> tuple[str, ...]:
    """The steps that this program knows, the oldest first; as they were when it started."""
    return tuple(sorted(step.name.partition("_")[0] for step in (_FOLDER / "versions").glob("[0-9]*_*.py")))


def require_welcome(connection: Connection) -> None:
    """SchemaTooNew when this program may not work on the database any more."""
    found = revision(connection)
    if found is not None and found not in known():
        floor.require_welcome(connection, found=found, known=known())


def check(url: str) -> list[str]:
    """What differs between the database and the tables the program expects, one line each; empty when all agrees."""
    from gateway.store.migrations.difference import differences

    head()  # reads all steps, and no transaction waits for that
    with _opened(url) as store, store.reading() as connection:
        found = revision(connection)
        if found is not None and found not in known():
            floor.require_welcome(connection, found=found, known=known())
            return [f"the schema is at version {found}, newer than this program, which knows {head()}: it may go on until it is upgraded"]
        if found != head():
            return [f"the schema is at version {found or 'none'}, the program needs {head()}: run gateway db upgrade"]
        return [_told(it) for it in differences(connection)]


def _is_behind(store: Store) -> bool:
    with store.reading() as connection:
        step = _next_step(connection)
    if step is None:
        return False
    _script().get_revision(step)  # it reads all steps, and the write lock is not held for that

    return True


def _one_step(store: Store) -> str | None:
    """Take the next step in a transaction of its own; None when there is none."""
    with store.transaction() as tx:
        if not tx.is_sqlite:
            tx.connection.exec_driver_sql("set local statement_timeout = 0")
            _alone(tx)
        step = _next_step(tx.connection)
        if step is None:
            return None
        _take(tx, step)
        failpoint("migrate.step")
        return step


def _take(tx: Tx, step: str) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    script = _script()
    module = script.get_revision(step).module
    floor.raise_floor(tx, step, getattr(module, "floor", None), known=known())
    with _ALEMBIC:
        context = MigrationContext.configure(tx.connection)
        with Operations.context(context):
            module.upgrade()
        context.stamp(script, step)


def _next_step(connection: Connection) -> str | None:
    found = revision(connection)
    if found is not None and found not in known():
        require_welcome(connection)
        return None
    return next((step for step in known() if step > (found or "")), None)


def _alone(tx: Tx) -> None:
    tx.connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")


def _ensure_settings(store: Store) -> None:
    """As settings of the role in this database, so that they also hold behind a pooler; a copy of a database comes without them.

    What an administrator has set otherwise stays as it is.
    """
    if store.is_sqlite:
        return
    with store.reading() as connection:
        if not _missing_settings(connection):
            return
    with store.transaction() as tx:
        _alone(tx)
        database = tx.connection.exec_driver_sql("select quote_ident(current_database())").scalar_one()
        for name in _missing_settings(tx.connection):
            tx.connection.exec_driver_sql(f"alter role current_user in database {database} set {name} = '{_SETTINGS[name]}'")


def _missing_settings(connection: Connection) -> list[str]:
    found = connection.exec_driver_sql(_HAS_SETTINGS).scalar_one_or_none() or []
    return [name for name in _SETTINGS if not any(setting.startswith(f"{name}=") for setting in found)]


@lru_cache(maxsize=1)
def _script() -> ScriptDirectory:
    """The steps, read once: each of many would read them all again."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(_FOLDER)


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
