"""The migrated schema is the schema the program expects, on both databases, and a step is all or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from gateway.kernel.failpoints import VARIABLE
from gateway.store import Store
from gateway.store.dialects.guards import APPEND_ONLY, erasable, guards
from gateway.store.migrations import check, current, head, steps, upgrade
from gateway.store.tables import metadata
from tests.storehouse import opened, write
from tests.waiting import PATIENCE


def picture(engine: Engine) -> dict[str, Any]:
    """Everything the database tells about its tables, except the version row of the migrations."""
    found = inspect(engine)
    tables = sorted(set(found.get_table_names()) - {"alembic_version"})
    with engine.connect() as connection:
        told = {"triggers": triggers(connection), "on expressions": on_expressions(connection)}
        return {table: described(found, table) for table in tables} | told


def on_expressions(connection: Connection) -> list[str]:
    """The indexes that SQLite's inspector leaves out."""
    if connection.dialect.name != "sqlite":
        return []
    sql = "select sql from sqlite_master where type = 'index' and sql like '%(lower(%' order by name"
    return [it.lower() for it in connection.execute(text(sql)).scalars()]


def described(found: Any, table: str) -> dict[str, Any]:
    return {
        "columns": [(it["name"], str(it["type"]), it["nullable"], str(it["default"])) for it in found.get_columns(table)],
        "key": found.get_pk_constraint(table),
        "checks": sorted((it["name"], it["sqltext"]) for it in found.get_check_constraints(table)),
        "unique": sorted((it["name"], it["column_names"]) for it in found.get_unique_constraints(table)),
        "foreign": sorted((it["name"], it["constrained_columns"], it["referred_table"]) for it in found.get_foreign_keys(table)),
        "indexes": sorted(((it["name"], it["column_names"], it["unique"], options(it)) for it in found.get_indexes(table)), key=str),
    }


def options(index: Any) -> dict[str, str]:
    return {name: str(value) for name, value in index["dialect_options"].items()}


def triggers(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        return list(connection.execute(text("select sql from sqlite_master where type = 'trigger' order by name")).scalars())
    sql = "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by tgrelid::regclass::text, tgname"
    return list(connection.execute(text(sql)).scalars())


def make_by_tables(store: Store) -> None:
    with store.transaction() as tx:
        metadata.create_all(tx.connection)
        for statement in (*guards(tx.connection.dialect.name, APPEND_ONLY), *erasable(tx.connection.dialect.name)):
            tx.connection.execute(text(statement))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_a_fresh_sqlite_database_becomes_what_the_tables_say(empty_sqlite_url: str, tmp_path: Any) -> None:
    upgrade(empty_sqlite_url)
    with opened(empty_sqlite_url) as migrated, opened(f"sqlite:///{tmp_path / 'other.db'}") as made:
        make_by_tables(made)
        assert picture(migrated.engine) == picture(made.engine)


@pytest.mark.postgresql
def test_a_fresh_postgresql_database_becomes_what_the_tables_say(postgresql: Any) -> None:
    with postgresql.database() as one, postgresql.database() as two:
        upgrade(one)
        with opened(one) as migrated, opened(two) as made:
            make_by_tables(made)
            assert picture(migrated.engine) == picture(made.engine)


def test_upgrading_says_which_steps_it_took_and_is_done_once(empty_database_url: str) -> None:
    assert current(empty_database_url) is None
    assert upgrade(empty_database_url)[-1] == head()
    assert upgrade(empty_database_url) == []
    assert current(empty_database_url) == head()


def test_a_current_schema_shows_no_difference(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    assert check(empty_database_url) == []


def test_an_old_schema_is_told_with_its_remedy(empty_database_url: str) -> None:
    (line,) = check(empty_database_url)
    assert line == f"the schema is at version none, the program needs {head()}: run gateway db upgrade"


def test_a_schema_that_somebody_changed_is_told(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    with opened(empty_database_url) as store, store.transaction() as tx:
        tx.connection.execute(text("alter table item add column colour text"))
        tx.connection.execute(text("drop index order_line_new"))
        tx.connection.execute(text("drop index order_line_item"))
    found = check(empty_database_url)
    assert [line.split(":")[0] for line in sorted(found)] == ["add_index", "add_index", "remove_column"]


def test_two_nodes_that_start_at_once_upgrade_once(empty_database_url: str) -> None:
    taken: list[str] = []
    failed: list[BaseException] = []
    together = threading.Barrier(2)

    def node() -> None:
        together.wait()
        try:
            taken.extend(upgrade(empty_database_url))
        except BaseException as error:  # noqa: BLE001  a thread must not fail unseen
            failed.append(error)

    threads = [threading.Thread(target=node) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert taken.count(head()) == 1


def test_a_step_that_fails_leaves_the_old_schema(empty_database_url: str) -> None:
    with opened(empty_database_url) as store:
        write(store, lambda tx: tx.connection.execute(text("create table work (note text)")))
        with pytest.raises(Exception, match="already exists"):
            upgrade(empty_database_url)
        assert inspect(store.engine).get_table_names() == ["work"]
        write(store, lambda tx: tx.connection.execute(text("drop table work")))
    assert upgrade(empty_database_url)[-1] == head()


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 2])
def test_a_kill_in_the_middle_of_an_upgrade_leaves_the_step_before_and_the_next_start_goes_on(empty_database_url: str, step: int) -> None:
    program = f"from gateway.store.migrations import upgrade; upgrade({empty_database_url!r})"
    killed = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, VARIABLE: f"migrate.step:{step}:kill"}, timeout=PATIENCE, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert current(empty_database_url) == (None if step == 1 else "0001")
    assert upgrade(empty_database_url)[0] == f"{step:04}"
    assert check(empty_database_url) == []


def test_the_steps_are_one_row_in_the_order_of_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(steps.__file__).parent))
    rows = ScriptDirectory.from_config(config).walk_revisions()
    assert [row.revision for row in rows][::-1] == list(steps.known())


@pytest.mark.postgresql
def test_a_copied_database_gets_its_time_outs_again_and_those_of_an_administrator_stay(postgresql_url: str) -> None:
    with opened(postgresql_url) as store, store.transaction() as tx:
        (name,) = tx.connection.execute(text("select current_database()")).scalars()
        tx.connection.execute(text(f"alter role current_user in database {name} set statement_timeout = '2min'"))
    upgrade(postgresql_url)
    with opened(postgresql_url) as store, store.reading() as connection:
        assert [connection.execute(text(f"show {it}")).scalar_one() for it in ("statement_timeout", "lock_timeout")] == ["2min", "5s"]
