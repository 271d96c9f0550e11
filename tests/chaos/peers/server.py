"""An SFTP server that misbehaves by rules and keeps its own evidence of everything it carried out.

In a test: `with RuledServer(root, rules=[Rule(On.WRITE, Do.DROP)]) as server:`. By itself:
`python -m tests.chaos.peers.server ROOT --port 0 --rules FILE --log FILE` prints its port and host key and runs until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import asyncssh

from gateway.simulator.sftp import Account, Login, SftpServer
from tests.chaos.peers.evidence import Evidence, hash_of
from tests.chaos.peers.ruled import JUNK, RuledSession
from tests.chaos.peers.rules import Do, On, Rule, Rules, read_rules, some_rules

USER = "gateway"
PASSWORD = "correct horse"
POSIX_RENAME = b"posix-rename@openssh.com"
FSYNC = b"fsync@openssh.com"
OLD: dict[str, dict[str, list[str]]] = {
    "key exchange": {"kex_algs": ["diffie-hellman-group1-sha1"]},
    "ciphers": {"encryption_algs": ["3des-cbc"]},
    "digests": {"mac_algs": ["hmac-md5"], "encryption_algs": ["aes128-ctr"]},
}
__all__ = ["FSYNC", "PASSWORD", "POSIX_RENAME", "USER", "Do", "On", "Rule", "RuledServer", "Rules", "some_rules"]


class RuledServer(SftpServer):
    """`rules` may be changed while it runs. `withheld`: extensions it never offers; `most_open`: files at once in one session."""

    def __init__(
        self,
        root: Path,
        users: Mapping[str, Account] | None = None,
        *,
        rules: Iterable[Rule] = (),
        log: Path | None = None,
        port: int = 0,
        host_key: str | None = None,
        withheld: Iterable[bytes] = (),
        most_open: int | None = None,
    ) -> None:
        super().__init__(root, users or {USER: Account(password=PASSWORD)}, port=port, host_key=host_key)
        self.rules = Rules(rules)
        self.evidence = Evidence(log or root.with_name(f"{root.name}.evidence.jsonl"))
        self.collected = root.with_name(f"{root.name}.collected")
        self.withheld = frozenset(withheld)
        self.most_open = most_open
        self.other_key = asyncssh.generate_private_key("ssh-ed25519")
        self.ending = False
        self._sessions: list[RuledSession] = []
        self._numbers = itertools.count(1)
        self._listener: socket.socket | None = None
        self._fresh: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def login(self) -> Login:
        return RuledLogin(self)

    def session(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        session = RuledSession(self, channel, next(self._numbers))
        self._sessions.append(session)
        return session

    def collect(self, place: bytes) -> None:
        """Take a file away as a partner does who has been waiting for it."""
        self.collected.mkdir(exist_ok=True)
        size, sha256 = hash_of(place)
        with suppress(FileNotFoundError):
            os.rename(place, bytes(self.collected) + b"/%d." % next(self._numbers) + place.rpartition(b"/")[2])  # noqa: PTH104 - bytes
            self.evidence.tell("collect", place.removeprefix(bytes(self.root)), size=size, sha256=sha256)

    async def _listen(self) -> None:
        self.evidence.open()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    async def _end(self) -> None:
        self.ending = True
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
        await super()._end()
        for session in self._sessions:
            session.end()
        for sock in (*self._fresh, *((self._listener,) if self._listener else ())):
            sock.close()
        self.evidence.close()

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _accept(self, listener: socket.socket) -> None:
        """One connection; nobody but us holds its socket until it is served, so that none is left open at the end."""
        with suppress(BlockingIOError):
            sock, _ = listener.accept()
            sock.setblocking(False)
            self._fresh.add(sock)
            self._start(self._serve(sock, self.rules.strike(On.CONNECT)))

    async def _serve(self, sock: socket.socket, rule: Rule | None) -> None:
        """One connection: what the rule about connecting makes of it. The socket is ours until an SSH connection has it."""
        self._fresh.discard(sock)
        do = rule.do if rule else None
        with ExitStack() as ours:
            ours.enter_context(closing(sock))
            self.evidence.tell("connect", rule=do.value if do else "")
            key = self.other_key if do is Do.OTHER_KEY else self.host_key
            more: Mapping[str, Any] = OLD[rule.what or "ciphers"] if rule is not None and do is Do.WEAK else {}
            with suppress(asyncssh.Error, OSError, TimeoutError):
                if rule is not None and await self._kept_out(sock, rule):
                    return
                await asyncssh.run_server(
                    sock, server_factory=self.login, server_host_keys=[key], sftp_factory=self.session, allow_scp=False, **more
                )
                ours.pop_all()

    async def _kept_out(self, sock: socket.socket, rule: Rule) -> bool:
        """Whether this was all that the connection gets."""
        loop = asyncio.get_running_loop()
        match rule.do:
            case Do.DROP:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case Do.FAILURE:
                await loop.sock_sendall(sock, (rule.what or "Not allowed at this time").encode() + b"\r\n")
            case Do.TRUNCATE:
                await loop.sock_sendall(sock, b"SSH-2.0-cut")
            case Do.GARBAGE:
                await loop.sock_sendall(sock, JUNK)
            case Do.HANG:
                await asyncio.Event().wait()
            case Do.ENDLESS:
                while True:
                    await loop.sock_sendall(sock, b"one more line of welcome\r\n" * 100)
            case Do.SLOW:
                await asyncio.sleep(rule.number)
                return False
            case _:
                return False
        return True


class RuledLogin(Login):
    """Judges one login, when the rules let it."""

    def __init__(self, server: RuledServer) -> None:
        super().__init__(server)
        self._peer = server
        self._refuses = False

    async def begin_auth(self, username: str) -> bool:  # type: ignore[override]  # the library takes both
        """Once for each attempt of a client."""
        rule = self._peer.rules.strike(On.AUTH)
        self._peer.evidence.tell("auth", username.encode(), rule=rule.do.value if rule else "")
        match rule.do if rule else None:
            case Do.DROP | Do.DO_THEN_DROP if self._connection is not None:
                self._connection.abort()
                await asyncio.Event().wait()
            case Do.HANG:
                await asyncio.Event().wait()
            case Do.SLOW:
                await asyncio.sleep(rule.number if rule else 0)
            case Do.FAILURE:
                self._refuses = True
                return True
        return super().begin_auth(username)

    def validate_password(self, username: str, password: str) -> bool:
        return not self._refuses and super().validate_password(username, password)


def main() -> None:
    """Serve until SIGTERM or the end of the input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rules", type=Path, help="a JSON file with a list of rules")
    parser.add_argument("--seed", type=int, help="choose passing faults by this seed, besides --rules")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--user", default=USER)
    parser.add_argument("--password", default=PASSWORD)
    parser.add_argument("--public-key", type=Path, help="let this key in too")
    parser.add_argument("--host-key", type=Path)
    parser.add_argument("--withhold", action="append", default=[], help="an extension it does not offer")
    parser.add_argument("--most-open", type=int)
    wanted = parser.parse_args()
    rules = read_rules(wanted.rules) if wanted.rules else []
    rules += some_rules(random.Random(wanted.seed)) if wanted.seed is not None else ()
    public = wanted.public_key.read_text() if wanted.public_key else None
    server = RuledServer(
        wanted.root.resolve(),
        {wanted.user: Account(password=wanted.password, public_key=public)},
        rules=rules,
        log=wanted.log,
        port=wanted.port,
        host_key=wanted.host_key.read_text() if wanted.host_key else None,
        withheld=[name.encode() for name in wanted.withhold],
        most_open=wanted.most_open,
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with server:
        told = {"port": server.port, "host_key": server.host_key_fingerprint, "log": str(server.evidence.file)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
