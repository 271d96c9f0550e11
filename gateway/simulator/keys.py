"""Keys of simulated SFTP partners, made on first run: the gateway's login key, the server's host key, and its fingerprint as a secret.

A login key that is there already, as a file or in the environment, is used as it is.
"""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh

from gateway.config import Connector, SftpEndpoint, Workspace
from gateway.config.secrets import PREFIX
from gateway.kernel.errors import ConfigError

KIND = "ssh-ed25519"


def login_key(workspace: Workspace, endpoint: SftpEndpoint) -> str:
    """The public half of the key by which the gateway logs in; the pair is made when there is none."""
    if endpoint.key is None:
        raise ConfigError("a simulated partner needs 'key: secret:NAME' in its endpoint")
    path = workspace.paths.secrets / endpoint.key.removeprefix(PREFIX)
    if workspace.secrets.problem(endpoint.key) is not None and not path.exists():
        write_private(path, asyncssh.generate_private_key(KIND).export_private_key())
    private = asyncssh.import_private_key(workspace.secrets.get(endpoint.key).reveal())
    return private.export_public_key().decode()


def host_key(workspace: Workspace, connector: Connector, endpoint: SftpEndpoint) -> str:
    """The private host key of the simulated server; its fingerprint is written where the connector's pin looks for it."""
    path = workspace.paths.var / "sim" / connector.connector / "host-key"
    if not path.exists():
        write_private(path, asyncssh.generate_private_key(KIND).export_private_key())
    private = path.read_text(encoding="ascii")
    fingerprint = asyncssh.import_private_key(private).get_fingerprint()
    pins = [pin.key for pin in endpoint.pins if pin.key.startswith(PREFIX)]
    for pin in pins:
        if workspace.secrets.problem(pin) is not None or workspace.secrets.get(pin).reveal().strip() != fingerprint:
            write_private(workspace.paths.secrets / pin.removeprefix(PREFIX), fingerprint.encode() + b"\n")
    return private


def write_private(path: Path, content: bytes) -> None:
    """A file for its owner alone, complete from the first moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    unfinished.rename(path)
