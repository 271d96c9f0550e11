"""The bytes of files that hold the data of erased orders go, and what may be left of them takes their place.

A file with several orders keeps the documents of the others, as they were read. Safe to repeat at any point.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import structlog
from msgspec import Struct

from gateway.archive import BlobLost
from gateway.booking.decide import order_numbers
from gateway.documents import Document
from gateway.intake import rest
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError, Refused
from gateway.mapping import Reading
from gateway.privacy.copies import drop_copies
from gateway.privacy.erase import Kit
from gateway.store import privacy_files, privacy_rows
from gateway.store.messages import Message
from gateway.store.privacy_files import Due

log = structlog.get_logger()
AT_ONCE = 200


class Scrubbed(Struct, frozen=True):
    """How many files were scrubbed, and how many must wait: they are still to be sent or read."""

    done: int
    waiting: int


def scrub(kit: Kit, *, most: int | None = None) -> Scrubbed:
    """Scrub what is due, at most so many files."""
    done, waiting, after = 0, 0, ""
    while most is None or done < most:
        with kit.tools.store.reading() as connection:
            some = privacy_files.waiting(connection, after=after, most=AT_ONCE)
        if not some:
            break
        for it in some:
            gone = _scrub(kit, it)
            done, waiting, after = done + gone, waiting + (not gone), it.key
    if done or waiting:
        log.info("files_scrubbed", done=done, waiting=waiting)
    return Scrubbed(done, waiting)


def _scrub(kit: Kit, it: Due) -> bool:
    tools = kit.tools
    with tools.store.reading() as connection:
        files = privacy_files.readers(connection, it.key)
        unsent = privacy_files.is_unsent(connection, it.key)
        read = privacy_rows.is_being_read(connection, [file.id for file in files])
    absent = sorted({file.connector for file in files} & tools.workspace.absent)
    if unsent or read or absent:
        text = "the file must be sent first: gateway outbox list --unfinished" if unsent else "the file is being read; it goes afterwards"
        if absent:  # without its layout nothing could be left of what the file says of others
            text = f"connectors/{absent[0]}.yaml is wrong; mend it, and the file goes afterwards"
        with tools.store.transaction() as tx:
            privacy_files.put_off(tx, it.key, Issue("GWY-20", text))
        return False
    with rest.spooled() as body:
        kept = 0 if it.whole else _rest(kit, files, it.key, body)
        body.seek(0)
        tools.archive.erase(it.key, body)
    with tools.store.transaction("desk.act") as tx:
        privacy_files.done(tx, it.key, kept=kept, now=tools.clock.now())
    drop_copies(tools, files, kept=kept)
    return True


def _rest(kit: Kit, files: list[Message], key: str, body: BinaryIO) -> int:
    """What may be left; nothing of a file that cannot be read any more, and nothing of one that we have made."""
    try:
        head = _head(kit, files, key)
        if head is None:
            return 0
        named: set[str] = set()
        for reading in _readings(kit, files, key):
            named |= _numbers(reading.key, reading.said)
        with kit.tools.store.reading() as connection:
            erased = privacy_rows.erased_numbers(connection, named)
        readings = _readings(kit, files, key)
        return rest.write(head, readings, body, lambda number, document: not erased.isdisjoint(_numbers(number, document)))
    except (Refused, ConfigError, BlobLost, OSError, ValueError) as error:
        log.warning("nothing_left_of_file", sha256=key, reason=type(error).__name__)
        body.seek(0)
        body.truncate()
        return 0


def _head(kit: Kit, files: list[Message], key: str) -> rest.Head | None:
    if kit.tools.archive.is_erased(key):
        return rest.head_of(kit.tools.archive, key)
    read = _read_by(files)
    if read is None or read.mapping is None:
        return None
    return rest.Head(read.mapping, kit.tools.library.of(read.mapping).document)


def _readings(kit: Kit, files: list[Message], key: str) -> Iterator[Reading]:
    if kit.tools.archive.is_erased(key):
        yield from rest.read(kit.tools.archive, key)
        return
    read = _read_by(files)
    connector = kit.tools.workspace.connectors.get(read.connector) if read else None
    channel = connector.taking(read.channel) if connector and read else None
    if read is None or connector is None or channel is None:
        raise ConfigError("the channel that the file came by is not configured any more")
    yield from kit.reader.documents(read, connector, channel)


def _read_by(files: list[Message]) -> Message | None:
    """The first message of these bytes that some layout has read."""
    return next((file for file in files if file.mapping is not None), None)


def _numbers(key: str, document: Document | None) -> set[str]:
    named = set() if document is None else {number.upper() for number in order_numbers(document)}
    return named | ({key.upper()} if key else set())
