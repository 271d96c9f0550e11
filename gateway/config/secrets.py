"""`secret:NAME` becomes a value that never shows: from the environment, else from a file that only its owner can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from gateway.kernel.errors import ConfigError
from gateway.kernel.secret import Secret

PREFIX = "secret:"
VARIABLE = "GATEWAY_SECRET_"
LARGEST = 64 * 1024


class Secrets:
    """Looks up secrets. Nothing is kept: a changed secret counts from the next connection on."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._environment = os.environ if environment is None else environment

    def get(self, reference: str) -> Secret:
        """The secret; ConfigError says where it was looked for, or what is wrong with its file."""
        name = reference.removeprefix(PREFIX)
        found = self._environment.get(variable(name))
        if found:
            return Secret(found)
        return Secret(self._from_file(name))

    def problem(self, reference: str) -> str | None:
        """Why the secret cannot be had, or None."""
        try:
            self.get(reference)
        except ConfigError as error:
            return str(error)
        return None

    def _from_file(self, name: str) -> str:
        path = self._folder / name
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise ConfigError(f"secret {name} is nowhere: set {variable(name)} or write the file {path} (mode 0600)") from None
        except OSError as error:
            raise ConfigError(f"secret {name}: {path} cannot be read: {error.strerror}") from error
        with os.fdopen(handle, "rb") as file:
            _check(os.fstat(file.fileno()), name, path)
            content = file.read(LARGEST + 1)
        return _text(content, name, path)


def variable(name: str) -> str:
    """The environment variable of a secret.

    >>> variable("redpanda-ssh-key")
    'GATEWAY_SECRET_REDPANDA_SSH_KEY'
    """
    return VARIABLE + name.upper().replace("-", "_")


def _check(found: os.stat_result, name: str, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"secret {name}: {path} is not a regular file")
    if found.st_mode & 0o077:
        raise ConfigError(f"secret {name}: others may read {path}; run: chmod 600 {path}")
    if found.st_uid not in {os.geteuid(), 0}:
        raise ConfigError(f"secret {name}: {path} belongs to another user")


def _text(content: bytes, name: str, path: Path) -> str:
    if not content.strip() or len(content) > LARGEST:
        raise ConfigError(f"secret {name}: {path} is empty or larger than {LARGEST // 1024} KB")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"secret {name}: {path} is not UTF-8 text") from None
    return text if "\n" in text.rstrip("\n") else text.rstrip("\r\n")
