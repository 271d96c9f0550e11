"""Rows of one kind as a mapping describes them: each a document, or cut into documents by values; whatever cuts a line into cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from gateway.formats.addresses import AddressError, alternatives
from gateway.formats.base import Broken, Fault, Node, Part, Split, Unread, Want
from gateway.formats.cuts import Cut, Open, Places, Row
from gateway.formats.options import Options
from gateway.formats.row_plan import Columns, DocumentPlan, EdgePlan, RowPlan
from gateway.formats.row_scan import RowsOfOneKind
from gateway.formats.row_sift import PROBLEM, Heading, heading_of, numbered, sift_rows


class Around(Struct, frozen=True):
    """What stands around the rows: a heading, and kinds of records before and after that column 1 tells."""

    has_heading: bool = False
    head: frozenset[str] = frozenset()
    tail: frozenset[str] = frozenset()


def keys_of(options: Options, split: Split | None, known: Places | None = None) -> tuple[tuple[str, ...], ...]:
    """The columns that cut rows into documents, with their alternatives; `known`: the columns where no heading tells them."""
    return options.checked("columns", lambda: tuple(_key(text, known) for text in split.by)) if split else ()


def _key(text: str, known: Places | None) -> tuple[str, ...]:
    found = alternatives(text)
    if any(len(parts) > 1 for parts in found):
        raise AddressError(f"split by '{text}' has parts ('+')")
    names = tuple(parts[0].removeprefix("*/") for parts in found)
    places = [known.index(name) for name in names] if known is not None else []
    if places and all(place is None for place in places):
        raise AddressError(f"split by '{text}': that is not among the columns")
    return names


def _cut_otherwise(heading: Row) -> str:
    """What to say of a heading that is a single cell with the delimiter of other files in it."""
    sign = next((it for it in ";\t|," if it in (heading[0] or "")), None) if len(heading) == 1 else None
    return "" if sign is None else f"; its columns seem to be parted by {sign!r}"


class RowLayout:
    """Rows of one kind as one mapping describes them."""

    def __init__(self, cut: Cut, around: Around, unread: Unread, split: Split | None, by: Sequence[Sequence[str]]) -> None:
        self.cut = cut
        self.around = around
        self.unread = unread
        self.split = split
        self.by = tuple(tuple(names) for names in by)
        self.wanted: list[RowPlan] = []
        self.rows: RowPlan | None = None

    @property
    def holds_one(self) -> bool:
        """A file holds as many documents as it has rows or keys."""
        return False

    @property
    def cuts_rows(self) -> bool:
        """The scan brings rows of one key together."""
        return self.split is not None

    @property
    def has_plain_rows(self) -> bool:
        """Whether every row is a document."""
        return self.split is None and not self.around.head and not self.around.tail

    def plan(self, part: Part, wants: Sequence[Want]) -> DocumentPlan | EdgePlan:
        """Head and tail address records by kind; documents address columns."""
        if part in {Part.HEAD, Part.TAIL}:
            return EdgePlan(wants, dict.fromkeys(self.around.head if part is Part.HEAD else self.around.tail, Columns(())))
        return DocumentPlan(wants, self._known(), in_rows=self.split is not None, register=self.wanted.append)

    def row_plan(self, rows: str, wants: Sequence[Want]) -> RowPlan:
        """The plan of the rows of one document."""
        plan = RowPlan(wants, self._known())
        self.wanted.append(plan)
        self.rows = plan
        return plan

    def scan(self, source: BinaryIO) -> RowsOfOneKind:
        """A file to read."""
        return RowsOfOneKind(self, source)

    def survey(self, source: BinaryIO) -> RowsOfOneKind:
        """The same: rows are judged as they pass."""
        return RowsOfOneKind(self, source)

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """All columns of mandatory fields must be there."""
        try:
            rows = self.cut.first(head)
        except Broken as broken:
            return broken.fault.text
        rows = [row for row in rows if not row or row[0] not in self.around.head]
        if not rows:
            return "the file is empty"
        if not self.around.has_heading:
            return self.cut.misfit(rows[0], [one for one in needed if one not in {"*", "."}])
        columns = Columns(rows[0])
        for address in needed:
            if address in {"*", "."}:
                continue
            names = [parts for parts in alternatives(address) if all(columns.index(part.removeprefix("*/")) is not None for part in parts)]
            if not names:
                return f"the heading has no column {address}{_cut_otherwise(rows[0])}"
        if any(plan.written for plan in self.wanted) and not self.used(columns):
            return "the heading has none of the columns of this layout"
        return None

    def write(self, head: Node | None, documents: Iterable[Node], tail: Node | None, target: BinaryIO) -> tuple[Fault, ...]:
        """Head records, heading, rows, tail records."""
        addresses = self._written()

        def rows() -> Iterator[Sequence[str | None]]:
            yield from head or ()
            if self.around.has_heading:
                yield [name.partition("[")[0].strip() for name in self.cut.columns("").headings or addresses]
            for document in documents:
                for cells in document:
                    yield [cells.get(address) for address in addresses]
            yield from tail or ()

        return self.cut.write(rows(), target)

    @property
    def can_sift(self) -> bool:
        """Whether its rows can stand in another file: not between closing records that count them."""
        return not self.around.head and not self.around.tail and self.unread is not Unread.REFUSE

    def sift(self, open_: Open, chosen: Mapping[str, str], target: BinaryIO) -> None:
        """The chosen rows with the others of their documents."""
        heading = heading_of(self.cut, open_) if self.around.has_heading else None
        columns: Places = Columns(heading) if heading is not None else self.cut.columns("")
        places = [next((at for name in names if (at := columns.index(name)) is not None), None) for names in self.by]

        def key(row: Row) -> object:
            cells = [row[at].strip() if at is not None and at < len(row) else "" for at in places]
            return tuple(cells) if any(cells) else None

        has_own = any(columns.headings[place] == PROBLEM for place in self.used(columns)) if heading is not None else False
        sift_rows(self.cut, Heading(heading, has_own=has_own), open_, numbered(chosen), key, target)

    def used(self, columns: Places) -> set[int]:
        """The places of the columns that a rule reads, or that cut the rows."""
        addresses = [*(address for plan in self.wanted for address in plan.written), *(name for names in self.by for name in names)]
        return {index for address in addresses if (index := columns.index(address)) is not None}

    def _known(self) -> Places | None:
        """The columns that addresses may name; with a heading every file tells its own."""
        return None if self.around.has_heading else self.cut.columns("")

    def _written(self) -> Sequence[str]:
        """The addresses of the cells of a row: in the order of the columns, where they are known, else of the rules."""
        written = list(dict.fromkeys(address for plan in self.wanted for address in plan.written))
        columns = self.cut.columns("")
        by_place = {columns.index(address): address for address in written}
        return [name if name in written else by_place.get(place, name) for place, name in enumerate(columns.headings)] or written
