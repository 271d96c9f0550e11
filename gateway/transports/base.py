"""What every transport gives: remote paths and files as values, six calls, and a few optional powers.

Names of a partner's files are bytes from end to end: never decoded, never a path of this machine.
A transport belongs to one thread at a time; after anything but the outcomes below it is thrown away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from gateway.kernel.errors import ConfigError, EndpointDown, PolicyRefused, TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager


class NoSuchFile(TryLater):
    """The file is not there, though its folder is: an outcome, not a fault; the connection stays good."""


class FileExists(TryLater):
    """`put` found its name taken and wrote nothing; the connection stays good."""


class FolderMissing(EndpointDown):
    """The folder is not there: somebody must create it or mend the connector; the connection stays good."""


class CannotRename(PolicyRefused):
    """The server has no atomic rename, so neither taking nor blessed delivery keeps its promise there."""


class AlgorithmsRefused(PolicyRefused):
    """Server and gateway have no algorithm in common; the text names what each side offers."""


def shown(name: bytes) -> str:
    r"""The name for people and tables: printable UTF-8 as it is, every other byte and % as %XX.

    >>> shown(b"a b.csv"), shown(b"caf\xe9%\n")
    ('a b.csv', 'caf%E9%25%0A')
    """
    text = name.decode("utf-8", "surrogateescape")
    return "".join(c if c != "%" and c.isprintable() else _escaped(c) for c in text)


def unshown(text: str) -> bytes:
    """The bytes that `shown` made this text of."""
    return unquote_to_bytes(text)


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def is_plain_name(name: bytes) -> bool:
    """Whether the name is that of one file in a folder: not empty, no slash, no NUL, not `.` or `..`."""
    return name not in {b"", b".", b".."} and b"/" not in name and b"\0" not in name


class RemotePath(Struct, frozen=True, order=True):
    """A place at the partner's: bytes that only the transport interprets; empty is where the login lands."""

    raw: bytes = b""

    @classmethod
    def of(cls, text: str) -> RemotePath:
        """The path that a person wrote into a connector."""
        if "\0" in text:
            raise ConfigError(f"'{shown(text.encode())}' is not a folder: it holds a NUL character")
        return cls(text.rstrip("/").encode() or text[:1].encode())

    def join(self, name: bytes) -> RemotePath:
        """The entry of that name in this folder; a name that is none (slash, NUL, `..`) is an error of the caller."""
        if not is_plain_name(name):
            raise ValueError(f"'{shown(name)}' is not a file name")
        return RemotePath(name if not self.raw else self.raw.rstrip(b"/") + b"/" + name)

    @property
    def name(self) -> bytes:
        """The last component."""
        return self.raw.rpartition(b"/")[2]

    @property
    def parent(self) -> RemotePath:
        """The folder around it."""
        head, slash, _ = self.raw.rpartition(b"/")
        return RemotePath(head or slash)

    @property
    def parts(self) -> tuple[bytes, ...]:
        """The components from the top, without empty ones and `.`."""
        return tuple(part for part in self.raw.split(b"/") if part not in {b"", b"."})

    def __str__(self) -> str:
        return shown(self.raw) or "."


class RemoteFile(Struct, frozen=True):
    """One entry of a listing; what the server does not tell is None. Links and folders are no files."""

    path: RemotePath
    name: bytes
    size: int | None
    modified: float | None
    is_file: bool


class Transport(Protocol):
    """Moves bytes; decides nothing."""

    def listing(self, folder: RemotePath) -> Iterator[RemoteFile]:
        """The entries as they come, in no order; FolderMissing when there is no such folder."""
        ...

    def open(self, path: RemotePath) -> AbstractContextManager[BinaryIO]:
        """The bytes of a regular file; NoSuchFile when it is gone."""
        ...

    def put(self, path: RemotePath, body: BinaryIO) -> None:
        """Write a file that must not exist yet, durably where possible; no part of it stays when that fails."""
        ...

    def rename(self, old: RemotePath, new: RemotePath) -> None:
        """Atomically, or CannotRename; NoSuchFile when `old` is gone. Replaces an existing `new`: look first."""
        ...

    def remove(self, path: RemotePath) -> None:
        """Take a file away; NoSuchFile when it is gone."""
        ...

    def close(self) -> None:
        """Let go of the connection; may be called twice."""
        ...


@runtime_checkable
class Stat(Protocol):
    """Can look at one entry without a listing."""

    def stat(self, path: RemotePath) -> RemoteFile | None:
        """The entry itself (links are not followed), or None when it, or its folder, is not there."""
        ...


@runtime_checkable
class NamesFirst(Protocol):
    """Tells names for less than it tells sizes and times; where a listing brings both at once this says nothing."""

    def names(self, folder: RemotePath) -> Iterator[list[bytes]]:
        """The names of all entries, many at a time; FolderMissing when there is no such folder."""
        ...

    def look(self, folder: RemotePath, names: Iterable[bytes]) -> Iterator[RemoteFile]:
        """These entries of the folder; those that are gone are left out."""
        ...


@runtime_checkable
class MakesFolders(Protocol):
    """Can create folders."""

    def ensure_folder(self, folder: RemotePath) -> None:
        """The folder and those above it exist afterwards."""
        ...


@runtime_checkable
class TakesMany(Protocol):
    """Can deal with many small files at once, sharing the round trips."""

    def contents(self, files: Iterable[RemoteFile]) -> Iterator[bytes | None]:
        """The bytes of each file in their order; None for one that must be opened by itself."""
        ...

    def rename_all(self, pairs: Sequence[tuple[RemotePath, RemotePath]]) -> list[bool]:
        """Each as `rename` does it; false for one that is gone. Raises the first other failure after all were tried."""
        ...


class Watch(Protocol):
    """A running watch."""

    def close(self) -> None:
        """End it; no wake comes after this has returned."""
        ...


@runtime_checkable
class Watchable(Protocol):
    """Can tell that something changed; only a hint to poll sooner, never the reason to believe anything."""

    def watch(self, folder: RemotePath, wake: Callable[[], None]) -> Watch:
        """Call `wake` (from another thread) soon after something appears in the folder."""
        ...


@runtime_checkable
class Posts(Protocol):
    """Hands over whole messages instead of putting files into folders: a mail server."""

    def post(self, body: BinaryIO) -> None:
        """Hand over a message to the recipient it names; taken when this returns, perhaps taken when it fails."""
        ...


class Fact(Struct, frozen=True):
    """One thing learned while opening a transport: the step and what to tell a person about it."""

    step: str
    text: str


class ShownKey(Struct, frozen=True):
    """A host key as a server shows it."""

    name: str
    fingerprint: str


@runtime_checkable
class ShowsKey(Protocol):
    """Its server has proved to hold a host key."""

    @property
    def shown_key(self) -> ShownKey:
        """That key."""
        ...


@runtime_checkable
class Probe(Protocol):
    """Knows what the other side can do, for the connector test and the screens."""

    def abilities(self) -> tuple[Fact, ...]:
        """What was found out about the server: renames, fsync, software."""
        ...
