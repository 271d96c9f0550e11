"""The copies of received files in our private folders: those with the data of erased orders go, where nothing is lost by it.

Where the folders are ours they go at once; at the servers of partners with the next tidying up (`Collector.clean`), by the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, suppress

import structlog

from gateway.config import FolderEndpoint, Take
from gateway.domain import privacy as rules
from gateway.intake import Spot
from gateway.kernel.errors import GatewayError
from gateway.outgoing import Tools
from gateway.store.messages import Message
from gateway.transports import FolderMissing, FolderOptions, NoSuchFile, RemotePath, open_transport

log = structlog.get_logger()


def drop_copies(tools: Tools, files: Iterable[Message], *, kept: int) -> int:
    """Remove the copies of these files, of which something of `kept` documents is left in the archive; answers how many went."""
    now, gone = tools.clock.now(), 0
    for file in files:
        if file.decided_at is None or not rules.copy_may_go(kept=kept, decided_at=file.decided_at, now=now):
            continue
        for path, options in _places(tools, file):
            try:
                with suppress(NoSuchFile, FolderMissing), closing(open_transport("folder", options)) as transport:
                    transport.remove(path)
                    gone += 1
            except GatewayError as error:  # the next tidying up finds it
                log.warning("copy_not_removed", connector=file.connector, channel=file.channel, message=file.id, reason=str(error))
    return gone


def _places(tools: Tools, file: Message) -> Iterator[tuple[RemotePath, FolderOptions]]:
    """Where a copy of it may lie in a folder of ours."""
    connector = tools.workspace.connectors.get(file.connector)
    channel = next((it for it in connector.receive if it.channel == file.channel), None) if connector is not None else None
    if connector is None or channel is None or file.taken_name is None or channel.take is not Take.MOVE:
        return
    if isinstance(connector.endpoint, FolderEndpoint):
        spot, options = Spot(connector, channel), FolderOptions(root=tools.workspace.paths.root / connector.endpoint.root)
        yield from ((folder.join(file.taken_name), options) for folder in (spot.taken, spot.done))
