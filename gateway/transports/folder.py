"""Folders of this machine (or mounted ones) as a transport.

Every component is opened by handle and without following links, so nothing outside the root can be reached,
also when somebody swaps a folder for a link meanwhile. Only regular files are read.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from watchdog.events import FileClosedEvent, FileCreatedEvent, FileMovedEvent, FileSystemEvent, FileSystemEventHandler

from gateway.kernel.errors import Answered, EndpointDown, PermissionRefused, PolicyRefused
from gateway.kernel.failpoints import failpoint
from gateway.transports.arrivals import ArrivalWatch
from gateway.transports.base import CannotRename, Fact, FileExists, FolderMissing, NoSuchFile, RemoteFile, RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from _typeshed import WriteableBuffer

    from gateway.transports.options import FolderOptions

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a pipe that somebody laid into the folder must not hang
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 1 << 18
_BATCH = 1000

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def opening(options: FolderOptions) -> Generator[Fact, None, FolderTransport]:
    """Open the root; yields what was found, returns the transport."""
    with _translated(f"folder {options.root}"):
        try:
            handle = os.open(options.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise _missing(options.root) from error
    yield Fact("reachable", f"{options.root} is a folder of this machine")
    return FolderTransport(options.root, handle)


class FolderTransport:
    """The files below one root folder."""

    def __init__(self, root: os.PathLike[str], handle: int) -> None:
        self._root = os.fspath(root)
        self._handle: int | None = handle

    def listing(self, folder: RemotePath) -> Iterator[RemoteFile]:
        """Entries as the system gives them; one that vanishes meanwhile is left out."""
        with self._folder(folder) as handle, _translated(f"listing {folder}"), os.scandir(handle) as entries:
            for entry in entries:
                name = os.fsencode(entry.name)
                with suppress(FileNotFoundError):
                    yield _file(folder.join(name), entry.stat(follow_symlinks=False))

    def names(self, folder: RemotePath) -> Iterator[list[bytes]]:
        """Names alone, which the system gives many times faster than sizes."""
        with self._folder(folder) as handle, _translated(f"listing {folder}"), os.scandir(handle) as entries:
            while batch := [os.fsencode(entry.name) for entry in islice(entries, _BATCH)]:
                yield batch

    def look(self, folder: RemotePath, names: Iterable[bytes]) -> Iterator[RemoteFile]:
        """Entries by name; one that vanishes meanwhile is left out."""
        with self._folder(folder) as handle, _translated(f"listing {folder}"):
            for name in names:
                with suppress(FileNotFoundError):
                    yield _file(folder.join(name), os.stat(name, dir_fd=handle, follow_symlinks=False))

    @contextmanager
    def open(self, path: RemotePath) -> Iterator[BinaryIO]:
        """A regular file, read from disk as it is asked for."""
        with self._folder(path.parent) as folder, _translated(f"opening {path}"):
            try:
                handle = os.open(path.name, _READ, dir_fd=folder)
            except FileNotFoundError as error:
                raise _gone(path) from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise PermissionRefused(f"{path} is not a regular file")
        with io.BufferedReader(_Reader(handle, path), _BLOCK) as body:
            yield body

    def put(self, path: RemotePath, body: BinaryIO) -> None:
        """Create, write, force to disk; then force the folder's entry to disk."""
        with self._folder(path.parent) as folder:
            with _translated(f"creating {path}"):
                try:
                    handle = os.open(path.name, _CREATE, 0o664, dir_fd=folder)
                except FileExistsError as error:
                    raise FileExists(f"{path} exists already") from error
            try:
                _write(handle, body, path)
                with _translated(f"writing {path}"):
                    os.fsync(folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(path.name, dir_fd=folder)
                raise

    def rename(self, old: RemotePath, new: RemotePath) -> None:
        """One system call, then both folders are forced to disk."""
        with self._folder(old.parent) as source:
            with _translated(f"renaming {old}"):
                _look_for(old, source)
            with self._folder(new.parent) as target, _translated(f"renaming {old} to {new}"):
                try:
                    os.rename(old.name, new.name, src_dir_fd=source, dst_dir_fd=target)
                except FileNotFoundError as error:
                    raise _gone(old) from error
                except OSError as error:
                    if error.errno == errno.EXDEV:
                        raise CannotRename(f"{old.parent} and {new.parent} lie on different file systems: no atomic rename") from error
                    raise
                os.fsync(target)
                os.fsync(source)

    def remove(self, path: RemotePath) -> None:
        """Take one file away."""
        with self._folder(path.parent) as folder, _translated(f"removing {path}"):
            try:
                os.unlink(path.name, dir_fd=folder)
            except FileNotFoundError as error:
                raise _gone(path) from error

    def stat(self, path: RemotePath) -> RemoteFile | None:
        """Look at one entry; a link is told as what it is: no file."""
        try:
            with self._folder(path.parent) as folder, _translated(f"looking at {path}"):
                return _file(path, os.stat(path.name or b".", dir_fd=folder, follow_symlinks=False))
        except (FolderMissing, NoSuchFile):
            return None

    def ensure_folder(self, folder: RemotePath) -> None:
        """Create what is missing, from the top down."""
        made = RemotePath()
        for part in self._parts(folder):
            with self._folder(made) as handle, _translated(f"creating folder {folder}"), suppress(FileExistsError):
                os.mkdir(part, 0o775, dir_fd=handle)
                os.fsync(handle)
            made = made.join(part)
        with self._folder(made):
            return

    def watch(self, folder: RemotePath, wake: Callable[[], None]) -> FolderWatch:
        """Wake when a file is closed after writing, or moved in."""
        with self._folder(folder), _translated(f"watching {folder}"):
            return FolderWatch(b"/".join((os.fsencode(self._root), *folder.parts)), wake)

    def abilities(self) -> tuple[Fact, ...]:
        """What a folder of this machine can do."""
        return (Fact("renames", "atomic (rename of the system)"), Fact("fsync", "file and folder"))

    def close(self) -> None:
        """Close the root's handle."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _parts(self, folder: RemotePath) -> tuple[bytes, ...]:
        if folder.raw.startswith(b"/") or b".." in folder.parts:
            raise PermissionRefused(f"{folder} lies outside of {self._root}: name a folder below it")
        return folder.parts

    @contextmanager
    def _folder(self, folder: RemotePath) -> Iterator[int]:
        parts = self._parts(folder)
        if self._handle is None:
            raise EndpointDown("the connection is closed")
        handle = os.dup(self._handle)
        try:
            for part in parts:
                with _translated(f"folder {folder}"):
                    below = _below(handle, part, f"{self._root}/{folder}")
                os.close(handle)
                handle = below
            yield handle
        finally:
            os.close(handle)


class FolderWatch:
    """One observer of one folder."""

    def __init__(self, path: bytes, wake: Callable[[], None]) -> None:
        # only these three: reading the folder ourselves must not wake us
        events: list[type[FileSystemEvent]] = [FileClosedEvent, FileCreatedEvent, FileMovedEvent]
        self._watch = ArrivalWatch(os.fsdecode(path), _Waker(wake), events)

    def close(self) -> None:
        """Stop the observer's threads and wait for them."""
        self._watch.close()


class _Waker(FileSystemEventHandler):
    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._wake()


class _Reader(io.FileIO):
    """Reads of a failing disk become our own error, and the reader's own faults stay his."""

    def __init__(self, handle: int, path: RemotePath) -> None:
        super().__init__(handle, "rb", closefd=True)
        self._path = path

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with _translated(f"reading {self._path}"):
            return super().readinto(buffer) or 0


def _write(handle: int, body: BinaryIO, path: RemotePath) -> None:
    try:
        while block := body.read(_BLOCK):
            with _translated(f"writing {path}"):
                failpoint("out.upload.block")
                rest = memoryview(block)
                while rest:
                    rest = rest[os.write(handle, rest) :]
        with _translated(f"writing {path}"):
            failpoint("out.upload.fsync")
            os.fsync(handle)
    except BaseException:
        with suppress(OSError):
            os.close(handle)
        raise
    failpoint("out.upload.close")
    with _translated(f"closing {path}"):
        os.close(handle)


def _below(handle: int, part: bytes, shown: str) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=handle)
    except FileNotFoundError as error:
        raise _missing(shown) from error
    except OSError as error:
        if error.errno in {errno.ENOTDIR, errno.ELOOP}:
            raise PermissionRefused(f"{shown} is not a folder, or a link on the way to it; links are not followed") from error
        raise


