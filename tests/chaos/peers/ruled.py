"""One session of the misbehaving server: every request asks the rules first and is written down when it was carried out."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, cast

import asyncssh
from msgspec import Struct

from tests.chaos.peers.evidence import hash_of, hash_of_bytes
from tests.chaos.peers.rules import Do, On, Rule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.chaos.peers.server import RuledServer

STATUSES: dict[str, type[asyncssh.SFTPError]] = {
    "": asyncssh.SFTPFailure,
    "failure": asyncssh.SFTPFailure,
    "permission": asyncssh.SFTPPermissionDenied,
    "no_such_file": asyncssh.SFTPNoSuchFile,
    "unsupported": asyncssh.SFTPOpUnsupported,
    "no_space": asyncssh.SFTPNoSpaceOnFilesystem,
    "quota": asyncssh.SFTPQuotaExceeded,
}
HOSTILE = (b"", b".", b"..", b"../../etc/passwd", b"a/b.csv", b"nul\0.csv", b"caf\xe9.csv", b"line\nend.csv", b"x" * 255, b"\xff\xfe")
JUNK = bytes(range(255, 0, -1)) * 8


class Handle(Struct, eq=False):
    """An open file, as this server keeps it."""

    path: bytes
    file: BinaryIO
    writes: bool
    rule: Rule | None = None
    """What struck when it was opened."""


class RuledSession(asyncssh.SFTPServer):
    """Answers one connection's file requests as the rules say."""

    def __init__(self, server: RuledServer, channel: asyncssh.SSHServerChannel[bytes], number: int) -> None:
        super().__init__(channel, chroot=bytes(server.root))
        self._peer = server
        self._number = number
        self._poisoned = False
        self._handles: list[Handle] = []
        if server.withheld:
            _withhold(channel, server.withheld)

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Handle:
        """Within the number of files one session may have open."""
        writes = bool(pflags & asyncssh.FXF_WRITE)
        on = On.OPEN_WRITE if writes else On.OPEN_READ
        rule = await self._before(on, path)
        if self._peer.most_open is not None and len(self._handles) >= self._peer.most_open:
            self._told(on, path, done=False, rule=rule)
            raise asyncssh.SFTPFailure("too many open files in this session")
        handle = Handle(path, cast("BinaryIO", super().open(path, pflags, attrs)), writes, rule)
        self._handles.append(handle)
        self._told(on, path, rule=rule)
        await self._after(rule, path)
        return handle

    async def close(self, file_obj: object) -> None:
        """Whoever wrote has written the whole file now."""
        handle = cast("Handle", file_obj)
        if self._peer.ending or self.channel.is_closing():
            self._let_go(handle)
            return
        rule = await self._before(On.CLOSE, handle.path)
        self._let_go(handle)
        size, sha256 = hash_of(self.map_path(handle.path)) if handle.writes else (None, "")
        self._peer.evidence.tell(
            "written" if handle.writes else "close", handle.path, size=size, sha256=sha256, rule=_named(rule), connection=self._number
        )
        await self._after(rule, handle.path)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """The bytes, or what the rule makes of them."""
        handle = cast("Handle", file_obj)
        rule = await self._before(On.READ, handle.path)
        handle.file.seek(offset)
        block = _bent_bytes(rule, handle.file.read(size), offset, size)
        self._peer.evidence.tell(
            "read", handle.path, offset=offset, size=len(block), sha256=hash_of_bytes(block)[1], rule=_named(rule), connection=self._number
        )
        await self._after(rule, handle.path)
        return block

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """All of it, or as far as the rule lets it."""
        handle = cast("Handle", file_obj)
        rule = await self._before(On.WRITE, handle.path)
        kept = data if rule is None or rule.do is not Do.TRUNCATE else data[: max(0, int(rule.number) - offset)]
        handle.file.seek(offset)
        handle.file.write(kept)
        self._peer.evidence.tell(
            "write", handle.path, offset=offset, size=len(kept), sha256=hash_of_bytes(kept)[1], rule=_named(rule), connection=self._number
        )
        await self._after(rule, handle.path)
        return len(data)

    async def fsync(self, file_obj: object) -> None:
        handle = cast("Handle", file_obj)
        rule = await self._before(On.FSYNC, handle.path)
        os.fsync(handle.file.fileno())
        self._told(On.FSYNC, handle.path, rule=rule)
        await self._after(rule, handle.path)

    async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return await self._look(path, os.lstat)

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return await self._look(path, os.stat)

    async def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        handle = cast("Handle", file_obj)
        return await self._look(handle.path, lambda _: os.fstat(handle.file.fileno()))

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """The entries, or what the rule makes of them."""
        rule = await self._before(On.READDIR, path)
        most = int(rule.number) if rule else 0
        cut = rule.do if rule and rule.do in {Do.TRUNCATE, Do.STOP} else None
        for entry in _invented(rule, most) if rule else ():
            yield entry
        for count, name in enumerate(os.listdir(self.map_path(path))):  # noqa: PTH208 - names are bytes
            if cut and count >= most:
                break
            with suppress(FileNotFoundError):
                attrs = asyncssh.SFTPAttrs.from_local(os.lstat(self.map_path(path) + b"/" + name))
                yield asyncssh.SFTPName(name, attrs=_bent(rule, attrs))
        self._told(On.READDIR, path, rule=rule)
        await self._after(rule, path)
        if cut is Do.STOP:
            raise asyncssh.SFTPFailure("the listing broke off")

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """As the standard says: an existing name is not replaced."""
        rule = await self._before(On.RENAME, oldpath, newpath)
        new = self.map_path(newpath)
        if hash_of(new)[0] is not None:
            raise asyncssh.SFTPFailure("the new name exists")
        os.rename(self.map_path(oldpath), new)  # noqa: PTH104 - names are bytes
        await self._renamed(On.RENAME, rule, oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        rule = await self._before(On.POSIX_RENAME, oldpath, newpath)
        os.replace(self.map_path(oldpath), self.map_path(newpath))  # noqa: PTH105 - names are bytes
        await self._renamed(On.POSIX_RENAME, rule, oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        rule = await self._before(On.REMOVE, path)
        size, sha256 = hash_of(self.map_path(path))
        os.unlink(self.map_path(path))  # noqa: PTH108 - names are bytes
        self._peer.evidence.tell("remove", path, size=size, sha256=sha256, rule=_named(rule), connection=self._number)
        await self._after(rule, path)

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        rule = await self._before(On.MKDIR, path)
        os.mkdir(self.map_path(path))  # noqa: PTH102 - names are bytes
        self._told(On.MKDIR, path, rule=rule)
        await self._after(rule, path)

    async def _renamed(self, on: On, rule: Rule | None, old: bytes, new: bytes) -> None:
        size, sha256 = hash_of(self.map_path(new))
        self._peer.evidence.tell(on.value, old, to=new, size=size, sha256=sha256, rule=_named(rule), connection=self._number)
        await self._after(rule, old, new)

    async def _look(self, path: bytes, look: Any) -> asyncssh.SFTPAttrs:
        rule = await self._before(On.STAT, path)
        found = _bent(rule, asyncssh.SFTPAttrs.from_local(look(self.map_path(path))))
        self._told(On.STAT, path, rule=rule)
        await self._after(rule, path)
        return found

    async def _before(self, on: On, *paths: bytes) -> Rule | None:
        """What keeps an operation from happening, or happens just before it."""
        if self._poisoned:
            self._told(on, *paths, done=False)
            raise asyncssh.SFTPFailure("this session is broken")
        rule = self._peer.rules.strike(on, *paths)
        match rule.do if rule else None:
            case Do.DROP | Do.HANG | Do.GARBAGE | Do.FAILURE | Do.POISON:
                self._told(on, *paths, done=False, rule=rule)
                await self._refuse(cast("Rule", rule))
            case Do.SLOW:
                await asyncio.sleep(cast("Rule", rule).number)
            case Do.REPLACE:
                self._spoil(cast("Rule", rule), paths[0], "wb")
            case Do.GROW:
                self._spoil(cast("Rule", rule), paths[0], "ab")
        return rule

    async def _refuse(self, rule: Rule) -> NoReturn:
        match rule.do:
            case Do.DROP:
                await self._drop()
            case Do.GARBAGE:
                self.channel.write(JUNK)
            case Do.FAILURE | Do.POISON:
                self._poisoned = rule.do is Do.POISON
                raise STATUSES[rule.what]("the rule says so")
        await asyncio.Event().wait()
        raise AssertionError

    async def _after(self, rule: Rule | None, *paths: bytes) -> None:
        """What happens when the operation has been carried out."""
        match rule.do if rule else None:
            case Do.DO_THEN_DROP:
                await self._drop()
            case Do.DO_THEN_FAILURE:
                raise STATUSES[cast("Rule", rule).what]("done, and answered with a failure all the same")
            case Do.COLLECT:
                self._peer.collect(self.map_path(paths[-1]))

    def end(self) -> None:
        """Nobody asks any more: close what is still open."""
        for handle in list(self._handles):
            self._let_go(handle)

    def _let_go(self, handle: Handle) -> None:
        handle.file.close()
        if handle in self._handles:
            self._handles.remove(handle)

    async def _drop(self) -> NoReturn:
        self.connection.abort()
        self.end()
        await asyncio.Event().wait()
        raise AssertionError

    def _spoil(self, rule: Rule, path: bytes, mode: str) -> None:
        with suppress(OSError), open(self.map_path(path), mode) as file:  # noqa: PTH123 - names are bytes
            file.write(rule.what.encode())

    def _told(self, on: On, *paths: bytes, done: bool = True, rule: Rule | None = None) -> None:
        path, to = (*paths, b"", b"")[:2]
        self._peer.evidence.tell(on.value, path, to=to, done=done, rule=_named(rule), connection=self._number)


def _named(rule: Rule | None) -> str:
    return rule.do.value if rule else ""


def _bent(rule: Rule | None, attrs: asyncssh.SFTPAttrs) -> asyncssh.SFTPAttrs:
    """What is told about a file."""
    if rule is None or rule.do not in {Do.LIE, Do.VARY}:
        return attrs
    if rule.do is Do.VARY:
        attrs.size = time.monotonic_ns() % 100_000
        attrs.mtime = time.monotonic_ns() % 100_000
        return attrs
    match rule.what:
        case "size":
            attrs.size = max(0, (attrs.size or 0) + int(rule.number))
        case "time":
            attrs.atime = attrs.mtime = int(rule.number)
        case "type":
            attrs.permissions = stat.S_IFLNK | 0o777
        case _:
            return asyncssh.SFTPAttrs()
    return attrs


def _bent_bytes(rule: Rule | None, block: bytes, offset: int, size: int) -> bytes:
    match rule.do if rule else None:
        case Do.TRUNCATE:
            return block[: max(0, int(cast("Rule", rule).number) - offset)]
        case Do.STOP if offset + len(block) > cast("Rule", rule).number:
            raise asyncssh.SFTPFailure("the read broke off")
        case Do.VARY:
            return os.urandom(len(block))
        case Do.ENDLESS:
            return b"x" * size
    return block


def _invented(rule: Rule, most: int) -> Any:
    """Entries that nobody put there."""
    if rule.do is Do.ENDLESS:
        return _plain(1 << 62)
    if rule.do is Do.NAMES and most:
        return _plain(most)
    return [_entry(name, 1) for name in HOSTILE] if rule.do is Do.NAMES else ()


def _plain(count: int) -> Any:
    return (_entry(b"F%07d.csv" % number, 100) for number in range(count))


def _entry(name: bytes, size: int) -> asyncssh.SFTPName:
    attrs = asyncssh.SFTPAttrs(size=size, permissions=stat.S_IFREG | 0o644, atime=1_700_000_000, mtime=1_700_000_000)
    return asyncssh.SFTPName(name, b"-rw-r--r-- 1 a b 100 " + name, attrs)


def _withhold(channel: asyncssh.SSHServerChannel[bytes], names: frozenset[bytes]) -> None:
    """Take extensions out of the server's first message, as if it had never heard of them."""
    write = channel.write

    def first(packet: bytes, datatype: Any = None) -> None:
        channel.write = write  # type: ignore[method-assign]  # the library knows no other way to say less
        write(_without(packet, names), datatype)

    channel.write = first  # type: ignore[method-assign]


def _without(packet: bytes, names: frozenset[bytes]) -> bytes:
    head, left, kept = packet[4:9], packet[9:], b""
    while left:
        name, left = _text(left)
        value, left = _text(left)
        kept += b"" if name in names else b"".join(len(it).to_bytes(4, "big") + it for it in (name, value))
    body = head + kept
    return len(body).to_bytes(4, "big") + body


def _text(left: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(left[:4], "big")
    return left[4:end], left[end:]
