"""Addresses of records of several kinds, compiled: cells of a record, of those that enclose it, and the records below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from gateway.formats.addresses import AddressError, Path, Step, checked, parse_path
from gateway.formats.base import Collect, Oddity, Raw, Scan, Search, Shape, Unread, Want
from gateway.formats.cuts import Cut
from gateway.kernel.yaml_text import unknown

_NO_SEARCHES: Mapping[int, Search] = MappingProxyType({})
GROUPS = frozenset({Shape.GROUP, Shape.GROUPS})


class Record(Struct):
    """A record with those that stand under it; its number counts all records of the file."""

    kind: str
    cells: list[str]
    number: int
    outer: Record | None = None
    inner: dict[str, list[Record]] = field(default_factory=dict)

    def put(self, index: int, text: str) -> None:
        """Set a cell."""
        self.cells.extend([""] * (index + 1 - len(self.cells)))
        self.cells[index] = text

    def add(self, records: Iterable[Record]) -> None:
        """Put records under this one."""
        for record in records:
            self.inner.setdefault(record.kind, []).append(record)

    def emptied(self) -> Record:
        """The same with nothing in its own cells."""
        return _over(Record(self.kind, [], self.number), self.inner)


class Below(Struct, frozen=True):
    """A step to records below: those whose cells show what is asked for; `nth`: only this one of them, from 1."""

    kind: str
    tests: tuple[tuple[int, tuple[str, ...]], ...] = ()
    nth: int = 0

    def those(self, record: Record) -> list[Record]:
        """The records that are meant."""
        found = record.inner.get(self.kind, [])
        if self.tests:
            found = [one for one in found if all(_shows(one, index, values) for index, values in self.tests)]
        return found[self.nth - 1 : self.nth] if self.nth else found

    def is_repeated(self, record: Record, cell: int | None) -> bool:
        """Whether several of them stand there, or have something in this cell."""
        found = self.those(record)
        return (len(found) if cell is None else sum(bool(one.cells[cell : cell + 1] and one.cells[cell].strip()) for one in found)) > 1

    def marked(self, record: Record) -> Record:
        """The record with what the conditions ask for, where it does not say otherwise."""
        for index, values in self.tests:
            if values and not (index < len(record.cells) and record.cells[index]):
                record.put(index, values[0])
        return record


def _over(record: Record, inner: Mapping[str, Sequence[Record]]) -> Record:
    """The record with copies of these under it."""
    for kind, those in inner.items():
        record.inner[kind] = [_over(Record(kind, one.cells, one.number, record), one.inner) for one in those]
    return record


def _shows(record: Record, index: int, values: Sequence[str]) -> bool:
    text = record.cells[index].strip() if index < len(record.cells) else ""
    return text in values if values else bool(text)


class Kinds(Struct, frozen=True):
    """Which kinds of records there are, and which stands under which; `place`: the cell that tells the kind."""

    cut: Cut
    place: int
    parent: Mapping[str, str]
    documents: tuple[str, ...]
    head: frozenset[str]
    tail: frozenset[str]
    order: tuple[str, ...]
    unread: Unread = Unread.IGNORE
    used: dict[str, set[int]] = field(default_factory=dict)
    """The cells that rules read, noted while plans are made."""

    def index(self, kind: str, column: str) -> int | None:
        """The number of a cell of a kind, which is read then."""
        found = self.cut.columns(kind).index(column)
        if found is not None:
            self.used.setdefault(kind, set()).add(found)
        return found

    def unread_cells(self, kind: str) -> list[tuple[int, str]]:
        """Columns with a name that no rule reads."""
        used = {self.place, *self.used.get(kind, ())}
        return [(index, name) for index, name in enumerate(self.cut.columns(kind).headings) if name and index not in used]

    def headings(self, *kinds: str) -> list[str]:
        """The columns of these kinds by name."""
        return [name for kind in kinds for name in self.cut.columns(kind).headings]


class RecordPlan:
    """Wants of one kind of record."""

    def __init__(self, known: Kinds, kinds: Sequence[str], wants: Sequence[Want]) -> None:
        self._known, self._kinds = known, tuple(kinds)
        self._wants = tuple(wants)
        self._paths = [checked(want.address, parse_path) for want in wants]
        self._singles: list[tuple[int, Below, int | None]] = []
        self._gets = [self._get(number, want, path) for number, (want, path) in enumerate(zip(wants, self._paths, strict=True))]

    @property
    def searches(self) -> Mapping[int, Search]:
        """Records need no walk of their own."""
        return _NO_SEARCHES

    def bind(self, scan: Scan) -> Collect:
        """The cells and groups of a record."""
        gets = self._gets
        unread = self._unread() if self._known.unread is not Unread.IGNORE else []
        if not self._singles and not unread:
            return lambda record: [get(record) for get in gets]
        odd, singles = scan.odd, self._singles

        def collect(record: Record) -> Sequence[Raw]:
            for kind, index, name in unread:
                for one in [record] if kind == record.kind else record.inner.get(kind, ()):
                    if text := "".join(one.cells[index : index + 1]).strip():
                        odd.append(Oddity("unread", name=name, value=text, where=f"record {one.number}"))
            for number, below, cell in singles:
                if len(record.inner.get(below.kind, ())) > 1 and below.is_repeated(record, cell):
                    odd.append(Oddity("repeated", number))
            return [get(record) for get in gets]

        return collect

    def _unread(self) -> list[tuple[str, int, str]]:
        """Columns with a name that no rule reads: of these records, and of those below that are no groups; kept ones are called by it."""
        grouped = {path.steps[0].name for want, path in zip(self._wants, self._paths, strict=True) if path.steps and want.shape in GROUPS}
        below = [kind for kind, above in self._known.parent.items() if above in self._kinds and kind not in grouped]
        is_kept = self._known.unread is Unread.KEEP
        own = [
            (kind, index, name if is_kept else f"{kind}/{name}") for kind in self._kinds for index, name in self._known.unread_cells(kind)
        ]
        return own + [(kind, index, f"{kind}/{name}") for kind in below for index, name in self._known.unread_cells(kind)]

    def inside(self, index: int, wants: Sequence[Want]) -> RecordPlan:
        """The records of a kind below."""
        path = self._paths[index]
        kind = path.steps[-1].name if path.steps else self._kinds[0]
        return RecordPlan(self._known, (kind,), wants)

    def where(self, node: Record, index: int | None, scan: Scan) -> str:
        """`record 2, column qty`."""
        place = f"record {node.number}"
        return place if index is None or not self._paths[index].steps else f"{place}, column {self._wants[index].address}"

    def place(self, values: Sequence[Raw]) -> Record | None:
        """A record with its cells and the records below."""
        kind = self._kinds[0]
        record = Record(kind, [], 0)
        stands = False
        below: dict[Below, list[Record]] = {}
        lone: dict[Below, Record] = {}
        for want, path, value in zip(self._wants, self._paths, values, strict=True):
            if value is None:
                continue
            is_told = not want.constant or want.alone
            step = self._below(path.steps[0], want.address) if path.steps and self._is_below(path) else None
            if step is None:
                stands = (self._put(record, want, path, value) and is_told) or stands
                continue
            made = below.setdefault(step, [])
            if want.shape in GROUPS:
                made += value if want.shape is Shape.GROUPS else [value]
                continue
            index = self._known.index(step.kind, path.steps[1].name) or 0
            if want.shape is Shape.VALUES:
                made += [Record(step.kind, [""] * index + [text], 0) for text in value]
                continue
            one = lone.setdefault(step, Record(step.kind, [], 0))
            one.put(index, value)
            if is_told and not any(other is one for other in made):
                made.append(one)
        for step, records in below.items():
            record.add(step.marked(one) for one in records)
        return record if stands or any(below.values()) else None

    def _put(self, record: Record, want: Want, path: Path, value: Raw) -> bool:
        """Put something into the record itself; whether there is a place for it."""
        if want.shape in GROUPS:
            _join(record, value if want.shape is Shape.GROUPS else [value])
            return True
        index = self._known.index(record.kind, path.steps[0].name) if len(path.steps) == 1 else None
        if index is None:
            return False  # of an enclosing record, which writes it itself
        record.put(index, value if want.shape is Shape.VALUE else value[-1])
        return True

    def holds_one_at(self, index: int) -> bool:
        """A cell of the record itself holds one value; records below stand as often as needed."""
        return self._wants[index].shape is Shape.VALUES and len(self._paths[index].steps) == 1

    def empty(self) -> Record:
        """A record without values."""
        return Record(self._kinds[0], [], 0)

    def record(self, node: Record) -> int:
        """The number of the record."""
        return node.number

    def _is_below(self, path: Path) -> bool:
        """Whether the first step leads to records below."""
        return self._known.parent.get(path.steps[0].name) in self._kinds

    def _below(self, step: Step, address: str) -> Below:
        """A step to records below, with its conditions."""
        tests: list[tuple[int, tuple[str, ...]]] = []
        for test in step.tests:
            name = test.path.steps[-1].name if test.path and test.path.steps else ""
            index = self._known.index(step.name, name)
            if index is None:
                raise AddressError(unknown(name, self._known.headings(step.name), what=f"column of {step.name}"), address)
            tests.append((index, test.values))
        return Below(step.name, tuple(tests), step.nth)

    def _get(self, number: int, want: Want, path: Path) -> Any:
        if not path.steps:
            return (lambda record: [record]) if want.shape is Shape.GROUPS else lambda record: record
        first = path.steps[0]
        if want.shape in GROUPS:
            if len(path.steps) > 1 or not self._is_below(path):
                known = [kind for kind, above in self._known.parent.items() if above in self._kinds]
                raise AddressError(unknown(first.name, known, what=f"kind under {' or '.join(self._kinds)}"), want.address)
            return self._groups(number, want, self._below(first, want.address))
        if len(path.steps) == 1:
            return self._cell(want, first.name)
        return self._other(number, want, path)

    def _groups(self, number: int, want: Want, below: Below) -> Any:
        if want.shape is Shape.GROUP:
            self._note(number, below, None)
            return lambda record: next(iter(below.those(record)), None)
        if not below.tests and not below.nth:
            return lambda record: record.inner.get(below.kind)
        return lambda record: below.those(record) or None

    def _note(self, number: int, below: Below, cell: int | None) -> None:
        """A want of one record below, or of one cell there: several are told, unless it says which."""
        if not below.nth:
            self._singles.append((number, below, cell))

    def _cell(self, want: Want, column: str) -> Any:
        found = {kind: self._known.index(kind, column) for kind in self._kinds}
        if all(index is None for index in found.values()):
            known = self._known.headings(*self._kinds)
            raise AddressError(unknown(column, known, what=f"column of {' or '.join(self._kinds)}"), want.address)
        many = want.shape is Shape.VALUES

        def get(record: Record) -> Any:
            index = found.get(record.kind)
            text = record.cells[index] if index is not None and index < len(record.cells) else None
            return [text] if many and text else text

        return get

    def _other(self, number: int, want: Want, path: Path) -> Any:
        """A column of an enclosing record, or of records below."""
        kind, column = path.steps[0].name, path.steps[1].name
        known = {*self._known.order, *self._known.parent}
        if kind not in known:
            raise AddressError(unknown(kind, known, what="kind"), want.address)
        index = self._known.index(kind, column)
        if index is None:
            raise AddressError(unknown(column, self._known.headings(kind), what=f"column of {kind}"), want.address)
        if self._is_below(path):
            below = self._below(path.steps[0], want.address)
            if want.shape is Shape.VALUES:
                return lambda record: [one.cells[index] for one in below.those(record) if index < len(one.cells)] or None
            self._note(number, below, index)
            return lambda record: next((one.cells[index] for one in below.those(record) if index < len(one.cells)), None)
        if path.steps[0].conditions:
            raise AddressError(f"{kind} encloses the record, so it takes no conditions", want.address)

        def get(record: Record) -> Any:
            at: Record | None = record
            while at is not None and at.kind != kind:
                at = at.outer
            text = at.cells[index] if at is not None and index < len(at.cells) else None
            return [text] if want.shape is Shape.VALUES and text else text

        return get


def _join(record: Record, others: Sequence[Record]) -> None:
    """Put the cells of groups on the record itself into it."""
    for other in others:
        record.cells.extend([""] * (len(other.cells) - len(record.cells)))
        for index, cell in enumerate(other.cells):
            record.cells[index] = cell or record.cells[index]
        for kind, below in other.inner.items():
            record.inner.setdefault(kind, []).extend(below)