def _look_for(path: RemotePath, folder: int) -> None:
    try:
        os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError as error:
        raise _gone(path) from error


def _missing(folder: object) -> FolderMissing:
    return FolderMissing(f"folder {folder} does not exist: create it or mend the connector")


def _gone(path: RemotePath) -> NoSuchFile:
    return NoSuchFile(f"{path} is not there")


def _file(path: RemotePath, found: os.stat_result) -> RemoteFile:
    return RemoteFile(path=path, name=path.name, size=found.st_size, modified=found.st_mtime, is_file=stat.S_ISREG(found.st_mode))


@contextmanager
def _translated(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _our_error(error, doing) from error


def _our_error(error: OSError, doing: str) -> EndpointDown | PolicyRefused | NoSuchFile:
    words = os.strerror(error.errno or 0).lower()
    if error.errno == errno.ENOENT:
        return NoSuchFile(f"{doing}: not there")
    if error.errno in _FORBIDDEN:
        return PermissionRefused(f"{doing}: {words}; the service's account needs the right to do this")
    if error.errno in {errno.ELOOP, errno.EISDIR, errno.ENOTDIR}:
        return PermissionRefused(f"{doing}: not a regular file; links and folders are not followed")
    if error.errno == errno.ENAMETOOLONG:
        return PolicyRefused(f"{doing}: the name is too long for this folder")
    if error.errno in _FULL:
        return Answered(f"{doing}: the disk or quota is full")
    return EndpointDown(f"{doing}: {words}")
