"""What an SSH server offers in its very first message; asked only to explain why no algorithm fits."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from typing import BinaryIO

_KEXINIT = 20
_KINDS = ("key exchange", "host keys", "ciphers", "ciphers back", "digests", "digests back")
_NO_ALGORITHMS = ("ext-info-", "kex-strict-")
_MOST_LINES = 50
_LARGEST = 1 << 18


def server_offers(sock: socket.socket) -> Mapping[str, tuple[str, ...]]:
    """The names by kind as the server lists them; empty when it does not get so far."""
    try:
        sock.sendall(b"SSH-2.0-gateway\r\n")
        with sock.makefile("rb") as stream:
            return _lists(stream)
    except (OSError, ValueError, struct.error):
        return {}


def _lists(stream: BinaryIO) -> dict[str, tuple[str, ...]]:
    for _ in range(_MOST_LINES):
        if stream.readline(1024).startswith(b"SSH-"):
            break
    length, padding, kind = struct.unpack(">IBB", stream.read(6))
    if kind != _KEXINIT or not padding + 18 < length < _LARGEST:
        return {}
    body = stream.read(length - 2)[16:]
    found = {}
    for name in _KINDS:
        (size,) = struct.unpack_from(">I", body)
        names = body[4 : 4 + size].decode("ascii", "replace").split(",")
        found[name] = tuple(name for name in names if not name.startswith(_NO_ALGORITHMS))
        body = body[4 + size :]
    return found
