"""What the gateway would read from a file: its mapping, its documents, its issues. Nothing is stored, nobody is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from gateway.config import Connector, Receive, Workspace
from gateway.desk.inspection import nearest
from gateway.desk.partners import library_of
from gateway.formats.base import HEAD
from gateway.formats.edi import sniff
from gateway.intake.habits import habits_of
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError, UnknownDocument
from gateway.mapping import (
    Library,
    Mapping,
    OneOrSeveral,
    Several,
    Traced,
    Values,
    formless,
    identify,
    preview,
    set_readers,
    stranger,
    together,
)
from gateway.transports import shown

BROKEN = "has mistakes, see: gateway mapping check"


class Preview(Struct, frozen=True):
    """What was found: `issues` refuse the whole file, each reading has its own."""

    mapping: str
    version: int
    kind: str
    readings: tuple[Traced, ...]
    issues: tuple[Issue, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the file, or a document of it, would be refused."""
        return any(issue.is_error for issue in self.issues) or any(not one.reading.is_good for one in self.readings)


class Wanted(Struct, frozen=True, kw_only=True):
    """How a file is read: with this mapping; else as one of this partner, by its channel where one is named; else with what fits it."""

    mapping: str | None = None
    connector: str | None = None
    channel: str | None = None


class Choice(Struct, frozen=True):
    """Which mapping reads the file, and what `$` values it has."""

    mapping: OneOrSeveral
    values: Values


def preview_as(workspace: Workspace, file: Path, wanted: Wanted) -> Preview:
    """Read the file as somebody asks for it; ConfigError when that contradicts itself."""
    if wanted.mapping and wanted.connector:
        raise ConfigError("name either a mapping or a connector, not both")
    if wanted.channel and not wanted.connector:
        raise ConfigError("a channel needs its connector: name that too")
    if wanted.mapping:
        return preview_with(workspace, file, wanted.mapping)
    if wanted.connector:
        return preview_for(workspace, file, workspace.connector(wanted.connector), wanted.channel)
    return preview_any(workspace, file)


def preview_with(workspace: Workspace, file: Path, mapping: str) -> Preview:
    """Read the file with this mapping, whether it fits or not."""
    found = library_of(workspace).get(mapping)
    if not found.reads:
        raise ConfigError(f"mapping '{mapping}' only writes: choose one that reads")
    return _read(file, Choice(found, Values(file={"name": file.name}, message=_arrived())))


def preview_for(workspace: Workspace, file: Path, connector: Connector, channel: str | None = None) -> Preview:
    """Read the file as one of this partner: by the channel named, else by the one whose pattern takes the name."""
    library = library_of(workspace)
    name = file.name.encode()
    receive = connector.receiving(channel) if channel else _taking(connector, name)
    caught = next((found for pattern in receive.files if (found := pattern.match(name)) is not None), {})
    partner = workspace.partner_values(connector)
    values = Values(partner=partner, file={"name": shown(name), **caught}, message=_arrived(), habits=habits_of(connector))
    return _read(file, Choice(_fitting(library, file, receive.mapping, values), values))


def preview_any(workspace: Workspace, file: Path) -> Preview:
    """Read the file with the one mapping of the workspace that fits it; of interchanges each set with the first that is for it."""
    library = library_of(workspace)
    fitting = [name for name in library.names() if _reason(library, name, file) is None]
    values = Values(file={"name": file.name}, message=_arrived())
    if len(fitting) > 1 and not all(library.get(name).is_by_set for name in fitting):
        raise ConfigError(f"{file.name} fits {', '.join(fitting)}: name one with --mapping, or its partner with --connector")
    return _read(file, Choice(_fitting(library, file, library.names(), values), values))


def _read(file: Path, choice: Choice) -> Preview:
    mapping = choice.mapping
    with file.open("rb") as source:
        preflight = mapping.preflight(source, choice.values)
    readings: tuple[Traced, ...] = ()
    if preflight.is_legible:
        with file.open("rb") as source:
            readings = tuple(preview(mapping, source, choice.values))
    return Preview(mapping.name, mapping.version, mapping.document, readings, preflight.issues)


def _taking(connector: Connector, name: bytes) -> Receive:
    found = next((channel for channel in connector.receive if any(pattern.match(name) is not None for pattern in channel.files)), None)
    if found is None:
        patterns = ", ".join(f"{pattern.text} ({channel.channel})" for channel in connector.receive for pattern in channel.files)
        raise ConfigError(f"no channel of {connector.connector} takes '{shown(name)}' (they take {patterns}): name one with --channel")
    return found


def _fitting(library: Library, file: Path, names: tuple[str, ...], values: Values) -> OneOrSeveral:
    reasons = {name: _reason(library, name, file) for name in names}
    first = next((name for name, reason in reasons.items() if reason is None), None)
    later = None if first is not None else _later(library, file, names, values)
    if later is not None:
        return later
    if first is None:
        raise UnknownDocument([Issue("MAP-02", _unfit(library, file, reasons), kind="unknown_document", where=file.name)])
    mapping = library.get(first)
    if not mapping.is_by_set:
        return mapping
    alike = set_readers(_sound(library, names))
    with file.open("rb") as source:
        return Several(alike).used(source, values) or together(alike)


def _unfit(library: Library, file: Path, reasons: dict[str, str | None]) -> str:
    """What the file is, where that is known; else what speaks against the mappings, those that come nearest first."""
    with file.open("rb") as source:
        head = source.read(HEAD)
    identity = identify(head, file.name)
    if named := stranger(head) or formless(identity):
        return named
    reading = {name: why for name, why in reasons.items() if why and (why == BROKEN or library.get(name).reads)}
    kin = [name for name, why in reading.items() if why != BROKEN and library.get(name).format == identity.format]
    return f"no mapping fits this file ({nearest(reading, kin) or 'none of them reads'})"


def _later(library: Library, file: Path, names: tuple[str, ...], values: Values) -> OneOrSeveral | None:
    """Of interchanges that begin with a standard none of these is for: those that sets further down are for."""
    with file.open("rb") as source:
        alike = set_readers(_sound(library, names)) if sniff(source.read(HEAD)) is not None else ()
        source.seek(0)
        return Several(alike).used(source, values) if alike else None


def _sound(library: Library, names: tuple[str, ...]) -> Iterator[Mapping]:
    """Those without mistakes."""
    for name in names:
        with suppress(ConfigError):
            yield library.get(name)


def _reason(library: Library, name: str, file: Path) -> str | None:
    """Why a mapping is not for this file; None when it is."""
    try:
        mapping = library.get(name)
    except ConfigError:
        return BROKEN
    with file.open("rb") as source:
        head = source.read(HEAD)
    return mapping.fits(identify(head, file.name), head)


def _arrived() -> dict[str, object]:
    return {"received_at": datetime.now(UTC), "id": 0}
