"""A server in memory that several transports share: for tests, as true to its promises as the real ones."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from gateway.kernel.clock import Clock, SystemClock
from gateway.kernel.errors import EndpointDown, PermissionRefused
from gateway.transports.base import FileExists, FolderMissing, NoSuchFile, RemoteFile, RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Place = tuple[bytes, ...]
_BLOCK = 1 << 18


class Entry(NamedTuple):
    """One stored file."""

    body: bytes
    modified: float


class MemoryServer:
    """Folders and files of a partner; every call is atomic, so nodes may share it between threads.

    `knock` is called when a connection is made, a folder listed or a file put, with the name of the file; one that raises or
    waits makes a bad partner.
    """

    def __init__(self, *folders: str, clock: Clock | None = None, knock: Callable[[bytes], None] | None = None) -> None:
        self.knock = knock or _come_in
        self.clock = clock or SystemClock()
        self.lock = threading.Lock()
        self.folders: dict[Place, dict[bytes, Entry]] = {(): {}}
        for folder in folders:
            self.make(RemotePath.of(folder).parts)

    def make(self, place: Place) -> None:
        """Create the folder and those above it."""
        for depth in range(1, len(place) + 1):
            self.folders.setdefault(place[:depth], {})

    def within(self, place: Place) -> dict[bytes, Entry]:
        """The files of a folder."""
        try:
            return self.folders[place]
        except KeyError:
            shown = RemotePath(b"/".join(place))
            raise FolderMissing(f"folder {shown} does not exist: create it or mend the connector") from None


class MemoryTransport:
    """One connection to a `MemoryServer`."""

    def __init__(self, server: MemoryServer) -> None:
        server.knock(b"")
        self._server = server
        self._closed = False

    def listing(self, folder: RemotePath) -> Iterator[RemoteFile]:
        """A snapshot of the folder, folders below it included."""
        place = folder.parts
        self._server.knock(b"")
        with self._server.lock:
            files = dict(self._open_server().within(place))
            below = [other[-1] for other in self._server.folders if other and other[:-1] == place]
        for name, entry in files.items():
            yield _file(folder.join(name), entry)
        for name in below:
            yield RemoteFile(path=folder.join(name), name=name, size=None, modified=None, is_file=False)

    @contextmanager
    def open(self, path: RemotePath) -> Iterator[BinaryIO]:
        """The bytes as they are at this moment."""
        with self._server.lock:
            entry = self._open_server().within(path.parent.parts).get(path.name)
            if entry is None:
                self._refuse_folder(path)
                raise NoSuchFile(f"{path} is not there")
        with io.BytesIO(entry.body) as body:
            yield body

    def put(self, path: RemotePath, body: BinaryIO) -> None:
        """All or nothing under a name that was free."""
        self._server.knock(path.name)
        with self._server.lock:
            self._free_slot(path)
        content = b"".join(iter(lambda: body.read(_BLOCK), b""))
        with self._server.lock:
            self._free_slot(path)[path.name] = Entry(content, self._server.clock.now().timestamp())

    def rename(self, old: RemotePath, new: RemotePath) -> None:
        """Atomic."""
        with self._server.lock:
            source = self._open_server().within(old.parent.parts)
            if old.name not in source:
                raise NoSuchFile(f"{old} is not there")
            target = self._server.within(new.parent.parts)
            self._refuse_folder(new)
            target[new.name] = source.pop(old.name)

    def remove(self, path: RemotePath) -> None:
        """Take the file away."""
        with self._server.lock:
            files = self._open_server().within(path.parent.parts)
            self._refuse_folder(path)
            if files.pop(path.name, None) is None:
                raise NoSuchFile(f"{path} is not there")

    def stat(self, path: RemotePath) -> RemoteFile | None:
        """Look at one entry."""
        with self._server.lock:
            entry = self._open_server().folders.get(path.parent.parts, {}).get(path.name)
            if entry is not None:
                return _file(path, entry)
            if path.parts in self._server.folders:
                return RemoteFile(path=path, name=path.name, size=None, modified=None, is_file=False)
            return None

    def ensure_folder(self, folder: RemotePath) -> None:
        """Create what is missing."""
        with self._server.lock:
            self._open_server().make(folder.parts)

    def close(self) -> None:
        """Later calls fail, as on a real connection."""
        self._closed = True

    def _open_server(self) -> MemoryServer:
        if self._closed:
            raise EndpointDown("the connection is closed")
        return self._server

    def _free_slot(self, path: RemotePath) -> dict[bytes, Entry]:
        files = self._open_server().within(path.parent.parts)
        if path.name in files or path.parts in self._server.folders:
            raise FileExists(f"{path} exists already")
        return files

    def _refuse_folder(self, path: RemotePath) -> None:
        if path.parts in self._server.folders:
            raise PermissionRefused(f"{path} is not a regular file")


def _come_in(_: bytes) -> None:
    """Nothing keeps anybody."""


def _file(path: RemotePath, entry: Entry) -> RemoteFile:
    return RemoteFile(path=path, name=path.name, size=len(entry.body), modified=entry.modified, is_file=True)
