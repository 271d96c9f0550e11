"""A mapping tried on bytes: those that somebody hands in, and those of a received file. Nothing is stored, nobody is told."""

from __future__ import annotations

from gateway.archive import Archive
from gateway.config import Workspace
from gateway.desk.brief_file import brief_file
from gateway.desk.kept import open_kept
from gateway.desk.mappings import PAGE, PreviewSheet, Size, beside
from gateway.desk.messages import MessageSheet
from gateway.desk.preview import Preview, Wanted, preview_as
from gateway.desk.raw import READ_AT_MOST, known_in
from gateway.kernel.errors import ConfigError


def try_bytes(workspace: Workspace, body: bytes, name: str, wanted: Wanted, *, size: Size = PAGE) -> PreviewSheet:
    """What would be read from these bytes; nothing is hidden from who has brought them."""
    return beside(_read(workspace, body, name, wanted), body, name, size=size)


def try_message(
    workspace: Workspace, archive: Archive, sheet: MessageSheet, mapping: str | None = None, *, size: Size = PAGE
) -> PreviewSheet:
    """What would be read now from a received file, as one of its channel or with this mapping; what is personal in it is hidden."""
    if sheet.size > READ_AT_MOST:
        raise ConfigError(f"message {sheet.id} has {sheet.size:,} bytes; here at most {READ_AT_MOST:,} are read")
    with open_kept(archive, sheet.archive_key, what=f"message {sheet.id} ({sheet.file})", see=f"gateway message show {sheet.id}") as source:
        body = source.read()
    is_known = sheet.connector in workspace.connectors and not mapping
    connector, channel = (sheet.connector, sheet.channel) if is_known else (None, None)
    found = _read(workspace, body, sheet.file, Wanted(mapping=mapping, connector=connector, channel=channel))
    return beside(found, body, sheet.file, known_in((one.reading for one in found.readings), [found.kind]), size=size)


def _read(workspace: Workspace, body: bytes, name: str, wanted: Wanted) -> Preview:
    with brief_file(name, body) as file:
        return preview_as(workspace, file, wanted)
