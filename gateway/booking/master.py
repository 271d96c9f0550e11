"""Master data while booking: what organization.yaml declares, with what the store knows besides (sdf 2.1, 8.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.domain.outcome import NewItem, NewReference, NewVendorItem
from gateway.domain.reference import Carrier, Reference, Vendor
from gateway.store.references import References

T = TypeVar("T")
MOST = 500_000
"""Products remembered; beyond that the store is asked again, which is slower and as right."""


class Master:
    """One for a process, shared by its bookers. What a chunk creates is remembered once it is committed."""

    def __init__(self, declared: Reference | References) -> None:
        self.references = declared if isinstance(declared, References) else References(declared)
        self._items: set[str] = set(self.references.declared.items)
        self._vendor_items: set[tuple[str, str]] = set(self.references.declared.vendor_items)

    @property
    def organization(self) -> str:
        """The code under which orders are known."""
        return self.references.declared.organization.code

    def vendor(self, code: str) -> Vendor | None:
        """The vendor of that code, as far as this process knows."""
        return self.references.known.vendors.get(code)

    def for_chunk(self, connection: Connection, *, vendors: Iterable[str], carriers: Iterable[str]) -> Draft:
        """The master data for one chunk; codes that are not known yet are looked up in the store."""
        reference = self.references.current(connection, vendors=vendors, carriers=carriers)
        return Draft(reference, self._items, self._vendor_items)

    def remember(self, made: Iterable[NewReference]) -> None:
        """These rows are in the store now."""
        for row in made:
            match row:
                case Vendor() | Carrier():
                    self.references.add([row])
                case NewItem():
                    _bounded(self._items).add(row.code)
                case NewVendorItem():
                    _bounded(self._vendor_items).add((row.vendor, row.item))


class Draft:
    """The master data of one chunk that is not committed yet: what its documents create is seen by those after them."""

    def __init__(self, base: Reference, items: AbstractSet[str], vendor_items: AbstractSet[tuple[str, str]]) -> None:
        self._items: set[str] = set()
        self._vendor_items: set[tuple[str, str]] = set()
        self.reference = replace(base, items=_Both(items, self._items), vendor_items=_Both(vendor_items, self._vendor_items))
        self.made: list[NewReference] = []

    def add(self, new: Iterable[NewReference]) -> None:
        """A decision creates these."""
        for row in new:
            self.made.append(row)
            match row:
                case Vendor():
                    self.reference = self.reference.with_vendor(row)
                case Carrier():
                    self.reference = self.reference.with_carrier(row)
                case NewItem():
                    self._items.add(row.code)
                case NewVendorItem():
                    self._vendor_items.add((row.vendor, row.item))


class _Both(AbstractSet[T]):
    """What is in either of two sets, without copying them."""

    __slots__ = ("_new", "_old")

    def __init__(self, old: AbstractSet[T], new: AbstractSet[T]) -> None:
        self._old = old
        self._new = new

    def __contains__(self, it: object) -> bool:
        return it in self._old or it in self._new

    def __iter__(self) -> Iterator[T]:
        yield from self._old
        yield from self._new - self._old

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _bounded(remembered: set[T]) -> set[T]:
    if len(remembered) >= MOST:
        remembered.clear()
    return remembered
