"""One small town for one case: a workspace whose retailer and vendor exchange files through folders or SFTP, made from a template."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from msgspec import Struct

from gateway.transports import TRIAL
from tests.postgres import PostgreSQL
from tests.storehouse import Templates

ROOT = Path(__file__).resolve().parents[2]
VENDOR = "257"
LEASE = 2
"""Seconds: short, so that a dead node's work is taken over while somebody watches."""

SETTINGS = """\
[database]
url = "{url}"
allow_unsafe = true
connections = 8

[work]
lease = "{lease}s"
renew = "1s"
chunk_documents = 3

[retry]
first = "1s"
longest = "1s"

[log]
format = "json"
{more}"""
OMS = """\
connector: oms
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
receive:
  - channel: orders
    folder: in/oms
    files: "*.xml"
    mapping: createdsorder
    every: 1s
    ready: {stable_for: 0s}
    answer: {mapping: createdsorder-response, file: "{file}.resp.xml", folder: out/oms/responses}
send:
  - channel: changes
    folder: out/oms/changes
    mapping: change-feed
    gather: {changes: true, now: true}
    file: "DSCHG_{sequence:06}.xml"
    in_order: true
  - channel: invoices
    folder: out/oms/invoices
    mapping: invoice-posting
    gather: {approved_invoices: true, now: true}
    file: "DSPST_{sequence:06}.xml"
    in_order: true
"""
RED_PANDA = """\
connector: redpanda
partner: {name: Red Panda Outfitters, vendor: "257"}
endpoint: ENDPOINT
receive:
  - channel: acknowledgements
    folder: in/redpanda/acknowledgements
    files: ACK_*.csv
    mapping: acknowledgement-csv
    every: 1s
    ready: {stable_for: 0s}
    answer: {mapping: acknowledgement-results, file: "{file}.result.csv", folder: out/redpanda/results}
    wait: {batch: 1h}
  - channel: shipments
    folder: in/redpanda/shipments
    files: SHIP_*.csv
    mapping: shipments-csv
    every: 1s
    ready: {stable_for: 0s}
    answer: {mapping: shipment-results, file: "{file}.result.csv", folder: out/redpanda/results}
    wait: {order: 4h}
    via: upload
  - channel: invoices
    folder: in/redpanda/invoices
    files: INV_*.csv
    mapping: invoices-csv
    every: 1s
    ready: {stable_for: 0s}
    answer: {mapping: invoice-results, file: "{file}.result.csv", folder: out/redpanda/results}
    wait: {order: 4h, shipment: 24h}
    via: upload
send:
  - channel: orders
    folder: out/redpanda/orders
    mapping: batch-csv
    gather: {new_orders: true, now: true}
    file: "PO_{batch:06}.csv"
    acknowledge: {required: true, within: 24h}
"""
INBOXES = {
    "orders": "in/oms",
    "acknowledgements": "in/redpanda/acknowledgements",
    "shipments": "in/redpanda/shipments",
    "invoices": "in/redpanda/invoices",
}
OUTBOXES = {
    "responses": "out/oms/responses",
    "changes": "out/oms/changes",
    "postings": "out/oms/invoices",
    "results": "out/redpanda/results",
    "batches": "out/redpanda/orders",
}


def is_left(path: Path) -> bool:
    """Whether a file lies where the gateway should have done something with it; a cut off trial of its server may leave one of its own."""
    return path.is_file() and not path.name.startswith(TRIAL.decode())


class World(Struct, frozen=True):
    """The workspace of one case and the database behind it; `log` is where its processes write what they say."""

    root: Path
    url: str
    gate: str = ""
    """The same database as the gateway's processes reach it, where they go another way."""

    @property
    def is_sqlite(self) -> bool:
        """Which store it has."""
        return self.url.startswith("sqlite")

    @property
    def log(self) -> Path:
        """Everything the processes of the case have said."""
        return self.root / "var" / "said.log"

    def drop(self, box: str, name: str, body: bytes) -> None:
        """A partner leaves a file, as a careful partner does: written aside, then renamed."""
        folder = self.root / INBOXES[box]
        part = folder / f".{name}.part"
        part.write_bytes(body)
        part.rename(folder / name)

    def standing(self, box: str) -> list[Path]:
        """The finished files that stand in a folder the gateway fills."""
        return sorted(path for path in (self.root / OUTBOXES[box]).glob("[!.]*") if path.is_file())

    def declare(self, connector: str, text: str) -> None:
        """Write a connector anew."""
        (self.root / "connectors" / f"{connector}.yaml").write_text(text, encoding="utf-8")

    def connector(self, name: str) -> str:
        """How a connector is written."""
        return (self.root / "connectors" / f"{name}.yaml").read_text(encoding="utf-8")

    def settings(self, **more: str) -> None:
        """Write `gateway.toml` anew, with more sections."""
        text = "\n".join(f"\n[{section}]\n{words}\n" for section, words in more.items())
        (self.root / "gateway.toml").write_text(SETTINGS.format(url=self.gate or self.url, lease=LEASE, more=text), encoding="utf-8")


class Quarry:
    """Makes worlds quickly: the workspace is copied, the database is a copy of one that has the newest schema."""

    def __init__(self, folder: Path, postgresql: PostgreSQL | None) -> None:
        self._folder = folder
        self._postgresql = postgresql
        self._site = folder / "site"
        self._count = 0
        self._stack = ExitStack()
        self._templates = Templates(folder, self._stack)
        self._hew()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def world(self, store: str, *, folder: Path | None = None) -> Iterator[World]:
        """A fresh world on `sqlite` or `postgresql`, removed at the end; `folder` puts it elsewhere."""
        self._count += 1
        root = (folder or self._folder) / f"{store}-{self._count}"
        shutil.copytree(self._site, root)
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, root, ignore_errors=True)
            if store == "postgresql":
                assert self._postgresql is not None
                url = stack.enter_context(self._postgresql.database(template=self._templates.postgresql(self._postgresql)))
            else:
                url = f"sqlite:///{root / 'var' / 'gateway.db'}"
                shutil.copy(self._templates.sqlite, root / "var" / "gateway.db")
            world = World(root, url)
            world.settings()
            yield world

    def _hew(self) -> None:
        self._site.mkdir(parents=True)
        shutil.copy(ROOT / "organization.yaml", self._site)
        for part in ("mappings", "samples"):
            shutil.copytree(ROOT / part, self._site / part)
        (self._site / "connectors").mkdir()
        (self._site / "var").mkdir()
        for folder in (*INBOXES.values(), *OUTBOXES.values()):
            (self._site / folder).mkdir(parents=True)
        site = World(self._site, "")
        site.declare("oms", OMS)
        site.declare("redpanda", RED_PANDA.replace("ENDPOINT", "{transport: folder}"))
        assert self._templates.sqlite.is_file()
        if self._postgresql is not None:
            self._templates.postgresql(self._postgresql)  # now: worlds are asked for by several threads
