"""Many small files over one SFTP session: their requests go out together, so that a round trip is shared and not paid by each.

Knows nothing of what a failure means: a file that cannot be had this way is left to whoever reads one file at a time.
"""

from __future__ import annotations

import stat
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.transports import sftp_wire as wire
from gateway.transports.sftp_stream import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.transports.base import RemoteFile

SMALL = BLOCK - 1
"""A file that one answer holds, with room to show that it has ended."""
TOGETHER = 16
"""So many files open at once in one session; servers allow 100 and more, and where one allows fewer those beyond are read singly."""
_NO_ATTRIBUTES = 0


class Asked(Struct, frozen=True):
    """The first requests for one file; `looked` is absent where nobody may look, `opened` where the file is not small."""

    file: RemoteFile
    looked: int | None
    opened: int | None


class Opened(Struct, frozen=True):
    """The last requests for one file: all of it, what stands behind its end, and the close."""

    size: int
    read: int
    behind: int
    closed: int


def contents(session: wire.Session, files: Iterable[RemoteFile], *, looks: bool) -> Iterator[bytes | None]:
    """The bytes of each file in their order; None for one that is large, gone, no file, or not as its listing said."""
    left = iter(files)
    while group := list(islice(left, TOGETHER)):
        asked = [_ask(session, file, looks=looks) for file in group]
        opened = [_open(session, one) for one in asked]
        yield from [_content(session, one) for one in opened]


def answers(session: wire.Session, numbers: Iterable[int]) -> list[wire.Status | None]:
    """What the server says to each of these requests; None is success."""
    found: list[wire.Status | None] = []
    for number in numbers:
        try:
            session.answer(number)
        except wire.Status as status:
            found.append(status)
        else:
            found.append(None)
    return found


def _ask(session: wire.Session, file: RemoteFile, *, looks: bool) -> Asked:
    if file.size is None or file.size > SMALL:
        return Asked(file, None, None)
    looked = session.send(wire.LSTAT, file.path.raw) if looks else None
    return Asked(file, looked, session.send(wire.OPEN, file.path.raw, wire.FLAG_READ, _NO_ATTRIBUTES))


def _open(session: wire.Session, asked: Asked) -> Opened | None:
    """The file is open and a regular one: ask for everything else at once."""
    is_regular = asked.looked is None or _is_regular(session, asked.looked)
    if asked.opened is None:
        return None
    try:
        handle = session.answer(asked.opened, wanted=wire.HANDLE).text()
    except wire.Status:
        return None
    size = asked.file.size or 0
    read = session.send(wire.READ, handle, 0, 0, BLOCK)
    behind = session.send(wire.READ, handle, 0, size, BLOCK)
    found = Opened(size, read, behind, session.send(wire.CLOSE, handle))
    if is_regular:
        return found
    _content(session, found)
    return None


def _content(session: wire.Session, opened: Opened | None) -> bytes | None:
    """All answers are taken in, whatever they say."""
    if opened is None:
        return None
    content = _data(session, opened.read)
    behind = _data(session, opened.behind)
    answers(session, [opened.closed])
    if opened.size == 0 and content is None:
        content = b""
    return content if content is not None and len(content) == opened.size and behind is None else None


def _data(session: wire.Session, number: int) -> bytes | None:
    """What was read; None at the end of the file, or where it cannot be read."""
    try:
        return session.answer(number, wanted=wire.DATA).text()
    except wire.Status:
        return None


def _is_regular(session: wire.Session, number: int) -> bool:
    """Where the server does not say, a listing has."""
    try:
        mode = session.answer(number, wanted=wire.ATTRS).attributes().mode
    except wire.Status:
        return True
    return mode is None or stat.S_ISREG(mode)
