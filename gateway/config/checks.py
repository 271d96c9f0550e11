"""What no single file can tell: rules between connectors, the organization and the settings."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from msgspec import Struct

from gateway.config.channel import Answer, Folder, Gathering, Receive, Send
from gateway.config.connector import MAIL, Connector
from gateway.config.endpoint import FolderEndpoint, MemoryEndpoint, SftpEndpoint, secret_names
from gateway.config.loader import Place, Source, line_of, plain, shown
from gateway.config.names import FileName
from gateway.config.patterns import FilePattern, Token, intersects
from gateway.config.problems import Problem
from gateway.config.secrets import Secrets
from gateway.config.settings import Settings
from gateway.domain.reference import Reference
from gateway.kernel.yaml_text import Node, unknown

ORGANIZATION = "organization.yaml"
_TO_VENDORS = frozenset({Gathering.NEW_ORDERS, Gathering.REQUESTS})
Sources = Sequence[Source[Connector]]


class Spot(Struct, frozen=True):
    """A folder on a server, however it was written."""

    server: tuple[str, ...]
    folder: str


class Inlet(Struct, frozen=True):
    """A place where files are taken."""

    source: Source[Connector]
    at: Place
    channel: str
    spot: Spot
    patterns: tuple[FilePattern, ...]


class Outlet(Struct, frozen=True):
    """A place where files are put."""

    source: Source[Connector]
    at: Place
    channel: str
    spot: Spot
    name: tuple[Token, ...]
    text: str


def cross_faults(sources: Sources, reference: Reference | None, settings: Settings, root: Path) -> Iterator[Problem]:
    """Everything that is wrong between files that are each right by themselves; without an organization, what can be told without it."""
    yield from _names(sources)
    for source in sources:
        if reference is not None:
            yield from _partner(source, reference)
        yield from _direction(source)
        yield from _partner_words(source)
        yield from _places(source, settings, root)
    if reference is not None:
        yield from _mail(sources, reference, root)
    alive = [source for source in sources if source.value.enabled]
    inlets = [inlet for source in alive for inlet in _inlets(source, root)]
    outlets = [outlet for source in alive for outlet in (*_outlets(source, root), *_edi_outlets(source, root))]
    yield from _shared(inlets)
    yield from _loops(inlets, outlets)


def calendar_faults(file: str, tree: Node, calendars: Collection[str]) -> Iterator[Problem]:
    """Holidays that there is no file of; told of a connector too that something else is wrong with."""
    for place, named in _holidays(plain(tree)):
        if named not in calendars:
            told = unknown(named, calendars, what="calendar") if calendars else f"there is no calendar '{named}'"
            yield Problem(file, line_of(tree, place), shown(place), f"{told}; put its days into calendars/{named}.txt")


def _holidays(connector: Any) -> Iterator[tuple[Place, str]]:
    """The calendars that its channels name, whatever else stands there."""
    channels = connector.get("receive") if isinstance(connector, dict) else None
    for number, channel in enumerate(channels if isinstance(channels, list) else ()):
        expect = channel.get("expect") if isinstance(channel, dict) else None
        named = expect.get("holidays") if isinstance(expect, dict) else None
        if isinstance(named, str):
            yield ("receive", number, "expect", "holidays"), named


def secret_faults(sources: Sources, secrets: Secrets) -> Iterator[Problem]:
    """Secrets that cannot be had."""
    for source in sources:
        for word, reference in secret_names(source.value.endpoint):
            text = secrets.problem(reference)
            if text:
                yield source.problem(("endpoint", word), text)


def _names(sources: Sources) -> Iterator[Problem]:
    counted = Counter(source.value.connector for source in sources)
    for source in sources:
        name = source.value.connector
        if counted[name] > 1:
            others = ", ".join(other.file for other in sources if other.value.connector == name and other is not source)
            yield source.problem(("connector",), f"'{name}' is also the name of {others}")
        if Path(source.file).stem != name:
            yield source.problem(("connector",), f"'{name}' must be the name of the file; rename it to {name}.yaml")


def _partner(source: Source[Connector], reference: Reference) -> Iterator[Problem]:
    partner = source.value.partner
    vendor = partner.vendor or partner.orders_for
    if vendor is not None and vendor not in reference.vendors:
        yield source.problem(("partner", "vendor"), f"{unknown(vendor, reference.vendors, what='vendor')} (see organization.yaml)")
    if partner.system is not None and partner.system not in reference.systems:
        yield source.problem(("partner", "system"), f"{unknown(partner.system, reference.systems, what='system')} (see organization.yaml)")


def _mail(sources: Sources, reference: Reference, root: Path) -> Iterator[Problem]:
    """Notices that nobody would send; a file that cannot be read is told of by itself."""
    file = f"connectors/{MAIL}.yaml"
    is_unread = (root / file).is_file() and not any(source.file == file for source in sources)
    wanted = [f"vendor {code}" for code, vendor in reference.vendors.items() if vendor.notices]
    wanted = [*(["the organization"] if reference.organization.notices else []), *wanted]
    if wanted and not is_unread and not any(source.value.is_mail for source in sources):
        text = f"{', '.join(wanted)}: notices are switched on, but there is no {file} with the transport mail"
        yield Problem(ORGANIZATION, 0, "notices", text)


def _direction(source: Source[Connector]) -> Iterator[Problem]:
    is_vendor = source.value.partner.vendor is not None
    for number, channel in enumerate(source.value.send):
        what = channel.gather.what
        if (what in _TO_VENDORS) != is_vendor:
            whom = f"{what.value} go to {'vendors' if what in _TO_VENDORS else 'systems'}"
            yield source.problem(("send", number, "gather"), f"{whom}; this partner is a {'vendor' if is_vendor else 'system'}")


def _partner_words(source: Source[Connector]) -> Iterator[Problem]:
    values = source.value.partner.values
    named: list[tuple[Place, FileName]] = [(("send", number, "file"), channel.file) for number, channel in enumerate(source.value.send)]
    named += [(("receive", number, "answer", "file"), answer.file) for number, _, answer in _answering(source.value)]
    edi = source.value.partner.edi
    named += [(("partner", "edi", "answers", "file"), edi.answers.file)] if edi is not None and edi.answers is not None else []
    for place, name in named:
        for hole in name.holes:
            word = hole.removeprefix("partner.")
            if hole != word and word not in values:
                yield source.problem(place, unknown(word, values, what="partner value"))


def _places(source: Source[Connector], settings: Settings, root: Path) -> Iterator[Problem]:
    endpoint = source.value.endpoint
    if not isinstance(endpoint, FolderEndpoint):
        return
    base = Path(os.path.normpath(root / endpoint.root))
    if not any(base.is_relative_to(allowed) for allowed in (root, *settings.paths.outside)):
        text = f"'{endpoint.root}' lies outside the workspace; allow it in gateway.toml: [paths] outside = [\"{base}\"]"
        yield source.problem(("endpoint", "root"), text)
    for place, folder in _folders(source.value):
        if folder.startswith(("/", "~")) or "\\" in folder:
            yield source.problem(place, f"'{folder}' must be relative to the endpoint's root; for another place give 'endpoint > root'")


def _answering(connector: Connector) -> Iterator[tuple[int, Receive, Answer]]:
    return ((number, channel, channel.answer) for number, channel in enumerate(connector.receive) if channel.answer)


def local_folders(connector: Connector, root: Path) -> tuple[Path, ...]:
    """The folders a folder connector uses inside the workspace."""
    if not isinstance(connector.endpoint, FolderEndpoint):
        return ()
    base = root / connector.endpoint.root
    found = (Path(os.path.normpath(base / folder)) for _, folder in _folders(connector))
    return tuple(folder for folder in found if folder.is_relative_to(root))


def _folders(connector: Connector) -> Iterator[tuple[Place, Folder]]:
    for number, receive in enumerate(connector.receive):
        yield ("receive", number, "folder"), receive.folder
    for number, _, answer in _answering(connector):
        yield ("receive", number, "answer", "folder"), answer.folder
    edi = connector.partner.edi
    if edi is not None and edi.answers is not None:
        yield ("partner", "edi", "answers", "folder"), edi.answers.folder
    for number, send in enumerate(connector.send):
        yield ("send", number, "folder"), send.folder


def _inlets(source: Source[Connector], root: Path) -> Iterator[Inlet]:
    for number, channel in enumerate(source.value.receive):
        if channel.enabled:
            spot = _spot(source.value, channel.folder, root)
            yield Inlet(source, ("receive", number, "files"), _called(source, channel), spot, channel.files)


def _outlets(source: Source[Connector], root: Path) -> Iterator[Outlet]:
    connector = source.value
    for number, send in enumerate(connector.send):
        if send.enabled:
            spot = _spot(connector, send.folder, root)
            yield Outlet(source, ("send", number, "file"), _called(source, send), spot, send.file.tokens(), send.file.text)
    for number, receive, answer in _answering(connector):
        if receive.enabled:
            spot = _spot(connector, answer.folder, root)
            yield Outlet(
                source, ("receive", number, "answer", "file"), _called(source, receive), spot, answer.file.tokens(), answer.file.text
            )


def _edi_outlets(source: Source[Connector], root: Path) -> Iterator[Outlet]:
    """Where acknowledgements go."""
    connector, edi = source.value, source.value.partner.edi
    if edi is not None and edi.answers is not None and any(channel.enabled for channel in connector.receive):
        name, spot = edi.answers.file, _spot(connector, edi.answers.folder, root)
        yield Outlet(source, ("partner", "edi", "answers", "file"), f"{connector.connector}", spot, name.tokens(), name.text)


def _called(source: Source[Connector], channel: Receive | Send) -> str:
    return f"{source.value.connector}/{channel.channel}"


def _spot(connector: Connector, folder: str, root: Path) -> Spot:
    match connector.endpoint:
        case FolderEndpoint(root=base):
            return Spot(("folder",), os.path.normpath(root / base / folder))
        case SftpEndpoint(host=host, port=port, user=user):
            # where a login lands is not known here: /in and in are taken for the same folder
            return Spot(("sftp", host.lower().rstrip("."), str(port), user), os.path.normpath("/" + folder).lstrip("/"))
        case MemoryEndpoint(server=server):
            return Spot(("memory", server), os.path.normpath("/" + folder))
        case other:
            return Spot((other.transport, str(sorted((other.model_extra or {}).items()))), os.path.normpath(folder))


def _shared(inlets: Sequence[Inlet]) -> Iterator[Problem]:
    for one, other in combinations(inlets, 2):
        if one.spot == other.spot:
            for mine in other.patterns:
                theirs = next((pattern for pattern in one.patterns if intersects(mine.tokens, pattern.tokens)), None)
                if theirs is not None:
                    text = f"'{mine.text}' and '{theirs.text}' of {one.channel} take the same files from {other.spot.folder}"
                    yield other.source.problem(other.at, text)


def _loops(inlets: Sequence[Inlet], outlets: Sequence[Outlet]) -> Iterator[Problem]:
    for outlet in outlets:
        for inlet in inlets:
            taken = next((pattern for pattern in inlet.patterns if intersects(outlet.name, pattern.tokens)), None)
            if outlet.spot == inlet.spot and taken is not None:
                text = f"'{outlet.text}' would be taken in again by '{taken.text}' of {inlet.channel}; use another folder"
                yield outlet.source.problem(outlet.at, text)
