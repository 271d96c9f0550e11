"""A PostgreSQL server that belongs to one test: it may be stopped, killed, started again, made read-only, or taken over."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import OPTIONS, USER_FOR_ROOT, PostgreSQL, free_port, pg_ctl, programs, run

GUARD = 'while kill -0 "$0"; do sleep 1; done; kill -QUIT "$(head -1 "$1/server/data/postmaster.pid")"; rm -rf "$1"'


class OwnServer(PostgreSQL):
    """A server whose life is in the hands of a test."""

    def __init__(self, home: Path, options: str = OPTIONS) -> None:
        super().__init__(free_port())
        object.__setattr__(self, "home", home)
        object.__setattr__(self, "options", options)

    home: Path
    options: str

    def start(self) -> None:
        listening = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.home / 'server'}"
        pg_ctl(self.home, "start", "--wait", "--log=log", f"--options={listening} {self.options}")

    def stop(self, mode: str = "immediate") -> None:
        """Immediate is what a crash leaves behind."""
        pg_ctl(self.home, "stop", "--wait", f"--mode={mode}")

    def take_over(self) -> None:
        """What a promoted standby is: the same data, a new timeline."""
        self.stop("fast")
        signal = self.home / "server/data/standby.signal"
        signal.touch()
        if os.geteuid() == 0:
            shutil.chown(signal, USER_FOR_ROOT)
        self.start()
        pg_ctl(self.home, "promote", "--wait")


@contextmanager
def own_server(options: str = OPTIONS) -> Iterator[OwnServer]:
    """A fresh server, started; gone at the end, also when this process is killed."""
    home = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
    home.chmod(0o755)
    (home / "bin").symlink_to(programs(home))
    folder = home / "server"
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, USER_FOR_ROOT)
    run(home, "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=gateway", "--pgdata=data")
    server = OwnServer(home, options)
    command = ["sh", "-c", f"({GUARD}) </dev/null >/dev/null 2>&1 &", str(os.getpid()), str(home)]
    subprocess.run(command, check=True, start_new_session=True)
    server.start()
    try:
        yield server
    finally:
        if (folder / "data/postmaster.pid").exists():
            server.stop()
        shutil.rmtree(home, ignore_errors=True)
