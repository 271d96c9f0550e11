"""Addresses of records of several kinds, compiled: cells of a record, of those that enclose it, and the records below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from gateway.formats.addresses import AddressError, Path, checked, parse_path
from gateway.formats.base import Collect, Raw, Scan, Search, Shape, Want
from gateway.formats.cuts import Cut
from gateway.kernel.yaml_text import unknown

_NO_SEARCHES: Mapping[int, Search] = MappingProxyType({})


class Record(Struct):
    """A record with those that stand under it; its number counts all records of the file."""

    kind: str
    cells: list[str]
    number: int
    outer: Record | None = None
    inner: dict[str, list[Record]] = field(default_factory=dict)


class Kinds(Struct, frozen=True):
    """Which kinds of records there are, and which stands under which; `place`: the cell that tells the kind."""

    cut: Cut
    place: int
    parent: Mapping[str, str]
    documents: tuple[str, ...]
    head: frozenset[str]
    tail: frozenset[str]
    order: tuple[str, ...]

    def index(self, kind: str, column: str) -> int | None:
        """The number of a cell of a kind."""
        return self.cut.columns(kind).index(column)

    def headings(self, *kinds: str) -> list[str]:
        """The columns of these kinds by name."""
        return [name for kind in kinds for name in self.cut.columns(kind).headings]


class RecordPlan:
    """Wants of one kind of record."""

    def __init__(self, known: Kinds, kinds: Sequence[str], wants: Sequence[Want]) -> None:
        self._known, self._kinds = known, tuple(kinds)
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
        for want, path, value in zip(self._wants, self._paths, values, strict=True):
            if value is None:
                continue
            if want.shape in {Shape.GROUP, Shape.GROUPS}:
                below = value if want.shape is Shape.GROUPS else [value]
                if path.steps:
                    record.inner.setdefault(path.steps[-1].name, []).extend(below)
                else:
                    _join(record, below)
                stands = True
                continue
            if want.shape is Shape.VALUES and len(path.steps) > 1:
                record.inner.setdefault(path.steps[0].name, []).extend(self._below(path, value))
                stands = True
                continue
            index = self._known.index(kind, path.steps[-1].name)
            if index is None or len(path.steps) > 1:
                continue
            record.cells.extend([""] * (index + 1 - len(record.cells)))
            record.cells[index] = value if want.shape is Shape.VALUE else value[-1]
            stands = stands or not want.constant or want.alone
        return record if stands else None

    def holds_one_at(self, index: int) -> bool:
        """A cell of the record itself holds one value; records below stand as often as needed."""
        return self._wants[index].shape is Shape.VALUES and len(self._paths[index].steps) == 1

    def _below(self, path: Path, texts: Sequence[str]) -> Iterator[Record]:
        """A record below for each text."""
        kind, column = path.steps[0].name, path.steps[1].name
        index = self._known.index(kind, column) or 0
        for text in texts:
            yield Record(kind, [""] * index + [text], 0)

    def empty(self) -> Record:
        """A record without values."""
        return Record(self._kinds[0], [], 0)

    def record(self, node: Record) -> int:
        """The number of the record."""
        return node.number

    def _get(self, want: Want, path: Path) -> Any:
        kinds = self._known
        if not path.steps:
            return (lambda record: [record]) if want.shape is Shape.GROUPS else lambda record: record
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

    def _outer(self, want: Want, kind: str, column: str) -> Any:
        """A column of an enclosing record, or of the first record below."""
        index = self._known.index(kind, column)
        if index is None:
            raise AddressError(unknown(column, self._known.headings(kind), what=f"column of {kind}"), want.address)

        if want.shape is Shape.VALUES:
            return lambda record: [one.cells[index] for one in record.inner.get(kind, ()) if index < len(one.cells)] or None

        def get(record: Record) -> Any:
            at: Record | None = record
            while at is not None and at.kind != kind:
                at = at.outer
            at = at or next(iter(record.inner.get(kind, ())), None)
            return at.cells[index] if at is not None and index < len(at.cells) else None

        return get


def _join(record: Record, others: Sequence[Record]) -> None:
    """Put the cells of groups on the record itself into it."""
    for other in others:
        record.cells.extend([""] * (len(other.cells) - len(record.cells)))
        for index, cell in enumerate(other.cells):
            record.cells[index] = cell or record.cells[index]
        for kind, below in other.inner.items():
            record.inner.setdefault(kind, []).extend(below)
