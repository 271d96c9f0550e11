"""Alarms: what people must be told once for each cause. A cause is `about` and `subject`; it never rings twice, cleared or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.issues import Issue
from gateway.kernel.typed import convert
from gateway.store.queries import counting
from gateway.store.session import Tx
from gateway.store.tables import alarm

ITSELF = "SYSTEM"
"""Who has cleared what mended itself."""


class About(StrEnum):
    """What an alarm is about."""

    ACKNOWLEDGEMENT = "acknowledgement"
    BREAK_GLASS = "break_glass"
    DUE_DATE = "due_date"
    FILE = "file"
    INTERCHANGE = "interchange"
    REJECTION = "rejection"
    SEQUENCE = "sequence"
    VOLUME = "volume"


EXPECTED = frozenset({About.FILE, About.SEQUENCE, About.VOLUME})
"""What the calendar of a channel rings."""


class NewAlarm(Struct, frozen=True, kw_only=True):
    """A cause to ring for. `missing`: how many files should be here and are not; `detail` is for who raised it."""

    about: About
    subject: str
    issue: Issue
    connector: str | None = None
    channel: str | None = None
    vendor: str | None = None
    missing: int | None = None
    detail: Any = None


class Alarm(Struct, frozen=True, kw_only=True):
    """One alarm; open while `cleared_at` is None."""

    id: int
    about: About
    subject: str
    issue: Issue
    connector: str | None
    channel: str | None
    vendor: str | None
    missing: int | None
    detail: Any
    raised_at: datetime
    cleared_at: datetime | None
    cleared_by: str | None
    reason: str | None


class AlarmSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter."""

    about: Collection[About] = tuple(About)
    connector: str | None = None
    vendor: str | None = None
    only_open: bool = True


def ring(tx: Tx, new: NewAlarm, *, now: datetime) -> int | None:
    """Raise an alarm; None when this cause was told before."""
    insert = insert_sqlite(alarm) if tx.is_sqlite else insert_postgresql(alarm)
    values = {name: getattr(new, name) for name in NewAlarm.__struct_fields__} | {"raised_at": now}
    return tx.connection.execute(insert.values(values).on_conflict_do_nothing().returning(alarm.c.id)).scalar_one_or_none()


def clear(tx: Tx, ids: Iterable[int], *, now: datetime, by: str = ITSELF, reason: str = "") -> list[int]:
    """These are mended, or a person has seen to them; answers those that were open."""
    chosen = sorted(ids)
    if not chosen:
        return []
    open_ones = alarm.c.id.in_(chosen) & alarm.c.cleared_at.is_(None)
    values = {"cleared_at": now, "cleared_by": by, "reason": reason or None}
    return sorted(tx.connection.execute(update(alarm).where(open_ones).values(values).returning(alarm.c.id)).scalars())


def lessen(tx: Tx, alarm_id: int, *, missing: int, detail: Any, issue: Issue | None = None) -> None:
    """A part of what is missing has come; `issue` says what is missing still, where it tells more than the first one."""
    values = {"missing": missing, "detail": detail} | ({"issue": issue} if issue is not None else {})
    tx.connection.execute(update(alarm).where(alarm.c.id == alarm_id).values(values))


def standing(connection: Connection, *abouts: About, connector: str | None = None, channel: str | None = None) -> list[Alarm]:
    """The open alarms about these, the oldest first."""
    chosen = select(alarm).where(alarm.c.about.in_(abouts), alarm.c.cleared_at.is_(None))
    if connector is not None:
        chosen = chosen.where(alarm.c.connector == connector, alarm.c.channel == channel)
    return [_alarm(row) for row in connection.execute(chosen.order_by(alarm.c.id))]


def changed(connection: Connection, abouts: Collection[About], *, since: datetime, until: datetime) -> list[Alarm]:
    """The alarms about these that were raised or cleared between these instants, the oldest first."""
    about = alarm.c.about.in_([about.value for about in abouts])
    then = alarm.c.raised_at.between(since, until) | alarm.c.cleared_at.between(since, until)
    return [_alarm(row) for row in connection.execute(select(alarm).where(about, then).order_by(alarm.c.id))]


def find(connection: Connection, alarm_id: int) -> Alarm | None:
    """One alarm."""
    row = connection.execute(select(alarm).where(alarm.c.id == alarm_id)).one_or_none()
    return None if row is None else _alarm(row)


def search(connection: Connection, wanted: AlarmSearch, *, before: int | None = None, most: int = 50) -> list[Alarm]:
    """Alarms, the newest first; `before` is the id where the last page ended."""
    chosen = select(alarm).where(*_rules(wanted, before)).order_by(alarm.c.id.desc()).limit(most)
    return [_alarm(row) for row in connection.execute(chosen)]


def count(connection: Connection, wanted: AlarmSearch, *, before: int | None = None) -> int:
    """How many alarms the search finds, as far as pages count."""
    return counting.count(connection, select(alarm.c.id).where(*_rules(wanted, before)), most=counting.ENOUGH)


def open_by_kind(connection: Connection) -> dict[About, int]:
    """How many are open, by what they are about."""
    counted = select(alarm.c.about, func.count()).where(alarm.c.cleared_at.is_(None)).group_by(alarm.c.about)
    found = {About(about): rows for about, rows in connection.execute(counted)}
    return {about: found.get(about, 0) for about in About}


def forget(tx: Tx, *, cleared_before: datetime) -> int:
    """Remove what was cleared long ago."""
    return tx.connection.execute(delete(alarm).where(alarm.c.cleared_at < cleared_before)).rowcount


def _rules(wanted: AlarmSearch, before: int | None) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = [alarm.c.about.in_([about.value for about in wanted.about])]
    if wanted.only_open:
        rules.append(alarm.c.cleared_at.is_(None))
    if wanted.connector is not None:
        rules.append(alarm.c.connector == wanted.connector)
    if wanted.vendor is not None:
        rules.append(alarm.c.vendor == wanted.vendor)
    if before is not None:
        rules.append(alarm.c.id < before)
    return rules


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(
        id=row.id,
        about=About(row.about),
        subject=row.subject,
        issue=convert(row.issue, Issue),
        connector=row.connector,
        channel=row.channel,
        vendor=row.vendor,
        missing=row.missing,
        detail=row.detail,
        raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        cleared_by=row.cleared_by,
        reason=row.reason,
    )
