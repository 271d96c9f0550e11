"""B15 to B17: SFTP beside OpenSSH's own `sftp` program, against one server of OpenSSH on the loopback address, in the same run.

Both sides connect, log in, work and hang up. Left out where OpenSSH is not installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.harness import Contest, Figure, Setup
from gateway.kernel.secret import Secret
from gateway.transports import RemotePath, SftpOptions, TakesMany, Transport, open_transport
from tests.openssh import OpenSsh, is_installed
from tests.programs import find_program

KIB = 1024
MIB = 1024 * KIB
LARGE = 128 * MIB


def contests(bench: Bench) -> Iterator[Contest]:
    """Many small files, one large file each way, and a folder of very many entries."""
    if not is_installed() or find_program("sftp") is None:
        return
    server = bench.openssh()
    there, here = server.root, bench.folder / "fetched"
    client = _Client(server, bench)
    yield _contest("SFTP, files of 4 KiB fetched", "B15", "OpenSSH sftp get", client.fetches(there, here), goal=1.2, stretch=0.9)
    yield _contest("SFTP, one large file down", "B16 down", "OpenSSH sftp get", client.downloads(there, here), goal=2.0, stretch=1.75)
    yield _contest("SFTP, one large file up", "B16 up", "OpenSSH sftp put", client.uploads(there), goal=2.0, stretch=1.65)
    yield _contest("SFTP, a look at a crowded folder", "B17", "OpenSSH sftp ls -1f", client.looks(there), goal=1.5, stretch=1.25)


def _contest(title: str, name: str, yardstick: str, sides: tuple[Setup, Setup], *, goal: float, stretch: float) -> Contest:
    ours, theirs = sides
    figure = Figure(name=name, title=yardstick, ours="gateway", yardstick="sftp", goal=goal, stretch=stretch)
    return Contest(title=title, variants={"gateway": ours, "sftp": theirs}, figures=(figure,))


class _Client:
    """Both ways to the same server: our transport and the program."""

    def __init__(self, server: OpenSsh, bench: Bench) -> None:
        self._root, self._size, home = server.root, bench.size, bench.openssh_home
        self._options = SftpOptions(
            host="127.0.0.1",
            port=server.port,
            user=server.user,
            host_keys=(server.fingerprints["ed25519"],),
            key=Secret(server.key),
        )
        known = home / "known_hosts"
        known.write_text(f"[127.0.0.1]:{server.port} {(home / 'ed25519.pub').read_text()}")
        words = (f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "BatchMode=yes", "IdentitiesOnly=yes")
        self._command = [
            str(find_program("sftp")),
            *("-q", "-F", "none", "-i", str(home / "login"), "-P", str(server.port), "-b", "-"),
            *(part for word in words for part in ("-o", word)),
            f"{server.user}@127.0.0.1",
        ]

    def fetches(self, there: Path, here: Path) -> tuple[Setup, Setup]:
        """Every small file into a folder of ours."""

        def ours(transport: Transport) -> int:
            files = list(transport.listing(RemotePath(bytes(there / "small"))))
            if not isinstance(transport, TakesMany):
                raise TypeError("the transport cannot take many")
            for file, content in zip(files, transport.contents(iter(files)), strict=True):
                if content is None:
                    raise ValueError(f"{file.path} was not fetched")
                Path(os.fsdecode(bytes(here) + b"/" + file.name)).write_bytes(content)
            return len(files)

        return self._both(ours, f"get {there}/small/* {here}/\n", lambda: _empty(here))

    def downloads(self, there: Path, here: Path) -> tuple[Setup, Setup]:
        """One large file into a folder of ours."""

        def ours(transport: Transport) -> None:
            with transport.open(RemotePath(bytes(there / "large"))) as body, (here / "large").open("wb") as target:
                shutil.copyfileobj(body, target, 256 * KIB)

        return self._both(ours, f"get {there}/large {here}/large\n", lambda: _empty(here))

    def uploads(self, there: Path) -> tuple[Setup, Setup]:
        """One large file to the server; forced to its disk on neither side."""

        def ours(transport: Transport) -> None:
            with (there / "large").open("rb") as body:
                transport.put(RemotePath(bytes(there / "up/large")), body)

        return self._both(ours, f"put {there}/large {there}/up/large\n", lambda: _empty(there / "up"))

    def looks(self, there: Path) -> tuple[Setup, Setup]:
        """The names of a folder."""

        def ours(transport: Transport) -> int:
            return sum(1 for _ in transport.listing(RemotePath(bytes(there / "many"))))

        return self._both(ours, f"ls -1f {there}/many\n", lambda: None)

    def _both(self, act: Callable[[Transport], object], batch: str, prepare: Callable[[], object]) -> tuple[Setup, Setup]:
        def by_us() -> object:
            transport = open_transport("sftp", self._options)
            done = act(transport)
            transport.close()
            return done

        def by_them() -> None:
            subprocess.run(self._command, input=batch, text=True, stdout=subprocess.DEVNULL, check=True)

        def prepared(work: Callable[[], object]) -> Setup:
            def setup() -> Callable[[], object]:
                _make(self._root, files=self._size.files, entries=self._size.crowd, size=min(self._size.stream, LARGE))
                prepare()
                return work

            return setup

        return prepared(by_us), prepared(by_them)


def _make(there: Path, *, files: int, entries: int, size: int) -> None:
    """What the server serves, made by the first run that needs it."""
    if (there / "large").exists():
        return
    for folder in ("small", "many", "up"):
        (there / folder).mkdir()
    for number in range(files):
        (there / "small" / f"s{number:05}.xml").write_bytes(os.urandom(4 * KIB))
    for number in range(entries):
        (there / "many" / f"SHIP_{number:06}.csv").touch()
    with (there / "unfinished").open("wb") as large:
        for _ in range(max(1, size // MIB)):
            large.write(os.urandom(min(size, MIB)))
    (there / "unfinished").rename(there / "large")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
