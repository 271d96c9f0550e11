"""Killed at any commit, a node leaves a state from which the next one reaches the same end."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from gateway.store import Store, tables
from gateway.store.migrations import upgrade
from tests.mortal import die_at, files, node, work_off
from tests.office import Office
from tests.postgres import PostgreSQL
from tests.storehouse import opened

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

TOLD = (
    (tables.order_key, ("po_no", "state", "digest", "version", "history_seq", "waiting")),
    (tables.order_line, ("line_no", "status", "ordered", "shipped")),
    (tables.shipment, ("line_no", "quantity", "key", "message_id", "place")),
    (tables.receipt, ("message_id", "place", "verdict", "key")),
    (tables.message, ("state", "total", "booked", "duplicate", "conflict", "refused", "early")),
    (tables.work, ("kind", "subject", "place")),
)
HISTORY = (tables.order_history.c.seq, tables.order_history.c.event, tables.order_history.c.quantity, tables.order_key.c.po_no)


Databases = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """As many fresh databases with the newest schema as are asked for, each a copy of one."""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        with server.database() as url:
            upgrade(url)
            yield lambda _: server.database(template=url.rpartition("/")[2])
    else:
        upgrade(f"sqlite:///{tmp_path / 'template.db'}")

        def copied(name: str) -> AbstractContextManager[str]:
            shutil.copy(tmp_path / "template.db", tmp_path / f"{name}.db")
            return nullcontext(f"sqlite:///{tmp_path / name}.db")

        yield copied


def drop_all(office: Office) -> None:
    for number, it in enumerate(files()):
        office.drop(*it.contents, origin=it.origin, wait=it.wait, name=f"{number}.xml")


def end_state(store: Store) -> list[Any]:
    """Everything but ids and instants."""
    with store.reading() as connection:
        rows = [sorted(map(tuple, connection.execute(select(*(table.c[name] for name in names))))) for table, names in TOLD]
        told = select(*HISTORY).join(tables.order_key, tables.order_key.c.id == tables.order_history.c.order_id)
        return [*rows, sorted(map(tuple, connection.execute(told)))]


def clean_run(store: Store) -> tuple[list[Any], int]:
    """The state that is to be reached, and how many commits it takes."""
    commits = []

    def count(connection: Connection) -> None:
        commits.append(connection)

    drop_all(Office(store))
    event.listen(store.engine, "commit", count)
    work_off(node(store, "steady", 0))
    event.remove(store.engine, "commit", count)
    return end_state(store), len(commits)


@pytest.fixture
def turn(request: pytest.FixtureRequest) -> int:
    """Every point of death is tried on one of the databases, in turns."""
    return ["sqlite", "postgresql"].index(request.node.callspec.params["databases"])


def test_a_node_killed_at_any_commit_loses_and_doubles_nothing(databases: Databases, turn: int) -> None:
    with databases("clean") as url, opened(url) as store:
        wanted, commits = clean_run(store)
    assert commits >= 6
    points = [(commit, moment) for moment in ("before", "after") for commit in range(1, commits + 1)]
    for commit, moment in points[turn::2]:
        with databases(f"{moment}{commit}") as url:
            with opened(url) as store:
                drop_all(Office(store))
            assert die_at(url, commit, moment) == -signal.SIGKILL
            with opened(url) as store:
                work_off(node(store, "heir", 10))
                assert end_state(store) == wanted, f"killed {moment} commit {commit}"
                assert node(store, "auditor", 20).differences() == []
