"""The documents of a file between the pass that reads and checks it and the transactions that book it.

Small files stay as they are; of larger ones the text of every document is kept, beyond a megabyte on disk, so that memory does not
depend on the file. It is a convenience of one attempt: the archive has the bytes, nothing here outlives the process.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from gateway.documents import DOCUMENTS, Envelope
from gateway.kernel import Issue
from gateway.kernel.typed import decoder
from gateway.mapping import Reading

IN_MEMORY = 1024 * 1024
_encode = msgspec.json.Encoder().encode


class Kept(Protocol):
    """Documents in the order they were read, as often as asked."""

    def add(self, reading: Reading) -> None:
        """One more."""
        ...

    def __iter__(self) -> Iterator[Reading]: ...


class InHand(list[Reading]):
    """The documents of a small file, as they are."""

    def add(self, reading: Reading) -> None:
        """One more."""
        self.append(reading)


class Spooled:
    """The documents of a larger file, a line each; one reader at a time. Without a kind every reading names its own."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._decode = _decoder(DOCUMENTS[kind]) if kind else _of_any_kind
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(folder))  # noqa: SIM115 - closed with the last who can read it
        weakref.finalize(self, self._file.close)

    def add(self, reading: Reading) -> None:
        """One more."""
        self.add_line(_encode(astuple(reading)) + b"\n")

    def add_line(self, line: bytes) -> None:
        """One more, as another process has written it down."""
        self._file.write(line)

    def __iter__(self) -> Iterator[Reading]:
        self._file.seek(0)
        decode = self._decode
        for line in self._file:
            yield Reading(*decode(line))


@lru_cache
def _decoder(document: type[Struct]) -> Callable[[bytes], tuple[Any, ...]]:
    """What turns a line into the parts of a reading, in their order."""
    parts = tuple[int, document | None, tuple[Issue, ...], str, str, int, Envelope | None, document | None, tuple[str, ...], str]  # type: ignore[valid-type]  # a type made while running
    return decoder(parts)


def _of_any_kind(line: bytes) -> tuple[Any, ...]:
    """The same where every reading tells of which kind it is."""
    kind: str = _kinds(line)[-1]
    return _decoder(DOCUMENTS[kind])(line)


_kinds = decoder(tuple[int, msgspec.Raw, msgspec.Raw, str, str, int, msgspec.Raw, msgspec.Raw, msgspec.Raw, str])
