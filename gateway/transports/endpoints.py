"""From a connector's `endpoint:` to an open transport: secrets resolved late, connections kept and lent."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from gateway.config import Connector, FolderEndpoint, MemoryEndpoint, SftpEndpoint, Workspace
from gateway.config.secrets import PREFIX
from gateway.kernel import meter
from gateway.kernel.errors import GatewayError, HostKeyRefused
from gateway.transports.base import Transport
from gateway.transports.keep import Connections
from gateway.transports.kinds import open_transport, options_for
from gateway.transports.memory import MemoryServer, MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = frozenset({"transport", "connections"})


class Gate(Protocol):
    """Who decides whether a server may be used as its connector says, and remembers what servers show and can do."""

    def trusted(self, connector: Connector) -> tuple[str, ...]:
        """Host keys that count beside those of the connector."""
        ...

    def met(self, connector: Connector, transport: Transport) -> None:
        """A new connection stands."""
        ...

    def refused(self, connector: Connector, error: HostKeyRefused) -> None:
        """The server showed other keys than those that count."""
        ...

    def require(self, connector: Connector, channel: str) -> None:
        """Raise where the server is known not to do what the channel asks for."""
        ...


class Endpoints:
    """Opens the transports of a workspace's connectors. `servers` are the memory servers of tests, by name."""

    def __init__(
        self, workspace: Workspace, connections: Connections, *, gate: Gate | None = None, servers: dict[str, MemoryServer] | None = None
    ) -> None:
        self._gate = gate
        self._workspace = workspace
        self._connections = connections
        self._servers = servers or {}

    def shed(self, hosts: Collection[str]) -> None:
        """Close what has been idle for long, and what is idle at these hosts."""
        self._connections.shed(hosts)

    def cut(self) -> None:
        """End everything that is under way; whoever is at it sees a connection that broke."""
        self._connections.cut()

    def cap(self, connector: Connector) -> int:
        """The most connections to it at a time."""
        own = connector.endpoint.connections if isinstance(connector.endpoint, SftpEndpoint) else None
        return self._connections.cap(own)

    @contextmanager
    def lend(self, connector: Connector, channel: str | None = None) -> Iterator[Transport]:
        """A kept or a new connection for one thread; thrown away when the body fails with more than an outcome.

        For a channel only where the server can do what that channel asks for.
        """
        self._require(connector, channel)
        host = getattr(connector.endpoint, "host", None)  # those of other packages may have one too
        at = host if isinstance(host, str) else None
        with self._connections.lend(connector.connector, lambda: self._met(connector), most=self.cap(connector), host=at) as transport:
            self._require(connector, channel)
            yield transport

    def _require(self, connector: Connector, channel: str | None) -> None:
        if self._gate is not None and channel is not None:
            self._gate.require(connector, channel)

    def _met(self, connector: Connector) -> Transport:
        """A new connection that the gate has looked at."""
        if self._gate is None:
            return self.connect(connector)
        try:
            transport = self.connect(connector)
        except HostKeyRefused as error:
            self._gate.refused(connector, error)
            raise
        try:
            self._gate.met(connector, transport)
        except BaseException:
            transport.close()
            raise
        return transport

    def connect(self, connector: Connector) -> Transport:
        """A new connection; EndpointDown, PolicyRefused or ConfigError tell why there is none."""
        try:
            return self._connect(connector)
        except GatewayError as error:
            meter.count(meter.CONNECT_ERRORS, connector=connector.connector, reason=_reason(error))
            raise

    def _connect(self, connector: Connector) -> Transport:
        endpoint = connector.endpoint
        if isinstance(endpoint, MemoryEndpoint):
            return MemoryTransport(self._servers[endpoint.server])
        return open_transport(endpoint.transport, self.options(connector))

    def options(self, connector: Connector) -> Struct:
        """What the transport must be told, with secrets looked up now."""
        endpoint = connector.endpoint
        if isinstance(endpoint, FolderEndpoint):
            root = self._workspace.paths.root / endpoint.root
            return options_for("folder", {"root": Path(root)})
        words = {word: self._resolved(value) for word, value in endpoint.model_dump(exclude_none=True).items() if word not in _OURS}
        if isinstance(endpoint, SftpEndpoint) and self._gate is not None:
            words["host_keys"] = [*words["host_keys"], *self._gate.trusted(connector)]
        return options_for(endpoint.transport, words)

    # Any: the words of an endpoint are texts, numbers, times and lists of texts, as each kind of transport wants them
    def _resolved(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(PREFIX):
            return self._workspace.secrets.get(value)
        if isinstance(value, tuple | list):
            return [found.reveal().strip() if hasattr(found := self._resolved(one), "reveal") else found for one in value]
        if isinstance(value, dict):
            return {
                word: found.reveal().strip() if hasattr(found := self._resolved(one), "reveal") else found for word, one in value.items()
            }
        return value


def _reason(error: GatewayError) -> str:
    """The kind of an error as a label.

    >>> _reason(GatewayError())
    'gateway_error'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
