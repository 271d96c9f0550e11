"""What a connector wants of its partner's server, channel by channel, and what the words it chose cannot promise."""

from __future__ import annotations

from msgspec import Struct

from gateway.config import Connector, Receive, Send, SftpEndpoint
from gateway.config.channel import Take
from gateway.config.endpoint import Look, Rename
from gateway.transports.ability import NO_LOOK, PLAIN_RENAME, Ask
from gateway.transports.base import RemotePath
from gateway.transports.options import RenameMode

_PRIVATE = b".taken"

KEEP = (
    "files stay where they are, so whether one is new is judged by name, size and time: a file replaced by another of the same size "
    "within the same second is not seen"
)
DELETE = "a file that its sender replaces by another of the same size and second, after it was read and before it is removed, is lost"


class Place(Struct, frozen=True):
    """Where a server may be tried: the channel's folder, and the folder in it where our files do not disturb."""

    folder: RemotePath
    trial: RemotePath
    private: bool


def ask_of(connector: Connector) -> Ask:
    """What the connector asks of its server."""
    endpoint = connector.endpoint
    if not isinstance(endpoint, SftpEndpoint):
        return Ask()
    renames = any(renames_in(connector, channel.channel) for channel in connector.channels if channel.enabled)
    return Ask(rename=RenameMode(endpoint.rename.value), renames=renames, looks=endpoint.stat is Look.FULL)


def renames_in(connector: Connector, channel: str) -> bool:
    """Whether files get other names there: taken by moving, or delivered (answers too) under a temporary name."""
    has_acknowledgements = connector.partner.edi is not None and connector.partner.edi.answers is not None
    return any(
        (isinstance(it, Send) or it.take is Take.MOVE or it.answer is not None or has_acknowledgements)
        for it in connector.channels
        if it.channel == channel
    )


def trial_places(connector: Connector) -> tuple[Place, ...]:
    """The private folders of channels that take by moving, then the folders we deliver to."""
    receiving = [channel for channel in connector.receive if channel.enabled]
    inlets = [(RemotePath.of(it.folder), it.channel.encode()) for it in receiving if it.take is Take.MOVE]
    outlets = [RemotePath.of(folder) for folder in connector.answer_folders(receiving)]
    outlets += [RemotePath.of(it.folder) for it in connector.send if it.enabled]
    return (
        *(Place(folder, folder.join(_PRIVATE).join(name), private=True) for folder, name in inlets),
        *(Place(folder, folder, private=False) for folder in dict.fromkeys(outlets)),
    )


def weaknesses(connector: Connector) -> tuple[str, ...]:
    """What the weaker words of a connector give up, a sentence each; empty where every promise is kept."""
    endpoint = connector.endpoint
    found = []
    if isinstance(endpoint, SftpEndpoint) and endpoint.rename is Rename.PLAIN:
        found.append(f"rename: plain - {PLAIN_RENAME}")
    if isinstance(endpoint, SftpEndpoint) and endpoint.stat is Look.NONE:
        found.append(f"stat: none - {NO_LOOK}")
    return (*found, *(text for channel in connector.receive if (text := _weak_take(channel))))


def _weak_take(channel: Receive) -> str:
    told = {Take.MOVE: "", Take.KEEP: KEEP, Take.DELETE: DELETE}[channel.take]
    return f"{channel.channel}: take: {channel.take} - {told}" if told else ""
