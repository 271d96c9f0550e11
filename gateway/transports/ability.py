"""What an SFTP server can do, found out by doing it once with small files of our own, and what that means for a connector.

Asks for no more than the connector wants: on some servers one refused request spoils the whole session. Leaves nothing behind.
"""

from __future__ import annotations

import io
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from gateway.kernel.errors import EndpointDown, GatewayError, PolicyRefused
from gateway.transports.base import CannotRename, Fact, Stat, Transport
from gateway.transports.options import RenameMode

if TYPE_CHECKING:
    from gateway.transports.base import RemotePath

T = TypeVar("T")

TRIAL = b".gateway-probe-"
"""How the names of our two files begin: a leading dot, and .part at the end, are what senders and receivers leave alone."""
CONTENT = b"Written by the gateway to learn what this server can do; safe to delete.\n"
OTHER = b"The same, to see whether a rename replaces it.\n"


class Renames(StrEnum):
    """The best rename that was seen to work."""

    ATOMIC = "atomic"
    """posix-rename: replaces in one step."""
    PLAIN = "plain"
    """The standard request, and it moves the file itself."""
    LINKED = "link"
    """The standard request, perhaps as a link and an unlink, so that both names may stand for a moment."""
    NONE = "none"
    """No file gets another name."""
    UNKNOWN = "unknown"
    """Nobody asked: the connector renames nothing there."""


class Looks(StrEnum):
    """What looking at a single file gives."""

    FULL = "full"
    NO_SIZE = "no size"
    NONE = "none"
    UNKNOWN = "unknown"


class Ability(Struct, frozen=True, kw_only=True):
    """What was found out about one server."""

    software: str = ""
    renames: Renames = Renames.UNKNOWN
    looks: Looks = Looks.UNKNOWN
    fsync: bool = False
    reads_back: bool | None = None
    """Whether what we wrote came back the same; None where reading is not allowed."""

    def facts(self) -> tuple[Fact, ...]:
        """For people."""
        return (
            Fact("software", self.software),
            Fact("renames", _RENAMES[self.renames]),
            Fact("single files", _LOOKS[self.looks]),
            Fact("fsync", "offered" if self.fsync else "not offered: after a power cut at the partner's an upload may be lost"),
            Fact("read back", _READS[self.reads_back]),
        )


class Ask(Struct, frozen=True, kw_only=True):
    """What a connector wants of a server: the words of its `endpoint:`, and whether any channel renames there."""

    rename: RenameMode = RenameMode.ATOMIC
    renames: bool = True
    looks: bool = True


@runtime_checkable
class Learns(Protocol):
    """Can try what its server is able to do."""

    def find_out(self, folder: RemotePath, *, token: str, ask: Ask) -> Ability:
        """Try it in this folder with small files of ours, as far as it is asked."""
        ...


class Tried(Transport, Protocol):
    """A transport that also says what its server announces, and can be told to use the weaker rename."""

    @property
    def software(self) -> str:
        """How the server calls itself."""
        ...

    @property
    def renames_atomically(self) -> bool:
        """Whether the server says that it does."""
        ...

    @property
    def syncs(self) -> bool:
        """Whether the server says that it forces files to disk when asked."""
        ...

    def rename_plainly(self, old: RemotePath, new: RemotePath) -> None:
        """By the standard request, whatever the connector says."""
        ...


def find_out(transport: Tried, folder: RemotePath, *, token: str, ask: Ask) -> Ability:
    """Try it in this folder, under temporary names of ours. EndpointDown when the server broke off: then nothing is known."""
    return _Trial(transport, folder, token, ask).run()


def shortfalls(ability: Ability, ask: Ask, *, renames: bool) -> tuple[str, ...]:
    """What this server cannot do although a channel (that renames, or does not) asks for it; each with the word that asks for less."""
    found = []
    if renames and ability.renames is Renames.NONE:
        found.append(
            "the server renames no file, so none can be taken by moving or delivered under a temporary name: write `take: keep` or "
            "`take: delete` in channels that receive; one that sends keeps no promise there: agree on another folder or server"
        )
    if renames and ask.rename is RenameMode.ATOMIC and ability.renames in {Renames.PLAIN, Renames.LINKED}:
        found.append(f"the server has no atomic rename (posix-rename): write `rename: plain` in the endpoint; then {PLAIN_RENAME}")
    if ask.looks and ability.looks is Looks.NONE:
        found.append(f"the server lets nobody look at single files: write `stat: none` in the endpoint; then {NO_LOOK}")
    return tuple(found)


