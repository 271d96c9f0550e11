"""What should have come by when: the windows of a calendar, which of them were met, and the gaps in a row of numbers.

A window belongs to one day of the partner's calendar: it begins at `since` and is due at `by`, in the partner's zone. What comes after
the due time and before the next window begins is late and mends the window; what comes beyond its own day's share mends an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.kernel.schedule import instant_of

FARTHEST = 62
"""Days within which the next day that counts must lie."""


class Calendar(Struct, frozen=True, kw_only=True):
    """On which days something is expected, and between which times of day."""

    by: time
    since: time
    weekdays: frozenset[int]
    zone: str
    holidays: frozenset[date] = frozenset()

    def has(self, day: date) -> bool:
        """Whether something is expected for that day."""
        return day.weekday() in self.weekdays and day not in self.holidays


class Window(Struct, frozen=True, order=True):
    """What is expected for one day: from `start` on, by `due`; what comes before `end` is late, and the next window's afterwards."""

    day: date
    start: datetime
    due: datetime
    end: datetime


def windows(calendar: Calendar, *, after: datetime, until: datetime) -> list[Window]:
    """The windows that are due in (after, until], in their order."""
    zone = ZoneInfo(calendar.zone)
    day = after.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date()
    found = []
    while day <= last:
        if calendar.has(day) and after < (made := _window(calendar, day, zone)).due <= until:
            found.append(made)
        day += timedelta(days=1)
    return found


def window_of(calendar: Calendar, day: date) -> Window:
    """The window of one day."""
    return _window(calendar, day, ZoneInfo(calendar.zone))


def next_window(calendar: Calendar, *, after: datetime) -> Window | None:
    """The first window that is due after that instant; None when no day counts for two months."""
    return next(iter(windows(calendar, after=after, until=after + timedelta(days=FARTHEST))), None)


def received(found: Sequence[Window], arrivals: Iterable[datetime], *, at_least: int) -> dict[date, int]:
    """How many of these arrivals count for each window, at most `at_least` each: its own first, then the oldest that lacks some."""
    counted = {window.day: 0 for window in found}
    for at in sorted(arrivals):
        own = next((window for window in found if window.start <= at < window.end), None)
        lacking = (window for window in found if window.start <= at and counted[window.day] < at_least)
        target = own if own is not None and counted[own.day] < at_least else next(lacking, None)
        if target is not None:
            counted[target.day] += 1
    return counted


class Range(Struct, frozen=True, kw_only=True):
    """How much one day may bring; `least` and `most` are percent of the median of earlier days."""

    minimum: int | None = None
    maximum: int | None = None
    least: int | None = None
    most: int | None = None


def limits(wanted: Range, earlier: Sequence[int], *, enough: int) -> tuple[int | None, int | None]:
    """The least and the most that is in range; what goes by the median counts once there are `enough` earlier days."""
    least, most = wanted.minimum, wanted.maximum
    if len(earlier) >= enough and earlier:
        middle = int(median(earlier))
        if wanted.least is not None:
            least = max(least or 0, -(-middle * wanted.least // 100))
        if wanted.most is not None:
            most = min(most if most is not None else middle * wanted.most, middle * wanted.most // 100)
    return least, most


class Gap(Struct, frozen=True):
    """Numbers that were left out, or a row that began again (`first` > `last` then)."""

    first: int
    last: int

    @property
    def missing(self) -> int:
        """How many; one where the row began again, since it is not known."""
        return self.last - self.first + 1 if self.first <= self.last else 1

    @property
    def is_restart(self) -> bool:
        """Whether the row began again instead of going on."""
        return self.first > self.last


def follow(highest: int | None, numbers: Iterable[int], *, wraps_at: int | None = None) -> tuple[int | None, list[Gap]]:
    """Go on in a row of numbers that came together, in whatever order; answers the highest and what was left out.

    A number that was passed already is a repetition or fills a gap; 0 or 1 behind `wraps_at` goes on, behind any other it is a restart.
    """
    gaps = []
    fresh = sorted(set(numbers))
    if highest is not None and fresh and fresh[0] <= 1 < highest:
        began_again = [number for number in fresh if number <= len(fresh)]
        fresh = [number for number in fresh if number not in began_again]
        highest, more = _on(highest, fresh)
        gaps += more
        if highest != wraps_at:
            gaps.append(Gap(highest or 0, began_again[0]))
        fresh, highest = began_again, began_again[0] - 1
    highest, more = _on(highest, fresh)
    return highest, gaps + more


def _on(highest: int | None, numbers: Sequence[int]) -> tuple[int | None, list[Gap]]:
    gaps = []
    for number in numbers:
        if highest is not None and number > highest + 1:
            gaps.append(Gap(highest + 1, number - 1))
        highest = number if highest is None else max(highest, number)
    return highest, gaps


def _window(calendar: Calendar, day: date, zone: ZoneInfo) -> Window:
    following = next((day + timedelta(days=n) for n in range(1, FARTHEST) if calendar.has(day + timedelta(days=n))), None)
    end = _start(calendar, following, zone) if following else _start(calendar, day + timedelta(days=FARTHEST), zone)
    return Window(day, _start(calendar, day, zone), instant_of(datetime.combine(day, calendar.by), zone), end)


def _start(calendar: Calendar, day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a day's window: on the day before where it is later than the due time."""
    first = day if calendar.since < calendar.by else day - timedelta(days=1)
    return instant_of(datetime.combine(first, calendar.since), zone)
