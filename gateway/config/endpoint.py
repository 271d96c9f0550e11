"""How a partner is reached: the `endpoint:` of a connector, one form for each transport."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator

from gateway.config.registry import TRANSPORTS
from gateway.config.values import SECRET, Count, Day, Duration, Model, SecretRef, Size, read_duration
from gateway.kernel.mailbox import read_mailbox

HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*\.?|[0-9A-Fa-f:]{2,39}"
)
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
LOGIN = re.compile(r"[^\s\x00-\x1f\x7f:/@][^\s\x00-\x1f\x7f:]{0,63}")
SECOND = read_duration("1s")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
OURS = frozenset({"folder", "mail", "memory", "sftp"})


class Rename(StrEnum):
    """How a file gets its final name on a server; `plain` also uses the standard request, which may not be atomic."""

    ATOMIC = "atomic"
    PLAIN = "plain"


class Look(StrEnum):
    """Whether single files may be looked at; `none` looks through listings instead."""

    FULL = "full"
    NONE = "none"


def _host(text: str) -> str:
    if not HOST.fullmatch(text):
        raise ValueError(f"'{text}' is not the name or address of a server; no scheme, no port, no user")
    return text


def _port(number: int) -> int:
    if number > 65_535:
        raise ValueError(f"{number} is not a port number (1 to 65535)")
    return number


def _pin(text: str) -> str:
    if not FINGERPRINT.fullmatch(text) and not SECRET.fullmatch(text):
        raise ValueError(f"'{text}' is not a fingerprint; it is SHA256: and 43 characters, as ssh-keygen -lf prints it, or secret:NAME")
    return text


def _login(text: str) -> str:
    if not LOGIN.fullmatch(text):
        raise ValueError(f"'{text}' is not a user name")
    return text


def _mailbox(text: str) -> str:
    read_mailbox(text)
    return text


def _share(text: str) -> str:
    if "\0" in text or ".." in PurePosixPath(text).parts:
        raise ValueError(f"'{text}' is not a folder; '..' is not allowed")
    return text


def _installed(name: str) -> str:
    if name not in TRANSPORTS.names():
        raise ValueError(TRANSPORTS.refusal(name))
    return name


class Deadlines(Model):
    """How long each kind of call may take."""

    connect: Duration = read_duration("15s")
    """For the connection."""
    login: Duration = read_duration("30s")
    """For the login."""
    progress: Duration = read_duration("60s")
    """One answer must be complete, and 64 KB of a file moved, within this."""
    whole_file: Duration = read_duration("30m")
    """For a file of no size."""
    slowest: Size = 100_000
    """A whole file may take its time plus its size at so many bytes a second."""

    @model_validator(mode="after")
    def _some_time(self) -> Deadlines:
        if min(self.connect, self.login, self.progress, self.whole_file) < SECOND or not self.slowest:
            raise ValueError("a deadline of zero would end every call")
        return self


class HostKey(Model):
    """A pinned host key with a name and the days on which it counts; outside of them it counts for nothing."""

    model_config = ConfigDict(serialize_by_alias=True)

    key: Annotated[str, AfterValidator(_pin)]
    """The fingerprint (SHA256:…), or a secret that holds it."""
    label: Annotated[str, Field(max_length=80)] = ""
    """What people call it: "old server", "from December on"."""
    since: Annotated[Day | None, Field(alias="from")] = None
    """The first day on which it counts, UTC."""
    until: Day | None = None
    """The last day on which it counts, UTC; the connector commands warn 30 days ahead."""

    @model_validator(mode="after")
    def _some_days(self) -> HostKey:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError(f"'until' {self.until} lies before 'from' {self.since}; the key would never count")
        return self


def _pin_form(found: Any) -> str:
    return "table" if isinstance(found, dict | HostKey) else "text"


PinnedKey = Annotated[
    Annotated[str, AfterValidator(_pin), Tag("text")] | Annotated[HostKey, Tag("table")],
    Discriminator(_pin_form),
]


class FolderEndpoint(Model):
    """Folders of this machine or mounted ones."""

    transport: Literal["folder"]
    """Folders."""
    root: Annotated[str, AfterValidator(_share)] = ""
    """Where the channels' folders lie: empty for the workspace; outside of it only where `paths.outside` allows."""