PLAIN_RENAME = (
    "a file may for a moment, or after a crash of the server, stand under both its names: the partner may get it twice, "
    "with the same name and number"
)
NO_LOOK = "uploads are checked by listings, and a file that is replaced while it is read is noticed only where its size differs"

_RENAMES = {
    Renames.ATOMIC: "atomic (posix-rename): replaces in one step",
    Renames.PLAIN: "by the standard request, which moves the file itself",
    Renames.LINKED: f"by the standard request, perhaps as link and unlink: {PLAIN_RENAME}",
    Renames.NONE: "none: no file gets another name",
    Renames.UNKNOWN: "not asked for by any channel",
}
_LOOKS = {
    Looks.FULL: "may be looked at",
    Looks.NO_SIZE: "may be looked at, but the server tells no size: uploads are checked by reading them back",
    Looks.NONE: "nobody may look at them",
    Looks.UNKNOWN: "not looked at, as the connector says",
}
_READS = {True: "the same bytes", False: "other bytes than were written", None: "not allowed"}


class _Trial:
    """Two small files, from their first names to their removal."""

    def __init__(self, transport: Tried, folder: RemotePath, token: str, ask: Ask) -> None:
        self._transport = transport
        self._ask = ask
        self._first, self._second = (folder.join(TRIAL + f"{token}-{number}.part".encode()) for number in (1, 2))

    def run(self) -> Ability:
        """Everything, then clean up; a server that leaves no file behind (collects at once) is told by what is missing."""
        transport = self._transport
        try:
            transport.put(self._first, io.BytesIO(CONTENT))
            looks = self._looked()
            renames = self._renamed() if self._ask.renames else Renames.UNKNOWN
            return Ability(
                software=transport.software,
                renames=renames,
                looks=looks,
                fsync=transport.syncs,
                reads_back=self._read_back(self._second if renames in {Renames.ATOMIC, Renames.PLAIN, Renames.LINKED} else self._first),
            )
        finally:
            for path in (self._first, self._second):
                with suppress(GatewayError):
                    transport.remove(path)

    def _looked(self) -> Looks:
        transport = self._transport
        if not self._ask.looks or not isinstance(transport, Stat):
            return Looks.UNKNOWN
        try:
            found = transport.stat(self._first)
        except GatewayError as error:
            return self._refused(error, Looks.NONE)
        if found is None:
            return Looks.NONE
        return Looks.NO_SIZE if found.size is None else Looks.FULL

    def _renamed(self) -> Renames:
        transport = self._transport
        if transport.renames_atomically:
            transport.put(self._second, io.BytesIO(OTHER))
            try:
                transport.rename(self._first, self._second)
            except GatewayError as error:
                self._refused(error, None)
                transport.remove(self._second)
            else:
                return Renames.ATOMIC if self._has_moved() else Renames.NONE
        try:
            transport.rename_plainly(self._first, self._second)
        except GatewayError as error:
            return self._refused(error, Renames.NONE)
        if not self._has_moved():
            return Renames.NONE
        return Renames.PLAIN if self._moves_onto_itself() else Renames.LINKED

    def _has_moved(self) -> bool:
        """A server that copies leaves the old name standing."""
        names = {entry.name for entry in self._transport.listing(self._first.parent)}
        return self._first.name not in names

    def _moves_onto_itself(self) -> bool:
        """A real rename onto the same name succeeds and changes nothing; a link cannot be made there. A refusal tells nothing."""
        try:
            self._transport.rename_plainly(self._second, self._second)
        except GatewayError as error:
            return self._refused(error, answer=False)
        return True

    def _read_back(self, path: RemotePath) -> bool | None:
        try:
            with self._transport.open(path) as body:
                return body.read(len(CONTENT) + 1) == CONTENT
        except GatewayError as error:
            return self._refused(error, None)

    def _refused(self, error: GatewayError, answer: T) -> T:
        """The answer that a refusal gives; an error that ended the connection, or spoilt it, gives none."""
        if not isinstance(error, PolicyRefused | CannotRename) and not self._is_alive():
            raise EndpointDown(f"the server broke off while its abilities were tried: {error}") from error
        return answer

    def _is_alive(self) -> bool:
        try:
            next(self._transport.listing(self._first.parent), None)
        except GatewayError:
            return False
        return True
