"""A workspace with a store in which things have happened, and the command line over it, as people and scripts use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.config.shipped import copy_workspace
from gateway.documents import BatchAcknowledgement, ShipmentLine
from gateway.kernel import Clock
from gateway.store import Store
from tests import commands
from tests.business import HEADER, MESSAGE, ORDER, UPLOAD, a_detail, a_shipment, an_invoice
from tests.commands import Done
from tests.office import Office
from tests.storehouse import fresh_store

RED_PANDA = """\
connector: redpanda
partner: {name: Red Panda Outfitters, vendor: "257"}
endpoint: {transport: folder}
send:
  - channel: orders
    folder: outbox/redpanda
    mapping: batch-xml
    gather: {new_orders: true, count: 1000}
    file: "PO_{batch:06}.xml"
    acknowledge: {required: true, within: 24h}
"""
"""Red Panda by folder instead of SFTP, with a batch only when many orders wait."""


class Shop:
    """A workspace whose systems and vendors exchange files through folders."""

    def __init__(self, root: Path, url: str) -> None:
        copy_workspace(root)
        self.root = root
        self.url = url
        for name in ("oms", "tanuki"):
            self.change(f"connectors/{name}.yaml", "enabled: false", "enabled: true")
        self.write("connectors/redpanda.yaml", RED_PANDA)
        workspace = Workspace.load(root)
        workspace.make_folders(*workspace.connectors.values())

    @property
    def environment(self) -> Mapping[str, str]:
        return {"GATEWAY_DATABASE__URL": self.url, "GATEWAY_DATABASE__ALLOW_UNSAFE": "true", "COLUMNS": "200"}

    def gateway(self, *arguments: str) -> Done:
        """Run a command in this process."""
        return commands.here(self.root, *arguments, environment=self.environment)

    def process(self, *arguments: str) -> Done:
        """Run a command as a process of its own."""
        return commands.apart(self.root, *arguments, environment=self.environment)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    @contextmanager
    def opened(self, *, clock: Clock | None = None) -> Iterator[Gateway]:
        """Its gateway, in this process."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            with open_gateway(Workspace.load(self.root), clock=clock) as gateway:
                yield gateway

    @contextmanager
    def after(self, tell: Callable[[Story], object]) -> Iterator[Gateway]:
        """Its gateway, in this process, when all this has happened."""
        with open_story(self.url) as story:
            tell(story)
        with self.opened() as gateway:
            yield gateway

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))


class Story:
    """What has happened in the shop so far, booked as the gateway books it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.office = Office(store)

    def ordered(self) -> Story:
        self.office.receive(ORDER)
        self.office.receive(replace(ORDER, number="AB10748", brand="1", sales_order="00012026-001"))
        return self

    def sent(self) -> Story:
        self.office.cut()
        acknowledgement = BatchAcknowledgement(vendor="257", batch=1, vendor_system="VENDOR", envelope=HEADER)
        self.office.receive(acknowledgement, origin=MESSAGE)
        return self

    def shipped(self) -> Story:
        self.office.receive(a_shipment(ShipmentLine(number=1, quantity=3), ShipmentLine(number=2, quantity=1)), origin=MESSAGE)
        return self

    def billed(self) -> Story:
        """One invoice that balances, and one that costs more than a tenth too much."""
        self.office.receive(an_invoice(a_detail(1, 3, "8.98"), number="RP-1"), origin=UPLOAD)
        self.office.receive(an_invoice(a_detail(2, 1, "30.00"), number="RP-2"), origin=UPLOAD)
        return self


@contextmanager
def open_story(url: str) -> Iterator[Story]:
    """The store of a shop, to let things happen in it."""
    with fresh_store(url) as store:
        yield Story(store)
