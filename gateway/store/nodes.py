"""The processes that work on this store: what each does, what it holds, and whether it still gives signs of life."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, func, select, update

from gateway.store.session import Store, Tx
from gateway.store.tables import lease, node, work

SILENT = timedelta(minutes=5)
"""Who has given no sign of life for so long is not counted as alive."""


class Node(Struct, frozen=True, gc=False):
    """One run of one process. `roles` is what it does, `knows` the newest schema it knows; empty for an older program."""

    run: str
    name: str
    version: str
    started_at: datetime
    beat_at: datetime
    beat: int
    roles: tuple[str, ...] = ()
    knows: str = ""


class Holding(Struct, frozen=True):
    """What one run holds: named leases (`poll:…`, `host:…`), and claimed rows of work by kind."""

    leases: tuple[str, ...] = ()
    work: Mapping[str, int] = {}


def register(
    store: Store, *, run: str, name: str, version: str, now: datetime, roles: Collection[str] = (), knows: str | None = None
) -> None:
    """A process begins its run."""
    with store.transaction() as tx:
        values = {"run": run, "name": name, "version": version, "started_at": now, "beat_at": now, "beat": 0}
        tx.connection.execute(node.insert().values(**values, roles=",".join(sorted(roles)) or None, knows=knows))


def beat(tx: Tx, run: str, *, now: datetime) -> int | None:
    """Count one more sign of life; None when the database does not know this run.

    A count that is lower than the one we committed means that the database went back in time (a failover that lost commits, a restore).
    """
    bumped = update(node).where(node.c.run == run).values(beat=node.c.beat + 1, beat_at=now).returning(node.c.beat)
    return tx.connection.execute(bumped).scalar_one_or_none()


def everybody(connection: Connection) -> list[Node]:
    """Every run the store knows, oldest first; those that ended in good order are forgotten."""
    return [_node(row) for row in connection.execute(select(node).order_by(node.c.started_at, node.c.run))]


def alive(connection: Connection, *, since: datetime) -> list[Node]:
    """The runs that gave a sign of life since then, oldest first."""
    return [one for one in everybody(connection) if one.beat_at >= since]


def holdings(connection: Connection, *, now: datetime) -> dict[str, Holding]:
    """What each run holds now, by run; what has lapsed belongs to nobody."""
    named: dict[str, list[str]] = {}
    for row in connection.execute(select(lease.c.holder, lease.c.name).where(lease.c.until >= now).order_by(lease.c.name)):
        named.setdefault(row.holder, []).append(row.name)
    counted: dict[str, dict[str, int]] = {}
    held = select(work.c.holder, work.c.kind, func.count().label("rows")).where(work.c.until >= now, work.c.holder.is_not(None))
    for row in connection.execute(held.group_by(work.c.holder, work.c.kind).order_by(work.c.kind)):
        counted.setdefault(row.holder, {})[row.kind] = row.rows
    return {run: Holding(tuple(named.get(run, ())), counted.get(run, {})) for run in named.keys() | counted.keys()}


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
    roles = tuple(row.roles.split(",")) if row.roles else ()
    return Node(row.run, row.name, row.version, row.started_at, row.beat_at, row.beat, roles, row.knows or "")
