"""Tables that translate codes: theirs to ours, and back to the first of theirs. Inline, or two and more columns of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from gateway.mapping.spec import LookupSpec
from gateway.mapping.unfit import Unfit

MOST_LINES = 100_000
Complain = Callable[[int, str], None]


class Lookup(Struct, frozen=True):
    """Rows of texts: theirs, ours (one text a column; '' is nothing), line."""

    name: str
    rows: tuple[tuple[str, tuple[str, ...], int], ...]
    columns: int
    line: int


def load_lookup(name: str, spec: LookupSpec, tables: Path, complain: Complain) -> Lookup:
    """The table of a lookup; no theirs twice."""
    rows = _from_file(tables / f"{spec.table}.csv", spec, complain) if spec.table else spec.pairs
    seen: dict[str, int] = {}
    for theirs, _, line in rows:
        if theirs in seen:
            complain(spec.line, f"'{theirs}' stands twice in {spec.table or 'the table'}, in lines {seen[theirs]} and {line}")
        seen.setdefault(theirs, line)
    columns = max((len(ours) for _, ours, _ in rows), default=1)
    padded = tuple((theirs, ours + ("",) * (columns - len(ours)), line) for theirs, ours, line in rows)
    return Lookup(name, padded, columns, spec.line)


def _from_file(path: Path, spec: LookupSpec, complain: Complain) -> tuple[tuple[str, tuple[str, ...], int], ...]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            heading = next(reader, [])
            rows: list[tuple[str, tuple[str, ...], int]] = []
            for row in reader:
                if len(rows) >= MOST_LINES:
                    complain(spec.line, f"{path.name} has more than {MOST_LINES:,} lines")
                    break
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) != len(heading) or len(row) < 2:
                    complain(spec.line, f"line {reader.line_num} of {path.name} has {len(row)} columns, its heading has {len(heading)}")
                    continue
                rows.append((row[0].strip(), tuple(cell.strip() for cell in row[1:]), reader.line_num))
    except FileNotFoundError:
        complain(spec.line, f"the table tables/{path.name} does not exist")
        return ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        complain(spec.line, f"the table tables/{path.name} cannot be read: {error}")
        return ()
    return tuple(rows)


FEW = 8
"""So many words of a table are named to who used another one."""


class Translation(Struct, frozen=True):
    """A lookup with ours converted to the types of the fields."""

    forward: Mapping[str, tuple[Any, ...]]
    back: Mapping[tuple[Any, ...], str]
    other: tuple[Any, ...] | None

    def read(self, text: str) -> Any:
        """Theirs to ours; several columns give a tuple."""
        found = self.forward.get(text, self.other)
        if found is None:
            known = f"is none of {', '.join(self.forward)}" if 0 < len(self.forward) <= FEW else "is not in the table"
            raise Unfit("not_in_table", known)
        return found[0] if len(found) == 1 else found

    def write(self, value: Any) -> str:
        """Ours to the first of theirs; the whole row must match."""
        found = self.back.get(value if isinstance(value, tuple) else (value,))
        if found is None:
            raise Unfit("not_in_table", "is not in the table")
        return found


def translation(lookup: Lookup, convert: Sequence[Callable[[str], Any]], complain: Complain) -> Translation:
    """The lookup for these fields; a value that does not fit its field is a problem."""
    forward: dict[str, tuple[Any, ...]] = {}
    back: dict[tuple[Any, ...], str] = {}
    other: tuple[Any, ...] | None = None
    for theirs, ours, line in lookup.rows:
        try:
            row = tuple(make(text) if text else None for make, text in zip(convert, ours, strict=True))
        except Unfit as unfit:
            complain(line, f"lookup {lookup.name}: {theirs}: '{' '.join(ours)}' {unfit.text}")
            continue
        if theirs == "*":
            other = row
            continue
        forward[theirs] = row
        back.setdefault(row, theirs)
    return Translation(MappingProxyType(forward), MappingProxyType(back), other)
