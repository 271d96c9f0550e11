"""Who acts on what, and how: in earnest, or as a rehearsal that is taken back whole before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from msgspec import Struct

from gateway.booking import Master
from gateway.domain.origin import Origin, Via
from gateway.kernel.clock import Clock
from gateway.store import Store, Tx

T = TypeVar("T")


class Mode(Enum):
    """A rehearsal (`--dry-run`) does everything in the database and rolls back: it shows what would happen, not a guess."""

    EARNEST = "earnest"
    REHEARSAL = "rehearsal"


class Desk(Struct, frozen=True, kw_only=True):
    """A person at work: what they work on, and the name that stands in every history."""

    store: Store
    master: Master
    clock: Clock
    user: str

    @property
    def origin(self) -> Origin:
        """A person of the retailer at a screen or command line."""
        return Origin(user=self.user, via=Via.SCREEN)


class _TakenBack(Exception):
    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


def perform(store: Store, work: Callable[[Tx], T], mode: Mode) -> T:
    """Run the work in a transaction, or rehearse it."""
    return store.attempt(work, at="desk.act") if mode is Mode.EARNEST else rehearse(store, work)


def rehearse(store: Store, work: Callable[[Tx], T]) -> T:
    """Run the work, roll back, answer what it would have answered."""

    def undone(tx: Tx) -> T:
        raise _TakenBack(work(tx))

    try:
        return store.attempt(undone)
    except _TakenBack as found:
        result: T = found.result
        return result
