"""The simulator's SFTP server, made to misbehave: each class has one fault."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Self

import asyncssh

from gateway.simulator.sftp import Account, Login, SftpServer

USER = "gateway"
PASSWORD = "correct horse"


class WitnessServer(SftpServer):
    """Writes down every login attempt it sees and how many connections there were."""

    def __init__(self, root: Path, users: Mapping[str, Account] | None = None, **more: Any) -> None:
        super().__init__(root, users or {USER: Account(password=PASSWORD)}, **more)
        self.attempts: list[str] = []
        self.connected = 0

    def login(self) -> Login:
        self.connected += 1
        return _Witness(self)


class _Witness(Login):
    def __init__(self, server: WitnessServer) -> None:
        super().__init__(server)
        self._witness = server

    def begin_auth(self, username: str) -> bool:
        self._witness.attempts.append(f"user {username}")
        return super().begin_auth(username)

    def validate_password(self, username: str, password: str) -> bool:
        self._witness.attempts.append(f"password {password}")
        return super().validate_password(username, password)


class WeakServer(WitnessServer):
    """Offers nothing but what asyncssh is told to offer."""

    def __init__(self, root: Path, offered: Mapping[str, list[str]]) -> None:
        super().__init__(root)
        self._offered = offered

    def options(self) -> Mapping[str, Any]:
        return self._offered


class HangingServer(WitnessServer):
    """Never answers one kind of request; `login` hangs while judging the password."""

    def __init__(self, root: Path, on: str) -> None:
        super().__init__(root)
        self._on = on

    def login(self) -> Login:
        return _HangingLogin(self) if self._on == "login" else super().login()

    def session(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return _hanging(self._on)(channel, chroot=bytes(self.root))


class _HangingLogin(Login):
    async def validate_password(self, username: str, password: str) -> bool:  # type: ignore[override]  # asyncssh takes both
        await asyncio.Event().wait()
        return False


async def _for_ever(*_: object) -> None:
    await asyncio.Event().wait()


async def _names_for_ever(*_: object) -> AsyncIterator[asyncssh.SFTPName]:
    await asyncio.Event().wait()
    yield asyncssh.SFTPName(b"never")


def _hanging(on: str) -> type[asyncssh.SFTPServer]:
    return type("Hanging", (asyncssh.SFTPServer,), {on: _names_for_ever if on == "scandir" else _for_ever})


class RefusingServer(WitnessServer):
    """Answers one kind of request with a fixed error."""

    def __init__(self, root: Path, on: str, error: asyncssh.SFTPError) -> None:
        super().__init__(root)
        self._on = on
        self._error = error

    def session(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        error = self._error

        def refuse(*_: object) -> None:
            raise error

        refusing: type[asyncssh.SFTPServer] = type("Refusing", (asyncssh.SFTPServer,), {self._on: refuse})
        return refusing(channel, chroot=bytes(self.root))


class FlakyServer(WitnessServer):
    """Hangs up on the first connections, as a server does that has too many at the moment."""

    def __init__(self, root: Path, failures: int) -> None:
        super().__init__(root)
        self._failures = failures

    def opened(self, connection: asyncssh.SSHServerConnection) -> None:
        super().opened(connection)
        if self.connected <= self._failures:
            connection.abort()


class MuteServer:
    """Takes TCP connections and never says a word."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._taken: list[socket.socket] = []
        self._thread = threading.Thread(target=self._take, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for taken in self._taken:
            taken.close()

    def _take(self) -> None:
        while True:
            try:
                self._taken.append(self._listener.accept()[0])
            except OSError:
                return
