"""Rows of one key as one document: neighbours, or all of the file. A row that does not fit goes with the key before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field

from gateway.formats.base import Fault
from gateway.formats.cuts import Row

KeyOf = Callable[[Row], tuple[str, ...]]
Judged = Iterable[tuple[Row, Fault | None]]
"""Rows with their number behind the last cell, and what is wrong with their syntax."""


class Group(Struct):
    """The rows of a document."""

    members: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The place of its first row."""
        return f"row {self.members[0][-1]}" if self.members else self.faults[0].where

    def add(self, row: Row, fault: Fault | None) -> None:
        """Take a row, or what is wrong with it."""
        if fault is None:
            self.members.append(row)
        else:
            self.faults.append(fault)


def neighbours(rows: Judged, known: Callable[[], KeyOf], *, may_return: bool) -> Iterator[Group]:
    """Neighbouring rows with equal values; a key that comes again later is a fault, or a new document where it `may_return`.

    How to tell the key is asked for at the first row, when the heading is known.
    """
    key_of: KeyOf | None = None
    key: tuple[str, ...] | None = None
    group = Group()
    seen: set[tuple[str, ...]] = set()
    for row, fault in rows:
        key_of = key_of or known()
        found = key_of(row) if fault is None else _key_or(key_of, row, key)
        if found != key:
            if group.members or group.faults:
                yield group
                group = Group()
            key = found
            if key and not may_return:
                if key in seen:
                    group.faults.append(Fault("apart", f"rows of {' '.join(key)} stand apart in the file", f"row {row[-1]}"))
                seen.add(key)
        group.add(row, fault)
    if group.members or group.faults:
        yield group


def joined(rows: Judged, known: Callable[[], KeyOf]) -> Iterator[Group]:
    """The whole file is held; one document a key."""
    key_of: KeyOf | None = None
    groups: dict[tuple[str, ...], Group] = {}
    key: tuple[str, ...] | None = None
    for row, fault in rows:
        key_of = key_of or known()
        key = key_of(row) if fault is None else _key_or(key_of, row, key)
        groups.setdefault(key or (), Group()).add(row, fault)
    yield from groups.values()


def _key_or(key_of: KeyOf, row: Row, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The key of a row that may be too short to have one."""
    try:
        return key_of(row)
    except (IndexError, AttributeError):
        return other
