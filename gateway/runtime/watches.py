"""Watches folders so that a poll comes sooner; never trusted alone: network drives send no events, and events are lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from gateway.config import SftpEndpoint
from gateway.intake import Spot
from gateway.kernel.errors import GatewayError
from gateway.transports import Transport, Watch, Watchable
from gateway.transports.endpoints import Endpoints

log = structlog.get_logger()


class Watches:
    """The running watches of one process."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._running: list[tuple[Watch, Transport]] = []

    def start(self, spots: Sequence[Spot], wake: Callable[[Spot], None]) -> None:
        """Watch these channels where their transport can; the others are polled by time alone."""
        for spot in spots:
            if isinstance(spot.connector.endpoint, SftpEndpoint):
                continue  # SFTP tells nothing, and a dead server would keep the node from starting
            try:
                transport = self._endpoints.connect(spot.connector)
                if isinstance(transport, Watchable):
                    self._running.append((transport.watch(spot.folder, partial(wake, spot)), transport))
                else:
                    transport.close()
            except GatewayError as error:
                log.warning("not_watched", connector=spot.names[0], channel=spot.names[1], reason=str(error))

    def close(self) -> None:
        """End all watches."""
        for watch, transport in self._running:
            watch.close()
            transport.close()
        self._running.clear()
