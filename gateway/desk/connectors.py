"""One connector as people look at it: its file as it stands, its channels, and what is wrong with it and the mappings it names."""

from __future__ import annotations

from msgspec import Struct

from gateway.config import Connector, Problem, Workspace
from gateway.config.channel import Receive, Send, Take
from gateway.desk.partners import mapping_problems
from gateway.kernel.errors import ConfigError, NotFound
from gateway.kernel.yaml_text import unknown
from gateway.mapping import Library


class ChannelSheet(Struct, frozen=True, kw_only=True):
    """One channel, in words."""

    channel: str
    direction: str
    folder: str
    files: str
    mappings: tuple[str, ...]
    when: str
    more: tuple[str, ...]
    enabled: bool


def connector_of(workspace: Workspace, name: str) -> Connector:
    """The connector of that name; NotFound names the nearest."""
    if name not in workspace.connectors:
        raise NotFound(unknown(name, workspace.connectors, what="connector"), remedy="See them all: gateway connector list")
    return workspace.connectors[name]


def channels_of(connector: Connector) -> tuple[ChannelSheet, ...]:
    """All channels of a connector, those that receive first."""
    return (*map(_receiving, connector.receive), *map(_sending, connector.send))


def written(workspace: Workspace, name: str) -> str:
    """The file of a connector as it stands now. It holds names of secrets, never secrets."""
    try:
        return (workspace.paths.connectors / f"{name}.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"# connectors/{name}.yaml cannot be read: {error}"


def problems_of(workspace: Workspace, library: Library, name: str) -> tuple[Problem, ...]:
    """What is wrong with this connector as the service has read it, its secrets, and the mappings that it names."""
    mine = f"connectors/{name}.yaml"
    connector = workspace.connectors[name]
    named = {f"mappings/{mapping}.yaml" for sheet in channels_of(connector) for mapping in sheet.mappings}
    try:
        found = [*workspace.secret_problems(connector), *mapping_problems(workspace, library)]
    except ConfigError as error:
        return tuple(Problem(mine, 0, "", text) for text in error.problems)
    return tuple(dict.fromkeys(it for it in found if it.file == mine or it.file in named))


def _receiving(it: Receive) -> ChannelSheet:
    more = [f"ready when it has rested for {_span(it.ready.stable_for.total_seconds())}"]
    more += [f"marked complete by {it.ready.marker.text}"] if it.ready.marker else []
    more += [f"take: {it.take.value}"] if it.take is not Take.MOVE else []
    more += [f"answered in {it.answer.folder} as {it.answer.file.text}"] if it.answer else []
    more += ["watched"] if it.watch else []
    more += ["in the order of names"] if it.in_order else []
    named = (*it.mapping, *((it.answer.mapping,) if it.answer else ()))
    return ChannelSheet(
        channel=it.channel,
        direction="receives",
        folder=it.folder,
        files=", ".join(one.text for one in it.files),
        mappings=tuple(dict.fromkeys(named)),
        when=f"every {_span(it.every.total_seconds())}",
        more=tuple(more),
        enabled=it.enabled,
    )


def _sending(it: Send) -> ChannelSheet:
    return ChannelSheet(
        channel=it.channel,
        direction="sends",
        folder=it.folder,
        files=it.file.text,
        mappings=(it.mapping,),
        when=it.gather.what.value.replace("_", " "),
        more=("in order",) if it.in_order else (),
        enabled=it.enabled,
    )


def _span(seconds: float) -> str:
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
