"""The bytes of one file for a person who asks for them, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from gateway.archive import Archive, BlobErased, BlobLost
from gateway.kernel.errors import NotFound


@contextmanager
def open_kept(archive: Archive, key: str, *, what: str, see: str) -> Iterator[BinaryIO]:
    """Read the bytes behind a key; NotFound when they are gone. `what` names the file, `see` is the command that shows what is left."""
    with _told(archive, what, see), archive.open(key) as body:
        yield body


def whole(archive: Archive, key: str, *, what: str, see: str) -> int:
    """How many bytes there are, each of them read once; NotFound when one is lost, so that nobody gets half of a file."""
    with _told(archive, what, see):
        return archive.verify(key)


@contextmanager
def _told(archive: Archive, what: str, see: str) -> Iterator[None]:
    try:
        yield
    except BlobErased as error:
        raise NotFound(
            f"the bytes of {what} are gone: they were erased with the personal data in them; their hash and size are kept",
            remedy=f"Who had them erased and why: gateway privacy log. What is left: {see}",
        ) from error
    except BlobLost as error:
        raise NotFound(
            f"the bytes of {what} cannot be read: {error}",
            remedy=f"Bring {archive.folder} back from the backup; what else it lacks: gateway verify --deep",
        ) from error
