"""Column addresses, compiled: the slots of a row are picked by number in one call once the heading is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from gateway.formats.addresses import AddressError, Path, checked, parse_path
from gateway.formats.base import Collect, Oddity, Raw, Scan, Search, Shape, Want
from gateway.formats.cuts import Places, Row

_NO_SEARCHES: Mapping[int, Search] = MappingProxyType({})


def normal(heading: str) -> str:
    """A heading without case and double blanks."""
    return " ".join(heading.split()).lower()


class Columns:
    """The columns of one file by heading or number."""

    def __init__(self, headings: Sequence[str]) -> None:
        self.headings = tuple(heading.strip() for heading in headings)
        self._places: dict[str, list[int]] = {}
        for index, heading in enumerate(self.headings):
            self._places.setdefault(normal(heading), []).append(index)

    def index(self, address: str) -> int | None:
        """The place of a column."""
        step = parse_path(address).steps[-1]
        places = self._places.get(normal(step.name))
        if places is not None:
            number = step.nth or 1
            return places[number - 1] if number <= len(places) else None
        if step.name.isascii() and step.name.isdigit() and not step.conditions:
            number = int(step.name)
            return number - 1 if number and (not self.headings or number <= len(self.headings)) else None
        return None

    def is_doubled(self, address: str) -> bool:
        """Whether a heading stands twice and the address does not say which."""
        path = parse_path(address)
        if not path.steps:
            return False
        step = path.steps[-1]
        return not step.nth and len(self._places.get(normal(step.name), ())) > 1


def column_path(address: str) -> Path:
    """A column address: one heading or number, or `.`."""
    path = parse_path(address)
    if len(path.steps) > 1 or path.from_top:
        raise AddressError(f"'{address}' is not a column; a column is its heading or number")
    if path.steps and path.steps[0].tests:
        raise AddressError(f"'{address}': a column takes only [#2]")
    return path


class RowPlan:
    """Wants of one row."""

    def __init__(self, wants: Sequence[Want], known: Places | None = None) -> None:
        self._wants = tuple(wants)
        self._paths = [checked(want.address, column_path) for want in wants]
        if known is not None:
            for want, path in zip(wants, self._paths, strict=True):
                if path.steps and want.address != "*" and checked(want.address, known.index) is None:
                    names = ", ".join(known.headings) or "of this file, which has no heading; address them by number"
                    raise AddressError(f"'{want.address}' is not among the columns {names}", want.address)
        self._inner: dict[int, RowPlan] = {}

    @property
    def searches(self) -> Mapping[int, Search]:
        """Columns need no walk of their own."""
        return _NO_SEARCHES

    @property
    def addresses(self) -> Sequence[str]:
        """The columns that are asked for."""
        return [want.address for want, path in zip(self._wants, self._paths, strict=True) if path.steps and want.address != "*"]

    @property
    def written(self) -> Sequence[str]:
        """The columns in the order of the rules, also those of groups on the same row."""
        names: list[str] = []
        for index, (want, path) in enumerate(zip(self._wants, self._paths, strict=True)):
            if index in self._inner:
                names += [*([want.address] if path.steps and want.address != "*" else ()), *self._inner[index].written]
            elif path.steps and want.address != "*":
                names.append(want.address)
        return list(dict.fromkeys(names))

    def bind(self, scan: Scan) -> Collect:
        """The pick of this file; a column that is not there gives nothing."""
        pick = self._picked(scan)
        return self._keeping(pick, scan) if getattr(scan, "keeper", None) is self else pick

    def _keeping(self, pick: Collect, scan: Scan) -> Collect:
        """The same, where columns that no rule reads are kept."""
        odd = scan.odd

        def collect(row: Row) -> Sequence[Raw]:
            for index, heading in scan.unread_columns():  # type: ignore[attr-defined]  # only scans of rows have a keeper
                if text := row[index].strip():
                    odd.append(Oddity("unread", name=heading, value=text))
            return pick(row)

        return collect

    def _picked(self, scan: Scan) -> Collect:
        columns: Places = getattr(scan, "columns", Columns(()))
        if any(want.shape is not Shape.VALUE or not path.steps for want, path in zip(self._wants, self._paths, strict=True)):
            return self._general(scan)
        late: list[Callable[[Row], Sequence[Raw]]] = []

        def collect(row: Row) -> Sequence[Raw]:
            if not late:
                late.append(self._pick(scan))
            return late[0](row)

        return self._pick(scan) if columns.headings else collect

    def inside(self, index: int, wants: Sequence[Want]) -> RowPlan:
        """A group on one cell, or on the row itself."""
        want, path = self._wants[index], self._paths[index]
        plan: RowPlan = RowPlan(wants) if not path.steps or want.address == "*" else CellPlan(want.address, wants)
        self._inner[index] = plan
        return plan

    def where(self, node: Row, index: int | None, scan: Scan) -> str:
        """`row 7, column Qty`."""
        row = node[0] if node and isinstance(node[0], list) else node
        place = f"row {row[-1]}"
        if index is None or not self._paths[index].steps or self._wants[index].address == "*":
            return place
        return f"{place}, column {self._wants[index].address}"

    def place(self, values: Sequence[Raw]) -> dict[str, Any] | None:
        """The cells by column; constants only beside something else."""
        cells: dict[str, Any] = {}
        stands = False
        for want, path, value in zip(self._wants, self._paths, values, strict=True):
            if value is None or want.address == "*":
                continue
            for one in value if want.shape in {Shape.GROUPS, Shape.VALUES} else (value,):
                if isinstance(one, dict):
                    cells.update(one)
                elif path.steps:
                    cells[want.address] = one
            stands = stands or not want.constant or want.alone
        return cells if stands else None

    def holds_one_at(self, index: int) -> bool:
        """A cell holds one value."""
        return bool(self._paths[index].steps) and self._wants[index].address != "*"

    def empty(self) -> dict[str, Any]:
        """A row without cells."""
        return {}

    def record(self, node: Row) -> int:
        """The number of the row."""
        row = node[0] if node and isinstance(node[0], list) else node
        number = row[-1]
        return number if isinstance(number, int) else 0

    def _pick(self, scan: Scan) -> Callable[[Row], Sequence[Raw]]:
        columns: Places = scan.columns  # type: ignore[attr-defined]  # only scans of rows come here
        indexes = [columns.index(want.address) for want in self._wants]
        there = [index for index in indexes if index is not None]
        if there and len(there) == len(indexes):
            only = there[0]
            return itemgetter(*there) if len(there) > 1 else lambda row: (row[only],)
        return lambda row: [row[index] if index is not None else None for index in indexes]

    def _general(self, scan: Scan) -> Collect:
        late: list[list[int | None]] = []

        def collect(row: Row) -> Sequence[Raw]:
            if not late:
                columns: Places = scan.columns  # type: ignore[attr-defined]  # only scans of rows come here
                late.append(
                    [columns.index(want.address) if path.steps else -1 for want, path in zip(self._wants, self._paths, strict=True)]
                )
            return [self._one(row, want, index) for want, index in zip(self._wants, late[0], strict=True)]

        return collect

    def _one(self, row: Row, want: Want, index: int | None) -> Raw:
        if index is None:
            return None
        if index == -1:
            return [row] if want.shape is Shape.GROUPS else row
        text = row[index]
        match want.shape:
            case Shape.VALUE:
                return text
            case Shape.VALUES:
                return [text] if text.strip() else None
            case Shape.GROUP:
                return [text, row[-1]] if text.strip() else None
            case _:
                return [[text, row[-1]]] if text.strip() else None


class CellPlan(RowPlan):
    """Wants of one cell: only `.`."""

    def __init__(self, column: str, wants: Sequence[Want]) -> None:
        super().__init__(wants)
        self._column = column
        for want, path in zip(wants, self._paths, strict=True):
            if path.steps:
                raise AddressError(f"the cell {column} holds one value, address it as '.'", want.address)

    def bind(self, scan: Scan) -> Collect:
        """The text of the cell."""
        return lambda cell: [cell[0] for _ in self._wants]

    def where(self, node: Row, index: int | None, scan: Scan) -> str:
        """The row and column."""
        return f"row {node[-1]}, column {self._column}"

    def place(self, values: Sequence[Raw]) -> dict[str, Any] | None:
        """The cell."""
        text = next((value for value in values if value is not None), None)
        return {self._column: text} if text is not None else None

    @property
    def written(self) -> Sequence[str]:
        """The column is the parent's."""
        return ()


