"""Alarms as people look at them, and what they do about one that does not end by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct

from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.pages import Page, page_of
from gateway.kernel.errors import NotFound
from gateway.kernel.remedies import remedy_of
from gateway.store import Store, Tx, alarms
from gateway.store.alarms import EXPECTED, About, Alarm, AlarmSearch

RUNG_BY: Mapping[str, frozenset[About]] = MappingProxyType(
    {"acknowledgements": frozenset({About.ACKNOWLEDGEMENT}), "due_dates": frozenset({About.DUE_DATE}), "expectations": EXPECTED}
)
"""What the jobs ring about, by their name."""

OF_FILES = frozenset({About.ACKNOWLEDGEMENT, About.REJECTION})
"""Alarms about one outgoing file, or a message that answers some: their subject is its number."""


class AlarmSheet(Struct, frozen=True, kw_only=True):
    """One alarm: its cause, since when, and how it ended."""

    id: int
    about: About
    code: str
    why: str
    act: str
    connector: str | None
    channel: str | None
    vendor: str | None
    missing: int | None
    raised_at: datetime
    cleared_at: datetime | None
    cleared_by: str | None
    reason: str | None


def search_alarms(store: Store, wanted: AlarmSearch, *, before: int | None = None, most: int = 50) -> Page[AlarmSheet]:
    """Alarms, the newest first."""
    with store.reading() as connection:
        found = alarms.search(connection, wanted, before=before, most=most)
        return page_of([_sheet(one) for one in found], most, lambda: alarms.count(connection, wanted, before=before))


def alarms_of(store: Store, job: str, *, since: datetime, until: datetime) -> tuple[AlarmSheet, ...] | None:
    """The alarms that a run of this job raised, or found mended; None for a job that rings nothing."""
    if job not in RUNG_BY:
        return None
    with store.reading() as connection:
        return tuple(map(_sheet, alarms.changed(connection, RUNG_BY[job], since=since, until=until)))


def one_alarm(store: Store, alarm_id: int) -> AlarmSheet:
    """One alarm; NotFound when there is none."""
    with store.reading() as connection:
        found = alarms.find(connection, alarm_id)
    if found is None:
        raise NotFound(f"there is no alarm {alarm_id}", remedy="See them all: gateway alarm list --all")
    return _sheet(found)


def clear_alarm(desk: Desk, alarm_id: int, *, reason: str, mode: Mode = Mode.EARNEST) -> bool:
    """A person has seen to it; False when it had ended already. The same cause does not ring again."""

    def work(tx: Tx) -> bool:
        return bool(alarms.clear(tx, [alarm_id], now=desk.clock.now(), by=desk.user, reason=reason))

    return perform(desk.store, work, mode)


def to_do(one: Alarm) -> str:
    """What to do about an alarm, with the names of what it is about."""
    about: dict[str, object] = {"alarm": one.id, "connector": one.connector or "NAME"}
    kind, _, number = one.subject.rpartition(" ")
    if one.about in OF_FILES and number.isdigit():
        about["message" if kind == "message" else "outbox"] = number
    return remedy_of(one.issue.code, one.issue.kind, **about)


def _sheet(one: Alarm) -> AlarmSheet:
    return AlarmSheet(
        id=one.id,
        about=one.about,
        code=one.issue.code,
        why=one.issue.text,
        act=to_do(one),
        connector=one.connector,
        channel=one.channel,
        vendor=one.vendor,
        missing=one.missing,
        raised_at=one.raised_at,
        cleared_at=one.cleared_at,
        cleared_by=one.cleared_by,
        reason=one.reason,
    )
