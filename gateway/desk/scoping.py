"""A search held within what somebody may see: who belongs to a vendor finds that vendor's, whatever they search for."""

from __future__ import annotations

from typing import Protocol, TypeVar

from msgspec.structs import replace

from gateway.domain.access import Scope


class OfVendors(Protocol):
    """A search that can ask for what is of one vendor."""

    @property
    def vendor(self) -> str | None:
        """Its code; None for all."""
        ...


S = TypeVar("S", bound=OfVendors)


def within(scope: Scope, search: S) -> S:
    """The search as far as it may go."""
    return search if scope.vendor is None else replace(search, vendor=scope.vendor)  # type: ignore[type-var]  # searches are Structs