class DocumentPlan(RowPlan):
    """Wants of a document: its row, or what all of its rows must say alike."""

    def __init__(self, wants: Sequence[Want], known: Places | None, *, in_rows: bool, register: Callable[[RowPlan], None]) -> None:
        plain = [Want(want.address.removeprefix("*/"), want.shape, want.kind, want.constant, want.alone) for want in wants]
        super().__init__(plain, known)
        self._in_rows = in_rows
        if not in_rows and any(want.address == "*" for want in wants):
            raise AddressError("'*' are the rows of a split document; say split", "*")
        register(self)

    def bind(self, scan: Scan) -> Collect:
        """One row, or the first of several with a look at the others."""
        pick = super().bind(scan)
        if not self._in_rows:
            return pick
        odd = scan.odd

        def collect(rows: list[Row]) -> Sequence[Raw]:
            first = pick(rows[0])
            if len(rows) > 1:
                for row in rows[1:]:
                    if (other := pick(row)) != first:
                        self._differences(first, other, row, odd)
            return first

        return collect

    def place(self, values: Sequence[Raw]) -> Any:
        """The rows of the document, each with the values of the document."""
        rows = next((value for want, value in zip(self._wants, values, strict=True) if want.address == "*" and value), None)
        cells = super().place([None if want.address == "*" else value for want, value in zip(self._wants, values, strict=True)])
        if rows is None:
            return [cells] if cells is not None else None
        return [{**(cells or {}), **row} for row in rows]

    def _differences(self, first: Sequence[Raw], other: Sequence[Raw], row: Row, odd: list[Oddity]) -> None:
        for index, (one, another) in enumerate(zip(first, other, strict=True)):
            if isinstance(one, str) and isinstance(another, str) and one.strip() != another.strip():
                odd.append(
                    Oddity("differs", index, value=another.strip()[:80], where=f"row {row[-1]}, column {self._wants[index].address}")
                )


