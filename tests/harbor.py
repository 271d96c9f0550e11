"""A town whose vendors are servers in memory that can go away, hang and come back; its clock is in our hands."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.kernel import Clock, FixedClock
from gateway.kernel.errors import EndpointDown
from gateway.store import outbox
from gateway.store.outbox import NewItem
from gateway.transports import MemoryServer
from tests.storehouse import NOON
from tests.town import Town

VENDOR = """\
connector: NAME
partner: {name: NAME, vendor: "CODE"}
endpoint: {transport: memory, server: NAME}
receive:
  - channel: shipments
    folder: out
    files: SHIP_*.csv
    mapping: shipments-csv
    every: 1s
    ready: {stable_for: 0s}
  - channel: invoices
    folder: out
    files: INV_*.csv
    mapping: invoices-csv
    every: 1s
    ready: {stable_for: 0s}
send:
  - channel: orders
    folder: in
    mapping: batch-csv
    gather: {new_orders: true, now: true}
    file: "PO_{batch:06}.csv"
    retry: {budget: 2h}
"""
VENDORS = {"redpanda": "257", "anvil": "11", "tanuki": "310"}


class Dead:
    """A partner that answers nobody, and counts who tried."""

    def __init__(self, error: Callable[[], Exception] = lambda: EndpointDown("no answer within 15 s")) -> None:
        self.tries = 0
        self.is_back = False
        self._error = error

    def __call__(self, name: bytes) -> None:
        if not self.is_back:
            self.tries += 1
            raise self._error()


class Harbor:
    """The workspace, its servers by the names of their connectors, and the clock."""

    def __init__(self, root: Path, url: str, *names: str, clock: Clock | None = None) -> None:
        self.town = Town(root, url)
        (root / "connectors/redpanda.yaml").unlink()
        self.clock = FixedClock(NOON)
        self._clock = clock or self.clock
        self.servers: dict[str, MemoryServer] = {}
        for name in names:
            self.servers[name] = MemoryServer("in", "out", clock=self._clock)
            self.town.declare(name, VENDOR.replace("NAME", name).replace("CODE", VENDORS[name]))

    @contextmanager
    def gateway(self) -> Iterator[Gateway]:
        """The gateway of this workspace, opened; several are several nodes."""
        with open_gateway(Workspace.load_for_tests(self.town.root), clock=self._clock, servers=self.servers) as gateway:
            yield gateway

    def collected(self, name: str) -> list[str]:
        """The finished files that stand in the folder of a vendor."""
        return sorted(found.decode() for found in self.servers[name].within((b"in",)) if not found.startswith(b"."))


def send(gateway: Gateway, connector: str, *names: str, lane: str | None = None) -> list[int]:
    """Files for a partner, made now; answers the ids of the items."""
    now = gateway.clock.now()
    made = []
    for name in names:
        stored = gateway.archive.put(io.BytesIO(name.encode()))
        channel = gateway.workspace.connector(connector).send[0]
        with gateway.store.transaction() as tx:
            made.append(
                outbox.make(
                    tx,
                    NewItem(
                        idem=f"test:{connector}:{name}",
                        connector=connector,
                        channel=channel.channel,
                        kind="batch",
                        file_name=name.encode(),
                        sha256=stored.sha256,
                        size=stored.size,
                        archive_key=stored.key,
                        made_at=now,
                        give_up_at=now + channel.retry.budget,
                        lane=lane,
                    ),
                )
            )
    return made
