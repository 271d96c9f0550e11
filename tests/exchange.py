"""A workspace whose retailer and vendors exchange files through folders: drop files, run the real program once, look into its store."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from sqlalchemy import Table, func, select

from gateway.app import Gateway, open_gateway
from gateway.config import Gathering, Workspace
from gateway.desk.making import jobs_of
from gateway.domain.order import PurchaseOrder
from gateway.kernel import FixedClock
from gateway.runtime import Summary
from gateway.store import consistency, loads, tables
from tests.shop import Shop
from tests.storehouse import NOON

OMS = """\
connector: oms
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
receive:
  - channel: orders
    folder: inbox/oms
    files: "*.xml"
    mapping: createdsorder
    ready: {stable_for: 0s, empty_after: 0s}
    answer: {mapping: createdsorder-response, file: "{file}.resp.xml", folder: outbox/oms/responses}
send:
  - channel: changes
    folder: outbox/oms/changes
    mapping: change-feed
    gather: {changes: true, now: true}
    file: "DSCHG_{sequence:06}.xml"
  - channel: invoices
    folder: outbox/oms/invoices
    mapping: invoice-posting
    gather: {approved_invoices: true, count: 1000}
    file: "DSPST_{sequence:08}.xml"
"""
VENDOR = """\
connector: NAME
partner: {name: NAME, vendor: "CODE"}
endpoint: {transport: folder}
receive:
  - channel: acknowledgements
    folder: inbox/NAME/acknowledgements
    files: "*"
    mapping: [acknowledgement-xml, acknowledgement-json, acknowledgement-csv]
    ready: {stable_for: 0s, empty_after: 0s}
    answer: {mapping: acknowledgement-results, file: "{file}.result.csv", folder: outbox/NAME/results}
  - channel: shipments
    folder: inbox/NAME/shipments
    files: "*.csv"
    mapping: shipments-csv
    ready: {stable_for: 0s, empty_after: 0s}
    answer: {mapping: shipment-results, file: "{file}.result.csv", folder: outbox/NAME/results}
    via: upload
  - channel: confirmations
    folder: inbox/NAME/confirmations
    files: "*.json"
    mapping: shipments-json
    ready: {stable_for: 0s, empty_after: 0s}
    answer: {mapping: vendor-response-json, file: "{file}.resp.json", folder: outbox/NAME/results}
  - channel: invoices
    folder: inbox/NAME/invoices
    files: "*.csv"
    mapping: invoices-csv
    ready: {stable_for: 0s, empty_after: 0s}
    answer: {mapping: invoice-results, file: "{file}.result.csv", folder: outbox/NAME/results}
    via: upload
send:
  - channel: orders
    folder: outbox/NAME/orders
    mapping: batch-csv
    gather: {new_orders: true, count: 1000}
    file: "PO_{batch:06}.csv"
    acknowledge: {required: true, within: 24h}
