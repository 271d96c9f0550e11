"""What each transport must be told; the values of a connector's `endpoint:`, secrets already resolved.

Light on purpose: reading options imports no transport library.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.kernel.errors import ConfigError
from gateway.kernel.secret import Secret

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


class RenameMode(StrEnum):
    """How a file gets its final name on a server."""

    ATOMIC = "atomic"
    PLAIN = "plain"
    """Also with the standard request, which many servers do as link and unlink: may double if the server dies between."""


class LookMode(StrEnum):
    """Whether single files may be looked at on a server."""

    FULL = "full"
    NONE = "none"
    """Looked for in listings instead: slower, and a file that changes between two looks is not noticed as well."""


class Security(StrEnum):
    """How the way to a mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Pin(Struct, frozen=True, forbid_unknown_fields=True):
    """A host key that counts, on these days (UTC) or always."""

    key: str
    label: str = ""
    since: date | None = msgspec.field(default=None, name="from")
    until: date | None = None

    @property
    def fingerprint(self) -> str:
        """As libraries tell it, without the filling at its end."""
        return self.key.rstrip("=")

    def counts_on(self, day: date) -> bool:
        """Whether it is to be believed that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def __str__(self) -> str:
        days = [f"{word} {day}" for word, day in (("from", self.since), ("until", self.until)) if day is not None]
        more = ", ".join([*([self.label] if self.label else []), *days])
        return f"{self.key} ({more})" if more else self.key


class Deadlines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long each kind of call may take."""

    connect: timedelta = timedelta(seconds=15)
    login: timedelta = timedelta(seconds=30)
    progress: timedelta = timedelta(seconds=60)
    """One answer must be complete, and 64 KB of a file must have moved, within this."""
    whole_file: timedelta = timedelta(minutes=30)
    """A whole file may take this plus its size at `slowest` bytes a second."""
    slowest: int = 100_000


class FolderOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder of this machine or a mounted one; nothing outside `root` is ever touched."""

    root: Path


class SftpOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account on an SFTP server; host keys are pinned, never learned."""

    host: str
    user: str
    host_keys: tuple[str | Pin, ...]
    port: int = 22
    key: Secret | None = None
    passphrase: Secret | None = None
    password: Secret | None = None
    rename: RenameMode = RenameMode.ATOMIC
    stat: LookMode = LookMode.FULL
    keepalive: timedelta = timedelta(seconds=30)
    deadlines: Deadlines = Deadlines()

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The host keys, each with the days on which it counts."""
        return tuple(Pin(pin) if isinstance(pin, str) else pin for pin in self.host_keys)

    def __post_init__(self) -> None:
        checks = (
            (bool(self.host), "host: the name or address of the server is missing"),
            (bool(self.user), "user: the account on the server is missing"),
            (0 < self.port < 65536, f"port: {self.port} is not a port number (1 to 65535)"),
            (bool(self.host_keys), "host_keys: at least one fingerprint (SHA256:...) is needed; host keys are never learned"),
            (self.key is not None or self.password is not None, "key or password: one of them is needed to log in"),
            (self.passphrase is None or self.key is not None, "passphrase: given without a key"),
            *(
                (
                    FINGERPRINT.fullmatch(pin.key) is not None,
                    f"host_keys: '{pin.key}' is not a fingerprint; it is SHA256: and 43 characters, as ssh-keygen -lf prints it",
                )
                for pin in self.pins
            ),
        )
        problems = [text for fine, text in checks if not fine]
        if problems:
            raise ConfigError(*problems)


class MailOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail server, how it is spoken to, and in whose name."""

    host: str
    sender: str
    port: int | None = None
    security: Security = Security.STARTTLS
    user: str | None = None
    password: Secret | None = None
    ca: Secret | None = None
    reply_to: str | None = None
    timeout: timedelta = timedelta(seconds=60)

    @property
    def at_port(self) -> int:
        """The port; the usual one where none is given."""
        return self.port or (465 if self.security is Security.TLS else 587)
