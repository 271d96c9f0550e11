"""A page of a list: its rows, and how many more stand behind the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from gateway.store.queries.counting import ENOUGH

R = TypeVar("R")
UNCOUNTED = 0
"""How far rows are counted where nobody asks how many more there are."""


class Page(Struct, Generic[R], frozen=True):
    """The rows that were asked for, and how many more the same search finds."""

    rows: tuple[R, ...]
    more: int = 0
    is_more_than: bool = False
    """Whether there are more than `more`: nobody counted on."""


def page_of(rows: Sequence[R], most: int, found: Callable[[], int]) -> Page[R]:
    """The page of these rows; only a full one asks how many rows there are in all."""
    if len(rows) < most:
        return Page(tuple(rows))
    count = found()
    return Page(tuple(rows), max(min(count, ENOUGH) - len(rows), 0), count > ENOUGH)
