"""One file of rows of one kind: its heading, its rows by the hundred or one by one, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from gateway.formats.base import Broken, Fault, Found, Node, Oddity, Unread
from gateway.formats.cuts import Places, Row
from gateway.formats.row_groups import Group, KeyOf, joined, neighbours
from gateway.formats.row_plan import Columns, RowPlan
from gateway.formats.row_sift import PROBLEM
from gateway.formats.text_lines import unended_fault
from gateway.kernel import Severity

if TYPE_CHECKING:
    from gateway.formats.row_layout import RowLayout


class RowsOfOneKind:
    """One file; the first row of data is row 1."""

    def __init__(self, layout: RowLayout, source: BinaryIO) -> None:
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self.columns: Places = layout.cut.columns("")
        self._layout = layout
        self._source = source
        self._head: list[Row] = []
        self._tail: list[Row] = []
        self._last = 0
        self._unread_columns: list[tuple[int, str]] | None = None
        self._is_unended = False
        self._remarks: list[Fault] = []

    def __iter__(self) -> Iterator[Found]:
        split = self._layout.split
        if split is None:
            for row, fault in self._judged():
                yield Found(row if fault is None else None, f"row {row[-1]}", 1, self._with_remarks((fault,) if fault else ()))
            return
        if split.apart == "join":
            groups = joined(self._judged(), self._key_of)
        else:
            groups = neighbours(self._judged(), self._key_of, may_return=split.apart == "again" or not self._layout.by)
        yield from map(self._found, groups)

    def blocks(self, most: int) -> Iterator[tuple[int, list[Row]]]:
        """Rows by the hundred, without their numbers; for layouts with plain rows."""
        before, heading_wanted = 0, self._layout.around.has_heading
        for rows in self._layout.cut.blocks(self._source, self._unended, most):
            if heading_wanted:
                heading_wanted = False
                self._heading(rows.pop(0))
            if rows:
                yield before, rows
            before += len(rows)
        self._last = before
        if heading_wanted:
            raise Broken("the file has no heading")

    def alone(self, row: Row, number: int) -> Found:
        """One row of a block as a document."""
        width = self._width
        fault = self._fault(row, number, width) if width and len(row) != width else None
        row.append(number)
        return Found(None if fault else row, f"row {number}", 1, self._with_remarks((fault,) if fault else ()))

    def is_even(self, rows: Sequence[Row]) -> bool:
        """Whether all rows of a block are as wide as the heading, and nothing is left to be told about it."""
        return not self._remarks and set(map(len, rows)) == {self._width}

    def place_of(self, address: str) -> int | None:
        """The place of a column."""
        return self.columns.index(address)

    @property
    def _width(self) -> int:
        """How many columns a row has; nought when nobody says."""
        return len(self.columns.headings)

    def head(self) -> Node | None:
        """The records before the heading."""
        return self._head

    def tail(self) -> Node | None:
        """The records after the rows."""
        return self._tail

    def faults(self) -> tuple[Fault, ...]:
        """Remarks about the file as a whole."""
        return (unended_fault(f"row {self._last}"),) if self._is_unended and self._last else ()

    @property
    def keeper(self) -> RowPlan | None:
        """The plan that keeps what no rule reads: that of the rows, else that of the document."""
        if self._layout.unread is not Unread.KEEP:
            return None
        return self._layout.rows or next(iter(self._layout.wanted), None)

    def unread_columns(self) -> Sequence[tuple[int, str]]:
        """Columns that no rule reads, found out once the heading is known; ours of a file that comes back is none of them."""
        if self._unread_columns is None:
            used = self._layout.used(self.columns)
            passed = {"", PROBLEM} if self._layout.can_sift else {""}
            self._unread_columns = [
                (index, heading) for index, heading in enumerate(self.columns.headings) if index not in used and heading not in passed
            ]
        return self._unread_columns

    def _unended(self) -> None:
        self._is_unended = True

    def _judged(self) -> Iterator[tuple[Row, Fault | None]]:
        """Rows of documents with their number behind the last cell, and what is wrong with them."""
        around = self._layout.around
        heading_wanted, number, width = around.has_heading, 0, self._width
        head, tail = around.head, around.tail
        for row in self._layout.cut.rows(self._source, self._unended):
            if head and not number and row[0] in head:
                self._head.append(row)
            elif heading_wanted:
                heading_wanted = False
                self._heading(row)
                width = len(row)
            elif tail and row[0] in tail:
                self._tail.append(row)
            else:
                number += 1
                fault = self._fault(row, number, width) if (width and len(row) != width) or self._tail else None
                row.append(number)
                yield row, fault
        self._last = number
        if heading_wanted:
            raise Broken("the file has no heading")

    def _fault(self, row: Row, number: int, width: int) -> Fault:
        if self._tail:
            return Fault("bad_form", "a row stands behind the closing record", f"row {number}")
        return Fault("columns", self._layout.cut.unfit(row, "the row", width), f"row {number}")

    def _heading(self, row: Row) -> None:
        self.columns = Columns(row)
        for plan in self._layout.wanted:
            for address in plan.written:
                if self.columns.is_doubled(address):
                    raise Broken(f"the heading {address} stands twice; the mapping must say which, as in {address}[#2]", where="heading")
        for names in self._layout.by:
            if all(self.columns.index(name) is None for name in names):
                raise Broken(f"the heading has no column {' | '.join(names)}", where="heading", kind="unknown_document")
        if self._layout.unread not in {Unread.IGNORE, Unread.KEEP} and self._layout.wanted:
            severity = Severity.ERROR if self._layout.unread is Unread.REFUSE else Severity.WARNING
            self._remarks += [
                Fault("unread", f"column {heading} is read by no rule", "heading", heading, severity)
                for _, heading in self.unread_columns()
            ]

    def _with_remarks(self, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """Remarks about the heading go with the first document."""
        if self._remarks:
            faults, self._remarks = (*self._remarks, *faults), []
        return faults

    def _found(self, group: Group) -> Found:
        return Found(group.members or None, group.where, len(group.members) or 1, self._with_remarks(tuple(group.faults)))

    def _key_of(self) -> KeyOf:
        """The key of a row; where it stands is known once the heading is."""
        indexes = [next(index for name in names if (index := self.columns.index(name)) is not None) for names in self._layout.by]
        if len(indexes) == 1:
            only = indexes[0]
            return lambda row: (row[only].strip(),)
        return lambda row: tuple(row[index].strip() for index in indexes)
