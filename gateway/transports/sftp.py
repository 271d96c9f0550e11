"""Files on an SFTP server: paramiko carries the SSH connection, our own SFTP session keeps names as bytes.

Pinned host keys, a deadline on every call, streamed listings, posix-rename, fsync where offered.
One object is one connection: keep it between polls (`keep.py`), throw it away after any error.
"""

from __future__ import annotations

import io
import re
import stat
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

import paramiko

from gateway.kernel.errors import Answered, EndpointDown, PermissionRefused
from gateway.kernel.failpoints import failpoint
from gateway.transports import sftp_wire as wire
from gateway.transports import ssh
from gateway.transports.ability import find_out
from gateway.transports.base import (
    CannotRename,
    Fact,
    FileExists,
    FolderMissing,
    NoSuchFile,
    RemoteFile,
    RemotePath,
    ShownKey,
    is_plain_name,
)
from gateway.transports.options import LookMode, RenameMode
from gateway.transports.sftp_many import answers, contents
from gateway.transports.sftp_stream import Download, upload

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from gateway.kernel.errors import GatewayError
    from gateway.transports.ability import Ability, Ask
    from gateway.transports.options import SftpOptions

POSIX_RENAME = b"posix-rename@openssh.com"
FSYNC = b"fsync@openssh.com"

MOST_ENTRIES = 1_000_000
"""No folder to look through holds more; a listing that goes on has no end."""

_NO_ATTRIBUTES = 0
_READ_AHEAD = 16
_MOST_EMPTY = 100
_DISK_FULL = frozenset({wire.NO_SPACE, wire.QUOTA})
_FORBIDDEN = frozenset({wire.PERMISSION_DENIED, wire.WRITE_PROTECT})
_OTHERS = re.compile(rb"[bcdlps][-rwxsStT]{9}")
_LOOK_REMEDY = "; where a server lets nobody look at single files, `stat: none` in the connector does without"
_MISSING = frozenset({wire.NO_SUCH_FILE, wire.NO_SUCH_PATH})


def opening(options: SftpOptions) -> Generator[Fact, None, SftpTransport]:
    """Connect, check the host key, log in, start SFTP; yields a fact after each step, returns the transport."""
    connection = yield from ssh.logged_in(options)
    try:
        session = _session(connection, options)
    except BaseException:
        connection.close()
        raise
    kind = SftpTransport if options.stat is LookMode.NONE else LookingSftpTransport
    return kind(connection, session, options)