"""
INBOXES = {
    "orders": "inbox/oms",
    "acknowledgements": "inbox/redpanda/acknowledgements",
    "shipments": "inbox/redpanda/shipments",
    "confirmations": "inbox/redpanda/confirmations",
    "invoices": "inbox/redpanda/invoices",
}
"""Where the retailer and Red Panda (vendor 257) leave their files, by channel."""
ANSWERS = {"oms": "outbox/oms/responses", "redpanda": "outbox/redpanda/results", "anvil": "outbox/anvil/results"}


class Receipt(msgspec.Struct, frozen=True):
    """What became of one document of a file."""

    verdict: str
    key: str | None
    issues: tuple[dict[str, Any], ...]


class Told(msgspec.Struct, frozen=True):
    """What became of one file: its message, and its documents by their places."""

    id: int
    state: str
    mapping: str | None
    sha256: str
    archive_key: str
    file_issues: tuple[dict[str, Any], ...]
    receipts: dict[int, Receipt]

    @property
    def issues(self) -> list[dict[str, Any]]:
        """Every issue, in the order it is told."""
        return [*self.file_issues, *(issue for receipt in self.receipts.values() for issue in receipt.issues)]

    @property
    def codes(self) -> list[str]:
        return [issue["code"] for issue in self.issues]

    @property
    def verdicts(self) -> list[str]:
        return [receipt.verdict for receipt in self.receipts.values()]


class Exchange:
    """The workspace, and the real program in it: as the command people run, or opened for a closer look."""

    def __init__(self, root: Path, url: str, *, at: datetime = NOON) -> None:
        self.shop = Shop(root, url)
        self.root = root
        self.clock = FixedClock(at)
        (root / "connectors/tanuki.yaml").unlink()
        self.shop.change("organization.yaml", '  "310":\n', '  "404": {name: Gone, active: false}\n  "310":\n')
        self.shop.write("connectors/oms.yaml", OMS)
        self.shop.write("connectors/redpanda.yaml", vendor("redpanda", "257"))
        self.shop.write("connectors/anvil.yaml", vendor("anvil", "11"))
        self.load()

    def load(self) -> Workspace:
        """The workspace as it stands, with its folders."""
        with patch.dict(os.environ, self.shop.environment):
            workspace = Workspace.load(self.root)
        workspace.make_folders(*workspace.connectors.values())
        return workspace

    def sample(self, name: str) -> str:
        return (self.root / "samples" / name).read_text(encoding="utf-8")

    def drop(self, channel: str, name: str, content: bytes | str) -> None:
        """A partner leaves a file."""
        folder = self.root / INBOXES.get(channel, channel)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    @contextmanager
    def opened(self) -> Iterator[Day]:
        """The program over this workspace, its clock in our hands."""
        with open_gateway(self.load(), clock=self.clock) as gateway:
            yield Day(self, gateway)


class Day:
    """The program at work in an exchange: drop files, run, look."""

    def __init__(self, exchange: Exchange, gateway: Gateway) -> None:
        self.exchange = exchange
        self.gateway = gateway
        self.store = gateway.store

    def run(self) -> Summary:
        """What `gateway serve --once` does, a second later."""
        self.pass_time(timedelta(seconds=1))
        return self.gateway.node().once()

    def send(self, channel: str, name: str, content: bytes | str) -> Told:
        """Drop a file, run, and answer what became of it."""
        self.exchange.drop(channel, name, content)
        self.run()
        return self.told(name)

    def make(self, gathering: Gathering) -> None:
        """What a person asks for: the batches, or the postings, that can be made now."""
        node = self.gateway.node()
        with node.engaged() as engine:
            for job in jobs_of(self.gateway.workspace, gathering):
                engine.open_now(job)
            node.work_until_idle()

    def pass_time(self, by: timedelta) -> None:
        self.exchange.clock.advance(by)

    def told(self, name: str) -> Told:
        """What became of the newest file of that name."""
        return self.all_told()[name]

    def all_told(self) -> dict[str, Told]:
        """What became of every file, the newest of each name."""
        receipts: defaultdict[int, dict[int, Receipt]] = defaultdict(dict)
        for row in self.rows(tables.receipt):
            receipts[row.message_id][row.place] = Receipt(row.verdict, row.key, tuple(row.issue or ()))
        return {
            bytes(row.file_name).decode(): Told(
                row.id, row.state, row.mapping, row.sha256, row.archive_key, tuple(row.issues or ()), receipts[row.id]
            )
            for row in self.rows(tables.message)
        }

    def kept(self, told: Told) -> bytes:
        """The bytes of a file as the archive keeps them."""
        with self.gateway.archive.open(told.archive_key) as body:
            return body.read()

    def answer(self, name: str, connector: str = "redpanda") -> str:
        """The newest answer to a file of that name."""
        folder = self.exchange.root / ANSWERS[connector]
        found = sorted(folder.glob(f"{name}.re*"), key=lambda path: path.stat().st_mtime_ns)
        return found[-1].read_text(encoding="utf-8")

    def order(self, number: str = "AB10747") -> PurchaseOrder:
        with self.store.reading() as connection:
            key = connection.execute(select(tables.order_key.c.id).where(tables.order_key.c.po_no == number)).scalar_one()
            return loads.orders(connection, [key])[key]

    def numbers(self) -> set[str]:
        """The numbers of all stored orders."""
        joined = select(tables.order_key.c.po_no).join(tables.purchase_order, tables.purchase_order.c.id == tables.order_key.c.id)
        with self.store.reading() as connection:
            return set(connection.execute(joined).scalars())

    def rows(self, table: Table) -> Sequence[Any]:
        with self.store.reading() as connection:
            return connection.execute(select(table).order_by(*table.primary_key)).all()

    def count(self, table: Table) -> int:
        with self.store.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def business(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Every row of the business: all but messages, their traces, and the machinery that works on them."""
        return {table.name: [tuple(row) for row in self.rows(table)] for table in BUSINESS}

    def differences(self) -> list[object]:
        """What the consistency job would find."""
        with self.store.reading() as connection:
            return list(consistency.differences(connection))


BUSINESS = (
    tables.purchase_order,
    tables.order_line,
    tables.order_party,
    tables.order_history,
    tables.shipment,
    tables.batch,
    tables.batch_line,
    tables.invoice,
    tables.invoice_line,
    tables.invoice_history,
)


def vendor(name: str, code: str) -> str:
    """The connector of a vendor."""
    return VENDOR.replace("NAME", name).replace("CODE", code)


def digest(content: bytes) -> str:
    """The name of these bytes in the archive."""
    return sha256(content).hexdigest()


@contextmanager
def open_day(root: Path, url: str, *, at: datetime = NOON) -> Iterator[Day]:
    """A day in a new exchange."""
    with Exchange(root, url, at=at).opened() as day:
        yield day
