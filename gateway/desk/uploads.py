"""A file that a person hands in for a partner: from then on it is like one that the partner left in its folder (sdf 3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from msgspec import Struct

from gateway.archive import Archive
from gateway.config import Workspace
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.kept import open_kept
from gateway.desk.messages import find_message, missing
from gateway.desk.replay import spot_of as spot_of_message
from gateway.domain.access import Authority, Scope
from gateway.domain.answer import REJECTING
from gateway.intake import Reader
from gateway.intake.spot import Spot
from gateway.kernel.errors import ConfigError, NotFound
from gateway.kernel.yaml_text import unknown
from gateway.mapping import Library
from gateway.store import Store, Tx, events, messages
from gateway.store.messages import NewMessage, Recorded
from gateway.store.queries import receipts_of

HANDED_IN = "handed_in"
"""The event of a file that a person has brought."""
REPLACED = "corrected"
"""The event of a file in whose place another was handed in."""
LONGEST = 200
"""Bytes of a name."""
MANY = 100_000
NEEDS = {
    "invoice": (Authority.INVOICE_MAINTENANCE,),
    "vendor_action": (Authority.MAINTENANCE, Authority.CHANGE_REQUESTS),
    "order_answer": (Authority.MAINTENANCE, Authority.CHANGE_REQUESTS),
    "batch_acknowledgement": (Authority.PACK_SLIPS,),
}
"""What somebody who hands in such documents must be allowed to do by hand; whatever else there is needs what uploading needs."""


class Inlet(Struct, frozen=True, kw_only=True):
    """A channel for which somebody may hand in files."""

    spot: Spot
    name: str
    kinds: tuple[str, ...]
    """The documents that its layouts read."""
    endings: tuple[str, ...]
    """What the name of a file may end with; nothing where anything may."""
    most: int
    """Bytes."""


def inlets(workspace: Workspace, library: Library, authorities: frozenset[Authority], *, scope: Scope) -> Iterator[Inlet]:
    """The channels that are at work, of partners that somebody sees, for what they may do by hand; all for who keeps files moving."""
    keeps_files_moving = Authority.OPERATIONS in authorities
    for connector in workspace.enabled:
        for channel in connector.receive:
            if not channel.enabled or not scope.covers_files_of(connector.connector):
                continue
            found = [mapping for name in channel.mapping if (mapping := library.assembled(name).mapping) is not None]
            kinds = tuple(dict.fromkeys(mapping.document for mapping in found))
            needed = {right for kind in kinds for right in NEEDS.get(kind, (Authority.SHIPPING_UPLOAD,))}
            if not kinds or not (keeps_files_moving or needed <= authorities):
                continue
            endings = tuple(dict.fromkeys(f".{ending}" for it in channel.files if (ending := it.text.rpartition(".")[2]).isalnum()))
            plain = endings if len(endings) == len({it.text.rpartition(".")[2] for it in channel.files}) else ()
            yield Inlet(
                spot=Spot(connector, channel),
                name=f"{connector.connector}/{channel.channel}",
                kinds=kinds,
                endings=plain,
                most=channel.limits.size,
            )


def plain_name(inlet: Inlet, told: str) -> str:
    """The name of a file as a browser tells it, without folders; ConfigError with what is wrong with it."""
    name = told.replace("\\", "/").rpartition("/")[2].strip()
    if not name or not name.isprintable() or name.startswith(".") or len(name.encode()) > LONGEST:
        raise ConfigError(f"the name of the file must be 1 to {LONGEST} printable characters and not begin with a dot")
    if inlet.endings and not name.lower().endswith(tuple(it.lower() for it in inlet.endings)):
        raise ConfigError(f"{name}: this channel takes files that end with {' or '.join(inlet.endings)}")
    return name


def require_size(inlet: Inlet, size: int) -> None:
    """ConfigError for a file that its channel does not take."""
    if size > inlet.most:
        raise ConfigError(f"the file has {size:,} bytes; channel {inlet.name} takes at most {inlet.most:,}")


def can_give_back(store: Store, reader: Reader, message_id: int) -> bool:
    """Whether what was not taken of a file can be fetched to be mended."""
    return reader.can_give_back(find_message(store, message_id))


def not_taken(store: Store, archive: Archive, workspace: Workspace, reader: Reader, message_id: int, *, scope: Scope) -> BinaryIO:
    """The rows of a file that were refused, as they came, with what is wrong beside each: to be mended and handed in again."""
    message = find_message(store, message_id)
    if not scope.covers_files_of(message.connector):
        raise missing(message_id)
    with store.reading() as connection:
        receipts = receipts_of(connection, message_id, verdicts=tuple(REJECTING), most=MANY)
    why = {it.place: " | ".join(f"{issue.code} {issue.text}" for issue in it.issues if issue.is_error) for it in receipts}
    if not why or not reader.can_give_back(message):
        what = "nothing of it was refused document by document" if not why else "nothing of such a file could stand alone"
        raise NotFound(f"message {message_id} has no rows to be mended: {what}", remedy=f"See what is wrong with it: /uploads/{message_id}")
    with open_kept(archive, message.archive_key, what=f"message {message_id}", see=f"gateway message show {message_id}"):
        pass  # bytes that are gone are told before anything else
    spot = spot_of_message(workspace, message)
    if spot is None:
        raise NotFound(f"the channel of message {message_id} is configured no more", remedy="Ask the retailer to put it back.")
    target = cast("BinaryIO", TemporaryFile())  # noqa: SIM115 (whoever sends it closes it); its type is named otherwise
    reader.give_back(message, *spot, why=why, target=target)
    target.seek(0)
    return target


def spot_of(workspace: Workspace, name: str) -> Spot:
    """The receive channel of that name, CONNECTOR/CHANNEL; ConfigError when there is none, or it is switched off."""
    found = {
        f"{connector.connector}/{channel.channel}": Spot(connector, channel)
        for connector in workspace.connectors.values()
        for channel in connector.receive
    }
    if name not in found:
        raise ConfigError(unknown(name, found, what="receive channel"))
    spot = found[name]
    if not spot.connector.enabled or not spot.channel.enabled:
        text = f"{name} is switched off, and nobody would read the file"
        raise ConfigError(f"{text}: set enabled to true in connectors/{spot.connector.connector}.yaml")
    return spot


def hand_in(
    desk: Desk,
    archive: Archive,
    spot: Spot,
    name: str,
    source: BinaryIO,
    *,
    reason: str = "",
    in_place_of: int | None = None,
    mode: Mode = Mode.EARNEST,
) -> Recorded:
    """Archive the bytes and record the message; a duplicate says of which. Booking it is the node's.

    Whoever brings the file of somebody else says why, and in place of which message where that one was wrong.
    """
    told = {"reason": reason or None, "message": in_place_of}
    detail = {word: value for word, value in told.items() if value is not None} or None
    stored = archive.put(source)
    connector, channel = spot.names
    new = NewMessage(
        connector=connector,
        channel=channel,
        file_name=name.encode(),
        sha256=stored.sha256,
        size=stored.size,
        archive_key=stored.key,
        received_at=desk.clock.now(),
        lane=spot.lane,
    )

    def work(tx: Tx) -> Recorded:
        made = messages.record(tx, new)
        if made is None:  # only a taken name could be recorded before, and this has none
            raise RuntimeError(f"{name} was recorded by nobody and yet before")
        events.of_message(tx, made.message_id, HANDED_IN, actor=desk.user, at=new.received_at, detail=detail)
        if in_place_of is not None:
            events.of_message(tx, in_place_of, REPLACED, actor=desk.user, at=new.received_at, detail={"made": made.message_id})
        return made

    return perform(desk.store, work, mode)
