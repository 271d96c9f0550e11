"""The rows of a CSV file that were not taken, as a file of the same layout: to be mended and sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

from gateway.formats.csv_rows import Dialect, rows_of, write_rows

Open = Callable[[], AbstractContextManager[BinaryIO]]
Key = Callable[[list[Any]], object]
PROBLEM = "problem"
"""The column that is added for what is wrong; no layout reads it, so it may stay in the file."""


def _unended() -> None:
    """A missing last line break was told when the file was read."""


def sift_rows(dialect: Dialect, heading: Sequence[str] | None, open_: Open, chosen: Mapping[int, str], key: Key, target: BinaryIO) -> None:
    """Write the heading, then each row whose number (from 1) is chosen, or whose key is that of a chosen one.

    With a heading, what is wrong stands in a column of its own beside the first row of each document.
    """
    keys = {
        found for number, row in _numbered(dialect, open_, skip=heading is not None) if number in chosen if (found := key(row)) is not None
    }
    extra = heading is not None

    def rows() -> Iterator[Sequence[str | None]]:
        if heading is not None:
            yield [*heading, PROBLEM]
        width = len(heading or ())
        for number, row in _numbered(dialect, open_, skip=extra):
            if number in chosen or (keys and key(row) in keys):
                filled = [*row, *[""] * (width - len(row))] if extra else row
                yield [*filled, chosen.get(number, "")] if extra else filled

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
