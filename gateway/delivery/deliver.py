"""Delivery by a blessed name (decision 0005): never half, never twice by itself, never silently not at all.

The bytes go up under a temporary name that carries item and fence; that name is committed before it is renamed, and from
then on nothing is ever uploaded again: whoever comes next looks for the blessed name. Gone means renamed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct

from gateway.archive import Archive
from gateway.delivery.journal import Content, Departure, Journal
from gateway.delivery.witness import Witness
from gateway.kernel import Clock, Issue
from gateway.kernel.errors import Answered, LeaseLost
from gateway.kernel.failpoints import failpoint
from gateway.store import Store, Tx, departed, outbox
from gateway.store.outbox import Item, ItemState, Known
from gateway.store.work import Lease
from gateway.transports import FileExists, NoSuchFile, Posts, RemoteFile, RemotePath, Stat, Transport, shown

LONGEST = 255
BLOCK = 256 * 1024
SWEPT = 8
"""So many earlier attempts are looked after; what an attempt leaves is removed by the next one."""

Effect = Callable[[Tx, Item], None]
"""What being sent changes elsewhere (an invoice becomes Posted), in the transaction that says so."""


class Destination(Struct, frozen=True):
    """Where an item goes, and how long its acknowledgement may take (None: none is expected)."""

    folder: RemotePath
    acknowledged_within: timedelta | None = None


class Delivery:
    """Brings items to their end on open connections. `effect` runs inside the transaction that marks an item sent."""

    def __init__(
        self,
        *,
        store: Store,
        archive: Archive,
        clock: Clock,
        effect: Effect,
        witness: Witness | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._store = store
        self._archive = archive
        self._clock = clock
        self._effect = effect
        self._witness = witness or Witness(store, clock)
        self._journal = journal

    def run(self, lease: Lease, item: Item, transport: Transport, to: Destination) -> ItemState:
        """One attempt; raises TryLater, PolicyRefused or BlobLost where it cannot be brought to an end now."""
        if isinstance(transport, Posts):
            return self._post(lease, item, transport, to)
        final = to.folder.join(item.file_name)
        if item.state is ItemState.BLESSED and item.blessed_name is not None:
            return self._finish(lease, item, transport, to, to.folder.join(item.blessed_name))
        standing = self._standing(transport, final, item)
        failpoint("out.exists")
        if standing is not None:
            return self._sent(lease, item, to, Known.SEEN) if standing else self._conflict(lease, item, final)
        self._sweep(transport, to.folder, item, lease)
        temporary = to.folder.join(temporary_name(item.file_name, item.id, lease.fence))
        self._upload(transport, temporary, item)
        try:
            with self._witness.deciding("out.bless", lease.holder) as tx:
                outbox.bless(tx, lease, item.id, temporary.name)
        except LeaseLost:  # whoever has the item now may be done with it: nobody else would take our upload away
            with suppress(NoSuchFile):
                transport.remove(temporary)
            raise
        return self._finish(lease, item, transport, to, temporary)

    def _post(self, lease: Lease, item: Item, transport: Posts, to: Destination) -> ItemState:
        """Mail has no second name that could be looked for: between the server's answer and our commit it may go twice (decision 0041).

        Then it is the same message with the same Message-ID, which mail programs show once.
        """
        self._archive.verify(item.archive_key)
        self._write_down(item, to.folder.join(item.file_name))
        failpoint("out.upload.open")
        with self._archive.open(item.archive_key) as body:
            transport.post(body)
        return self._sent(lease, item, to, Known.SEEN)

    def _upload(self, transport: Transport, temporary: RemotePath, item: Item) -> None:
        failpoint("out.upload.open")
        self._archive.verify(item.archive_key)  # before anything goes out: what a transport fails to read it takes for the partner's fault
        with self._archive.open(item.archive_key) as body:
            try:
                transport.put(temporary, body)
            except FileExists:
                transport.remove(temporary)
                body.seek(0)
                transport.put(temporary, body)
        failpoint("out.upload.stat")
        found = _found(transport, temporary)
        if found is None:
            return
        whole = found.size == item.size if found.size is not None else self._holds_ours(transport, temporary, item) is not False
        if not whole:
            transport.remove(temporary)
            told = f"{found.size} bytes" if found.size is not None else "other bytes"
            raise Answered(f"{temporary} has {told} after an upload of {item.size}; it is uploaded again")

    def _finish(self, lease: Lease, item: Item, transport: Transport, to: Destination, blessed: RemotePath) -> ItemState:
        """Rename what is blessed; when it is gone it has been renamed before, by us."""
        final = to.folder.join(item.file_name)
        if _found(transport, blessed) is not None:
            match self._standing(transport, final, item):
                case True:  # a server that renames by link and unlink died between the two
                    return self._half_renamed(lease, item, transport, to, blessed)
                case False:
                    return self._taken_by_others(lease, item, final)
        self._write_down(item, blessed)
        failpoint("out.rename.before")
        try:
            transport.rename(blessed, final)
        except NoSuchFile:
            if _is_listed(transport, blessed):
                raise Answered(f"the server says that {blessed} is not there, but lists it; nothing is inferred from that") from None
            there = self._standing(transport, final, item)
            return self._sent(lease, item, to, Known.SEEN if there else Known.INFERRED)
        failpoint("out.rename.after")
        return self._sent(lease, item, to, Known.SEEN)

    def _half_renamed(self, lease: Lease, item: Item, transport: Transport, to: Destination, blessed: RemotePath) -> ItemState:
        """Our file stands under both names: it is there, and the other name goes."""
        self._write_down(item, blessed)
        with suppress(NoSuchFile):
            transport.remove(blessed)
        return self._sent(lease, item, to, Known.SEEN)

    def _write_down(self, item: Item, blessed: RemotePath) -> None:
        """From here on the partner may have it: a store that is restored without this knowledge can find it in the journal."""
        if self._journal is None:
            return
        with self._store.reading() as connection:
            numbers = departed.numbers_of(connection, item.id)
            contents = departed.contents_of(connection, item.id) if item.kind == outbox.ItemKind.BATCH else []
        self._journal.note(
            Departure(
                at=self._clock.now(),
                idem=item.idem,
                connector=item.connector,
                channel=item.channel,
                kind=item.kind,
                file_name=item.file_name,
                blessed_name=blessed.name,
                sha256=item.sha256,
                size=item.size,
                numbers=numbers,
                contents=tuple(Content(*row) for row in contents),
            )
        )

    def _sent(self, lease: Lease, item: Item, to: Destination, known: Known) -> ItemState:
        now = self._clock.now()
        due = None if to.acknowledged_within is None else now + to.acknowledged_within
        with self._witness.recording("out.done", lease.holder) as tx:
            outbox.sent(tx, lease, item.id, known, now=now, ack_due_at=due)
            self._effect(tx, item)
        return ItemState.SENT

    def _conflict(self, lease: Lease, item: Item, final: RemotePath) -> ItemState:
        with self._store.transaction("out.done") as tx:
            outbox.conflict(tx, lease, item.id, _foreign(final), now=self._clock.now())
        return ItemState.CONFLICT

    def _taken_by_others(self, lease: Lease, item: Item, final: RemotePath) -> ItemState:
        """Somebody put other bytes under the final name after we had looked; the blessed file stays and waits."""
        with self._store.transaction("out.done") as tx:
            outbox.park(tx, lease, item.id, _foreign(final), now=self._clock.now())
        return ItemState.PARKED

    def _standing(self, transport: Transport, final: RemotePath, item: Item) -> bool | None:
        """Whether the file under the final name holds our bytes; None when nothing stands there."""
        return self._holds_ours(transport, final, item) if _found(transport, final) is not None else None

    def _holds_ours(self, transport: Transport, path: RemotePath, item: Item) -> bool | None:
        """Whether the bytes under a name are those of the item; None when nothing is there after all."""
        digest, size = hashlib.sha256(), 0
        try:
            with transport.open(path) as body:
                while (block := body.read(BLOCK)) and size <= item.size:
                    digest.update(block)
                    size += len(block)
        except NoSuchFile:
            return None
        return digest.hexdigest() == item.sha256

    def _sweep(self, transport: Transport, folder: RemotePath, item: Item, lease: Lease) -> None:
        """Temporary names of earlier attempts that were never blessed are ours and dead."""
        for fence in range(max(1, lease.fence - SWEPT), lease.fence):
            failpoint("out.cleanup.each")
            with suppress(NoSuchFile):
                transport.remove(folder.join(temporary_name(item.file_name, item.id, fence)))


def temporary_name(file_name: bytes, item: int, fence: int) -> bytes:
    """The name an upload has until it is blessed and renamed; item and fence make it nobody else's.

    >>> temporary_name(b"PO_000074.csv", 12, 3)
    b'.PO_000074.csv.12.3.part'
    """
    tail = f".{item}.{fence}.part".encode()
    return b"." + file_name[: LONGEST - 1 - len(tail)] + tail


def _found(transport: Transport, path: RemotePath) -> RemoteFile | None:
    """What stands there: looked at, or looked for in the whole listing where nobody may look at single files."""
    if isinstance(transport, Stat):
        return transport.stat(path)
    found = [file for file in transport.listing(path.parent) if file.name == path.name]
    return found[0] if found else None


def _is_listed(transport: Transport, path: RemotePath) -> bool:
    """Whether a whole listing shows it, whatever else the server says."""
    return path.name in {file.name for file in transport.listing(path.parent)}


def _foreign(final: RemotePath) -> Issue:
    text = f"{final} is already there with other content; nothing was replaced: move that file away, then try this item again"
    return Issue("GWY-10", text, where=shown(final.name), kind="conflict")
