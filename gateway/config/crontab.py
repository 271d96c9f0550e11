"""The five columns of a crontab: `0 6 * * mon-fri` is minute, hour, day of the month, month, day of the week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gateway.kernel.schedule import Cron
from gateway.kernel.yaml_text import unknown

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FORM = "write minute, hour, day, month and day of the week: '0 6 * * mon-fri'"


class Crontab(Struct, frozen=True):
    """Five columns, as somebody wrote them."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def due(self, *, zone: str) -> Cron:
        """The due times in that zone."""
        return Cron(self.text, self.minutes, self.hours, self.days, self.months, self.weekdays, self.either, zone)


def read_crontab(text: str) -> Crontab:
    """The columns of a text.

    >>> read_crontab("*/20 6 * * mon-fri").minutes
    (0, 20, 40)
    """
    columns = text.split()
    if len(columns) != 5:
        raise ValueError(f"'{text}' has {len(columns)} columns of 5; {FORM}")
    minutes, hours = _column(columns[0], 0, 59), _column(columns[1], 0, 23)
    days, months = _column(columns[2], 1, 31), _column(columns[3], 1, 12, MONTHS)
    weekdays = {(day - 1) % 7 for day in _column(columns[4], 0, 7, WEEKDAYS)}
    of_month, of_week = not columns[2].startswith("*"), not columns[4].startswith("*")
    if of_month and not of_week and not any(day <= LONGEST[month - 1] for day in days for month in months):
        raise ValueError(f"'{text}': there is no such day in any year")
    either = of_month and of_week
    return Crontab(text, tuple(minutes), tuple(hours), frozenset(days), frozenset(months), frozenset(weekdays), either)


def _column(text: str, least: int, most: int, names: Sequence[str] = ()) -> list[int]:
    """The numbers of one column, in their order."""
    return sorted({number for piece in text.split(",") for number in _piece(piece, least, most, names)})


def _piece(text: str, least: int, most: int, names: Sequence[str]) -> Iterator[int]:
    span, slash, step = text.partition("/")
    if slash and not (step.isdecimal() and int(step)):
        raise ValueError(f"'{text}': a step is a whole number of at least 1; {FORM}")
    if span == "*":
        first, last = least, most
    else:
        low, dash, high = span.partition("-")
        first = _number(low, least, most, names)
        last = _number(high, least, most, names) if dash else most if slash else first
    if last < first:
        raise ValueError(f"'{text}' runs backwards; {FORM}")
    yield from range(first, last + 1, int(step) if slash else 1)


def _number(text: str, least: int, most: int, names: Sequence[str]) -> int:
    if text.isdecimal() and text.isascii():
        if not least <= int(text) <= most:
            raise ValueError(f"{text} is not between {least} and {most}; {FORM}")
        return int(text)
    if not names:
        raise ValueError(f"'{text}' is not a number; {FORM}")
    if text.lower() not in names:
        raise ValueError(unknown(text, names, what="name"))
    return names.index(text.lower()) + (1 if names is MONTHS else 0)
