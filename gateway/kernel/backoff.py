"""How long to wait before the next try: growing, capped, with full jitter."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=5)
CAP = timedelta(minutes=15)


def delay(attempts: int, chance: float, *, first: timedelta = FIRST, cap: timedelta = CAP) -> timedelta:
    """The wait after so many failed attempts; `chance` is a random number from 0 to 1.

    >>> delay(1, 1.0)
    datetime.timedelta(seconds=5)
    >>> delay(3, 1.0)
    datetime.timedelta(seconds=20)
    >>> delay(50, 0.5)
    datetime.timedelta(seconds=450)
    """
    ceiling = min(cap, first * (1 << min(max(attempts - 1, 0), 30)))
    return ceiling * chance
