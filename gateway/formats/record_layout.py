"""Records of several kinds: one cell tells the kind, `layout` says which kind stands under which; whatever cuts a line into cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO

from gateway.formats.addresses import AddressError
from gateway.formats.base import DOCUMENT_VALUES, Broken, Fault, Found, Node, Oddity, Part, Unread, Want
from gateway.formats.csv_rows import Delimited
from gateway.formats.cuts import Cut, Open, Piece, Row
from gateway.formats.options import Options
from gateway.formats.record_plan import Kinds, Record, RecordPlan
from gateway.formats.row_plan import EdgePlan
from gateway.formats.row_sift import beside, numbered, sift_documents, untold
from gateway.formats.text_lines import unended_fault
from gateway.kernel.yaml_text import Scalar, Series, Table, unknown


def kinds_of(options: Options, cut: Cut, unread: Unread, *, place: int, named: Iterable[str]) -> Kinds:
    """The kinds that options declare; `place`: the cell that tells the kind, `named`: those that other options speak of."""
    parent: dict[str, str] = {}
    order: list[str] = []
    node = options.node("layout")
    if isinstance(node, Table):
        for entry in node:
            order.append(entry.key)
            for name in _texts(entry.value):
                if name in parent:
                    options.wrong("layout", f"{name} stands under {parent[name]} and under {entry.key}")
                parent[name] = entry.key
                order.append(name)
    else:
        options.wrong("layout", "says which kind stands under which, as in {H: [D, N]}")
    head, tail = options.texts("head"), options.texts("tail")
    for kind in named:
        if kind not in {*order, *head, *tail}:
            options.wrong("columns", unknown(kind, {*order, *head, *tail}, what="kind"))
    documents = tuple(dict.fromkeys(kind for kind in order if kind not in parent))
    around = frozenset(head), frozenset(tail)
    return Kinds(cut, place, MappingProxyType(parent), documents, *around, tuple(dict.fromkeys(order)), unread)


class RecordLayout:
    """Records as one mapping describes them."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds

    @property
    def holds_one(self) -> bool:
        """A file holds many."""
        return False

    @property
    def cuts_rows(self) -> bool:
        """Records are no rows of a split."""
        return False

    def plan(self, part: Part, wants: Sequence[Want]) -> EdgePlan | RecordPlan:
        """Head and tail by kind and column; the document is the top record."""
        if part is Part.DOCUMENT:
            return RecordPlan(self.kinds, self.kinds.documents, wants)
        kinds = self.kinds.head if part is Part.HEAD else self.kinds.tail
        return EdgePlan(wants, {kind: self.kinds.cut.columns(kind) for kind in kinds}, self.kinds.place)

    def row_plan(self, rows: str, wants: Sequence[Want]) -> RecordPlan:
        """Layouts with kinds are not split."""
        raise AddressError("a layout with kinds has groups, not rows", rows or "*")

    @property
    def can_sift(self) -> bool:
        """Whether its documents can stand in another file: not between closing records that count them."""
        return not self.kinds.head and not self.kinds.tail

    def sift(self, open_: Open, chosen: Mapping[str, str], target: BinaryIO) -> None:
        """The documents that hold the chosen records."""
        cut, tops = self.kinds.cut, frozenset(self.kinds.documents)

        def told(row: Row, piece: Piece, problem: str) -> Piece:
            """Beside a record that is parted by delimiters there is room for what is wrong."""
            return beside(row, len(cut.columns(self._kind(row)).headings), problem) if isinstance(cut, Delimited) else piece

        sift_documents(cut, lambda row: self._kind(row) in tops, open_, numbered(chosen), target, told)

    def _kind(self, row: Row) -> str:
        return row[self.kinds.place].strip() if len(row) > self.kinds.place else ""

    def scan(self, source: BinaryIO) -> RecordScan:
        """A file to read."""
        return RecordScan(self, source)

    def survey(self, source: BinaryIO) -> RecordScan:
        """The same: records are judged as they pass."""
        return RecordScan(self, source)

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """The first record must be of a kind that can stand first."""
        try:
            rows = self.kinds.cut.first(head)
        except Broken as broken:
            return broken.fault.text
        if not rows:
            return "the file is empty"
        kind = rows[0][self.kinds.place].strip() if len(rows[0]) > self.kinds.place else ""
        if kind in self.kinds.head or kind in self.kinds.documents or kind in self.kinds.parent:
            return None
        return f"the first record is '{kind[:20]}', not {' or '.join((*sorted(self.kinds.head), *self.kinds.documents))}"

    def write(self, head: Node | None, documents: Iterable[Node], tail: Node | None, target: BinaryIO) -> tuple[Fault, ...]:
        """Records in the order of the layout."""

        def rows() -> Iterator[Sequence[str | None]]:
            yield from head or ()
            for document in documents:
                yield from _flat(document, self.kinds)
            yield from tail or ()

        return self.kinds.cut.write(rows(), target)


