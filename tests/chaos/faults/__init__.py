"""The kinds of faults, one module each: `cases(store, seed, reached)` gives its cases in random order; none where it has no sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from tests.chaos.case import Case
from tests.chaos.faults import (
    calls,
    clock,
    disk,
    errors,
    folders,
    network,
    nodes,
    peers,
    points,
    postgres,
    powercuts,
    server,
    sqlite,
    upgrade,
    vendors,
)

Cases = Callable[[str, int, Mapping[str, Mapping[str, int]]], Iterator[Case]]

_MODULES = (points, errors, nodes, network, peers, postgres, server, powercuts, sqlite, clock, vendors, calls, disk, folders, upgrade)
FAMILIES: Mapping[str, Cases] = MappingProxyType({module.FAMILY: module.cases for module in _MODULES})


def not_here() -> Iterator[str]:
    """The families that cannot be played on this machine, and what they lack."""
    if lacking := calls.missing():
        yield f"{calls.FAMILY} (needs the program {lacking})"