class SftpTransport:
    """One logged-in SFTP session. Single files are looked at only where the connector says that the server lets us."""

    def __init__(self, connection: ssh.Connection, session: wire.Session, options: SftpOptions) -> None:
        self._connection = connection
        self._session = session
        self._options = options

    def listing(self, folder: RemotePath) -> Generator[RemoteFile, None, None]:
        """One streamed listing with attributes, read ahead; names that cannot be those of files are left out."""
        session = self._ready()
        with self._statuses(f"listing {folder}", missing=_folder_missing(folder)):
            handle = session.call(wire.OPENDIR, _raw(folder), wanted=wire.HANDLE).text()
        asked: list[int] = []
        ahead, empty, told = 1, 0, 0
        try:
            while True:
                asked += [session.send(wire.READDIR, handle) for _ in range(ahead - len(asked))]
                names = self._names(asked.pop(0), folder)
                if names is None:
                    return
                count = names.number()
                empty, told = (empty + 1 if count == 0 else 0), told + count
                if empty > _MOST_EMPTY:
                    raise EndpointDown(f"listing {folder}: the server sends nothing and never comes to an end")
                if told > MOST_ENTRIES:
                    raise EndpointDown(f"listing {folder}: more than {MOST_ENTRIES} entries and no end: clear it up or name another folder")
                ahead = min(ahead * 2, _READ_AHEAD)
                for _ in range(count):
                    name, long_name, found = names.text(), names.text(), names.attributes()
                    if is_plain_name(name):
                        yield _file(folder.join(name), found, long_name)
        finally:
            self._forget(asked, handle)

    @contextmanager
    def open(self, path: RemotePath) -> Iterator[BinaryIO]:
        """Read ahead as far as the size promises; a small file costs three round trips."""
        session = self._ready()
        looked = session.send(wire.LSTAT, _raw(path)) if self._looks else None
        opened = session.send(wire.OPEN, _raw(path), wire.FLAG_READ, _NO_ATTRIBUTES)
        found = None
        # servers that let a file be read only once, or hide attributes, answer no here
        if looked is not None:
            with suppress(wire.Status):
                found = session.answer(looked, wanted=wire.ATTRS).attributes()
        try:
            handle = session.answer(opened, wanted=wire.HANDLE).text()
        except wire.Status as status:
            if status.code in _MISSING:
                raise self._gone(path) from status
            if _is_other(found):
                raise _no_file(path) from status
            raise self._refused(status, f"opening {path}") from status
        raw = Download(session, handle, size=found.size if found else None, deadlines=self._options.deadlines, name=str(path))
        if _is_other(found):
            raw.close()
            raise _no_file(path)
        with io.BufferedReader(raw, 1 << 18) as body:
            yield body

    def put(self, path: RemotePath, body: BinaryIO) -> None:
        """Create exclusively, write pipelined, fsync where offered, and believe only an answered close."""
        session = self._ready()
        try:
            flags = wire.FLAG_WRITE | wire.FLAG_CREATE | wire.FLAG_EXCLUSIVE
            handle = session.call(wire.OPEN, _raw(path), flags, _NO_ATTRIBUTES, wanted=wire.HANDLE).text()
        except wire.Status as status:
            if status.code not in _MISSING | _FORBIDDEN and self._is_there(path):
                raise FileExists(f"{path} exists already") from status
            if status.code in _MISSING:
                raise _folder_missing(path.parent) from status
            raise self._refused(status, f"creating {path}") from status
        try:
            with self._statuses(f"writing {path}"):
                try:
                    upload(session, handle, body, deadlines=self._options.deadlines, name=str(path))
                    if self.syncs:
                        failpoint("out.upload.fsync")
                        session.call(wire.EXTENDED, FSYNC, handle)
                except BaseException:
                    self._forget([], handle)
                    raise
                failpoint("out.upload.close")
                session.call(wire.CLOSE, handle)
        except BaseException:
            if not session.broken:
                with suppress(wire.Status, EndpointDown):
                    session.call(wire.REMOVE, _raw(path))
            raise

    def rename(self, old: RemotePath, new: RemotePath) -> None:
        """By posix-rename; the standard request only where the connector allows it."""
        (status,) = answers(self._ready(), [self._ask_rename(old, new)])
        if status is not None:
            raise self._not_renamed(status, old, new) from status

    def rename_all(self, pairs: Sequence[tuple[RemotePath, RemotePath]]) -> list[bool]:
        """The requests together, then the answers; false for a file that is gone."""
        told = answers(self._ready(), [self._ask_rename(old, new) for old, new in pairs])
        failures = [None if status is None else self._not_renamed(status, old, new) for status, (old, new) in zip(told, pairs, strict=True)]
        for failure in failures:
            if failure is not None and not isinstance(failure, NoSuchFile):
                raise failure
        return [failure is None for failure in failures]

    def contents(self, files: Iterable[RemoteFile]) -> Iterator[bytes | None]:
        """Small files, many at a time; None for one that must be opened by itself."""
        return contents(self._ready(), files, looks=self._looks)

    def _ask_rename(self, old: RemotePath, new: RemotePath) -> int:
        if self.renames_atomically:
            return self._session.send(wire.EXTENDED, POSIX_RENAME, _raw(old), _raw(new))
        if self._options.rename is RenameMode.PLAIN:
            return self._session.send(wire.RENAME, _raw(old), _raw(new))
        raise CannotRename(
            f"{self._options.host} offers no atomic rename (posix-rename). `rename: plain` in the connector uses the standard "
            "rename instead, which may double a file when the server dies in the middle of it."
        )

    def _not_renamed(self, status: wire.Status, old: RemotePath, new: RemotePath) -> GatewayError:
        """What a refused rename means: the old name decides whether it has happened."""
        if status.code == wire.UNSUPPORTED:
            return CannotRename(f"{self._options.host} announces posix-rename but refuses it: {status}")
        if status.code in _MISSING:
            return _folder_missing(new.parent) if self._is_there(old) else self._gone(old)
        if status.code not in _FORBIDDEN and not self._is_there(old):
            # renamed and answered with a failure all the same, or refused for the name that our first try has put there
            return self._gone(old)
        return self._refused(status, f"renaming {old} to {new}")

    def remove(self, path: RemotePath) -> None:
        """Take one file away."""
        session = self._ready()
        try:
            session.call(wire.REMOVE, _raw(path))
        except wire.Status as status:
            if status.code in _MISSING:
                raise self._gone(path) from status
            if self._looks and _is_other(self._look(wire.LSTAT, path)):
                raise _no_file(path) from status
            raise self._refused(status, f"removing {path}") from status

    def ensure_folder(self, folder: RemotePath) -> None:
        """Create what is missing; a link to a folder is as good as a folder here, the server decides."""
        if self._is_folder(folder):
            return
        if folder.parent != folder and folder.raw:
            self.ensure_folder(folder.parent)
        with suppress(wire.Status):
            self._ready().call(wire.MKDIR, _raw(folder), _NO_ATTRIBUTES)
        if not self._is_folder(folder):
            raise PermissionRefused(f"folder {folder} cannot be created on {self._options.host}: create it there or mend the connector")

    def abilities(self) -> tuple[Fact, ...]:
        """What the server says it can do."""
        return (
            Fact("software", self._connection.server),
            Fact("renames", "atomic (posix-rename)" if self.renames_atomically else "not atomic: posix-rename is not offered"),
            Fact("fsync", "offered" if self.syncs else "not offered: after a power cut at the partner's an upload may be lost"),
        )

    def rename_plainly(self, old: RemotePath, new: RemotePath) -> None:
        """By the standard request, whatever the connector says; only the probe asks for it."""
        with self._statuses(f"renaming {old} to {new}", missing=NoSuchFile(f"{old} is not there")):
            self._ready().call(wire.RENAME, _raw(old), _raw(new))

    @property
    def renames_atomically(self) -> bool:
        """Whether the server says that it does."""
        return POSIX_RENAME in self._session.extensions

    @property
    def syncs(self) -> bool:
        """Whether the server says that it forces files to disk when asked."""
        return FSYNC in self._session.extensions

    @property
    def shown_key(self) -> ShownKey:
        """The host key the server has proved to hold."""
        return self._connection.shown

    @property
    def software(self) -> str:
        """How the server calls itself."""
        return self._connection.server

    def find_out(self, folder: RemotePath, *, token: str, ask: Ask) -> Ability:
        """What this server can do, of what is asked."""
        return find_out(self, folder, token=token, ask=ask)

    def close(self) -> None:
        """End the connection."""
        self._session.broken = True
        self._connection.close()

    def _ready(self) -> wire.Session:
        if self._session.broken:
            raise EndpointDown(f"the connection to {self._options.host} is closed")
        return self._session

    def _names(self, number: int, folder: RemotePath) -> wire.Reply | None:
        try:
            return self._session.answer(number, wanted=wire.NAME)
        except wire.Status as status:
            if status.code == wire.EOF:
                return None
            # some servers notice only here that there is no such folder
            if status.code in _MISSING:
                raise _folder_missing(folder) from status
            raise self._refused(status, f"listing {folder}") from status

    def _look(self, request: int, path: RemotePath) -> wire.Attributes | None:
        try:
            return self._ready().call(request, _raw(path), wanted=wire.ATTRS).attributes()
        except wire.Status as status:
            if status.code in _MISSING:
                return None
            raise self._refused(status, f"looking at {path}", remedy=_LOOK_REMEDY) from status

    def _gone(self, path: RemotePath) -> NoSuchFile | FolderMissing:
        """Whether the file alone is missing or its whole folder: from a missing folder nobody may infer anything."""
        there = self._look(wire.STAT, path.parent) is not None if self._looks else self._is_folder(path.parent)
        return NoSuchFile(f"{path} is not there") if there else _folder_missing(path.parent)

    @property
    def _looks(self) -> bool:
        return self._options.stat is LookMode.FULL

    def _is_there(self, path: RemotePath) -> bool:
        """By looking at it, else by reading the whole listing."""
        if self._looks:
            return self._look(wire.LSTAT, path) is not None
        return any(entry.name == path.name for entry in self.listing(path.parent))

    def _is_folder(self, folder: RemotePath) -> bool:
        """Whether there is such a folder; where nobody may look, one that can be opened."""
        if self._looks:
            found = self._look(wire.STAT, folder)
            return found is not None and (found.mode is None or stat.S_ISDIR(found.mode))
        with closing(self.listing(folder)) as entries:
            try:
                next(entries, None)
            except FolderMissing:
                return False
        return True

    def _forget(self, asked: list[int], handle: bytes) -> None:
        """Take in the answers still under way, then close the handle; a broken connection has none."""
        for number in asked:
            if not self._session.broken:
                with suppress(wire.Status):
                    self._session.answer(number, wanted=wire.NAME)
        if not self._session.broken:
            with suppress(wire.Status):
                self._session.call(wire.CLOSE, handle)

    @contextmanager
    def _statuses(self, doing: str, *, missing: EndpointDown | NoSuchFile | None = None) -> Iterator[None]:
        try:
            yield
        except wire.Status as status:
            if missing is not None and status.code in _MISSING:
                raise missing from status
            raise self._refused(status, doing) from status

    def _refused(self, status: wire.Status, doing: str, *, remedy: str = "") -> Answered | PermissionRefused:
        where = f"{self._options.host}: {doing}"
        if status.code in _FORBIDDEN:
            return PermissionRefused(f"{where}: {self._options.user} may not do this ({status}){remedy}")
        if status.code in _DISK_FULL:
            return Answered(f"{where}: the server's disk or quota is full ({status})")
        return Answered(f"{where}: {status}")


