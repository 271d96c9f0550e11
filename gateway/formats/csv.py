"""CSV: the dialect of a layout, rows with exact places, and the cutting of rows into documents. Records of several kinds: `csv_kinds`.

A row is the list of its cells and, last, its number; so a rule of a thousand rows costs no object a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, ClassVar

from gateway.formats.addresses import AddressError, alternatives
from gateway.formats.base import Broken, Fault, Found, Identity, Node, Oddity, Part, Split, Unread, Want
from gateway.formats.csv_kinds import KindLayout
from gateway.formats.csv_plan import Columns, DocumentPlan, EdgePlan, RowPlan
from gateway.formats.csv_rows import Dialect, head_rows, row_blocks, rows_of, unended_fault, write_rows
from gateway.formats.csv_sift import PROBLEM, Heading, Open, heading_of, sift_rows
from gateway.formats.options import Options
from gateway.kernel import Severity

Row = list[Any]


class CsvFormat:
    """The format `csv`."""

    name: ClassVar[str] = "csv"
    options: ClassVar[Mapping[str, str]] = {
        "delimiter": "one character, or `tab`; a comma when absent",
        "quote": 'one character (" when absent); `all`: every text is quoted when written; `none`: no quoting',
        "encoding": "utf-8 when absent",
        "bom": "true: a byte order mark is written; one is always taken off",
        "line_end": "lf or crlf to write; both are read",
        "header": "false: the file has no heading",
        "columns": "names of the columns in order; with kinds: kind to names",
        "head": "kinds that stand once before the documents, told by column 1",
        "tail": "kinds that stand once after the documents, told by column 1",
        "kind": "the column that tells the kind of a record",
        "layout": "which kind stands under which, {H: [D, N]}",
    }

    def identify(self, head: bytes, name: str) -> Identity | None:
        """The headings by the usual delimiters, when the beginning is text."""
        if b"\0" in head or head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"<", b"{", b"["}:
            return None
        first = head.decode("utf-8-sig", errors="replace").splitlines()[:1]
        if not first:
            return None
        delimiter = max(",;\t|", key=first[0].count)
        headings = tuple(cell.strip().strip('"') for cell in first[0].split(delimiter))
        return Identity(self.name, headings=headings)

    def layout(self, options: Options, unread: Unread, split: Split | None) -> CsvLayout | KindLayout:
        """The layout with its options checked."""
        dialect = Dialect.of(options)
        if options.has("layout") or options.has("kind"):
            return KindLayout.of(options, dialect, unread)
        names = _names(options)
        return CsvLayout(
            dialect,
            columns=names,
            has_header=options.flag("header", default=True),
            head=options.texts("head"),
            tail=options.texts("tail"),
            unread=unread,
            split=split,
            by=options.checked("columns", lambda: tuple(_by(text) for text in split.by)) if split else (),
        )


def _names(options: Options) -> tuple[str, ...]:
    given = options.texts("columns")
    return tuple(given[0].split()) if len(given) == 1 else given


def _by(text: str) -> tuple[str, ...]:
    found = alternatives(text)
    if any(len(parts) > 1 for parts in found):
        raise AddressError(f"split by '{text}' has parts ('+')")
    return tuple(parts[0].removeprefix("*/") for parts in found)


def _heading(address: str) -> str:
    """A column address as a heading."""
    return address.partition("[")[0].strip()


class CsvLayout:
    """Rows of one kind as one mapping describes them."""

    def __init__(
        self,
        dialect: Dialect,
        *,
        columns: Sequence[str],
        has_header: bool,
        head: Sequence[str],
        tail: Sequence[str],
        unread: Unread,
        split: Split | None,
        by: Sequence[Sequence[str]],
    ) -> None:
        self.dialect = dialect
        self.columns = tuple(columns)
        self.has_header = has_header
        self.head, self.tail = frozenset(head), frozenset(tail)
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
        return self.split is None and not self.head and not self.tail

    def plan(self, part: Part, wants: Sequence[Want]) -> DocumentPlan | EdgePlan:
        """Head and tail address records by kind; documents address columns."""
        if part in {Part.HEAD, Part.TAIL}:
            return EdgePlan(wants, dict.fromkeys(self.head if part is Part.HEAD else self.tail, ()))
        return DocumentPlan(wants, self._names(), in_rows=self.split is not None, register=self.wanted.append)

    def row_plan(self, rows: str, wants: Sequence[Want]) -> RowPlan:
        """The plan of the rows of one document."""
        plan = RowPlan(wants, self._names())
        self.wanted.append(plan)
        self.rows = plan
        return plan

    def scan(self, source: BinaryIO) -> CsvScan:
        """A file to read."""
        return CsvScan(self, source)

    def survey(self, source: BinaryIO) -> CsvScan:
        """The same: rows are judged as they pass."""
        return CsvScan(self, source)

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """All columns of mandatory fields must be there."""
        try:
            rows = head_rows(self.dialect, head)
        except Broken as broken:
            return broken.fault.text
        rows = [row for row in rows if not row or row[0] not in self.head]
        if not rows:
            return "the file is empty"
        if not self.has_header:
            known = len(self.columns)
            return f"the first row has {len(rows[0])} columns, not {known}" if known and len(rows[0]) != known else None
        columns = Columns(rows[0])
        for address in needed:
            if address in {"*", "."}:
                continue
            names = [parts for parts in alternatives(address) if all(columns.index(part.removeprefix("*/")) is not None for part in parts)]
            if not names:
                return f"the heading has no column {address}"
        if any(plan.written for plan in self.wanted) and not self.used(columns):
            return "the heading has none of the columns of this layout"
        return None

    def write(self, head: Node | None, documents: Iterable[Node], tail: Node | None, target: BinaryIO) -> tuple[Fault, ...]:
        """Head records, heading, rows, tail records."""
        names = self.columns or self._written()

        def rows() -> Iterator[Sequence[str | None]]:
            yield from head or ()
            if self.has_header:
                yield [_heading(name) for name in names]
            for document in documents:
                for cells in document:
                    yield [cells.get(name) for name in names]
            yield from tail or ()

        return write_rows(self.dialect, rows(), target)

    @property
    def can_sift(self) -> bool:
        """Whether its rows can stand in another file: not between closing records that count them."""
        return not self.head and not self.tail and self.unread is not Unread.REFUSE

    def sift(self, open_: Open, chosen: Mapping[int, str], target: BinaryIO) -> None:
        """The chosen rows with the others of their documents."""
        heading = heading_of(self.dialect, open_) if self.has_header else None
        columns = Columns(heading if heading is not None else self.columns)
        places = [next((at for name in names if (at := columns.index(name)) is not None), None) for names in self.by]

        def key(row: Row) -> object:
            cells = [row[at].strip() if at is not None and at < len(row) else "" for at in places]
            return tuple(cells) if any(cells) else None

        has_own = any(columns.headings[place] == PROBLEM for place in self.used(columns)) if heading is not None else False
        sift_rows(self.dialect, Heading(heading, has_own=has_own), open_, chosen, key, target)

    def used(self, columns: Columns) -> set[int]:
        """The places of the columns that a rule reads, or that cut the rows."""
        addresses = [*(address for plan in self.wanted for address in plan.written), *(name for names in self.by for name in names)]
        return {index for address in addresses if (index := columns.index(address)) is not None}

    def _names(self) -> tuple[str, ...]:
        """Names that addresses may use when the file has no heading to tell them."""
        return self.columns if not self.has_header else ()

    def _written(self) -> tuple[str, ...]:
        """The columns in the order of the rules."""
        names: dict[str, None] = {}
        for plan in self.wanted:
            names.update(dict.fromkeys(plan.written))
        return tuple(names)


def _no_key(row: Row) -> tuple[str, ...]:
    """Before the heading is known, and where all rows are one document."""
    return ()


class CsvScan:
    """One CSV file of rows."""

    def __init__(self, layout: CsvLayout, source: BinaryIO) -> None:
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self.columns = Columns(layout.columns)
        self._layout = layout
        self._source = source
        self._head: list[Row] = []
        self._tail: list[Row] = []
        self._last = 0
        self._unread_columns: list[tuple[int, str]] | None = None
        self._is_unended = False
        self._seen: set[tuple[str, ...]] = set()
        self._bad: dict[int, Fault] = {}
        self._remarks: list[Fault] = []
        self._key: Callable[[Row], tuple[str, ...]] = _no_key

    def __iter__(self) -> Iterator[Found]:
        if not self._layout.has_header:
            self._key = self._key_of()
        if self._layout.split is None:
            yield from self._single()
        elif self._layout.split.apart == "join":
            yield from self._joined()
        else:
            yield from self._split(forgiving=self._layout.split.apart == "again")

    def blocks(self, most: int) -> Iterator[tuple[int, list[Row]]]:
        """Rows by the hundred, without their numbers; for layouts with plain rows."""
        before, heading_wanted = 0, self._layout.has_header
        for rows in row_blocks(self._layout.dialect, self._source, self._unended, most):
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

    def _unended(self) -> None:
        self._is_unended = True

    def _rows(self) -> Iterator[Row]:
        """Rows of documents with their number behind the last cell; the first data row is row 1."""
        layout = self._layout
        heading_wanted, number = layout.has_header, 0
        width = len(layout.columns) if not layout.has_header else 0
        head, tail = layout.head, layout.tail
        for row in rows_of(layout.dialect, self._source, self._unended):
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
                if (width and len(row) != width) or self._tail:
                    self._bad[number] = self._fault(row, number, width)
                row.append(number)
                yield row
        self._last = number
        if heading_wanted:
            raise Broken("the file has no heading")

    def _fault(self, row: Row, number: int, width: int) -> Fault:
        if self._tail:
            return Fault("bad_form", "a row stands behind the closing record", f"row {number}")
        return Fault("columns", f"the row has {len(row)} columns, {width} are expected", f"row {number}")

    def _heading(self, row: Row) -> None:
        self.columns = Columns(row)
        for plan in self._layout.wanted:
            for address in plan.written:
                if self.columns.is_doubled(address):
                    raise Broken(f"the heading {address} stands twice; the mapping must say which, as in {address}[#2]", where="heading")
        self._key = self._key_of()
        self._unread()

    def _unread(self) -> None:
        """Columns that no rule reads are told once a file."""
        if self._layout.unread in {Unread.IGNORE, Unread.KEEP} or not self._layout.wanted:
            return
        for _, heading in self.unread_columns():
            severity = Severity.ERROR if self._layout.unread is Unread.REFUSE else Severity.WARNING
            self._remarks.append(Fault("unread", f"column {heading} is read by no rule", "heading", heading, severity))

    @property
    def keeper(self) -> RowPlan | None:
        """The plan that keeps what no rule reads: that of the rows, else that of the document."""
        if self._layout.unread is not Unread.KEEP:
            return None
        return self._layout.rows or next(iter(self._layout.wanted), None)

    def unread_columns(self) -> Sequence[tuple[int, str]]:
        """Columns that no rule reads, found out once the heading is known; ours of a file that comes back is none of them."""
        if self._unread_columns is None:
            self._unread_columns = self._find_unread()
        return self._unread_columns

    def _find_unread(self) -> list[tuple[int, str]]:
        used = self._layout.used(self.columns)
        passed = {"", PROBLEM} if self._layout.can_sift else {""}
        return [(index, heading) for index, heading in enumerate(self.columns.headings) if index not in used and heading not in passed]

    def _key_of(self) -> Callable[[Row], tuple[str, ...]]:
        indexes = []
        for names in self._layout.by:
            found = next((index for name in names if (index := self.columns.index(name)) is not None), None)
            if found is None:
                raise Broken(f"the heading has no column {' | '.join(names)}", where="heading", kind="unknown_document")
            indexes.append(found)
        if len(indexes) == 1:
            only = indexes[0]
            return lambda row: (row[only].strip(),)
        return lambda row: tuple(row[index].strip() for index in indexes)

    def _key_or(self, row: Row, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The key of a row that may be too short to have one."""
        try:
            found = self._key(row)
        except (IndexError, AttributeError):
            return other
        return found

    def _single(self) -> Iterator[Found]:
        for row in self._rows():
            fault = self._bad.pop(row[-1], None) if self._bad else None
            yield Found(None if fault else row, f"row {row[-1]}", 1, self._with_remarks((fault,) if fault else ()))

    def _with_remarks(self, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """Remarks about the heading go with the first document."""
        if self._remarks:
            faults, self._remarks = (*self._remarks, *faults), []
        return faults

    def _split(self, *, forgiving: bool) -> Iterator[Found]:
        """Neighbouring rows with equal values; a key that comes again later is an issue, or a new document."""
        key: tuple[str, ...] | None = None
        members: list[Row] = []
        faults: list[Fault] = []
        for row in self._rows():
            fault = self._bad.pop(row[-1], None) if self._bad else None
            found = self._key(row) if fault is None else self._key_or(row, key)
            if found != key:
                if members or faults:
                    yield self._found(members, faults, key, forgiving=forgiving)
                    members, faults = [], []
                key = found
            if fault is None:
                members.append(row)
            else:
                faults.append(fault)
        if members or faults:
            yield self._found(members, faults, key, forgiving=forgiving)

    def _found(self, members: list[Row], faults: list[Fault], key: tuple[str, ...] | None, *, forgiving: bool) -> Found:
        where = f"row {members[0][-1]}" if members else faults[0].where
        if not forgiving and key is not None and self._layout.by:
            if key in self._seen:
                faults.append(Fault("apart", f"rows of {' '.join(key)} stand apart in the file", where))
            else:
                self._seen.add(key)
        return Found(members or None, where, len(members) or 1, self._with_remarks(tuple(faults)))

    def _joined(self) -> Iterator[Found]:
        """The whole file is held; one document a key."""
        groups: dict[tuple[str, ...], tuple[list[Row], list[Fault]]] = {}
        key: tuple[str, ...] | None = None
        for row in self._rows():
            fault = self._bad.pop(row[-1], None) if self._bad else None
            key = self._key(row) if fault is None else self._key_or(row, key)
            members, faults = groups.setdefault(key or (), ([], []))
            if fault is None:
                members.append(row)
            else:
                faults.append(fault)
        for members, faults in groups.values():
            where = f"row {members[0][-1]}" if members else faults[0].where
            yield Found(members or None, where, len(members) or 1, self._with_remarks(tuple(faults)))
