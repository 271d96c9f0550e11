"""Trade with one partner over a misbehaving SFTP server: the real pick-up and the real delivery, tried again until they are done."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.archive import Archive
from gateway.config import Connector
from gateway.delivery import Delivery, Destination
from gateway.intake import Collector, Spot
from gateway.kernel import FixedClock
from gateway.kernel.errors import GatewayError
from gateway.store import Store, outbox, tables, work
from gateway.store.outbox import ItemState, NewItem
from gateway.store.work import Kind
from gateway.transports import Connections, Deadlines, RemotePath, Transport, open_transport
from tests.chaos.peers.evidence import appearances
from tests.chaos.peers.server import RuledServer
from tests.sites import password_options
from tests.storehouse import NOON

LEASE = timedelta(minutes=2)
ROUNDS = 12
SHORT = Deadlines(connect=timedelta(seconds=2), login=timedelta(seconds=2), progress=timedelta(seconds=1))


class Trade:
    """One partner: it leaves files in `out`, we leave files in `in`."""

    def __init__(self, store: Store, folder: Path, server: RuledServer, **words: Any) -> None:
        self.clock = FixedClock(NOON)
        self.store = store
        self.server = server
        self.archive = Archive(folder / "archive")
        self.options = password_options(server, deadlines=SHORT, **words.pop("endpoint", {}))
        self.connections = Connections(self.clock)
        form = {"connector": "redpanda", "partner": {"name": "Red Panda", "vendor": "257"}, "endpoint": {"transport": "memory"}}
        channel = {"channel": "shipments", "folder": "out", "files": "*.csv", "mapping": "m", "ready": {"stable_for": "0s"}, **words}
        connector = Connector.model_validate({**form, "receive": [channel]})
        self.spot = Spot(connector, connector.receive[0])
        self.collector = Collector(self.spot, store=store, archive=self.archive, clock=self.clock)
        self.errors: list[GatewayError] = []
        self.sent: list[bytes] = []

    def drop(self, name: str, content: bytes) -> None:
        """The partner leaves a file."""
        part = self.server.root / f".{name}.part"
        part.write_bytes(content)
        part.rename(self.server.root / "out" / name)

    @contextmanager
    def connected(self) -> Iterator[Transport]:
        """A connection as the gateway lends it."""
        with self.connections.lend("redpanda", lambda: open_transport("sftp", self.options)) as transport:
            yield transport

    def collect(self, rounds: int = ROUNDS) -> None:
        """Poll until two polls in a row end well and find nothing."""
        quiet = 0
        for _ in range(rounds):
            self.clock.advance(timedelta(seconds=60))
            try:
                with self.connected() as transport:
                    found = self.collector.poll(transport)
            except GatewayError as error:
                self.errors.append(error)
                quiet = 0
            else:
                quiet = quiet + 1 if not found.recorded else 0
            if quiet == 2:
                return
        raise AssertionError(f"no rest after {rounds} polls: {self.errors[-1:]}")

    def start_again(self) -> None:
        """As a new process: what the collector remembers is gone."""
        self.collector = Collector(self.spot, store=self.store, archive=self.archive, clock=self.clock)

    def received(self) -> Counter[tuple[bytes, str]]:
        """Name and hash of every message."""
        with self.store.reading() as connection:
            return Counter((bytes(row.file_name), row.sha256) for row in connection.execute(select(tables.message)))

    def archived(self) -> bool:
        """Whether the archive holds the bytes of every message."""
        with self.store.reading() as connection:
            rows = connection.execute(select(tables.message)).all()
        return all(self._body(row.archive_key) == row.sha256 for row in rows)

    def decide_all(self) -> None:
        """As if everything had been booked."""
        with self.store.transaction() as tx:
            tx.connection.execute(tables.message.update().values(state="booked", decided_at=self.clock.now(), total=0))

    def offer(self, name: bytes, content: bytes) -> int:
        """An item for the partner."""
        stored = self.archive.put(io.BytesIO(content))
        new = NewItem(
            idem=f"batch:{name!r}",
            connector="redpanda",
            channel="orders",
            kind="batch",
            file_name=name,
            sha256=stored.sha256,
            size=stored.size,
            archive_key=stored.key,
            made_at=NOON,
            ack=outbox.Ack.NONE,
        )
        with self.store.transaction() as tx:
            return outbox.make(tx, new)

    def deliver(self, item_id: int, rounds: int = ROUNDS) -> ItemState:
        """Attempts until the item rests, each under a new lease, as after a crash of whoever held the last."""
        delivery = Delivery(
            store=self.store, archive=self.archive, clock=self.clock, effect=lambda _, item: self.sent.append(item.file_name)
        )
        for attempt in range(rounds):
            now = self.clock.now()
            (it,) = work.claim(self.store, Kind.DELIVER, run=f"run-{attempt}", connectors=["redpanda"], now=now, until=now + LEASE)
            with self.store.transaction() as tx:
                item = outbox.begin_attempt(tx, it.lease, it.subject, now=now)
            try:
                with self.connected() as transport:
                    return delivery.run(it.lease, item, transport, Destination(RemotePath.of("in")))
            except GatewayError as error:
                self.errors.append(error)
            self.clock.advance(LEASE + timedelta(seconds=1))
        raise AssertionError(f"not delivered after {rounds} attempts: {self.errors[-1:]}")

    def item(self, item_id: int) -> outbox.Item:
        """The item as it is now."""
        with self.store.reading() as connection:
            found = outbox.get(connection, item_id)
        assert found is not None
        return found

    def appeared(self, name: str) -> list[str]:
        """The hashes under which a name came to stand at the partner's, by the partner's own evidence."""
        return [sha for path, sha in appearances(self.server.evidence.deeds()) if path.rpartition("/")[2] == name]

    def names(self, folder: str) -> set[str]:
        """What stands in a folder of the partner's."""
        return {path.name for path in (self.server.root / folder).iterdir()}

    def close(self) -> None:
        """Hang up."""
        self.connections.close()

    def _body(self, key: str) -> str:
        with self.archive.open(key) as body:
            return sha256(body.read()).hexdigest()


def hash_of(content: bytes) -> str:
    """As the store and the evidence write it."""
    return sha256(content).hexdigest()
