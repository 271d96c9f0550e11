"""Endpoints that cannot be reached: failures in a row by all nodes together, and whose turn it is to probe.

A row is there only while something is wrong. What a failure changes is decided above (`delivery/circuit.py`).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.store.session import Store, Tx
from gateway.store.tables import breaker, work
from gateway.store.work import Kind


class BreakerState(StrEnum):
    """Whether an endpoint in trouble is still tried by everybody, or only probed."""

    FAILING = "failing"
    OPEN = "open"


class Breaker(Struct, frozen=True, kw_only=True, gc=False):
    """What is known about an endpoint that could not be reached lately."""

    endpoint: str
    state: BreakerState
    failures: int
    since: datetime
    """When it failed first."""
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    """When somebody may try it next."""
    holder: str | None = None
    """The run that probes it now."""
    reason: str
    """What the last failure said."""


def standing(connection: Connection) -> dict[str, Breaker]:
    """Every endpoint in trouble, by name."""
    return {row.endpoint: _breaker(row) for row in connection.execute(select(breaker).order_by(breaker.c.endpoint))}


def get(connection: Connection, endpoint: str) -> Breaker | None:
    """The trouble with one endpoint; None when there is none."""
    row = connection.execute(select(breaker).where(breaker.c.endpoint == endpoint)).one_or_none()
    return None if row is None else _breaker(row)


def locked(tx: Tx, new: Breaker) -> Breaker | None:
    """Put down the first failure; where there were others before, answers what is known, locked until the commit."""
    insert = insert_sqlite(breaker) if tx.is_sqlite else insert_postgresql(breaker)
    made = insert.values(asdict(new)).on_conflict_do_nothing().returning(breaker.c.endpoint)
    if tx.connection.execute(made).first() is not None:
        return None
    row = tx.connection.execute(select(breaker).where(breaker.c.endpoint == new.endpoint).with_for_update()).one_or_none()
    return None if row is None else _breaker(row)  # None: it was reached in this very moment


def keep(tx: Tx, changed: Breaker) -> None:
    """Write what a failure has changed; the row is locked by us."""
    tx.connection.execute(update(breaker).where(breaker.c.endpoint == changed.endpoint).values(asdict(changed)))


def take_probe(store: Store, endpoint: str, *, run: str, now: datetime, until: datetime) -> bool:
    """Be the one who tries an open endpoint now; who dies over it is followed by somebody else at `until`."""
    due = (breaker.c.endpoint == endpoint) & (breaker.c.state == BreakerState.OPEN) & (breaker.c.probe_at <= now)
    with store.statement() as connection:
        return connection.execute(update(breaker).where(due).values(holder=run, probe_at=until)).rowcount == 1


def leave_probe(store: Store, endpoint: str, *, run: str, probe_at: datetime) -> None:
    """The probe found nothing out; somebody may try at this time."""
    mine = (breaker.c.endpoint == endpoint) & (breaker.c.holder == run) & (breaker.c.state == BreakerState.OPEN)
    with store.statement() as connection:
        connection.execute(update(breaker).where(mine).values(holder=None, probe_at=probe_at))


def hurry(tx: Tx, endpoint: str, *, now: datetime) -> bool:
    """A person wants it tried now: the next probe is due; False when the endpoint is not cut off."""
    is_open = (breaker.c.endpoint == endpoint) & (breaker.c.state == BreakerState.OPEN)
    return tx.connection.execute(update(breaker).where(is_open).values(probe_at=now)).rowcount == 1


def hasten(tx: Tx, *, now: datetime, beyond: datetime) -> list[str]:
    """A probe that is farther away than any wait was put off by a clock that was wrong: it is due now. Answers the endpoints."""
    late = update(breaker).where(breaker.c.probe_at > beyond).values(probe_at=now).returning(breaker.c.endpoint)
    return sorted(tx.connection.execute(late).scalars())


def clear(tx: Tx, endpoint: str, *, now: datetime) -> Breaker | None:
    """It was reached: all is well again. What waited behind an open breaker is due at once; answers what was known."""
    row = tx.connection.execute(delete(breaker).where(breaker.c.endpoint == endpoint).returning(breaker)).one_or_none()
    if row is None:
        return None
    if row.state == BreakerState.OPEN:
        waiting = (work.c.kind == Kind.DELIVER) & (work.c.connector == endpoint) & (work.c.due_at > now)
        tx.connection.execute(update(work).where(waiting, work.c.holder.is_(None)).values(due_at=now))
        tx.wake(Kind.DELIVER)
    return _breaker(row)


def _breaker(row: Row[Any]) -> Breaker:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    return Breaker(**{**values, "state": BreakerState(values["state"])})
