"""Two ways to cut a file into rows of cells share all that comes after: by a delimiter (`csv_rows`) and by places (`fixed_lines`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol

from gateway.formats.base import Fault

Row = list[Any]
"""The cells of a line; a number may be put behind them."""
Piece = Any
"""A row as it stood in the file, to be given back; only its own cut knows."""
Open = Callable[[], AbstractContextManager[BinaryIO]]


class Places(Protocol):
    """The columns of one kind of row, as addresses name them."""

    @property
    def headings(self) -> tuple[str, ...]:
        """One for each cell, in order; none when nobody says how many cells there are."""
        ...

    def index(self, address: str) -> int | None:
        """The number of the cell, from 0; AddressError where an address cannot be."""
        ...

    def is_doubled(self, address: str) -> bool:
        """Whether two columns have this heading and the address does not say which."""
        ...


class Cut(Protocol):
    """Lines to rows and back. A row that has not as many cells as its kind has columns does not fit; `unfit` says why."""

    def columns(self, kind: str) -> Places:
        """The columns of a kind of record; of all rows where there are no kinds ('')."""
        ...

    def rows(self, source: BinaryIO, unended: Callable[[], None]) -> Iterator[Row]:
        """The rows of a file, blank lines passed over; `unended` is called when the last may have been cut off. Raises Broken."""
        ...

    def blocks(self, source: BinaryIO, unended: Callable[[], None], most: int) -> Iterator[list[Row]]:
        """The same rows, up to `most` at a time; when the file breaks off, those before it come first."""
        ...

    def first(self, head: bytes) -> list[Row]:
        """The rows that the beginning of a file shows whole; at least the first as far as it goes."""
        ...

    def unfit(self, row: Row, kind: str, width: int) -> str:
        """Why a row of another number of cells than `width` does not fit."""
        ...

    def misfit(self, row: Row, needed: Sequence[str]) -> str | None:
        """Why a file whose first row is this, and which has no heading, is for another layout; `needed`: addresses of mandatory fields."""
        ...

    def pieces(self, source: BinaryIO) -> Iterator[tuple[Row, Piece]]:
        """The rows with what `put` gives back unchanged."""
        ...

    def put(self, pieces: Iterable[Piece], target: BinaryIO) -> None:
        """Write pieces as they stood."""
        ...

    def write(self, rows: Iterable[Sequence[str | None]], target: BinaryIO) -> tuple[Fault, ...]:
        """Write rows of new cells; what cannot be written is a fault with its row."""
        ...
