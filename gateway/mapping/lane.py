"""The fast lane of files whose every row is a document of plain values: decoded column by column, some hundred rows at a time.

Only for rows in perfect order. Whatever is odd about a block (a bad value, a missing one, a short row) sends it the general
way, which tells issues; so this module knows none. Not for: groups in other elements, conditions, defaults, heads and tails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from msgspec import Struct

from gateway.documents import Document
from gateway.formats import Layout, PlainRows, RowScan, Unread
from gateway.mapping import chain
from gateway.mapping.constructors import constructor
from gateway.mapping.fields import FROM_HEADER, KEYS, PartType, part_type
from gateway.mapping.placeholders import MARKS
from gateway.mapping.readings import Reading
from gateway.mapping.resolved import Resolved, rules_of
from gateway.mapping.spec import Block, RuleSpec
from gateway.mapping.unfit import Unfit
from gateway.mapping.values import Checker, Scope

AT_ONCE = 256
Rows = Sequence[list[str]]
Turn = Callable[[int, Rows], list[Reading] | None]


class Column(Struct, frozen=True):
    """A plain rule: one column, one field."""

    address: str
    name: str
    decode: Callable[[str], Any]
    is_list: bool
    required: bool


class Entry(Struct, frozen=True):
    """The one entry that a row gives to a list of the document."""

    name: str
    part: PartType
    columns: tuple[Column, ...]


class Lane(Struct, frozen=True):
    """The rules of a mapping, if all of them are plain."""

    kind: str
    document: PartType
    columns: tuple[Column, ...]
    entry: Entry | None

    def bind(self, scan: RowScan) -> Turn | None:
        """How blocks of this file become readings; None when a mandatory column is not there."""
        own = _Columns(scan, self.columns)
        inner = _Columns(scan, self.entry.columns) if self.entry is not None else None
        if not own.is_whole or (inner is not None and not inner.is_whole):
            return None
        names = (*own.names, *((self.entry.name,) if self.entry is not None else ()))
        make = constructor(self.document.cls, names)
        make_entry = constructor(self.entry.part.cls, inner.names) if self.entry is not None and inner is not None else None
        keys = [own.names.index(name) for name in KEYS[self.kind] if name in own.names]

        def turn(before: int, rows: Rows) -> list[Reading] | None:
            cells = list(zip(*rows, strict=True))
            try:
                values = own.values(cells)
                told = inner.values(cells) if inner is not None else []
            except (Unfit, Missing):
                return None
            entries = [[(entry,) for entry in map(make_entry, *told)]] if make_entry is not None else []
            documents: list[Document] = list(map(make, *values, *entries))
            key = values[keys[0]] if len(keys) == 1 else _joined([values[place] for place in keys], len(rows))
            if any(str(name)[:1] in MARKS for name in key):
                return None
            numbers = range(before + 1, before + 1 + len(rows))
            return [
                Reading(number, document, (), "" if name is None else str(name), f"row {number}")
                for number, document, name in zip(numbers, documents, key, strict=True)
            ]

        return turn


class Missing(Exception):
    """A mandatory value is not there, or is nothing at first sight."""


class _Columns:
    """The columns that are there in one file."""

    def __init__(self, scan: RowScan, columns: Sequence[Column]) -> None:
        found = [(scan.place_of(column.address), column) for column in columns]
        self.is_whole = all(place is not None for place, column in found if column.required)
        self._there = [(place, column) for place, column in found if place is not None]
        self.names = tuple(column.name for _, column in self._there)

    def values(self, cells: Sequence[Sequence[str]]) -> list[list[Any]]:
        """What each column says, row by row."""
        told = []
        for place, column in self._there:
            values = list(map(column.decode, cells[place]))
            if column.is_list:
                values = [_several(value) for value in values]
            if column.required and not all(values):
                raise Missing
            told.append(values)
        return told


def lane_of(resolved: Resolved) -> Lane | None:
    """The lane of a mapping whose rules are all plain; None for any other."""
    spec = resolved.spec
    has_more = spec.head.rules or spec.tail.rules or spec.sets or spec.accepts or spec.split or resolved.unread is Unread.KEEP
    if has_more or not _has_plain_rows(resolved.layout):
        return None
    checker = Checker(resolved, lambda rule, text: None)  # what is wrong with a rule was told by the compiler
    columns: list[Column] = []
    entries: list[Entry] = []
    for rule in rules_of(spec.fields, "read"):
        if rule.address == "." and rule.each is not None:
            entry = _entry(rule, checker, resolved)
            entries += [entry] if entry is not None else []
        else:
            column = _column(rule, checker, resolved.document)
            columns += [column] if column is not None else []
    plain = len(columns) + len(entries) == sum(1 for _ in rules_of(spec.fields, "read"))
    names = [*(column.name for column in columns), *(entry.name for entry in entries)]
    if not plain or len(entries) > 1 or not _is_complete(resolved, resolved.document, names):
        return None
    return Lane(resolved.kind, resolved.document, tuple(columns), entries[0] if entries else None)


def _has_plain_rows(layout: Layout) -> bool:
    return isinstance(layout, PlainRows) and layout.has_plain_rows


def _entry(rule: RuleSpec, checker: Checker, resolved: Resolved) -> Entry | None:
    """A group on the row itself: every row has one entry of the list."""
    field = resolved.document.fields.get(rule.each or "")
    if field is None or field.part is None or not field.is_list or rule.sets or rule.when is not None:
        return None
    part = part_type(field.part)
    rules = list(rules_of(rule.rules or Block(), "read"))
    columns = [column for inner in rules if (column := _column(inner, checker, part)) is not None]
    if len(columns) != len(rules) or not part.required or not _is_complete(resolved, part, [column.name for column in columns]):
        return None
    return Entry(field.name, part, tuple(columns))


def _column(rule: RuleSpec, checker: Checker, part: PartType) -> Column | None:
    """The rule, if it takes one column to one field and no more."""
    others = (rule.const, rule.count, rule.total, rule.default, rule.each, rule.into, rule.when, rule.compute, rule.sets)
    if rule.is_group or any(other is not None for other in others):
        return None
    checked = checker.value(rule, Scope(part))
    if checked is None or len(checked.targets) != 1 or [len(parts) for parts in checked.addresses] != [1]:
        return None
    target, first = checked.targets[0], checked.codecs[0] if checked.codecs else None
    has_special = first is not None and (first.parts or first.occurrences or first.absent is not None)
    if has_special or not target.path.is_plain or target.type.derived or target.type.part is not None:
        return None
    decode = chain.reader(checked.types, checked.codecs, checked.translation, rule.none or ())
    required = bool(rule.required or target.type.required)
    return Column(checked.addresses[0][0], target.type.name, decode, target.type.is_list, required)


def _is_complete(resolved: Resolved, part: PartType, names: Sequence[str]) -> bool:
    """Every mandatory field has its rule, no field has two, and nothing comes from elsewhere."""
    return set(part.required) <= set(names) and len(set(names)) == len(names) and (resolved.document.name, part.name) not in FROM_HEADER


def _several(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _joined(columns: Sequence[Sequence[Any]], rows: int) -> Sequence[str]:
    """The keys of a kind with several parts, or with none here."""
    if not columns:
        return list(repeat("", rows))
    return ["/".join(str(value) for value in values if value is not None) for values in zip(*columns, strict=True)]


__all__ = ["AT_ONCE", "Lane", "Turn", "lane_of"]