class EdgePlan:
    """Wants of head and tail records: `FT/3`, `FT/orders`; the kind of a record stands in the cell `at`."""

    def __init__(self, wants: Sequence[Want], kinds: Mapping[str, Places], at: int = 0) -> None:
        self._wants = tuple(wants)
        self._places: list[tuple[str, int]] = []
        for want in wants:
            path = checked(want.address, parse_path)
            if len(path.steps) != 2 or path.steps[0].name not in kinds:
                known = ", ".join(kinds) or "none; name them in the options head and tail"
                raise AddressError(f"'{want.address}' must be a kind and a column, as in FT/3; kinds here are {known}", want.address)
            try:
                index = kinds[path.steps[0].name].index(path.steps[1].name)
            except AddressError as error:
                raise AddressError(str(error), want.address) from error
            if index is None:
                raise AddressError(f"'{path.steps[1].name}' is not a column of {path.steps[0].name}", want.address)
            self._places.append((path.steps[0].name, index))
        self._kinds = kinds
        self._at = at

    @property
    def searches(self) -> Mapping[int, Search]:
        """Nothing is searched."""
        return _NO_SEARCHES

    def bind(self, scan: Scan) -> Collect:
        """The cells of the records by their kind."""
        at = self._at

        def collect(rows: Sequence[Row]) -> Sequence[Raw]:
            by_kind = {row[at].strip(): row for row in rows}
            return [
                row[index] if (row := by_kind.get(kind)) is not None and index < len(row) and isinstance(row[index], str) else None
                for kind, index in self._places
            ]

        return collect

    def inside(self, index: int, wants: Sequence[Want]) -> EdgePlan:
        """Records are addressed from outside."""
        raise AddressError("head and tail records hold no groups; address their columns as FT/3")

    def where(self, node: Any, index: int | None, scan: Scan) -> str:
        """`record FT, column 3`."""
        return f"record {self._wants[index].address.replace('/', ', column ')}" if index is not None else "head or tail"

    def place(self, values: Sequence[Raw]) -> list[list[str]] | None:
        """The records with their kind in its place."""
        rows: dict[str, list[str]] = {}
        for (kind, index), value in zip(self._places, values, strict=True):
            if value is None:
                continue
            row = rows.setdefault(kind, [*[""] * self._at, kind])
            row.extend([""] * (index + 1 - len(row)))
            row[index] = value
        for kind, columns in self._kinds.items():
            if kind in rows:
                rows[kind].extend([""] * (len(columns.headings) - len(rows[kind])))
        return list(rows.values()) or None

    def empty(self) -> list[list[str]]:
        """No records."""
        return []

    def record(self, node: Any) -> int:
        """Records around documents have no number."""
        return 0