class RecordScan:
    """One file of records."""

    def __init__(self, layout: RecordLayout, source: BinaryIO) -> None:
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self._layout = layout
        self._source = source
        self._edges: dict[bool, list[Row]] = {True: [], False: []}
        self._last = 0
        self._is_unended = False

    def __iter__(self) -> Iterator[Found]:
        kinds = self._layout.kinds
        cut = kinds.cut
        path: list[Record] = []
        faults: list[Fault] = []
        number = size = 0
        widths = {kind: len(cut.columns(kind).headings) for kind in kinds.order}
        for found in cut.rows(self._source, self._unended):
            self._last = number = number + 1
            kind = found[kinds.place].strip() if len(found) > kinds.place else ""
            wanted = widths.get(kind, 0)
            row = untold(found, wanted)
            if (kind in kinds.head and not path) or kind in kinds.tail:
                self._edges[kind in kinds.head].append(row)
                continue
            where = f"record {number}"
            is_whole = not wanted or len(row) == wanted
            if kind in kinds.documents:
                if path or faults:
                    yield self._found(path, faults)
                path, faults, size = [Record(kind, row, number)], [], 0
            elif kind not in kinds.parent:
                faults.append(Fault("bad_form", f"'{kind[:20]}' is not a kind of record that is known", where, kind[:80]))
                continue
            elif not self._under(path, Record(kind, row, number), is_told=is_whole):
                faults.append(Fault("alone", f"{kind} stands without {kinds.parent[kind]} before it", where))
                continue
            if self._edges[False]:
                faults.append(Fault("bad_form", "a record stands behind the closing record", where))
            if not is_whole:
                faults.append(Fault("columns", cut.unfit(row, kind, wanted), where))
            size += 1
            if size > DOCUMENT_VALUES:
                raise Broken(f"a document has more than {DOCUMENT_VALUES:,} records", where=where, kind="too_long")
        if path or faults:
            yield self._found(path, faults)

    def head(self) -> Node | None:
        """The records before the documents."""
        return self._edges[True]

    def tail(self) -> Node | None:
        """The records after them."""
        return self._edges[False]

    def faults(self) -> tuple[Fault, ...]:
        """Remarks about the file as a whole."""
        return (unended_fault(f"record {self._last}"),) if self._is_unended and self._last else ()

    def _unended(self) -> None:
        self._is_unended = True

    def _under(self, path: list[Record], record: Record, *, is_told: bool) -> bool:
        """Put a record under the last of its parent kind; one that is not to be told is left out there, with those below."""
        wanted = self._layout.kinds.parent[record.kind]
        while path and path[-1].kind != wanted:
            if all(one.kind != wanted for one in path):
                return False
            path.pop()
        if not path:
            return False
        record.outer = path[-1]
        if is_told:
            path[-1].inner.setdefault(record.kind, []).append(record)
        path.append(record)
        return True

    def _found(self, path: list[Record], faults: Sequence[Fault]) -> Found:
        if not path:
            return Found(None, faults[0].where, len(faults), tuple(faults))
        where = f"record {path[0].number}"
        below = path[0].emptied() if any(_is_width(fault, where) for fault in faults) else None
        return Found(path[0], where, _size(path[0]), tuple(faults), below=below)


def _is_width(fault: Fault, where: str) -> bool:
    """Whether the record at this place has too few columns or too many."""
    return fault.kind == "columns" and fault.where == where


def _flat(record: Record, kinds: Kinds) -> Iterator[list[str]]:
    """A record and those below, in the order of the layout, with its kind in place."""
    cells = list(record.cells)
    cells.extend([""] * (max(len(kinds.cut.columns(record.kind).headings), kinds.place + 1) - len(cells)))
    cells[kinds.place] = record.kind
    yield cells
    for kind in kinds.order:
        for one in record.inner.get(kind, ()):
            yield from _flat(one, kinds)


def _size(record: Record) -> int:
    return 1 + sum(_size(one) for below in record.inner.values() for one in below)


def _texts(node: Any) -> list[str]:
    match node:
        case Scalar(value=""):
            return []
        case Scalar():
            return node.value.split()
        case Series():
            return [one.value for one in node if isinstance(one, Scalar)]
        case _:
            return []
