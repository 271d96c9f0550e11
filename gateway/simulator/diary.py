"""What a simulated partner has done, a line of JSON each, only ever added to: whoever was killed reads it and goes on.

A torn last line is the trace of a kill and counts as not written. Not for: what was in the files; they are kept themselves.
"""

from __future__ import annotations

import os
from datetime import date
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.kernel.typed import decode


class Deed(StrEnum):
    """What an entry is about."""

    BEGAN = "began"
    GOT = "got"
    PUT = "put"


class Entry(Struct, frozen=True, omit_defaults=True):
    """One deed. `began`: a partner acts on its own; `got`: a file of the gateway's was understood; `put`: a file was handed over."""

    deed: Deed
    box: str
    name: str
    on: date


class Diary:
    """The diary of one partner; one process writes it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self.entries = tuple(self._read())

    def write(self, deed: Deed, box: str, name: str, *, on: date) -> None:
        """Add one entry; a killed process has written all of it or nothing that counts."""
        line = msgspec.json.encode(Entry(deed, box, name, on)) + b"\n"
        with self._path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> list[Entry]:
        if not self._path.exists():
            return []
        written = self._path.read_bytes()
        whole = written[: written.rfind(b"\n") + 1]
        if whole != written:
            os.truncate(self._path, len(whole))
        return [decode(line, Entry) for line in whole.splitlines()]
