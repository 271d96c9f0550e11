"""A real OpenSSH server on the loopback address, with keys of its own in a temporary folder."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.programs import find_program, require_program

START_LIMIT = 20.0

SETTINGS = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/ed25519
HostKey {home}/rsa
PidFile none
AuthorizedKeysFile {home}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PrintMotd no
Subsystem sftp internal-sftp
AllowUsers {user}
MaxStartups 50
"""


class OpenSsh(Struct, frozen=True):
    """What a client must know of the server."""

    port: int
    user: str
    key: str
    fingerprints: dict[str, str]
    root: Path


@contextmanager
def openssh_server(home: Path, *more: str) -> Iterator[OpenSsh]:
    """Start sshd with more lines of settings, wait until it greets, stop it at the end; the files it serves lie in `home/files`."""
    sshd = require_program("sshd")
    keygen = require_program("ssh-keygen")
    files = home / "files"
    files.mkdir(parents=True)
    for name, kind in (("ed25519", "ed25519"), ("rsa", "rsa"), ("login", "ed25519")):
        subprocess.run([keygen, "-q", "-t", kind, "-N", "", "-f", home / name], check=True)
    (home / "authorized_keys").write_bytes((home / "login.pub").read_bytes())
    user = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port = _free_port()
    (home / "sshd_config").write_text(SETTINGS.format(port=port, home=home, user=user) + "\n".join(more))
    with (home / "sshd.log").open("wb") as log:
        server = subprocess.Popen([sshd, "-D", "-e", "-f", home / "sshd_config"], stderr=log, stdin=subprocess.DEVNULL)
    try:
        _wait_for_greeting(port, server, home / "sshd.log")
        prints = {name: _fingerprint(keygen, home / f"{name}.pub") for name in ("ed25519", "rsa")}
        yield OpenSsh(port=port, user=user, key=(home / "login").read_text(), fingerprints=prints, root=files)
    finally:
        server.terminate()
        server.wait(START_LIMIT)


def is_installed() -> bool:
    """Whether the tests against it can run here."""
    return find_program("sshd") is not None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fingerprint(keygen: Path, public: Path) -> str:
    line = subprocess.run([keygen, "-lf", public], check=True, capture_output=True, text=True).stdout
    return line.split()[1]


def _wait_for_greeting(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as greeted:
                if greeted.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"sshd does not answer: {log.read_text()}")
