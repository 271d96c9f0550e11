"""What stands at one partner that is ours: taken files, decided files, temporary uploads, and files sent lately, each against the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct
from sqlalchemy import select

from gateway.archive import Archive
from gateway.config import Connector, Receive, Take
from gateway.intake import Collector, Spot
from gateway.kernel import Clock
from gateway.recovery.forgotten import PART
from gateway.store import Store, outbox, tables
from gateway.store.outbox import Item, ItemState
from gateway.transports import NoSuchFile, RemoteFile, RemotePath, Transport
from gateway.transports.endpoints import Endpoints

LATELY = timedelta(days=7)
MOST = 1000
PIECE = 256 * 1024
ON_ITS_WAY = frozenset({ItemState.WAITING, ItemState.BLESSED, ItemState.HELD, ItemState.PARKED})


class Seen(Struct, frozen=True):
    """A file that was looked at; `check` where it does not agree with the store, `text` where there is something to say."""

    path: str
    check: str = ""
    text: str = ""


class Shelves:
    """Looks through the folders of one connector after the other."""

    def __init__(self, endpoints: Endpoints, *, store: Store, archive: Archive, clock: Clock) -> None:
        self._endpoints = endpoints
        self._store = store
        self._archive = archive
        self._clock = clock

    def look(self, connector: Connector, *, deep: bool) -> Iterator[Seen]:
        """Everything of ours that stands there; raises what the connection raises."""
        if connector.is_mail:  # what was mailed stands nowhere
            return
        with self._endpoints.lend(connector) as transport:
            for channel in connector.receive:
                if channel.enabled and channel.take is Take.MOVE:
                    yield from self._taken(connector, channel, transport)
            for channel_name, folder in _outgoing(connector):
                yield from self._sent(connector.connector, channel_name, folder, transport, deep=deep)

    def _taken(self, connector: Connector, channel: Receive, transport: Transport) -> Iterator[Seen]:
        spot = Spot(connector, channel)
        collector = Collector(spot, store=self._store, archive=self._archive, clock=self._clock)
        for file in collector.forgotten(transport):
            if file.path.parent == spot.taken:
                yield Seen(str(file.path), text="taken and not recorded yet: the next poll records it")
            else:
                yield Seen(str(file.path), check="unknown file in done/", text="the store knows no message of this name")

    def _sent(self, connector: str, channel: str, folder: RemotePath, transport: Transport, *, deep: bool) -> Iterator[Seen]:
        there = {file.name: file for file in transport.listing(folder) if file.is_file}
        lately = self._lately(connector, channel)
        for name, file in sorted(there.items()):
            part = PART.fullmatch(name)
            if part is not None and not self._goes_on(int(part["item"]), name):
                yield Seen(str(file.path), check="leftover upload", text=f"item {int(part['item'])} does not go on with it")
            item = lately.get(name)
            if item is not None:
                yield self._compared(item, file, transport, deep=deep)

    def _compared(self, item: Item, file: RemoteFile, transport: Transport, *, deep: bool) -> Seen:
        """A file that was sent, as it stands there now; the partner may collect it meanwhile."""
        if file.size is not None and file.size != item.size:
            return Seen(str(file.path), check="changed at the partner's", text=f"{file.size} bytes; item {item.id} has {item.size}")
        if deep:
            with suppress(NoSuchFile):
                digest = hashlib.sha256()
                with transport.open(file.path) as body:
                    while piece := body.read(PIECE):
                        digest.update(piece)
                if digest.hexdigest() != item.sha256:
                    return Seen(str(file.path), check="changed at the partner's", text=f"other bytes than item {item.id}")
        return Seen(str(file.path))

    def _lately(self, connector: str, channel: str) -> dict[bytes, Item]:
        """The newest sent items of a channel."""
        items = tables.outbox
        wanted = (items.c.connector == connector) & (items.c.channel == channel) & (items.c.state == ItemState.SENT)
        recent = select(items).where(wanted, items.c.sent_at >= self._clock.now() - LATELY).order_by(items.c.id.desc()).limit(MOST)
        with self._store.reading() as connection:
            return {bytes(row.file_name): outbox.of_row(row) for row in connection.execute(recent)}

    def _goes_on(self, item_id: int, name: bytes) -> bool:
        """Whether the item may still rename this file, or clear it away itself."""
        with self._store.reading() as connection:
            item = outbox.get(connection, item_id)
        return item is not None and item.state in ON_ITS_WAY and (item.blessed_name is None or item.blessed_name == name)


def _outgoing(connector: Connector) -> Iterator[tuple[str, RemotePath]]:
    """Every folder that we write to, by channel."""
    for receive in connector.receive:
        if receive.enabled and receive.answer is not None:
            yield receive.channel, RemotePath.of(receive.answer.folder)
    for send in connector.send:
        if send.enabled:
            yield send.channel, RemotePath.of(send.folder)
