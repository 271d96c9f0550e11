"""The rows of a file that were not taken, as a file of the same layout: to be mended and sent again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from gateway.formats.cuts import Cut, Open, Piece, Row

Key = Callable[[Row], object]
PROBLEM = "problem"
"""The column that is added for what is wrong; it may stay in the file, and is replaced the next time."""

_TOLD = f"{PROBLEM}: "
"""What a cell begins with that was put behind a record to tell it, where no heading names its column."""
_NUMBERED = re.compile(r"(?:row|record|document) (\d+)\b")


def numbered(chosen: Mapping[str, str]) -> dict[int, str]:
    """The number of each place (`row 7`, `record 3`, `document 2, line 9`), with what is wrong there."""
    return {int(found[1]): text for where, text in chosen.items() if (found := _NUMBERED.match(where)) is not None}


class Heading(Struct, frozen=True):
    """The heading of a file, None when it has none; `has_own`: a rule reads a column of that name, so it stays what it is."""

    cells: Sequence[str] | None
    has_own: bool = False


def sift_rows(cut: Cut, heading: Heading, open_: Open, chosen: Mapping[int, str], key: Key, target: BinaryIO) -> None:
    """Write the heading, then each row whose number (from 1) is chosen, or whose key is that of a chosen one.

    With a heading, what is wrong stands in a column of its own beside the first row of each document, in place of an earlier one.
    """
    cells, has_own = heading.cells, heading.has_own
    skip = cells is not None
    keys = {found for number, row, _ in _numbered(cut, open_, skip=skip) if number in chosen if (found := key(row)) is not None}
    old = frozenset() if has_own else frozenset([place for place, cell in enumerate(cells or ()) if cell.strip() == PROBLEM])

    def told(row: Sequence[str], problem: str) -> Sequence[str]:
        return row if has_own else [*(cell for place, cell in enumerate(row) if place not in old), problem]

    def pieces() -> Iterator[Piece]:
        if cells is not None:
            yield told(cells, PROBLEM)
        width = len(cells or ())
        for number, row, piece in _numbered(cut, open_, skip=skip):
            if number in chosen or (keys and key(row) in keys):
                yield piece if cells is None else told([*row, *[""] * (width - len(row))], chosen.get(number, ""))

    cut.put(pieces(), target)


def beside(row: Row, width: int, problem: str) -> Row:
    """A record with what is wrong in a cell behind its own, in place of an earlier one."""
    cells = untold(row, width)
    return [*cells, *[""] * (width - len(cells)), f"{_TOLD}{problem}"] if problem else cells


def untold(row: Row, width: int) -> Row:
    """A record of so many cells without what was told behind it."""
    return row[:-1] if width and len(row) > width and str(row[-1]).startswith(_TOLD) else row


def sift_documents(
    cut: Cut,
    is_top: Callable[[Row], bool],
    open_: Open,
    chosen: Mapping[int, str],
    target: BinaryIO,
    told: Callable[[Row, Piece, str], Piece],
) -> None:
    """The same for records of several kinds: whole documents, from their top record to the next one; `told` puts beside what is wrong."""

    def pieces() -> Iterator[Piece]:
        held: list[Piece] = []
        is_wanted = False
        for number, row, piece in _numbered(cut, open_, skip=False):
            if is_top(row):
                yield from held if is_wanted else ()
                held, is_wanted = [], False
            held.append(told(row, piece, chosen.get(number, "")))
            is_wanted = is_wanted or number in chosen
        yield from held if is_wanted else ()

    cut.put(pieces(), target)


def heading_of(cut: Cut, open_: Open) -> list[str]:
    """The first row of the file."""
    with open_() as source:
        return list(next(iter(cut.rows(source, lambda: None)), []))


def _numbered(cut: Cut, open_: Open, *, skip: bool) -> Iterator[tuple[int, Row, Piece]]:
    """Rows with their number; `skip`: the first is a heading."""
    with open_() as source:
        for number, (row, piece) in enumerate(cut.pieces(source), start=0 if skip else 1):
            if number:
                yield number, row, piece
