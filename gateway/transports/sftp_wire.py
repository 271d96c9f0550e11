"""The SFTP protocol (version 3) over one open channel: numbered requests, replies in any order, deadlines.

Written here because names must stay bytes, the server's list of extensions must be seen, every answer needs a
deadline, and the answer to a close must count. Knows nothing of files and folders; `sftp.py` does.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from paramiko import SSHException

from gateway.kernel.errors import EndpointDown

if TYPE_CHECKING:
    from gateway.transports.pace import Watchdog

INIT, VERSION = 1, 2
OPEN, CLOSE, READ, WRITE, LSTAT = 3, 4, 5, 6, 7
OPENDIR, READDIR, REMOVE, MKDIR, STAT, RENAME = 11, 12, 13, 14, 17, 18
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
EXTENDED = 200

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
# numbers of later protocol versions that servers send all the same
NO_SUCH_PATH, ALREADY_EXISTS, WRITE_PROTECT, NO_SPACE, QUOTA = 10, 11, 12, 14, 15

FLAG_READ, FLAG_WRITE, FLAG_CREATE, FLAG_EXCLUSIVE = 0x01, 0x02, 0x08, 0x20

_HAS_SIZE, _HAS_OWNER, _HAS_MODE, _HAS_TIMES, _HAS_MORE = 0x01, 0x02, 0x04, 0x08, 0x80000000
_LARGEST_PACKET = 1 << 20
_BLOCK = 1 << 16
_TOGETHER = 1 << 14
_UINT32 = struct.Struct(">I")
_UINT64 = struct.Struct(">Q")


class Channel(Protocol):
    """What is needed of the SSH library's channel."""

    def sendall(self, s: bytes, /) -> None:
        """Send it all or raise."""
        ...

    def recv(self, nbytes: int, /) -> bytes:
        """Some bytes; none at the end."""
        ...

    def settimeout(self, timeout: float | None, /) -> None:
        """Limit of the next calls."""
        ...


