"""When a channel gathers: `06:00,12:00 mon-fri America/New_York`, read into the times that are due."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from functools import cache
from zoneinfo import available_timezones

from msgspec import Struct

from gateway.kernel.schedule import WEEKDAYS, At
from gateway.kernel.yaml_text import unknown

EVERY_DAY = frozenset(range(7))
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
FORM = "write times, days and a zone: '06:00,12:00 mon-fri America/New_York'"


class Timetable(Struct, frozen=True):
    """Times of certain days, as somebody wrote them. No zone means that of the organization."""

    text: str
    times: tuple[time, ...]
    days: frozenset[int]
    zone: str | None = None

    def due(self, *, zone: str) -> At:
        """The due times, in `zone` where the text names none."""
        return At(self.times, self.days, self.zone or zone)


def read_timetable(text: str) -> Timetable:
    """The timetable of a text: times first, then days (all when absent), then a zone.

    >>> sorted(read_timetable("06:00 mon-fri").days)
    [0, 1, 2, 3, 4]
    """
    pieces = text.split()
    if not pieces:
        raise ValueError(FORM)
    times = tuple(sorted({read_time(piece) for piece in pieces.pop(0).split(",")}))
    days = read_days(pieces.pop(0)) if pieces and "/" not in pieces[0] and pieces[0] != "UTC" else EVERY_DAY
    zone = read_zone(pieces.pop(0)) if pieces else None
    if pieces:
        raise ValueError(f"'{' '.join(pieces)}' is too much; {FORM}")
    return Timetable(text, times, days, zone)


def read_zone(text: str) -> str:
    """The name of a time zone."""
    if text not in _zones():
        raise ValueError(_short(unknown(text, _zones(), what="time zone")))
    return text


@cache
def _zones() -> frozenset[str]:
    """All time zones; looking through their folder takes a fiftieth of a second, and every command does it."""
    return frozenset(available_timezones())


def _short(sentence: str) -> str:
    head, _, _ = sentence.partition("; known are")
    return head if "did you mean" in head else f"{head}; write one like Europe/Berlin or UTC"


def read_time(text: str) -> time:
    """A time of day.

    >>> read_time("14:00")
    datetime.time(14, 0)
    """
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a time of day like 06:00; {FORM}")
    return time(int(found[1]), int(found[2]))


def read_days(text: str) -> frozenset[int]:
    """Days of the week, 0 for Monday to 6 for Sunday."""
    if text == "daily":
        return EVERY_DAY
    return frozenset(day for piece in text.split(",") for day in _range(piece))


def _range(text: str) -> Iterator[int]:
    first, dash, last = text.partition("-")
    start, end = _day(first), _day(last) if dash else _day(first)
    yield start
    while start != end:
        start = (start + 1) % 7
        yield start


def _day(text: str) -> int:
    if text.lower() not in WEEKDAYS:
        raise ValueError(unknown(text, [*WEEKDAYS, "daily"], what="day"))
    return WEEKDAYS.index(text.lower())
