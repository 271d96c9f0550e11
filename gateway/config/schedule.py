"""When a channel gathers: `06:00,12:00 mon-fri America/New_York`, as a value that knows its last and next instant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from gateway.kernel.yaml_text import unknown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
FORM = "write times, days and a zone: '06:00,12:00 mon-fri America/New_York'"


class Schedule(Struct, frozen=True):
    """Times of certain days in a zone. No zone means that of the organization."""

    text: str
    times: tuple[time, ...]
    days: tuple[int, ...]
    zone: str | None = None

    def next_after(self, at: datetime, *, zone: str = "UTC") -> datetime:
        """The first instant of the schedule after `at`; `zone` is used where the schedule names none."""
        return next(instant for instant in self._instants(at, zone, step=1) if instant > at)

    def last_before(self, at: datetime, *, zone: str = "UTC") -> datetime:
        """The last instant of the schedule not after `at`."""
        return next(instant for instant in self._instants(at, zone, step=-1) if instant <= at)

    def _instants(self, at: datetime, zone: str, *, step: int) -> Iterator[datetime]:
        """The instants of the days from the day before (or after) `at` on, in the order of time or against it."""
        place = ZoneInfo(self.zone or zone)
        day = at.astimezone(place).date() - timedelta(days=step)
        while True:
            if day.weekday() in self.days:
                yield from sorted((_instant(day, clock, place) for clock in self.times), reverse=step < 0)
            day += timedelta(days=step)


def _instant(day: date, clock: time, place: ZoneInfo) -> datetime:
    # a time that summer time skips becomes the instant an hour later, one that stands twice its first; both by fold=0
    return datetime.combine(day, clock, tzinfo=place).astimezone(UTC)


def read_schedule(text: str) -> Schedule:
    """The schedule of a text: times first, then days (all when absent), then a zone.

    >>> read_schedule("06:00 mon-fri").days
    (0, 1, 2, 3, 4)
    """
    pieces = text.split()
    if not pieces:
        raise ValueError(FORM)
    times = tuple(sorted({_time(piece) for piece in pieces.pop(0).split(",")}))
    days = _days(pieces.pop(0)) if pieces and "/" not in pieces[0] and pieces[0] != "UTC" else tuple(range(7))
    zone = read_zone(pieces.pop(0)) if pieces else None
    if pieces:
        raise ValueError(f"'{' '.join(pieces)}' is too much; {FORM}")
    return Schedule(text, times, days, zone)


def read_zone(text: str) -> str:
    """The name of a time zone."""
    if text not in available_timezones():
        raise ValueError(_short(unknown(text, available_timezones(), what="time zone")))
    return text


def _short(sentence: str) -> str:
    head, _, _ = sentence.partition("; known are")
    return head if "did you mean" in head else f"{head}; write one like Europe/Berlin or UTC"


def _time(text: str) -> time:
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a time of day like 06:00; {FORM}")
    return time(int(found[1]), int(found[2]))


def _days(text: str) -> tuple[int, ...]:
    if text == "daily":
        return tuple(range(7))
    return tuple(sorted({day for piece in text.split(",") for day in _range(piece)}))


def _range(text: str) -> Iterator[int]:
    first, dash, last = text.partition("-")
    start, end = _day(first), _day(last) if dash else _day(first)
    yield start
    while start != end:
        start = (start + 1) % 7
        yield start


def _day(text: str) -> int:
    if text.lower() not in DAYS:
        raise ValueError(unknown(text, [*DAYS, "daily"], what="day"))
    return DAYS.index(text.lower())
