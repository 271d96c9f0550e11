"""A file that a person hands in for a partner: from then on it is like one that the partner left in its folder (sdf 3.6)."""

from __future__ import annotations

from pathlib import Path

from gateway.archive import Archive
from gateway.config import Workspace
from gateway.desk.acting import Desk, Mode, perform
from gateway.intake.spot import Spot
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown
from gateway.store import Tx, events, messages
from gateway.store.messages import NewMessage, Recorded

HANDED_IN = "handed_in"
"""The event of a file that a person has brought."""


def spot_of(workspace: Workspace, name: str) -> Spot:
    """The receive channel of that name, CONNECTOR/CHANNEL; ConfigError when there is none, or it is switched off."""
    found = {
        f"{connector.connector}/{channel.channel}": Spot(connector, channel)
        for connector in workspace.connectors.values()
        for channel in connector.receive
    }
    if name not in found:
        raise ConfigError(unknown(name, found, what="receive channel"))
    spot = found[name]
    if not spot.connector.enabled or not spot.channel.enabled:
        text = f"{name} is switched off, and nobody would read the file"
        raise ConfigError(f"{text}: set enabled to true in connectors/{spot.connector.connector}.yaml")
    return spot


def hand_in(desk: Desk, archive: Archive, spot: Spot, file: Path, *, mode: Mode = Mode.EARNEST) -> Recorded:
    """Archive the bytes and record the message; a duplicate says of which. Booking it is the node's."""
    with file.open("rb") as source:
        stored = archive.put(source)
    connector, channel = spot.names
    new = NewMessage(
        connector=connector,
        channel=channel,
        file_name=file.name.encode(),
        sha256=stored.sha256,
        size=stored.size,
        archive_key=stored.key,
        received_at=desk.clock.now(),
        lane=spot.lane,
    )

    def work(tx: Tx) -> Recorded:
        made = messages.record(tx, new)
        if made is None:  # only a taken name could be recorded before, and this has none
            raise RuntimeError(f"{file.name} was recorded by nobody and yet before")
        events.of_message(tx, made.message_id, HANDED_IN, actor=desk.user, at=new.received_at)
        return made

    return perform(desk.store, work, mode)
