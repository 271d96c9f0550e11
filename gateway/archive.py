"""The archive of every byte in and out: content-addressed, compressed, written once, never changed.

A blob is known by the SHA-256 of its bytes. A crash leaves only temporary files, which `sweep` removes. Memory does not depend on size.
Bytes that must be forgotten are erased: a mark with what may be left of them takes their place, and they are not kept when they come again.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import secrets
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from msgspec import Struct

from gateway.kernel.errors import GatewayError, TryLater
from gateway.kernel.failpoints import failpoint

PIECE = 1024 * 1024
LEVEL = 1
"""Light: heavier packing would cost more than booking what is packed."""
_TEMPORARY = "incoming"
ERASED = ".erased"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS}


class Stored(Struct, frozen=True, gc=False):
    """A blob in the archive: the hash and size of its bytes, and the key to open it by."""

    sha256: str
    size: int
    key: str


class TooLarge(GatewayError):
    """The source is longer than allowed; nothing of it was kept."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} bytes")
        self.most = most


class ArchiveFull(TryLater):
    """The disk is full or failing, or this process has too much open; the same bytes are brought again later."""


class BlobLost(GatewayError):
    """A blob is missing or does not hold the bytes its key says."""


class BlobErased(BlobLost):
    """The bytes were erased with the personal data in them; their hash and size are what is left to prove them."""


