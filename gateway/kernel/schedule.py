"""When something is due: at times of day on certain days in a named zone, or every so often.

A due time is the same on every node and after every restart, so a slot in the database is opened once (store.md 4, T10).
An hour that a clock change skips is due at the next valid instant, an hour that it doubles is due once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)), ("second", timedelta(seconds=1)))
_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)


class Every(Struct, frozen=True):
    """Due at whole multiples of `span` counted from midnight UTC of an arbitrary day."""

    span: timedelta

    def after(self, instant: datetime) -> datetime:
        """The first due time later than the instant."""
        return _MIDNIGHT + ((instant - _MIDNIGHT) // self.span + 1) * self.span

    def __str__(self) -> str:
        return f"every {in_words(self.span)}"


class At(Struct, frozen=True):
    """Due at these times of day on these days of the week (0 Monday to 6 Sunday) in the zone."""

    times: tuple[time, ...]
    days: frozenset[int]
    zone: str

    def after(self, instant: datetime) -> datetime:
        """The first due time later than the instant."""
        return next(due for due in self._from(instant.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)) if due > instant)

    def _from(self, day: date) -> Iterator[datetime]:
        zone = ZoneInfo(self.zone)
        while True:
            if day.weekday() in self.days:
                for at in sorted(self.times):
                    yield instant_of(datetime.combine(day, at), zone)
            day += timedelta(days=1)

    def __str__(self) -> str:
        days = "" if len(self.days) == len(WEEKDAYS) else f" {_days(self.days)}"
        return f"at {', '.join(f'{at:%H:%M}' for at in self.times)}{days} {self.zone}"


class Cron(Struct, frozen=True):
    """Due in these minutes and hours of certain days in the zone, as the five columns of a crontab say it.

    Where both are limited, either the day of the month or that of the week will do (0 Monday to 6 Sunday), as cron has it.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    zone: str

    def after(self, instant: datetime) -> datetime:
        """The first due time later than the instant."""
        day = instant.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        while True:
            if self._has(day):
                due = next((found for found in self._of(day) if found > instant), None)
                if due is not None:
                    return due
            day += timedelta(days=1)

    def _has(self, day: date) -> bool:
        of_month, of_week = day.day in self.days, day.weekday() in self.weekdays
        return day.month in self.months and (of_month or of_week if self.either else of_month and of_week)

    def _of(self, day: date) -> Iterator[datetime]:
        zone = ZoneInfo(self.zone)
        for hour in self.hours:
            for minute in self.minutes:
                yield instant_of(datetime.combine(day, time(hour, minute)), zone)

    def __str__(self) -> str:
        return f"cron {self.text} {self.zone}"


Schedule = Every | At | Cron


def in_words(span: timedelta) -> str:
    """A length of time as people say it, behind `every`.

    >>> [in_words(timedelta(seconds=it)) for it in (5, 60, 300, 5_400, 86_400)]
    ['5 seconds', 'minute', '5 minutes', '1 hour 30 minutes', 'day']
    """
    told, rest = [], span
    for unit, length in _UNITS:
        count, rest = divmod(rest, length)
        if count:
            told.append((count, unit))
    if len(told) == 1 and told[0][0] == 1:
        return told[0][1]
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in told) or f"{span.total_seconds():g} seconds"


def _days(days: frozenset[int]) -> str:
    """Days of the week: those of a row by the first and the last, others one by one."""
    found = sorted(days)
    if len(found) > 2 and found[-1] - found[0] == len(found) - 1:
        return f"{WEEKDAYS[found[0]]}-{WEEKDAYS[found[-1]]}"
    return ",".join(WEEKDAYS[day] for day in found)


def latest(schedule: Schedule, *, since: datetime, until: datetime) -> datetime | None:
    """The last due time in (since, until]; what a node that was away still owes. None when there was none."""
    found = None
    due = schedule.after(since)
    if isinstance(schedule, Every) and due <= until:
        return schedule.after(until) - schedule.span
    while due <= until:
        found = due
        due = schedule.after(due)
    return found


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local time: the first of two, or the end of the gap when the clock skips it."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _change(zone, instant - timedelta(hours=12), instant)


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The second in which the zone's offset becomes that of `high`."""
    offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
