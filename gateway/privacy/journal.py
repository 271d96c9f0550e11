"""The journal of erasures: a line on disk beside the archive before anything is erased, by number only.

A store that is restored from a backup has forgotten what was erased since; by this it is erased again before anybody works on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.archive import sync_folder
from gateway.delivery.journal import append
from gateway.kernel.errors import TryLater
from gateway.kernel.typed import decode

FOLDER = "erasures"


class Erasure(Struct, frozen=True, kw_only=True):
    """Whose data was about to be erased: purchase orders by number, vendors by code, users by login."""

    at: datetime
    kind: str
    org: str
    subjects: tuple[str, ...]


class ErasureJournal:
    """The journal of one node in the archive's folder, which all nodes share."""

    def __init__(self, archive: Path, node: str) -> None:
        self._folder = archive / FOLDER
        self._node = node

    def note(self, erasure: Erasure) -> None:
        """Write it down and force it to disk; TryLater when that cannot be, and nothing is erased."""
        path = self._folder / f"{erasure.at.strftime('%Y-%m-%d')}.{self._node}.jsonl"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            append(path, msgspec.json.encode(erasure))
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
        except OSError as error:
            raise TryLater(f"the journal {path} cannot be written: {error.strerror}") from error


def erasures(archive: Path) -> Iterator[Erasure]:
    """Everything that was written down, by all nodes, oldest day first; lines that a crash cut are passed over."""
    for path in sorted((archive / FOLDER).glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                if line.strip() and (found := _read(line)) is not None:
                    yield found


def _read(line: bytes) -> Erasure | None:
    try:
        return decode(line, Erasure)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
