"""The days that may stand in business: what lies outside is a slip of the pen, and the calendars of computers end."""

from __future__ import annotations

from datetime import date

FIRST_YEAR, LAST_YEAR = 2000, 2099
POSSIBLE = f"the years {FIRST_YEAR} to {LAST_YEAR} are possible"


def is_possible(day: date) -> bool:
    """Whether a day, or the day of a time, may stand in business.

    >>> is_possible(date(2026, 11, 22)), is_possible(date(9999, 12, 31))
    (True, False)
    """
    return FIRST_YEAR <= day.year <= LAST_YEAR