class LookingSftpTransport(SftpTransport):
    """The same where the server lets us look at single files: it can do what the protocol `Stat` asks for."""

    def stat(self, path: RemotePath) -> RemoteFile | None:
        """Look at one entry, not through links."""
        found = self._look(wire.LSTAT, path)
        return _file(path, found, b"") if found else None


def _session(connection: ssh.Connection, options: SftpOptions) -> wire.Session:
    limit = options.deadlines.login.total_seconds()
    try:
        with connection.watchdog.within(limit):
            channel = connection.transport.open_session(timeout=limit)
            channel.invoke_subsystem("sftp")
    except (paramiko.SSHException, OSError, EOFError) as error:
        hung = f"did not start SFTP within {limit:g} s" if connection.watchdog.bitten else f"does not offer SFTP: {error}"
        raise EndpointDown(f"{options.host} {hung}") from error
    return wire.Session(channel, connection.watchdog, limit=options.deadlines.progress.total_seconds())


def _raw(path: RemotePath) -> bytes:
    return path.raw or b"."


def _folder_missing(folder: RemotePath) -> FolderMissing:
    return FolderMissing(f"folder {folder} does not exist on the server: create it or mend the connector")


def _is_other(found: wire.Attributes | None) -> bool:
    return found is not None and found.mode is not None and not stat.S_ISREG(found.mode)


def _no_file(path: RemotePath) -> PermissionRefused:
    return PermissionRefused(f"{path} is not a regular file; links are not followed")


def _file(path: RemotePath, found: wire.Attributes, long_name: bytes) -> RemoteFile:
    # some servers tell the kind only in the long form, as the first letter of `ls -l`, and some nowhere
    is_file = _OTHERS.match(long_name) is None if found.mode is None else stat.S_ISREG(found.mode)
    return RemoteFile(path=path, name=path.name, size=found.size, modified=found.modified, is_file=is_file)
