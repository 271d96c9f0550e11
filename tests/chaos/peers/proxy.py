"""A TCP proxy between two loopback ports that does to a connection what networks do: delays, cuts, swallows, slices.

In front of an SFTP server or of PostgreSQL. Faults are called toxics; they may be set and taken away while connections run.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import deque
from contextlib import suppress
from enum import StrEnum
from typing import Self

from msgspec import Struct

_BLOCK = 64 * 1024
_TICK = 0.05
REFUSALS = 2
"""So many callers are refused by a server that is down for a while."""


class Way(StrEnum):
    """A direction."""

    UP = "up"
    """From the client to the server."""
    DOWN = "down"
    """From the server to the client."""


class Toxics(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to the bytes of one direction; the defaults do nothing."""

    latency: float = 0
    """Seconds each block is late…"""
    jitter: float = 0
    """…more or less by so much."""
    bandwidth: float | None = None
    """Bytes a second at most."""
    slices: int | None = None
    """In pieces of so many bytes, each sent by itself."""
    limit: int | None = None
    """The connection breaks off after so many bytes."""
    limit_resets: bool = False
    """That end is a reset instead of a close."""
    swallow: bool = False
    """Nothing arrives any more; the connection stays (a time-out of the network)."""
    slow_close: float = 0
    """Seconds until an end of one side is told to the other."""
    swallow_after: bytes | None = None
    """Once these bytes have passed upwards, everything downwards is swallowed, on one connection: the answer to a COMMIT, say."""


class How(StrEnum):
    """How a connection ends that is cut."""

    CLOSE = "close"
    """Both sides are told."""
    RESET = "reset"
    """The same by a reset."""
    SWALLOW = "swallow"
    """Nobody is told, and nothing arrives any more."""
    DOWN = "down"
    """As a reset, and the next ones to call are refused, too."""


class Cut(Struct, frozen=True, kw_only=True):
    """An end that strikes one connection: when so many bytes have passed it in a direction."""

    way: Way
    at: int
    how: How = How.CLOSE


class Proxy:
    """`with Proxy(port) as proxy:` and connect to `proxy.port`."""

    def __init__(self, to: int, *, port: int = 0, seed: int = 0) -> None:
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._toxics = {Way.UP: Toxics(), Way.DOWN: Toxics()}
        self._pairs: list[Pair] = []
        self._chance = random.Random(seed)
        self._is_down = False
        self._refusals = 0
        self._cuts: deque[Cut] = deque()
        self.struck: list[Cut] = []
        """The cuts that have struck."""
        self.connected = 0
        self.swallowed = threading.Event()
        """Set when `swallow_after` has struck."""
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.cut()

    def set(self, way: Way, **toxics: object) -> None:
        """These toxics and no others in that direction, for connections that run too."""
        with self._lock:
            self._toxics[way] = Toxics(**toxics)  # type: ignore[arg-type]  # a table of settings

    def clear(self) -> None:
        """No toxics, and up again."""
        with self._lock:
            self._toxics = {Way.UP: Toxics(), Way.DOWN: Toxics()}
            self._is_down = False

    def down(self) -> None:
        """Nobody gets through: what runs is cut, what comes is refused."""
        with self._lock:
            self._is_down = True
        self.cut()

    def cut(self, *, reset: bool = False) -> None:
        """End all connections that run."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.end(reset=reset)

    def plan(self, *cuts: Cut) -> None:
        """One cut after the other, each on whatever connection has let so many bytes through; the toxics stay as they are."""
        with self._lock:
            self._cuts.extend(cuts)

    def due(self, way: Way) -> Cut | None:
        """The next cut, if it is about this direction."""
        with self._lock:
            return self._cuts[0] if self._cuts and self._cuts[0].way is way else None

    def take(self, cut: Cut) -> bool:
        """Whether this connection is the one that it strikes; then the next cut is due."""
        with self._lock:
            if not self._cuts or self._cuts[0] is not cut:
                return False
            self._cuts.popleft()
            self.struck.append(cut)
            self._refusals += REFUSALS if cut.how is How.DOWN else 0
            return True

    def swallow_after(self, pattern: bytes) -> None:
        """Swallow the server's answers from the moment the client has sent these bytes, such as COMMIT; told by `swallowed`."""
        self.swallowed.clear()
        self.set(Way.UP, swallow_after=pattern)

    def strikes(self) -> bool:
        """Whether this is the one connection whose answers are swallowed; the next ones get theirs."""
        with self._lock:
            if self.swallowed.is_set():
                return False
            self.swallowed.set()
            return True

    def toxics(self, way: Way) -> Toxics:
        """Those in force."""
        with self._lock:
            return self._toxics[way]

    def late(self, toxics: Toxics) -> float:
        """How late one block is."""
        with self._lock:
            return max(0.0, toxics.latency + self._chance.uniform(-toxics.jitter, toxics.jitter))

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connected += 1
                refused = self._is_down or self._refusals > 0
                self._refusals = max(0, self._refusals - 1)
            try:
                server = None if refused else socket.create_connection(("127.0.0.1", self._to), timeout=5)
            except OSError:
                server = None
            if server is None:
                _reset(client)
                continue
            pair = Pair(self, client, server)
            with self._lock:
                self._pairs.append(pair)
            pair.start()


