"""The runs of the purge, and who looked at or erased whose data and why; never the data itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, insert, select, update

from gateway.kernel.issues import Issue
from gateway.kernel.typed import convert
from gateway.store.queries import counting
from gateway.store.session import Tx
from gateway.store.tables import privacy_act, privacy_run

SILENT = timedelta(minutes=2)
"""A run that says nothing for so long has died; the next one goes on in its place."""


class RunState(StrEnum):
    """How far a run has come: `failed` did some of it, `error` broke, `paused` goes on elsewhere (sdf 7.2)."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    ERROR = "error"
    PAUSED = "paused"


class Run(Struct, frozen=True, kw_only=True, gc=False):
    """One run of the purge. `done` and `failed` are purchase orders, `files` the files whose bytes went."""

    id: int
    state: RunState
    started_at: datetime
    beat_at: datetime
    ended_at: datetime | None
    actor: str
    retention_days: int
    cutoff: datetime
    reached: int
    done: int
    failed: int
    files: int
    issue: Issue | None


class Act(StrEnum):
    """What was done."""

    READ = "read"
    ERASED = "erased"


class Subject(StrEnum):
    """Whose data it was."""

    ORDER = "order"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    USER = "user"


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the log."""

    id: int
    at: datetime
    actor: str
    act: Act
    kind: Subject
    subject: str
    answer: str
    reason: str
    run_id: int | None


def under_way(connection: Connection) -> Run | None:
    """The run that has not ended."""
    row = connection.execute(
        select(privacy_run).where(privacy_run.c.state.in_((RunState.RUNNING, RunState.PAUSED))).order_by(privacy_run.c.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _run(row)


def begin(tx: Tx, *, actor: str, retention_days: int, now: datetime) -> Run | None:
    """A new run, or the one that was paused or died, from where it was; None while another one works."""
    tx.connection.execute(select(privacy_run.c.id).where(privacy_run.c.state == RunState.RUNNING).with_for_update()).all()
    left = under_way(tx.connection)
    if left is not None and left.state is RunState.RUNNING and left.beat_at > now - SILENT:
        return None
    if left is not None and left.retention_days == retention_days:
        _set(tx, left.id, {"state": RunState.RUNNING, "beat_at": now})
        return get(tx.connection, left.id)
    if left is not None:
        _set(tx, left.id, {"state": RunState.ERROR, "ended_at": now})
    cutoff = now - timedelta(days=retention_days)
    values = {"state": RunState.RUNNING, "started_at": now, "beat_at": now, "actor": actor, "retention_days": retention_days}
    made = tx.connection.execute(insert(privacy_run).values(**values, cutoff=cutoff).returning(privacy_run.c.id)).scalar_one()
    return get(tx.connection, made)


def advance(tx: Tx, run_id: int, *, now: datetime, reached: int = 0, done: int = 0, failed: int = 0, files: int = 0) -> None:
    """The run has come so far; counts are added."""
    it = privacy_run.c
    values = {"beat_at": now, "done": it.done + done, "failed": it.failed + failed, "files": it.files + files}
    _set(tx, run_id, values | ({"reached": reached} if reached else {}))


def end(tx: Tx, run_id: int, state: RunState, *, now: datetime, issue: Issue | None = None) -> None:
    """The run ends like this; a paused one goes on later."""
    ended = None if state is RunState.PAUSED else now
    _set(tx, run_id, {"state": state, "beat_at": now, "ended_at": ended, "issue": issue})


def get(connection: Connection, run_id: int) -> Run:
    """The run of that id."""
    return _run(connection.execute(select(privacy_run).where(privacy_run.c.id == run_id)).one())


def runs(connection: Connection, *, most: int) -> list[Run]:
    """The last runs, newest first."""
    return [_run(row) for row in connection.execute(select(privacy_run).order_by(privacy_run.c.id.desc()).limit(most))]


def note(
    tx: Tx,
    act: Act,
    kind: Subject,
    subjects: Iterable[str],
    *,
    answer: str,
    actor: str,
    reason: str,
    now: datetime,
    run_id: int | None = None,
) -> None:
    """Write down who did what with whose data."""
    common = {"at": now, "actor": actor, "act": act, "kind": kind, "answer": answer, "reason": reason, "run_id": run_id}
    rows = [{**common, "subject": subject} for subject in subjects]
    if rows:
        tx.connection.execute(insert(privacy_act), rows)


def acts(connection: Connection, *, subject: str | None = None, most: int, before: int | None = None) -> list[Entry]:
    """What was done, newest first; `before` an entry, those that are older."""
    chosen = select(privacy_act).order_by(privacy_act.c.id.desc()).limit(most)
    if before is not None:
        chosen = chosen.where(privacy_act.c.id < before)
    if subject is not None:
        chosen = chosen.where(privacy_act.c.subject == subject)
    return [_entry(row) for row in connection.execute(chosen)]


def count(connection: Connection, *, before: int | None = None) -> int:
    """How many entries there are, as far as pages count."""
    chosen = select(privacy_act.c.id)
    return counting.count(connection, chosen if before is None else chosen.where(privacy_act.c.id < before), most=counting.ENOUGH)


def _set(tx: Tx, run_id: int, values: dict[str, object]) -> None:
    tx.connection.execute(update(privacy_run).where(privacy_run.c.id == run_id).values(values))


def _run(row: Row[Any]) -> Run:
    return convert(_values(row), Run)


def _entry(row: Row[Any]) -> Entry:
    return convert(_values(row), Entry)


def _values(row: Row[Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row._mapping.items()}  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
