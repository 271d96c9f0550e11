"""The peer's own log of what it carried out, a JSON line each, with time and content hash: the evidence of a chaos run.

What the gateway believes is nowhere in here.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from gateway.transports import shown

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path


class Deed(Struct, frozen=True, omit_defaults=True):
    """One operation. `done` is false where a rule kept it from happening; `sha256` is of the bytes that stood there afterwards."""

    at: float
    op: str
    path: str = ""
    to: str = ""
    done: bool = True
    rule: str = ""
    offset: int | None = None
    size: int | None = None
    sha256: str = ""
    connection: int = 0


class Evidence:
    """Appends to one file; a line is on disk's way before the answer is."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._out: FileIO | None = None

    def open(self) -> None:
        """From now on there is a file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._out = self.file.open("ab", buffering=0)

    def tell(
        self,
        op: str,
        path: bytes = b"",
        *,
        to: bytes = b"",
        done: bool = True,
        rule: str = "",
        offset: int | None = None,
        size: int | None = None,
        sha256: str = "",
        connection: int = 0,
    ) -> None:
        """Write one down."""
        deed = Deed(time.time(), op, shown(path), shown(to), done, rule, offset, size, sha256, connection)
        with self._lock:
            if self._out is not None:
                self._out.write(msgspec.json.encode(deed) + b"\n")

    def deeds(self, *ops: str) -> list[Deed]:
        """What was written so far; only these operations, where any are named."""
        return [deed for deed in read_evidence(self.file) if not ops or deed.op in ops]

    def close(self) -> None:
        """No more."""
        with self._lock:
            if self._out is not None:
                self._out.close()
                self._out = None


def read_evidence(file: Path) -> list[Deed]:
    """All lines of an evidence file; a line that a kill cut short is left out."""
    decoder = msgspec.json.Decoder(Deed)
    return [decoder.decode(line) for line in file.read_bytes().split(b"\n")[:-1]]


def appearances(deeds: list[Deed]) -> list[tuple[str, str]]:
    """Every name that came to stand for others to see, with the hash of its content then: by rename, or by writing under it."""
    seen = []
    for deed in deeds:
        name = (deed.to or deed.path).rpartition("/")[2]
        if deed.done and deed.op in {"rename", "posix_rename", "written"} and not name.startswith(".") and "/.taken/" not in deed.to:
            seen.append((deed.to or deed.path, deed.sha256))
    return seen


def hash_of(file: Path | str | bytes) -> tuple[int | None, str]:
    """Size and hash of what stands there; nothing where nothing does."""
    try:
        with open(file, "rb") as body:  # noqa: PTH123 - a name of raw bytes
            return hash_of_bytes(body.read())
    except OSError:
        return None, ""


def hash_of_bytes(content: bytes) -> tuple[int, str]:
    """The same for bytes in hand."""
    return len(content), hashlib.sha256(content).hexdigest()
