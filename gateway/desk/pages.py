"""A page of a list: its rows, and how many more stand behind the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

R = TypeVar("R")


class Page(Struct, Generic[R], frozen=True):
    """The rows that were asked for, and how many more the same search finds."""

    rows: tuple[R, ...]
    more: int = 0


def page_of(rows: Sequence[R], most: int, found: Callable[[], int]) -> Page[R]:
    """The page of these rows; only a full one asks how many rows there are in all."""
    return Page(tuple(rows), found() - len(rows) if len(rows) >= most else 0)
