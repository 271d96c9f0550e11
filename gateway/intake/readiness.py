"""When a file is complete (promises 1.2): two equal listings apart by the channel's rest time on our own clock, or a marker.

What is remembered here only delays: forgetting it (a restart) costs one more rest, never a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import Struct

from gateway.transports import RemoteFile

NEVER_EMPTY_BEFORE = timedelta(minutes=10)


class Seen(Struct):
    """How a file looked, and since when it has looked so (monotonic seconds)."""

    size: int | None
    modified: float | None
    since: float


class Readiness(Struct, frozen=True):
    """What one listing tells: files to take now, files still resting."""

    ready: tuple[RemoteFile, ...]
    settling: tuple[RemoteFile, ...]


class Sightings:
    """What one channel has seen so far. A file rests from the moment it stopped changing under our eyes."""

    def __init__(self, *, stable_for: timedelta, marker: str = "", empty_after: timedelta = NEVER_EMPTY_BEFORE) -> None:
        self._rest = stable_for.total_seconds()
        self._marker = marker.encode()
        self._empty_rest = max(empty_after.total_seconds(), self._rest)
        self._seen: dict[bytes, Seen] = {}
        self._marks_before: frozenset[bytes] = frozenset()

    def look(self, listing: Iterable[RemoteFile], marks: frozenset[bytes], now: float) -> Readiness:
        """Judge one complete listing of wanted files; `marks` are the marker files in the same listing.

        With a marker a file is ready once its marker stood in an earlier listing than this one; without, once two
        listings at least the rest time apart agree on size and time. An empty file rests longer.
        """
        ready, settling = [], []
        seen: dict[bytes, Seen] = {}
        for file in listing:
            entry = self._seen.get(file.name)
            if entry is None or (entry.size, entry.modified) != (file.size, file.modified):
                entry = Seen(file.size, file.modified, now)
                first = True
            else:
                first = False
            seen[file.name] = entry
            (ready if self._is_ready(file, entry, now, first=first) else settling).append(file)
        self._seen = seen
        self._marks_before = marks
        return Readiness(tuple(ready), tuple(settling))

    def forget(self, name: bytes) -> None:
        """The file is taken."""
        self._seen.pop(name, None)

    def _is_ready(self, file: RemoteFile, entry: Seen, now: float, *, first: bool) -> bool:
        if self._marker:
            return file.name + self._marker in self._marks_before
        if first and self._rest:
            return False
        rest = self._empty_rest if file.size == 0 else self._rest
        return now - entry.since >= rest

    @property
    def waiting(self) -> Mapping[bytes, Seen]:
        """What is resting, for people."""
        return self._seen
