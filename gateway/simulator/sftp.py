"""A real SFTP server on the loopback address, in a thread of its own: a vendor's side of the demo and of the tests.

Not for the open: it knows a handful of accounts, and everything below its root belongs to all of them.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self

import asyncssh
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START_LIMIT = 15.0


class Account(Struct, frozen=True):
    """How one user may log in: a password, a public key (the text of a .pub file), or either."""

    password: str | None = None
    public_key: str | None = None


class SftpServer:
    """Serves one folder by SFTP until it is stopped; `port` and `host_key_fingerprint` hold from the start on."""

    def __init__(self, root: Path, users: Mapping[str, Account], *, port: int = 0, host_key: str | None = None) -> None:
        self.root = root
        self.users = dict(users)
        self.port = port
        self.host_key = asyncssh.import_private_key(host_key) if host_key else asyncssh.generate_private_key("ssh-ed25519")
        self.host_key_fingerprint = self.host_key.get_fingerprint()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated-sftp", daemon=True)
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    def start(self) -> Self:
        """Listen; on return the port is known."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_LIMIT)
        return self

    def stop(self) -> None:
        """Drop all connections and end the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(START_LIMIT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def options(self) -> Mapping[str, Any]:
        """What asyncssh is told besides keys and factories; a misbehaving server says more here."""
        return {}

    def login(self) -> Login:
        """What judges one connection's credentials."""
        return Login(self)

    def session(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        """What answers one connection's file requests."""
        return asyncssh.SFTPServer(channel, chroot=bytes(self.root))

    async def _listen(self) -> None:
        self._acceptor = await asyncssh.create_server(
            self.login,
            "127.0.0.1",
            self.port,
            server_host_keys=[self.host_key],
            sftp_factory=self.session,
            allow_scp=False,
            **self.options(),
        )
        self.port = self._acceptor.get_port()

    async def _end(self) -> None:
        if self._acceptor is not None:
            for listener in self._acceptor.sockets:
                self._loop.remove_reader(listener)
            await asyncio.sleep(0)  # what was accepted last begins: behind a closed acceptor it would leave its socket open
            self._acceptor.close()
        for connection in tuple(self._connections):
            connection.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for _ in range(2):  # an aborted connection ends in the next round, its socket in the one after that
            await asyncio.sleep(0)

    def opened(self, connection: asyncssh.SSHServerConnection) -> None:
        """A client has connected."""
        self._connections.add(connection)

    def ended(self, connection: asyncssh.SSHServerConnection) -> None:
        """A client has gone."""
        self._connections.discard(connection)


class Login(asyncssh.SSHServer):
    """Judges the credentials of one connection."""

    def __init__(self, server: SftpServer) -> None:
        self._server = server
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._server.opened(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._server.ended(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Every user must show something."""
        account = self._server.users.get(username)
        if account is not None and account.public_key is not None and self._connection is not None:
            self._connection.set_authorized_keys(asyncssh.import_authorized_keys(account.public_key))
        return True

    def password_auth_supported(self) -> bool:
        """Where any account has one."""
        return any(account.password is not None for account in self._server.users.values())

    def validate_password(self, username: str, password: str) -> bool:
        """As the table of accounts says."""
        account = self._server.users.get(username)
        return account is not None and account.password is not None and account.password == password