class Status(Exception):
    """The server answered a request with something else than success."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text or 'no reason given'} (status {code})")
        self.code = code


class Attributes(Struct, frozen=True):
    """What the server tells about an entry."""

    size: int | None
    mode: int | None
    modified: int | None


class Reply:
    """One answer, read from left to right; a short one breaks the connection."""

    __slots__ = ("_at", "_body", "kind")

    def __init__(self, kind: int, body: bytes) -> None:
        self.kind = kind
        self._body = body
        self._at = 0

    def number(self) -> int:
        """A 32-bit number."""
        return int.from_bytes(self._take(4), "big")

    def text(self) -> bytes:
        """A counted string, as bytes."""
        return self._take(self.number())

    def attributes(self) -> Attributes:
        """An attribute block; what we do not use is passed over."""
        flags = self.number()
        size = _UINT64.unpack(self._take(8))[0] if flags & _HAS_SIZE else None
        self._take(8 if flags & _HAS_OWNER else 0)
        mode = self.number() if flags & _HAS_MODE else None
        modified = self._times() if flags & _HAS_TIMES else None
        for _ in range(self.number() if flags & _HAS_MORE else 0):
            self.text()
            self.text()
        return Attributes(size=size, mode=mode, modified=modified)

    @property
    def rest(self) -> int:
        """How many bytes are left."""
        return len(self._body) - self._at

    def _times(self) -> int:
        self.number()
        return self.number()

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._body):
            raise EndpointDown("the server sent an SFTP message that is cut short")
        taken = self._body[self._at : end]
        self._at = end
        return taken


class Session:
    """Requests and their answers over one channel; any failure but a `Status` ends it."""

    def __init__(self, channel: Channel, watchdog: Watchdog, *, limit: float) -> None:
        self._channel = channel
        self._watchdog = watchdog
        self._limit = limit
        self._buffer = bytearray()
        self._waiting = bytearray()
        self._early: dict[int, Reply] = {}
        self._last = 0
        self.broken = False
        self.extensions = self._greet()

    def send(self, kind: int, *fields: bytes | int) -> int:
        """Put one request on its way, together with others at hand; the number under which `answer` gives its reply."""
        self._last = (self._last + 1) & 0xFFFFFFFF
        self._queue(kind, _packed((self._last, *fields)))
        return self._last

    def answer(self, number: int, *, wanted: int = STATUS) -> Reply:
        """The reply to that request; `Status` when the server says no."""
        reply = self._early.pop(number, None)
        while reply is None:
            kind, body = self._read()
            arrived = Reply(kind, body)
            told = arrived.number()
            if told == number:
                reply = arrived
            else:
                self._early[told] = arrived
        if reply.kind == STATUS:
            code = reply.number()
            if code != OK or wanted != STATUS:
                raise Status(code, _words(reply))
        elif reply.kind != wanted:
            raise self._break(f"the server answered with SFTP message {reply.kind} where {wanted} was due")
        return reply

    def call(self, kind: int, *fields: bytes | int, wanted: int = STATUS) -> Reply:
        """Ask and wait."""
        return self.answer(self.send(kind, *fields), wanted=wanted)

    def _greet(self) -> dict[bytes, bytes]:
        self._queue(INIT, _UINT32.pack(3))
        kind, body = self._read()
        if kind != VERSION:
            raise self._break("the server does not speak SFTP on this channel")
        hello = Reply(kind, body)
        hello.number()
        extensions = {}
        while hello.rest:
            name = hello.text()
            extensions[name] = hello.text()
        return extensions

    def _queue(self, kind: int, body: bytes) -> None:
        """Small requests wait for each other until an answer is wanted: one packet of SSH costs more than they do."""
        self._waiting += _UINT32.pack(len(body) + 1) + bytes((kind,)) + body
        if len(self._waiting) >= _TOGETHER:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        packet, self._waiting = bytes(self._waiting), bytearray()
        with self._watchdog.within(self._limit):
            try:
                self._channel.settimeout(self._limit)
                self._channel.sendall(packet)
            except (OSError, EOFError, SSHException) as error:
                raise self._break(self._reason(error)) from error

    def _read(self) -> tuple[int, bytes]:
        self._flush()
        until = time.monotonic() + self._limit
        with self._watchdog.within(self._limit):
            self._fill(4, until)
            size = _UINT32.unpack_from(self._buffer)[0]
            if not 1 <= size <= _LARGEST_PACKET:
                raise self._break(f"the server sent an SFTP message of {size} bytes")
            self._fill(4 + size, until)
        kind, body = self._buffer[4], bytes(self._buffer[5 : 4 + size])
        del self._buffer[: 4 + size]
        return kind, body

    def _fill(self, count: int, until: float) -> None:
        while len(self._buffer) < count:
            left = until - time.monotonic()
            if left <= 0:
                raise self._break(f"no complete answer within {self._limit:g} s")
            try:
                self._channel.settimeout(left)
                block = self._channel.recv(_BLOCK)
            except (OSError, EOFError, SSHException) as error:
                raise self._break(self._reason(error)) from error
            if not block:
                raise self._break(self._reason(None))
            self._buffer += block

    def _reason(self, error: Exception | None) -> str:
        if self._watchdog.bitten or isinstance(error, TimeoutError):
            return f"no complete answer within {self._limit:g} s"
        return f"the connection broke off: {error}" if str(error or "") else "the server closed the connection"

    def _break(self, text: str) -> EndpointDown:
        self.broken = True
        return EndpointDown(text)


def _packed(fields: tuple[bytes | int, ...]) -> bytes:
    return b"".join(_UINT32.pack(field) if isinstance(field, int) else _UINT32.pack(len(field)) + field for field in fields)


def offset(position: int) -> tuple[int, int]:
    """A 64-bit position as the two 32-bit numbers it is sent as."""
    return position >> 32, position & 0xFFFFFFFF


def _words(reply: Reply) -> str:
    return reply.text().decode("utf-8", "replace").strip() if reply.rest >= 4 else ""
