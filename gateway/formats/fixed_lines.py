"""Lines to cells and back by places in characters, from 1: `41-60`. A cell is what an address or a column asks for."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import BinaryIO

from msgspec import Struct

from gateway.formats.addresses import AddressError, parse_path
from gateway.formats.base import Broken, Fault
from gateway.formats.cuts import Row
from gateway.formats.text_lines import lines_of

_PLACE = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", re.ASCII)


class Place(Struct, frozen=True):
    """Characters of a line, both ends from 1 and included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    @property
    def width(self) -> int:
        """How many characters it takes."""
        return self.last - self.first + 1

    @property
    def part(self) -> slice:
        """Where it stands in a text."""
        return slice(self.first - 1, self.last)

    def overlaps(self, other: Place) -> bool:
        """Whether the two have a character in common."""
        return self.first <= other.last and other.first <= self.last


def place_of(text: str) -> Place | None:
    """`41-60` or `7`; nothing when it is a name. AddressError when such a place cannot be."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last:
        raise AddressError(f"'{text}' is no place; it is the first and the last character, counted from 1, as in 41-60")
    return Place(first, last)


class Ranges:
    """The places of one kind of record: the columns that have names, then those that addresses ask for; noted while plans are made."""

    def __init__(self, names: Mapping[str, Place], *, length: int = 0) -> None:
        self.length = length
        self.places: list[Place] = list(names.values())
        self._known = {" ".join(name.split()).lower(): index for index, name in enumerate(names)}
        self._names = list(names)

    @property
    def headings(self) -> tuple[str, ...]:
        """Names, and places where there is no name."""
        return tuple(self._names)

    def index(self, address: str) -> int | None:
        """The cell of a column by its name or place; a place that is asked for becomes a cell."""
        step = parse_path(address).steps[-1]
        name = " ".join(step.name.split()).lower()
        if step.conditions or name in self._known:
            return None if step.conditions else self._known[name]
        place = place_of(name)
        if place is None:
            return None
        if self.length and place.last > self.length:
            raise AddressError(f"'{address}' ends behind the record, which has {self.length} characters")
        self._known[name] = len(self.places)
        self._names.append(name)
        self.places.append(place)
        return self._known[name]

    def is_doubled(self, address: str) -> bool:
        """A name stands once."""
        return False

    def cutter(self) -> Callable[[str], Sequence[str]]:
        """All cells of a line in one call."""
        parts = [place.part for place in self.places]
        if len(parts) > 1:
            return itemgetter(*parts)
        return lambda line: [line[part] for part in parts]

    def laid(self, cells: Sequence[str | None]) -> tuple[str, list[Fault]]:
        """A line with these cells, filled with blanks; what does not fit its place is told."""
        width = self.length or max(place.last for place in self.places)
        line = " " * width
        faults: list[Fault] = []
        taken: list[Place] = []
        for name, place, cell in zip(self._names, self.places, cells, strict=False):
            text = (cell or "").rstrip()
            if not text:
                continue
            where = f"{name} ({place})" if name != str(place) else name
            if len(text) > place.width:
                faults.append(Fault("too_long", f"'{text}' has {len(text)} characters, {where} takes {place.width}", where, text))
            elif not text.isprintable():
                faults.append(Fault("bad_character", "a line break or control character cannot stand in a record", where, text))
            elif any(place.overlaps(other) and line[place.part] != text.ljust(place.width) for other in taken):
                faults.append(Fault("differs", f"{where} says something else than another column of the same characters", where, text))
            else:
                taken.append(place)
                line = line[: place.first - 1] + text.ljust(place.width) + line[place.last :]
        return line, faults


class Fixed:
    """The cut by places. With kinds the first cell of every row is its kind, which stands at `kind`."""

    def __init__(self, kinds: Mapping[str, Ranges], *, kind: Place | None, encoding: str, line_end: str) -> None:
        self._kinds = kinds
        self._kind = kind
        self._encoding = encoding
        self._line_end = line_end

    def columns(self, kind: str) -> Ranges:
        """The places of a kind."""
        return self._kinds[kind]

    def rows(self, source: BinaryIO, unended: Callable[[], None]) -> Iterator[Row]:
        """The rows of a file. A last line without a line break is whole when it has the length that is due."""
        row_of = self._row_of()
        for line, is_ended in _lines(self._encoding, source):
            row = row_of(line)
            if not is_ended and not self._is_measured(row):
                unended()
            yield row

    def blocks(self, source: BinaryIO, unended: Callable[[], None], most: int) -> Iterator[list[Row]]:
        """The same rows, up to `most` at a time."""
        rows = self.rows(source, unended)
        while True:
            taken: list[Row] = []
            broken: Broken | None = None
            try:
                taken.extend(islice(rows, most))
            except Broken as found:
                broken = found
            if taken:
                yield taken
            if broken is not None:
                raise broken
            if not taken:
                return

    def first(self, head: bytes) -> list[Row]:
        """The rows that the beginning of a file shows whole; at least the first as far as it goes."""
        row_of = self._row_of()
        lines = list(_lines(self._encoding, io.BytesIO(head)))
        return [row_of(line) for line, is_ended in lines if is_ended or len(lines) == 1]

    def unfit(self, row: Row, kind: str, width: int) -> str:
        """How many characters there are, and how many there should be."""
        length = self._kinds[kind].length if kind in self._kinds else self._kinds[""].length
        return f"{kind or 'the row'} has {len(row[-1])} characters, {length} are expected"

    def misfit(self, row: Row, needed: Sequence[str]) -> str | None:
        """The length that is due; where none is said, mandatory values must stand in their places."""
        places = self._kinds[""]
        width = len(places.places)
        if len(row) != width:
            return self.unfit(row, "the first row", width)
        blank = next((one for one in needed if (at := places.index(one)) is not None and not row[at].strip()), None)
        return None if places.length or blank is None else f"the first row has nothing at {blank}"

    def pieces(self, source: BinaryIO) -> Iterator[tuple[Row, str]]:
        """The rows with their lines."""
        row_of = self._row_of()
        for line, _ in _lines(self._encoding, source):
            yield row_of(line), line

    def put(self, pieces: Iterable[str], target: BinaryIO) -> None:
        """Write lines as they stood."""
        encode = codecs.getincrementalencoder(self._encoding)().encode
        target.writelines(encode(line + self._line_end) for line in pieces)

    def write(self, rows: Iterable[Sequence[str | None]], target: BinaryIO) -> tuple[Fault, ...]:
        """Write records of new cells."""
        encode = codecs.getincrementalencoder(self._encoding)().encode
        faults: list[Fault] = []
        for number, row in enumerate(rows, 1):
            line, wrong = self._kinds[(row[0] or "") if self._kind else ""].laid(row)
            try:
                target.write(encode(line + self._line_end))
            except UnicodeEncodeError as error:
                shown = error.object[error.start : error.end]
                wrong.append(Fault("bad_character", f"'{shown}' cannot be written as {self._encoding}", value=shown))
            faults += [Fault(one.kind, one.text, f"record {number}{', ' + one.where if one.where else ''}", one.value) for one in wrong]
        return tuple(faults)

    def _row_of(self) -> Callable[[str], Row]:
        """A line to its cells; a line of another length has one cell more, itself."""
        cuts = {kind: (places.cutter(), places.length) for kind, places in self._kinds.items()}
        at = self._kind.part if self._kind else None

        def row_of(line: str) -> Row:
            kind = line[at].strip() if at else ""
            found = cuts.get(kind)
            if found is None:
                return [kind]
            cut, length = found
            row = list(cut(line))
            if length and len(line) != length:
                row.append(line)
            return row

        return row_of

    def _is_measured(self, row: Row) -> bool:
        places = self._kinds.get(row[0].strip() if self._kind else "")
        return places is not None and bool(places.length) and len(row) == len(places.places)


def _lines(encoding: str, source: BinaryIO) -> Iterator[tuple[str, bool]]:
    """Lines without their ends, and whether they had one; empty lines are passed over."""
    for lines in lines_of(encoding, source, lambda: None):
        for line in lines:
            text = line.rstrip("\r\n")
            if text:
                yield text, len(text) != len(line)
