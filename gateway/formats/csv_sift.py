"""The rows of a CSV file that were not taken, as a file of the same layout: to be mended and sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

from msgspec import Struct

from gateway.formats.csv_rows import Dialect, rows_of, write_rows

Open = Callable[[], AbstractContextManager[BinaryIO]]
Key = Callable[[list[Any]], object]
PROBLEM = "problem"
"""The column that is added for what is wrong; it may stay in the file, and is replaced the next time."""


class Heading(Struct, frozen=True):
    """The heading of a file, None when it has none; `has_own`: a rule reads a column of that name, so it stays what it is."""

    cells: Sequence[str] | None
    has_own: bool = False


def _unended() -> None:
    """A missing last line break was told when the file was read."""


def sift_rows(dialect: Dialect, heading: Heading, open_: Open, chosen: Mapping[int, str], key: Key, target: BinaryIO) -> None:
    """Write the heading, then each row whose number (from 1) is chosen, or whose key is that of a chosen one.

    With a heading, what is wrong stands in a column of its own beside the first row of each document, in place of an earlier one.
    """
    cells, has_own = heading.cells, heading.has_own
    keys = {
        found for number, row in _numbered(dialect, open_, skip=cells is not None) if number in chosen if (found := key(row)) is not None
    }
    old = frozenset() if has_own else frozenset([place for place, cell in enumerate(cells or ()) if cell.strip() == PROBLEM])

    def told(row: Sequence[str], problem: str) -> Sequence[str]:
        return row if has_own else [*(cell for place, cell in enumerate(row) if place not in old), problem]

    def rows() -> Iterator[Sequence[str | None]]:
        if cells is not None:
            yield told(cells, PROBLEM)
        width = len(cells or ())
        for number, row in _numbered(dialect, open_, skip=cells is not None):
            if number in chosen or (keys and key(row) in keys):
                yield row if cells is None else told([*row, *[""] * (width - len(row))], chosen.get(number, ""))

    write_rows(dialect, rows(), target)


def sift_documents(dialect: Dialect, is_top: Callable[[list[Any]], bool], open_: Open, chosen: Mapping[int, str], target: BinaryIO) -> None:
    """The same for records of several kinds: whole documents, from their top record to the next one."""

    def rows() -> Iterator[Sequence[str | None]]:
        held: list[list[Any]] = []
        is_wanted = False
        for number, row in _numbered(dialect, open_, skip=False):
            if is_top(row):
                yield from held if is_wanted else ()
                held, is_wanted = [], False
            held.append(row)
            is_wanted = is_wanted or number in chosen
        yield from held if is_wanted else ()

    write_rows(dialect, rows(), target)


def heading_of(dialect: Dialect, open_: Open) -> list[str]:
    """The first row of the file."""
    with open_() as source:
        return list(next(iter(rows_of(dialect, source, _unended)), []))


def _numbered(dialect: Dialect, open_: Open, *, skip: bool) -> Iterable[tuple[int, list[Any]]]:
    with open_() as source:
        for number, row in enumerate(rows_of(dialect, source, _unended), start=0 if skip else 1):
            if number:
                yield number, row
