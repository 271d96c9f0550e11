"""Whole files over one SFTP session: many requests under way, answers taken in order, a pace that must be kept."""

from __future__ import annotations

import io
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from gateway.kernel.errors import Answered, EndpointDown
from gateway.kernel.failpoints import failpoint
from gateway.transports import sftp_wire as wire
from gateway.transports.pace import Pace

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from gateway.transports.options import Deadlines

BLOCK = 32 * 1024
"""The largest read and write that every server takes."""
UNDER_WAY = 64
"""So many requests at once, as OpenSSH's own client does."""


class Asked(Struct, frozen=True):
    """A read that is under way."""

    number: int
    position: int
    count: int


class Download(io.RawIOBase):
    """One open remote file; reads ahead from the start, further with every answer."""

    def __init__(self, session: wire.Session, handle: bytes, *, size: int | None, deadlines: Deadlines, name: str) -> None:
        super().__init__()
        self._session = session
        self._handle = handle
        self._size = size
        self._name = name
        self._pace = Pace(deadlines, doing=f"reading {name}", size=size)
        self._asked: deque[Asked] = deque()
        self._next = 0
        self._ahead = 2
        self._block = b""
        self._ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """The next bytes in order; 0 at the end."""
        while not self._block and not self._ended:
            self._block = self._arrived()
        with memoryview(buffer).cast("B") as view:
            part = self._block[: len(view)]
            view[: len(part)] = part
        self._block = self._block[len(part) :]
        return len(part)

    def close(self) -> None:
        """Take in what is still under way, close the handle and wait for the answer."""
        if self.closed:
            return
        super().close()
        for asked in self._asked:
            if not self._session.broken:
                with suppress(wire.Status):
                    self._session.answer(asked.number, wanted=wire.DATA)
        if not self._session.broken:
            with suppress(wire.Status):
                self._session.call(wire.CLOSE, self._handle)

    def _arrived(self) -> bytes:
        """The next block; empty when the server sent an empty one, or at the end."""
        self._ask()
        first = self._asked.popleft()
        began = time.monotonic()
        try:
            block = self._session.answer(first.number, wanted=wire.DATA).text()
        except wire.Status as status:
            if status.code != wire.EOF:
                raise Answered(f"reading {self._name}: {status}") from status
            self._ended = True
            return b""
        self._pace.waited(time.monotonic() - began, moved=len(block))
        if len(block) > first.count:
            raise EndpointDown(f"reading {self._name}: the server sent more than was asked for")
        if len(block) < first.count:
            # a short answer is no end: ask for the rest before anything that follows it
            self._asked.appendleft(self._send(first.position + len(block), first.count - len(block)))
        self._ahead = min(self._ahead * 2, UNDER_WAY)
        return block

    def _ask(self) -> None:
        """Keep requests under way up to the known size; beyond it one at a time, the last one to see the end."""
        while len(self._asked) < self._ahead and (not self._asked or self._size is None or self._next <= self._size):
            count = min(BLOCK, self._size - self._next) if self._size is not None and self._next < self._size else BLOCK
            self._asked.append(self._send(self._next, count))
            self._next += count

    def _send(self, position: int, count: int) -> Asked:
        return Asked(self._session.send(wire.READ, self._handle, *wire.offset(position), count), position, count)


def upload(session: wire.Session, handle: bytes, body: BinaryIO, *, deadlines: Deadlines, name: str) -> None:
    """Write the whole body to an open remote file; every write is answered before this returns."""
    pace = Pace(deadlines, doing=f"writing {name}")
    under_way: deque[tuple[int, int]] = deque()
    position = 0
    try:
        while block := body.read(BLOCK):
            failpoint("out.upload.block")
            began = time.monotonic()
            under_way.append((session.send(wire.WRITE, handle, *wire.offset(position), block), len(block)))
            position += len(block)
            pace.waited(time.monotonic() - began, moved=0)
            if len(under_way) >= UNDER_WAY:
                _settle(session, under_way, pace)
        while under_way:
            _settle(session, under_way, pace)
    except BaseException:
        for number, _ in under_way:
            if not session.broken:
                with suppress(wire.Status):
                    session.answer(number)
        raise


def _settle(session: wire.Session, under_way: deque[tuple[int, int]], pace: Pace) -> None:
    number, count = under_way.popleft()
    began = time.monotonic()
    session.answer(number)
    pace.waited(time.monotonic() - began, moved=count)
