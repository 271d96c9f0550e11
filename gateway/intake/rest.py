"""What is left of a file whose bytes were erased: its documents as they were read, those about erased orders without their data.

Neutral of the format it came in; a replay reads it like the file. A file that nobody could read leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import msgspec
from msgspec import Struct
from msgspec.structs import astuple, replace

from gateway.archive import Archive
from gateway.documents import DOCUMENTS, Document, Envelope
from gateway.domain.privacy import masked, masked_issue
from gateway.kernel import Issue
from gateway.kernel.typed import decode, decoder
from gateway.mapping import Reading

IN_MEMORY = 1024 * 1024
IsErased = Callable[[str, Document | None], bool]
"""Whether a document is about an erased order, by its key and what it says."""
_encode = msgspec.json.Encoder().encode
_KEPT = 7
"""Parts of a reading that are left; a draft of what was refused is not."""


class Head(Struct, frozen=True):
    """The first line: by what the file was read, and the kind of its documents."""

    mapping: str
    document: str


def write(head: Head, readings: Iterable[Reading], body: BinaryIO, is_erased: IsErased) -> int:
    """Write down what may be left; answers how many documents hold their own words."""
    body.write(_encode(head) + b"\n")
    kept = 0
    for reading in readings:
        gone = is_erased(reading.key, reading.said)
        kept += not gone
        body.write(_encode(astuple(_without(reading) if gone else reading)[:_KEPT]) + b"\n")
    return kept


def head_of(archive: Archive, key: str) -> Head | None:
    """By what the file was read; None where nothing is left of it."""
    with archive.rest(key) as source:
        line = source.readline()
    return decode(line, Head) if line.strip() else None


def read(archive: Archive, key: str) -> Iterator[Reading]:
    """The documents that are left, in the order of the file."""
    with archive.rest(key) as source:
        line = source.readline()
        if not line.strip():
            return
        read_line = _decoder(decode(line, Head).document)
        for line in source:  # noqa: PLW2901, RUF100 - the lines behind the first
            yield Reading(*read_line(line))


def spooled() -> BinaryIO:
    """A place to put it together before it takes the place of the bytes."""
    return cast("BinaryIO", SpooledTemporaryFile(max_size=IN_MEMORY))


def _without(reading: Reading) -> Reading:
    document = None if reading.document is None else masked(cast("Struct", reading.document))
    return replace(reading, document=document, issues=tuple(masked_issue(it) for it in reading.issues))


@lru_cache
def _decoder(kind: str) -> Callable[[bytes], tuple[Any, ...]]:
    document: Any = DOCUMENTS[kind]
    return decoder(tuple[int, document | None, tuple[Issue, ...], str, str, int, Envelope | None])
