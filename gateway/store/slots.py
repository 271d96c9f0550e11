"""Slots of timed jobs: each due time exists once, whoever's clock struck first (store.md 4, T10).

Every node has a clock; on start each asks for the latest time missed, so no run depends on a node being up.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.issues import Issue
from gateway.store import work
from gateway.store.session import Tx
from gateway.store.tables import slot
from gateway.store.tables import work as queue


class SlotState(StrEnum):
    """How far a slot has come: `failed` did some of it, `error` none."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    ERROR = "error"


class Slot(Struct, frozen=True, gc=False):
    """One due time of one job."""

    id: int
    job: str
    due_at: datetime
    state: SlotState


def open_slot(
    tx: Tx,
    job: str,
    due_at: datetime,
    *,
    connector: str,
    kind: work.Kind = work.Kind.JOB,
    lane: str | None = None,
    now: datetime,
    actor: str | None = None,
) -> int | None:
    """Make the slot and its work; None when somebody made it before. `actor` is the person who asked for it."""
    insert = insert_sqlite(slot) if tx.is_sqlite else insert_postgresql(slot)
    values = {"job": job, "due_at": due_at, "state": SlotState.WAITING, "actor": actor}
    made = tx.connection.execute(insert.values(values).on_conflict_do_nothing().returning(slot.c.id)).scalar_one_or_none()
    if made is not None:
        work.add(tx, work.NewWork(kind=kind, subject=made, connector=connector, due_at=now, lane=lane))
    return made


def get(connection: Connection, slot_id: int) -> Slot:
    """The slot of a work row."""
    return _slot(connection.execute(select(slot).where(slot.c.id == slot_id)).one())


def start(tx: Tx, slot_id: int, *, now: datetime, run: str | None = None) -> None:
    """The work of the slot begins, by this run of a process; again after a crash."""
    running = update(slot).where(slot.c.id == slot_id, slot.c.state.in_((SlotState.WAITING, SlotState.RUNNING)))
    tx.connection.execute(running.values(state=SlotState.RUNNING, started_at=now, run=run))


def end(tx: Tx, slot_id: int, state: SlotState, *, now: datetime, done: int = 0, failed: int = 0, issue: Issue | None = None) -> None:
    """The work of the slot has ended like this; the caller has checked its fence."""
    values = {"state": state, "ended_at": now, "done": done, "failed": failed, "issue": issue}
    tx.connection.execute(update(slot).where(slot.c.id == slot_id).values(values))


def is_under_way(connection: Connection, job: str) -> bool:
    """Whether a slot of the job waits or runs."""
    under_way = slot.c.state.in_((SlotState.WAITING, SlotState.RUNNING))
    return connection.execute(select(slot.c.id).where(slot.c.job == job, under_way).limit(1)).first() is not None


def is_asked_for(connection: Connection, job: str) -> bool:
    """Whether somebody is asked to run a slot of the job; one whose process died is so no longer once that was noticed."""
    at_work = slot.join(queue, (queue.c.kind == work.Kind.JOB) & (queue.c.subject == slot.c.id) & (queue.c.place == 0))
    return connection.execute(select(slot.c.id).select_from(at_work).where(slot.c.job == job).limit(1)).first() is not None


def forget(tx: Tx, *, ended_before: datetime) -> int:
    """Remove old runs from the log; the last run and the last success of each job stay."""
    last = select(func.max(slot.c.id)).group_by(slot.c.job)
    success = select(func.max(slot.c.id)).where(slot.c.state == SlotState.SUCCESS).group_by(slot.c.job)
    old = (slot.c.ended_at < ended_before) & slot.c.id.not_in(last) & slot.c.id.not_in(success)
    return tx.connection.execute(delete(slot).where(old)).rowcount


def has_failed(connection: Connection, job: str, *, since: datetime) -> bool:
    """Whether a slot of the job ended badly since then."""
    badly = slot.c.state.in_((SlotState.FAILED, SlotState.ERROR)) & (slot.c.ended_at >= since)
    return connection.execute(select(slot.c.id).where(slot.c.job == job, badly).limit(1)).first() is not None


def _slot(row: Row[Any]) -> Slot:
    return Slot(row.id, row.job, row.due_at, SlotState(row.state))