class Pair:
    """One connection through the proxy: two sockets, a thread in each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._mute = threading.Event()
        """The server's answers arrive no more."""
        self._dead = threading.Event()
        """Nothing arrives any more."""
        self._ended = threading.Event()
        for sock in (client, server):
            sock.settimeout(None)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._threads = [
            threading.Thread(target=self._pump, args=(Way.UP, client, server), daemon=True),
            threading.Thread(target=self._pump, args=(Way.DOWN, server, client), daemon=True),
        ]

    def start(self) -> None:
        """Let bytes through."""
        for thread in self._threads:
            thread.start()

    def end(self, *, reset: bool = False) -> None:
        """Now, without a word or with a reset."""
        self._ended.set()
        for sock in (self._client, self._server):
            if reset:
                _reset(sock)
                continue
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _pump(self, way: Way, source: socket.socket, sink: socket.socket) -> None:
        passed, tail = 0, b""
        try:
            while block := source.recv(_BLOCK):
                toxics = self._proxy.toxics(way)
                tail = self._watch(toxics, tail + block)
                if toxics.swallow or self._dead.is_set() or (way is Way.DOWN and self._mute.is_set()):
                    continue
                if self._is_cut(way, toxics, block, passed, sink):
                    passed += len(block)
                    continue
                left = None if toxics.limit is None else max(0, toxics.limit - passed)
                self._pass(toxics, block if left is None else block[:left], sink)
                passed += len(block)
                if left is not None and len(block) >= left:
                    self.end(reset=toxics.limit_resets)
                    return
        except OSError:
            self.end()
            return
        toxics = self._proxy.toxics(way)
        if toxics.swallow or self._mute.is_set() or self._dead.is_set():
            return
        self._ended.wait(toxics.slow_close)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _is_cut(self, way: Way, toxics: Toxics, block: bytes, passed: int, sink: socket.socket) -> bool:
        """Whether the cut that is due has struck in this block: what came before it has passed."""
        cut = self._proxy.due(way)
        if cut is None or passed + len(block) < cut.at or not self._proxy.take(cut):
            return False
        self._pass(toxics, block[: max(0, cut.at - passed)], sink)
        if cut.how is How.SWALLOW:
            self._dead.set()
        else:
            self.end(reset=cut.how in {How.RESET, How.DOWN})
        return True

    def _watch(self, toxics: Toxics, seen: bytes) -> bytes:
        """Mute the answers before the bytes go on that would be answered."""
        pattern = toxics.swallow_after
        if pattern is None:
            return b""
        if pattern in seen and self._proxy.strikes():
            self._mute.set()
        return seen[-len(pattern) :]

    def _pass(self, toxics: Toxics, block: bytes, sink: socket.socket) -> None:
        if toxics.latency or toxics.jitter:
            time.sleep(self._proxy.late(toxics))
        size = toxics.slices or (max(1, int(toxics.bandwidth * _TICK)) if toxics.bandwidth else len(block)) or 1
        for at in range(0, len(block), size):
            piece = block[at : at + size]
            sink.sendall(piece)
            if toxics.bandwidth:
                time.sleep(len(piece) / toxics.bandwidth)


def _reset(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RD)  # whoever waits in recv wakes; else the reset would wait for them
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
