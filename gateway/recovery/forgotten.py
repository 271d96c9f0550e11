"""What a restored store has forgotten: files that were taken since, and files that left since.

Evidence is what stands at the partners (private folders, final and temporary names) and the journal of departures beside the archive.
Nothing is changed here but dead temporary files, when asked to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice

from msgspec import Struct
from sqlalchemy import select

from gateway.archive import Archive
from gateway.config import Connector, Take, Workspace
from gateway.config.names import FileName, Hole
from gateway.delivery import Departure, departures
from gateway.intake import Collector, Spot
from gateway.kernel import Clock
from gateway.kernel.errors import GatewayError
from gateway.outgoing import Job
from gateway.store import Store, departed, tables
from gateway.store.outbox import Item, ItemState
from gateway.transports import NoSuchFile, RemoteFile, RemotePath, Transport
from gateway.transports.endpoints import Endpoints

PART = re.compile(rb"\.(?P<name>.+)\.(?P<item>\d+)\.(?P<fence>\d+)\.part", re.DOTALL)
Name = tuple[str, str, bytes]
"""Connector, channel and file name: given once."""
AT_ONCE = 5000
"""So many lines of the journal are compared with the store at once; what it knows as sent is not kept in memory."""
BATCH, FEED, REQUESTS, POSTING, ANSWER = "batch", "feed", "requests", "posting", "answer"


class TakenFile(Struct, frozen=True):
    """A file in a private folder of which the store knows nothing."""

    spot: Spot
    file: RemoteFile

    def was_there(self, at: datetime, *, surely: bool) -> bool:
        """Whether it was written before that instant; a time in whole seconds leaves a second in doubt."""
        modified = self.file.modified
        if modified is None:
            return True
        return modified + (1 if surely and float(modified).is_integer() else 0) <= at.timestamp()


class Left(Struct, frozen=True):
    """A file that left, and whether it stands at the partner now with the bytes that are told."""

    departure: Departure
    stands: bool


class Forgotten(Struct, frozen=True, kw_only=True):
    """Everything that was found. `unreachable` partners could not be asked, with the reason."""

    taken: tuple[TakenFile, ...]
    left: tuple[Left, ...]
    parts: tuple[tuple[str, RemotePath], ...]
    """Dead temporary files of ours, by connector."""
    removed_when_read: tuple[str, ...]
    """Channels that delete what they read: what they took since is gone."""
    unreachable: dict[str, str]


class Search:
    """Looks through the folders of every connector at work, and through the journal."""

    def __init__(self, workspace: Workspace, endpoints: Endpoints, *, store: Store, archive: Archive, clock: Clock) -> None:
        self._workspace = workspace
        self._endpoints = endpoints
        self._store = store
        self._archive = archive
        self._clock = clock

    def look(self) -> Forgotten:
        """Find it all; a partner that cannot be reached is told and left out as a whole: part of a look tells nothing for certain."""
        seen: list[_Seen] = []
        unreachable: dict[str, str] = {}
        for connector in (one for one in self._workspace.enabled if not one.is_mail):  # mail leaves nothing that could be looked at
            try:
                with self._endpoints.lend(connector) as transport:
                    seen.append(self._seen(connector, transport))
            except GatewayError as error:
                unreachable[connector.connector] = str(error)
        parts = [part for one in seen for part in one.parts]
        standing = {name: path for one in seen for name, path in one.standing.items()}
        journal = {it.name: it for it in self._journal()}
        unfinished = {path.name for _, path in parts}
        gone = [it for it in journal.values() if it.blessed_name not in unfinished and it.connector not in unreachable]
        left = [*gone, *self._news(self._unnoted(standing, journal))]
        return Forgotten(
            taken=tuple(file for one in seen for file in one.taken),
            left=tuple(Left(it, it.name in standing) for it in sorted(left, key=lambda it: it.at)),
            parts=tuple((name, path) for name, path in dict.fromkeys(parts) if not self._is_blessed(path.name)),
            removed_when_read=tuple(self._deleting()),
            unreachable=unreachable,
        )

    def sweep(self, found: Forgotten) -> int:
        """Remove the dead temporary files; answers how many."""
        gone = 0
        for name, path in found.parts:
            with self._endpoints.lend(self._workspace.connector(name)) as transport, suppress(NoSuchFile):
                transport.remove(path)
                gone += 1
        return gone

    def collector(self, spot: Spot) -> Collector:
        """The pick-up of a channel."""
        return Collector(spot, store=self._store, archive=self._archive, clock=self._clock)

    def _seen(self, connector: Connector, transport: Transport) -> _Seen:
        parts: list[tuple[str, RemotePath]] = []
        standing: dict[Name, RemotePath] = {}
        for channel, path in self._outgoing(connector):
            for file in transport.listing(path):
                if PART.fullmatch(file.name):
                    parts.append((connector.connector, file.path))
                elif file.is_file:
                    standing[connector.connector, channel, file.name] = file.path
        return _Seen(list(self._taken(connector, transport)), parts, standing)

    def _taken(self, connector: Connector, transport: Transport) -> Iterator[TakenFile]:
        for channel in connector.receive:
            if channel.enabled and channel.take is Take.MOVE:
                spot = Spot(connector, channel)
                yield from (TakenFile(spot, file) for file in self.collector(spot).forgotten(transport))

    def _outgoing(self, connector: Connector) -> Iterator[tuple[str, RemotePath]]:
        for receive in connector.receive:
            if receive.enabled and receive.answer is not None:
                yield receive.channel, RemotePath.of(receive.answer.folder)
        for send in (it for it in connector.send if it.enabled):
            yield send.channel, RemotePath.of(send.folder)

    def _journal(self) -> Iterator[Departure]:
        """What the journal tells and the store does not know as sent."""
        told = departures(self._archive.folder)
        while some := list(islice(told, AT_ONCE)):
            yield from self._news(some)

    def _unnoted(self, standing: dict[Name, RemotePath], journal: dict[Name, Departure]) -> list[Departure]:
        """Files that stand under a name only we give, and that neither store nor journal knows; read into the archive."""
        found = []
        for connector in self._workspace.enabled:
            for job in (Job(connector, channel) for channel in connector.send if channel.enabled):
                names = [name for owner, channel, name in standing if (owner, channel) == (connector.connector, job.channel.channel)]
                with self._store.reading() as connection:
                    known = departed.named(connection, connector.connector, job.channel.channel, names)
                for name in names:
                    numbers = _numbers(job.channel.file, name)
                    key = (connector.connector, job.channel.channel, name)
                    if numbers is not None and name not in known and key not in journal:
                        found.append(self._standing(job, standing[key], numbers))
        return found

    def _standing(self, job: Job, path: RemotePath, numbers: dict[str, int]) -> Departure:
        with self._endpoints.lend(job.connector) as transport, transport.open(path) as body:
            stored = self._archive.put(body)
        kind = {"new_orders": BATCH, "changes": FEED, "requests": REQUESTS, "approved_invoices": POSTING}[job.channel.gather.what.value]
        return Departure(
            at=self._clock.now(),
            idem=f"batch:{numbers['batch']}" if "batch" in numbers else f"found:{job.name}:{path.name.hex()}",
            connector=job.connector.connector,
            channel=job.channel.channel,
            kind=kind,
            file_name=path.name,
            blessed_name=b"",
            sha256=stored.sha256,
            size=stored.size,
            numbers={job.sequence: (numbers["sequence"],)} if "sequence" in numbers else {},
        )

    def _news(self, found: Iterable[Departure]) -> Iterator[Departure]:
        """Those that the store does not know as sent. No clock is asked: that of a backup and that of a node need not agree."""
        by_channel: defaultdict[tuple[str, str], list[Departure]] = defaultdict(list)
        for it in found:
            by_channel[it.connector, it.channel].append(it)
        for (connector, channel), some in by_channel.items():
            with self._store.reading() as connection:
                known = departed.named(connection, connector, channel, [it.file_name for it in some])
            for it in some:
                item = known.get(it.file_name)
                if item is None or (item.state is not ItemState.SENT and not _is_of_before(it, item)):
                    yield it

    def _is_blessed(self, name: bytes) -> bool:
        """Whether an item waits for nothing but the renaming of this temporary file."""
        items = tables.outbox.c
        with self._store.reading() as connection:
            return connection.execute(select(items.id).where(items.blessed_name == name, items.state != ItemState.SENT)).first() is not None

    def _deleting(self) -> Iterator[str]:
        for connector in self._workspace.enabled:
            yield from (f"{connector.connector}/{it.channel}" for it in connector.receive if it.enabled and it.take is Take.DELETE)


class _Seen(Struct, frozen=True):
    """What stands at one partner."""

    taken: list[TakenFile]
    parts: list[tuple[str, RemotePath]]
    standing: dict[Name, RemotePath]


def _is_of_before(departure: Departure, item: Item) -> bool:
    """Whether it belongs to a delivery that had ended when the item was offered again: fences only rise."""
    part = PART.fullmatch(departure.blessed_name)
    if part is None or int(part["item"]) != item.id or departure.blessed_name == item.blessed_name:
        return False
    return int(part["fence"]) <= item.fence


def _numbers(pattern: FileName, name: bytes) -> dict[str, int] | None:
    """The numbers of ours in a name of this pattern; None where it cannot be one of ours.

    >>> from gateway.config.names import read_file_name
    >>> _numbers(read_file_name("PO_{batch:06}.csv"), b"PO_000074.csv")
    {'batch': 74}
    """
    parts = (_part(part) if isinstance(part, Hole) else re.escape(part) for part in pattern.parts)
    found = re.fullmatch("".join(parts), name.decode("utf-8", "surrogateescape"))
    numbers = {word: int(value) for word, value in found.groupdict().items()} if found else {}
    return numbers or None


def _part(hole: Hole) -> str:
    return rf"(?P<{hole.name}>\d+)" if hole.name in {"batch", "sequence"} else ".+?"
