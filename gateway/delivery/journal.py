"""The journal of what left: a line on disk beside the archive before a file can get its final name.

It is what a store restored from a backup is compared with, so it does not stand in the store. Kept by day and node, never changed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.archive import sync_folder
from gateway.kernel.errors import TryLater
from gateway.kernel.failpoints import failpoint
from gateway.kernel.typed import decode

FOLDER = "journal"
_encode = msgspec.json.Encoder().encode
_DAY = "%Y-%m-%d"


class Content(Struct, frozen=True, gc=False):
    """One line of an order that a batch held."""

    order: str
    line: int
    quantity: int


class Departure(Struct, frozen=True, kw_only=True):
    """A file that left, or was about to: from its temporary name on it may have been seen under the final one."""

    at: datetime
    idem: str
    connector: str
    channel: str
    kind: str
    file_name: bytes
    blessed_name: bytes
    sha256: str
    size: int
    numbers: dict[str, tuple[int, ...]] = {}
    contents: tuple[Content, ...] = ()

    @property
    def name(self) -> tuple[str, str, bytes]:
        """What it is known by: a name is never used twice in a channel."""
        return self.connector, self.channel, self.file_name


class Journal:
    """The journal of one node in the archive's folder, which all nodes share."""

    def __init__(self, archive: Path, node: str) -> None:
        self._folder = archive / FOLDER
        self._node = node
        self._kept: set[Path] = set()
        """Files whose names this process has seen forced to disk; who made them may have died before that."""

    def note(self, departure: Departure) -> None:
        """Write it down and force it to disk; TryLater when that cannot be, and nothing leaves."""
        path = self._folder / f"{departure.at.strftime(_DAY)}.{self._node}.jsonl"
        try:
            failpoint("out.journal")
            self._folder.mkdir(parents=True, exist_ok=True)
            append(path, _encode(departure))
            if path not in self._kept:
                sync_folder(self._folder)
                sync_folder(self._folder.parent)
                self._kept.add(path)
        except OSError as error:
            raise TryLater(f"the journal {path} cannot be written: {error.strerror}") from error


def departures(archive: Path) -> Iterator[Departure]:
    """Everything that was written down, by all nodes, oldest day first; lines that a crash cut are passed over."""
    for path in sorted((archive / FOLDER).glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                if line.strip() and (found := _read(line)) is not None:
                    yield found


def forget(archive: Path, *, before: datetime) -> int:
    """Remove days that no backup worth restoring is older than; answers how many files."""
    old = [path for path in (archive / FOLDER).glob("*.jsonl") if path.name < before.strftime(_DAY)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def append(path: Path, line: bytes) -> None:
    """A whole line on disk, or an error. It begins with a line end: what stands before it may have been cut by a crash."""
    whole = b"\n" + line + b"\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        written = os.write(handle, whole)
        if written < len(whole):  # the rest behind the line of another thread would be no line
            raise OSError(errno.ENOSPC, f"only {written} of {len(whole)} bytes could be written")
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(line: bytes) -> Departure | None:
    try:
        return decode(line, Departure)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
