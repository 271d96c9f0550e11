"""What another package would bring: one Kind under the entry point group."""

from __future__ import annotations

from collections.abc import Generator

from gateway.transports import Fact, FolderOptions, Kind, MemoryServer, MemoryTransport


def _opening(_: FolderOptions) -> Generator[Fact, None, MemoryTransport]:
    yield Fact("reachable", "a pigeon is on the roof")
    return MemoryTransport(MemoryServer())


PIGEON = Kind("carrier-pigeon", FolderOptions, ("reachable",), _opening)
NOTHING = None
