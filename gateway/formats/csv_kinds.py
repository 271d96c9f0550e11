"""CSV with several kinds of records: one column tells the kind, `layout` says which kind stands under which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO

from msgspec import Struct, field

from gateway.formats.addresses import AddressError, Path, checked, parse_path
from gateway.formats.base import DOCUMENT_VALUES, Broken, Collect, Fault, Found, Node, Oddity, Part, Raw, Scan, Search, Shape, Unread, Want
from gateway.formats.csv_plan import Columns, EdgePlan, normal
from gateway.formats.csv_rows import Dialect, head_rows, rows_of, unended_fault, write_rows
from gateway.formats.csv_sift import Open, sift_documents
from gateway.formats.options import Options
from gateway.kernel.yaml_text import Scalar, Series, Table, unknown

_NO_SEARCHES: Mapping[int, Search] = MappingProxyType({})


class Record(Struct):
    """A record with those that stand under it; its number counts all records of the file."""

    kind: str
    cells: list[str]
    number: int
    outer: Record | None = None
    inner: dict[str, list[Record]] = field(default_factory=dict)


class Kinds(Struct, frozen=True):
    """What the options say about records."""

    place: int
    columns: Mapping[str, tuple[str, ...]]
    parent: Mapping[str, str]
    documents: tuple[str, ...]
    head: frozenset[str]
    tail: frozenset[str]
    order: tuple[str, ...]

    def index(self, kind: str, column: str) -> int | None:
        """The place of a column of a kind."""
        return Columns(self.columns.get(kind, ())).index(column)


class KindLayout:
    """Records as one mapping describes them."""

    def __init__(self, kinds: Kinds, dialect: Dialect, unread: Unread) -> None:
        self.kinds, self.dialect, self.unread = kinds, dialect, unread

    @classmethod
    def of(cls, options: Options, dialect: Dialect, unread: Unread) -> KindLayout:
        """The layout that options declare."""
        columns = options.lists("columns")
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
        place = Columns(()).index(options.text("kind", "1"))
        if place is None:
            options.wrong("kind", "must be the number of the column that tells the kind")
        for kind in columns:
            if kind not in {*order, *head, *tail}:
                options.wrong("columns", unknown(kind, {*order, *head, *tail}, what="kind"))
        documents = tuple(dict.fromkeys(kind for kind in order if kind not in parent))
        kinds = Kinds(
            place or 0,
            MappingProxyType(columns),
            MappingProxyType(parent),
            documents,
            frozenset(head),
            frozenset(tail),
            tuple(dict.fromkeys(order)),
        )
        return cls(kinds, dialect, unread)

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
            return RecordPlan(self, self.kinds.documents, wants)
        kinds = self.kinds.head if part is Part.HEAD else self.kinds.tail
        return EdgePlan(wants, {kind: self.kinds.columns.get(kind, ()) for kind in kinds})

    def row_plan(self, rows: str, wants: Sequence[Want]) -> RecordPlan:
        """Layouts with kinds are not split."""
        raise AddressError("a layout with kinds has groups, not rows", rows or "*")

    @property
    def can_sift(self) -> bool:
        """Whether its documents can stand in another file: not between closing records that count them."""
        return not self.kinds.head and not self.kinds.tail

    def sift(self, open_: Open, chosen: Mapping[int, str], target: BinaryIO) -> None:
        """The documents that hold the chosen records."""
        place, tops = self.kinds.place, frozenset(self.kinds.documents)
        sift_documents(self.dialect, lambda row: len(row) > place and row[place].strip() in tops, open_, chosen, target)

    def scan(self, source: BinaryIO) -> KindScan:
        """A file to read."""
        return KindScan(self, source)

    def survey(self, source: BinaryIO) -> KindScan:
        """The same: records are judged as they pass."""
        return KindScan(self, source)

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """The first record must be of a kind that can stand first."""
        try:
            rows = head_rows(self.dialect, head)
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

        return write_rows(self.dialect, rows(), target)


class KindScan:
    """One file of records."""

    def __init__(self, layout: KindLayout, source: BinaryIO) -> None:
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self._layout = layout
        self._source = source
        self._edges: dict[bool, list[list[Any]]] = {True: [], False: []}
        self._last = 0
        self._is_unended = False

    def __iter__(self) -> Iterator[Found]:
        kinds = self._layout.kinds
        path: list[Record] = []
        faults: list[Fault] = []
        number = size = 0
        for row in rows_of(self._layout.dialect, self._source, self._unended):
            self._last = number = number + 1
            kind = row[kinds.place].strip() if len(row) > kinds.place else ""
            if (kind in kinds.head and not path) or kind in kinds.tail:
                self._edges[kind in kinds.head].append([kind, *row[1:]] if kinds.place == 0 else row)
                continue
            where = f"record {number}"
            if kind in kinds.documents:
                if path or faults:
                    yield self._found(path, faults)
                path, faults, size = [Record(kind, row, number)], [], 0
            elif kind not in kinds.parent:
                faults.append(Fault("bad_form", f"'{kind[:20]}' is not a kind of record that is known", where, kind[:80]))
                continue
            elif not self._under(path, Record(kind, row, number)):
                faults.append(Fault("alone", f"{kind} stands without {kinds.parent[kind]} before it", where))
                continue
            if self._edges[False]:
                faults.append(Fault("bad_form", "a record stands behind the closing record", where))
            wanted = len(kinds.columns.get(kind, ()))
            if wanted and len(row) != wanted:
                faults.append(Fault("columns", f"{kind} has {len(row)} columns, {wanted} are expected", where))
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

    def _under(self, path: list[Record], record: Record) -> bool:
        """Put a record under the last of its parent kind."""
        wanted = self._layout.kinds.parent[record.kind]
        while path and path[-1].kind != wanted:
            if all(one.kind != wanted for one in path):
                return False
            path.pop()
        if not path:
            return False
        record.outer = path[-1]
        path[-1].inner.setdefault(record.kind, []).append(record)
        path.append(record)
        return True

    def _found(self, path: list[Record], faults: Sequence[Fault]) -> Found:
        if not path:
            return Found(None, faults[0].where, len(faults), tuple(faults))
        return Found(path[0], f"record {path[0].number}", _size(path[0]), tuple(faults))


class RecordPlan:
    """Wants of one kind of record."""

    def __init__(self, layout: KindLayout, kinds: Sequence[str], wants: Sequence[Want]) -> None:
        self._layout, self._kinds = layout, tuple(kinds)
        self._wants = tuple(wants)
        self._paths = [checked(want.address, parse_path) for want in wants]
        self._gets = [self._get(want, path) for want, path in zip(wants, self._paths, strict=True)]

    @property
    def searches(self) -> Mapping[int, Search]:
        """Records need no walk of their own."""
        return _NO_SEARCHES

    def bind(self, scan: Scan) -> Collect:
        """The cells and groups of a record."""
        gets = self._gets
        return lambda record: [get(record) for get in gets]

    def inside(self, index: int, wants: Sequence[Want]) -> RecordPlan:
        """The records of a kind below."""
        path = self._paths[index]
        kind = path.steps[-1].name if path.steps else self._kinds[0]
        return RecordPlan(self._layout, (kind,), wants)

    def where(self, node: Record, index: int | None, scan: Scan) -> str:
        """`record 2, column qty`."""
        place = f"record {node.number}"
        return place if index is None or not self._paths[index].steps else f"{place}, column {self._wants[index].address}"

    def place(self, values: Sequence[Raw]) -> Record | None:
        """A record with its cells and the records below."""
        kind = self._kinds[0]
        record = Record(kind, [], 0)
        stands = False
        for want, path, value in zip(self._wants, self._paths, values, strict=True):
            if value is None:
                continue
            if want.shape in {Shape.GROUP, Shape.GROUPS}:
                below = value if want.shape is Shape.GROUPS else [value]
                record.inner.setdefault(path.steps[-1].name if path.steps else kind, []).extend(below)
                stands = True
                continue
            if want.shape is Shape.VALUES and len(path.steps) > 1:
                record.inner.setdefault(path.steps[0].name, []).extend(self._below(path, value))
                stands = True
                continue
            index = self._layout.kinds.index(kind, path.steps[-1].name)
            if index is None or len(path.steps) > 1:
                continue
            record.cells.extend([""] * (index + 1 - len(record.cells)))
            record.cells[index] = value
            stands = stands or not want.constant or want.alone
        return record if stands else None

    def _below(self, path: Path, texts: Sequence[str]) -> Iterator[Record]:
        """A record below for each text."""
        kind, column = path.steps[0].name, path.steps[1].name
        index = self._layout.kinds.index(kind, column) or 0
        for text in texts:
            yield Record(kind, [""] * index + [text], 0)

    def empty(self) -> Record:
        """A record without values."""
        return Record(self._kinds[0], [], 0)

    def record(self, node: Record) -> int:
        """The number of the record."""
        return node.number

    def _get(self, want: Want, path: Path) -> Any:
        kinds = self._layout.kinds
        if not path.steps:
            return lambda record: record
        first = path.steps[0].name
        if want.shape in {Shape.GROUP, Shape.GROUPS}:
            if len(path.steps) > 1 or any(kinds.parent.get(first) != kind for kind in self._kinds):
                below = [kind for kind, above in kinds.parent.items() if above in self._kinds]
                raise AddressError(unknown(first, below, what=f"kind under {' or '.join(self._kinds)}"), want.address)
            if want.shape is Shape.GROUP:
                return lambda record: next(iter(record.inner.get(first, ())), None)
            return lambda record: record.inner.get(first)
        if len(path.steps) == 1:
            return self._cell(want, path.steps[0].name)
        return self._outer(want, first, path.steps[1].name)

    def _cell(self, want: Want, column: str) -> Any:
        found = {kind: self._layout.kinds.index(kind, column) for kind in self._kinds}
        if all(index is None for index in found.values()):
            known = [name for kind in self._kinds for name in self._layout.kinds.columns.get(kind, ())]
            raise AddressError(unknown(column, known, what=f"column of {' or '.join(self._kinds)}"), want.address)
        many = want.shape is Shape.VALUES

        def get(record: Record) -> Any:
            index = found.get(record.kind)
            text = record.cells[index] if index is not None and index < len(record.cells) else None
            return [text] if many and text else text

        return get

    def _outer(self, want: Want, kind: str, column: str) -> Any:
        """A column of an enclosing record, or of the first record below."""
        index = self._layout.kinds.index(kind, column)
        if index is None:
            known = self._layout.kinds.columns.get(kind, ())
            raise AddressError(unknown(column, known, what=f"column of {kind}"), want.address)

        if want.shape is Shape.VALUES:
            return lambda record: [one.cells[index] for one in record.inner.get(kind, ()) if index < len(one.cells)] or None

        def get(record: Record) -> Any:
            at: Record | None = record
            while at is not None and at.kind != kind:
                at = at.outer
            at = at or next(iter(record.inner.get(kind, ())), None)
            return at.cells[index] if at is not None and index < len(at.cells) else None

        return get


def _flat(record: Record, kinds: Kinds) -> Iterator[list[str]]:
    """A record and those below, in the order of the layout, with its kind in place."""
    cells = list(record.cells)
    cells.extend([""] * (max(len(kinds.columns.get(record.kind, ())), kinds.place + 1) - len(cells)))
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


__all__ = ["KindLayout", "Kinds", "Record", "normal"]
