"""A partner's side for the transport suite: one place that a transport serves, and a second way to look at it."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.kernel.secret import Secret
from gateway.simulator.sftp import SftpServer
from gateway.transports import (
    FolderOptions,
    MemoryServer,
    MemoryTransport,
    RemotePath,
    SftpOptions,
    Transport,
    open_transport,
)
from tests.openssh import OpenSsh
from tests.sftp_server import PASSWORD, USER

_NUMBERS = itertools.count(1)


class Site:
    """One fresh folder at a partner's; `connect` gives another transport to it."""

    def __init__(self, base: RemotePath, connect: Callable[[], Transport], *, local: Path | None = None) -> None:
        self.base = base
        self.local = local
        self._connect = connect
        self._open = ExitStack()
        self.transport = self.connect()

    def connect(self) -> Transport:
        transport = self._connect()
        self._open.callback(transport.close)
        return transport

    def at(self, name: bytes) -> RemotePath:
        return self.base.join(name)

    def drops(self, name: bytes, body: bytes) -> RemotePath:
        self.transport.put(self.at(name), io.BytesIO(body))
        return self.at(name)

    def body(self, name: bytes) -> bytes:
        with self.transport.open(self.at(name)) as body:
            return body.read()

    def names(self) -> set[bytes]:
        return {entry.name for entry in self.transport.listing(self.base)}

    def close(self) -> None:
        self._open.close()


@contextmanager
def memory_site() -> Iterator[Site]:
    server = MemoryServer("in")
    yield from _closing(Site(RemotePath.of("in"), lambda: MemoryTransport(server)))


@contextmanager
def folder_site(root: Path) -> Iterator[Site]:
    (root / "in").mkdir()
    options = FolderOptions(root=root)
    yield from _closing(Site(RemotePath.of("in"), lambda: open_transport("folder", options), local=root / "in"))


@contextmanager
def asyncssh_site(server: SftpServer) -> Iterator[Site]:
    name = f"site{next(_NUMBERS)}"
    (server.root / name).mkdir()
    options = password_options(server)
    yield from _closing(Site(RemotePath.of(f"/{name}"), lambda: open_transport("sftp", options), local=server.root / name))


@contextmanager
def openssh_site(server: OpenSsh) -> Iterator[Site]:
    place = server.root / f"site{next(_NUMBERS)}"
    place.mkdir()
    options = key_options(server)
    yield from _closing(Site(RemotePath(bytes(place)), lambda: open_transport("sftp", options), local=place))


def password_options(server: SftpServer, **changes: object) -> SftpOptions:
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": USER,
        "host_keys": (server.host_key_fingerprint,),
        "password": Secret(PASSWORD),
    }
    return SftpOptions(**{**settings, **changes})  # type: ignore[arg-type]  # a table of settings


def key_options(server: OpenSsh, **changes: object) -> SftpOptions:
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "host_keys": (server.fingerprints["ed25519"],),
        "key": Secret(server.key),
    }
    return SftpOptions(**{**settings, **changes})  # type: ignore[arg-type]  # a table of settings


def _closing(site: Site) -> Iterator[Site]:
    try:
        yield site
    finally:
        site.close()
