"""Where files are picked up, what one look at it did, and a file whose bytes we have."""

from __future__ import annotations

from msgspec import Struct

from gateway.archive import Stored
from gateway.config import Connector, Receive
from gateway.intake.names import DONE, TAKEN
from gateway.transports import RemotePath


class Spot(Struct, frozen=True):
    """One receive channel and where its folders are."""

    connector: Connector
    channel: Receive

    @property
    def folder(self) -> RemotePath:
        """Where the partner leaves files."""
        return RemotePath.of(self.channel.folder)

    @property
    def taken(self) -> RemotePath:
        """The channel's private folder on the same server; channels that share a folder do not share this one."""
        return self.folder.join(TAKEN).join(self.channel.channel.encode())

    @property
    def done(self) -> RemotePath:
        """Where decided files rest before they are removed."""
        return self.taken.join(DONE)

    @property
    def names(self) -> tuple[str, str]:
        """Connector and channel."""
        return self.connector.connector, self.channel.channel

    @property
    def lane(self) -> str | None:
        """The lane of a channel whose files are booked one after the other."""
        return "/".join(self.names) if self.channel.in_order else None


class Collected(Struct):
    """What one poll did."""

    recorded: int = 0
    duplicates: int = 0
    settling: int = 0
    unripe: int = 0
    """Wanted but not complete: still resting, empty, or without their marker."""
    settled: int = 0
    left: int = 0
    """Ready, but beyond what one poll takes."""
    waiting: int = 0
    """Of the unripe: those that time alone does not make complete."""
    waits: tuple[str, ...] = ()
    """What the first of them wait for, in words."""
    trouble: str = ""
    """Why complete files stay where they are, where it is for their size; the others went on."""


class Picked(Struct, frozen=True):
    """A file whose bytes are safe in the archive; `taken` is its name in the private folder, empty when it stayed."""

    name: bytes
    taken: bytes
    stored: Stored