class SftpEndpoint(Model):
    """An account on an SFTP server. Host keys are pinned, several during a change, never learned."""

    transport: Literal["sftp"]
    """SFTP."""
    host: Annotated[str, AfterValidator(_host)]
    """Name or address."""
    port: Annotated[Count, AfterValidator(_port)] = 22
    """22 unless said otherwise."""
    user: Annotated[str, AfterValidator(_login)]
    """The account."""
    host_keys: Annotated[tuple[PinnedKey, ...], Field(min_length=1)]
    """Fingerprints (SHA256:…), or secrets that hold one, or tables with a label and days; several during a change."""
    key: SecretRef | None = None
    """The private key, OpenSSH or PEM."""
    passphrase: SecretRef | None = None
    """Of the key."""
    password: SecretRef | None = None
    """Instead of a key, or with one."""
    rename: Rename = Rename.ATOMIC
    """`atomic`, or `plain` for a server that cannot; weaker, see the connector test."""
    stat: Look = Look.FULL
    """`none` for a server that lets nobody look at single files; weaker, see the connector test."""
    keepalive: Duration = read_duration("30s")
    """How often a kept connection is shown to be alive."""
    connections: Count = 2
    """The most connections of one node to this account at one time."""
    deadlines: Deadlines = Deadlines()
    """Other deadlines than the usual ones."""

    @property
    def pins(self) -> tuple[HostKey, ...]:
        """The pinned host keys, all as tables."""
        return tuple(pin if isinstance(pin, HostKey) else HostKey(key=pin) for pin in self.host_keys)

    @model_validator(mode="after")
    def _some_login(self) -> SftpEndpoint:
        if self.key is None and self.password is None:
            raise ValueError("'key' or 'password' is missing; one of them is needed to log in")
        if self.passphrase is not None and self.key is None:
            raise ValueError("'passphrase' is given without a 'key'")
        return self


class Protection(StrEnum):
    """How the way to a mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailEndpoint(Model):
    """A mail server that takes our notices."""

    transport: Literal["mail"]
    """Mail."""
    host: Annotated[str, AfterValidator(_host)]
    """Name or address of the server."""
    port: Annotated[Count, AfterValidator(_port)] | None = None
    """587, or 465 for `tls`, unless said otherwise."""
    security: Protection = Protection.STARTTLS
    """`starttls`, `tls` from the first byte, or `none` for a server of this machine."""
    user: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The account; without one nobody logs in."""
    password: SecretRef | None = None
    """Of the account."""
    ca: SecretRef | None = None
    """The certificate (PEM) of the authority to believe, where it is none of the public ones."""
    sender: Annotated[str, AfterValidator(_mailbox)]
    """In whose name: address, or Name <address>."""
    reply_to: Annotated[str, AfterValidator(_mailbox)] | None = None
    """Where answers go, where nobody reads the sender's."""
    timeout: Duration = read_duration("60s")
    """For the connection and for each answer of the server."""

    @model_validator(mode="after")
    def _sensible(self) -> MailEndpoint:
        if (self.user is None) != (self.password is None):
            raise ValueError("'user' and 'password' belong together; give both or none")
        if self.security is Protection.NONE and self.host.lower() not in LOOPBACK:
            raise ValueError("'security: none' is for a mail server of this machine (127.0.0.1, ::1, localhost); use starttls or tls")
        if self.timeout < SECOND:
            raise ValueError("'timeout' must be at least 1s")
        return self


class MemoryEndpoint(Model):
    """A server in the memory of a test; no workspace that serves may name it."""

    transport: Literal["memory"]
    """For tests."""
    server: str = "memory"
    """Which server of the test."""


class OtherEndpoint(Model):
    """A transport that another package brings; its words are its own and checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    transport: Annotated[str, AfterValidator(_installed), WithJsonSchema({"type": "string", "not": {"enum": sorted(OURS)}})]


def _kind(endpoint: Any) -> str | None:
    """The tag of the form; anything that is no table, or names no transport, has none."""
    transport = endpoint.get("transport") if isinstance(endpoint, dict) else getattr(endpoint, "transport", None)
    if not isinstance(transport, str):
        return None
    return transport if transport in OURS else "other"


Endpoint = Annotated[
    Annotated[FolderEndpoint, Tag("folder")]
    | Annotated[SftpEndpoint, Tag("sftp")]
    | Annotated[MailEndpoint, Tag("mail")]
    | Annotated[MemoryEndpoint, Tag("memory")]
    | Annotated[OtherEndpoint, Tag("other")],
    Discriminator(_kind, custom_error_type="no_transport", custom_error_message="needs 'transport: folder' or 'transport: sftp'"),
]


AnyEndpoint = FolderEndpoint | SftpEndpoint | MailEndpoint | MemoryEndpoint | OtherEndpoint


def secret_names(endpoint: AnyEndpoint) -> tuple[tuple[str, str], ...]:
    """Every secret the endpoint needs: the word it stands under, and the reference."""
    return tuple((word, text) for word, value in endpoint.model_dump().items() for text in _texts(value) if SECRET.fullmatch(text))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | tuple():
            for one in value:
                yield from _texts(one)
        case dict():
            for one in value.values():
                yield from _texts(one)
