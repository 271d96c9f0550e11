"""When a file is complete: two equal listings apart by the channel's rest time on our own clock, or a marker.

What is remembered here only delays: forgetting it (a restart) costs one more rest, never a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from gateway.config import Ready
from gateway.transports import RemoteFile


class Seen(Struct):
    """How a file looked, and since when it has looked so (monotonic seconds)."""

    size: int | None
    modified: float | None
    since: float
    looks: int = 0
    stays: bool = False
    """Ready to be taken, or made so by time alone."""


class Readiness(Struct, frozen=True):
    """What one listing tells: files to take now, files that only have to rest a little longer, and those that wait for their sender."""

    ready: tuple[RemoteFile, ...]
    settling: tuple[RemoteFile, ...]
    waiting: tuple[RemoteFile, ...] = ()


class Sightings:
    """What one channel has seen so far. A file rests from the moment it stopped changing under our eyes."""

    def __init__(self, rule: Ready) -> None:
        self._rule = rule
        self._rest = rule.stable_for.total_seconds()
        self._seen: dict[bytes, Seen] = {}
        self._names_before: frozenset[bytes] = frozenset()

    def look(self, wanted: Iterable[RemoteFile], names: frozenset[bytes], now: float) -> Readiness:
        """Judge one look: the files this channel looks at, and the names beside them (only where there are markers).

        With a marker a file is ready once its marker stood in an earlier listing than this one; without, once two
        listings at least the rest time apart agree on size and time. An empty file rests for `empty_after`, or for good.
        """
        ready, settling, waiting = [], [], []
        seen: dict[bytes, Seen] = {}
        for file in wanted:
            entry = self._seen.get(file.name)
            changed = entry is None or (entry.size, entry.modified) != (file.size, file.modified)
            if entry is None or changed:
                entry = Seen(file.size, file.modified, now)
            entry.looks += 1
            seen[file.name] = entry
            entry.stays = not changed and self._will_be_ready(file)
            if self._is_ready(file, now - entry.since, again=not changed):
                entry.stays = True
                ready.append(file)
            elif self._will_be_ready(file):
                settling.append(file)
            else:
                waiting.append(file)
        self._seen = seen
        self._names_before = self._markers(names)
        return Readiness(tuple(ready), tuple(settling), tuple(waiting))

    def why(self, file: RemoteFile) -> str:
        """What a file that waits for its sender lacks."""
        name = file.name.decode(errors="replace")
        if self._rule.marker is not None:
            return f"{name} waits for its marker {self._rule.marker.beside(file.name).decode(errors='replace')}"
        return f"{name} is empty"

    @property
    def resting(self) -> Mapping[bytes, Seen]:
        """What stood there at the last look, and since when unchanged."""
        return self._seen

    def let_others_in(self) -> None:
        """More files wait than are looked at: those that were given their time and only wait for their sender make room."""
        self._seen = {name: entry for name, entry in self._seen.items() if entry.looks < 2 or entry.stays}

    def _markers(self, names: frozenset[bytes]) -> frozenset[bytes]:
        """Of the names beside the files, their markers."""
        marker = self._rule.marker
        return frozenset() if marker is None else frozenset(marker.beside(name) for name in self._seen) & names

    def _is_ready(self, file: RemoteFile, rested: float, *, again: bool) -> bool:
        if self._rule.marker is not None:
            return self._rule.marker.beside(file.name) in self._names_before
        if file.size == 0:
            return self._rule.empty_after is not None and rested >= self._rule.empty_after.total_seconds()
        return (again or not self._rest) and rested >= self._rest

    def _will_be_ready(self, file: RemoteFile) -> bool:
        """Whether time alone makes the file ready; a missing marker or an empty file waits for its sender."""
        return self._rule.marker is None and (file.size != 0 or self._rule.empty_after is not None)