class Archive:
    """Blobs in a folder, two letters of the hash a sub-folder; safe for any number of threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, source: BinaryIO, *, most: int | None = None) -> Stored:
        """Keep the bytes of the source: hashed while they are written, on disk when this returns, one copy however often they come.

        Bytes that were erased stay away; only their hash and size are told.
        """
        path = self._temporary()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as target:
                sha256, size = _compress(source, target, most)
                target.flush()
                failpoint("in.fetch.before_fsync")
                os.fsync(target.fileno())
                failpoint("in.fetch.after_fsync")
            return self._publish(path, sha256, size)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise ArchiveFull(f"the archive in {self.folder} cannot be written: {error.strerror}") from error
        finally:
            with suppress(FileNotFoundError):
                path.unlink()

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Read the bytes behind a key."""
        if self.is_erased(key):
            raise BlobErased(f"the bytes of {key} were erased with the personal data in them")
        try:
            blob = self._path(key).open("rb")
        except FileNotFoundError as error:
            raise BlobLost(f"the archive has no {key}") from error
        try:
            with blob, gzip.open(blob) as source:
                yield cast("BinaryIO", source)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BlobLost(f"{key} is damaged: {error}") from error

    def path(self, key: str) -> Path:
        """Where the blob of this key lies, or would lie."""
        return self._path(key)

    def revive(self, key: str) -> None:
        """Bytes that are made anew from what the store holds now may be kept, although such bytes were erased before."""
        self.mark(key).unlink(missing_ok=True)

    def has(self, key: str) -> bool:
        """Whether the archive holds this key."""
        return self._path(key).exists()

    def is_erased(self, key: str) -> bool:
        """Whether the bytes of this key were erased, or are about to go."""
        return self.mark(key).exists()

    def erase(self, key: str, rest: BinaryIO) -> None:
        """The bytes go for good; what may be left of them takes their place. Safe to repeat, also with less left."""
        path = self._temporary()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as target:
                _compress(rest, target, None)
                target.flush()
                os.fsync(target.fileno())
            mark = self.mark(key)
            mark.parent.mkdir(parents=True, exist_ok=True)
            failpoint("archive.gc.each")
            path.replace(mark)
            sync_folder(mark.parent)
            failpoint("archive.gc.each")
            self._path(key).unlink(missing_ok=True)
            sync_folder(mark.parent)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise ArchiveFull(f"the archive in {self.folder} cannot be written: {error.strerror}") from error
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def rest(self, key: str) -> Iterator[BinaryIO]:
        """What was left of bytes that were erased."""
        try:
            with self.mark(key).open("rb") as blob, gzip.open(blob) as source:
                yield cast("BinaryIO", source)
        except FileNotFoundError as error:
            raise BlobLost(f"{key} was not erased") from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BlobLost(f"what is left of {key} is damaged: {error}") from error

    def erased(self) -> Iterator[str]:
        """Every key whose bytes were erased, sorted."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(path.name.removesuffix(ERASED) for path in folder.glob(f"*{ERASED}"))

    def verify(self, key: str) -> int:
        """Read a blob to its end and compare it with its key; answers its size."""
        digest, size = hashlib.sha256(), 0
        with self.open(key) as source:
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
        if digest.hexdigest() != key:
            raise BlobLost(f"{key} holds other bytes, with hash {digest.hexdigest()}")
        return size

    def keys(self) -> Iterator[str]:
        """Every key in the archive, sorted."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(path.name.removesuffix(".gz") for path in folder.glob("*.gz"))

    def sweep(self, *, older_than: float) -> int:
        """Remove what crashes left behind, if nobody has written to it for so many seconds; answers how many files."""
        removed = 0
        for path in (self.folder / _TEMPORARY).glob("*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > older_than:
                    failpoint("archive.gc.each")
                    path.unlink()
                    removed += 1
        return removed

    def written_at(self, key: str) -> float | None:
        """When these bytes were last brought, in seconds since 1970; None when the archive has none."""
        try:
            return self._path(key).stat().st_mtime
        except FileNotFoundError:
            return None

    def remove(self, key: str, *, unless_since: float) -> bool:
        """Remove a blob that nothing refers to; it stays when the same bytes were brought again since then.

        It is taken aside before its time is looked at: whoever brings the same bytes meanwhile has touched it before, or misses it.
        """
        path, aside = self._path(key), self.folder / _TEMPORARY / f"{os.getpid()}-{secrets.token_hex(8)}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        failpoint("archive.gc.each")
        try:
            path.rename(aside)
        except FileNotFoundError:
            return False
        if aside.stat().st_mtime < unless_since:
            aside.unlink()
            return True
        with suppress(FileExistsError):
            _name(aside, path)
        with suppress(FileNotFoundError):
            aside.unlink()
        return False

    def _publish(self, path: Path, sha256: str, size: int) -> Stored:
        """Give the finished file its name without replacing one that is there, and make the name durable."""
        final = self._path(sha256)
        if self.is_erased(sha256):
            return Stored(sha256, size, sha256)
        if not final.parent.exists():
            final.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
        failpoint("in.publish.before")
        while True:
            try:
                _name(path, final)
                break
            except FileExistsError:  # the same bytes are here already; from now on they count as new
                with suppress(FileNotFoundError):  # unless they were just removed
                    os.utime(final)
                    break
        failpoint("in.publish.after_rename")
        sync_folder(final.parent)
        if self.is_erased(sha256):  # while it was written down
            final.unlink(missing_ok=True)
        failpoint("in.publish.after_dirsync")
        return Stored(sha256, size, sha256)

    def _temporary(self) -> Path:
        return self.folder / _TEMPORARY / f"{os.getpid()}-{secrets.token_hex(8)}"

    def mark(self, key: str) -> Path:
        """What stands in the place of bytes that were erased."""
        return self._path(key).with_name(f"{key}{ERASED}")

    def _path(self, key: str) -> Path:
        """Where a key lies; a key is a hash and nothing else, so it cannot lead out of the archive."""
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise BlobLost(f"{key!r} is no key of the archive")
        return self.folder / key[:2] / f"{key}.gz"


def _name(path: Path, final: Path) -> None:
    """Give a file a second name that is free; FileExistsError when it is not."""
    try:
        os.link(path, final)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.replace(final)  # a file system without hard links: the same bytes replace the same bytes


def sync_folder(folder: Path) -> None:
    """Force the names of a folder to disk: a name is there only when its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _compress(source: BinaryIO, target: BinaryIO, most: int | None) -> tuple[str, int]:
    """Copy piece by piece; answers hash and size of the plain bytes."""
    digest, size = hashlib.sha256(), 0
    with gzip.GzipFile(filename="", mode="wb", fileobj=target, compresslevel=LEVEL, mtime=0) as packed:
        while piece := source.read(PIECE):
            size += len(piece)
            if most is not None and size > most:
                raise TooLarge(most)
            digest.update(piece)
            packed.write(piece)
            failpoint("in.fetch.block")
    return digest.hexdigest(), size
