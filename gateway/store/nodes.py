"""The processes that work on this store, and whether the database still remembers what they committed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, select, update

from gateway.store.session import Store, Tx
from gateway.store.tables import node

SILENT = timedelta(minutes=5)
"""Who has given no sign of life for so long is not counted as alive."""


class Node(Struct, frozen=True, gc=False):
    """One run of one process."""

    run: str
    name: str
    version: str
    started_at: datetime
    beat_at: datetime
    beat: int


def register(store: Store, *, run: str, name: str, version: str, now: datetime) -> None:
    """A process begins its run."""
    with store.transaction() as tx:
        values = {"run": run, "name": name, "version": version, "started_at": now, "beat_at": now, "beat": 0}
        tx.connection.execute(node.insert().values(values))


def beat(tx: Tx, run: str, *, now: datetime) -> int | None:
    """Count one more sign of life; None when the database does not know this run.

    A count that is lower than the one we committed means that the database went back in time (a failover that lost commits, a restore).
    """
    bumped = update(node).where(node.c.run == run).values(beat=node.c.beat + 1, beat_at=now).returning(node.c.beat)
    return tx.connection.execute(bumped).scalar_one_or_none()


def timeline(connection: Connection) -> int:
    """The server's timeline: a new one means that a standby was promoted. A SQLite file has but one."""
    if connection.dialect.name == "sqlite":
        return 1
    return int(connection.exec_driver_sql("select timeline_id from pg_control_checkpoint()").scalar_one())


def alive(connection: Connection, *, since: datetime) -> list[Node]:
    """The runs that gave a sign of life since then, oldest first."""
    found = select(node).where(node.c.beat_at >= since).order_by(node.c.started_at, node.c.run)
    return [_node(row) for row in connection.execute(found)]


def recently(now: datetime) -> datetime:
    """Since when a sign of life shows that a run is alive now."""
    return now - SILENT


def forget(tx: Tx, *, silent_since: datetime) -> int:
    """Remove the rows of runs that have been silent for long."""
    return tx.connection.execute(delete(node).where(node.c.beat_at < silent_since)).rowcount


def leave(store: Store, run: str) -> None:
    """A process ends its run in good order."""
    with store.transaction() as tx:
        tx.connection.execute(delete(node).where(node.c.run == run))


def _node(row: Row[Any]) -> Node:
    return Node(row.run, row.name, row.version, row.started_at, row.beat_at, row.beat)
