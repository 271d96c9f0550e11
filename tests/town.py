"""A town: a workspace whose partners exchange files through folders, and nodes that work in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.kernel import Clock
from tests import commands
from tests.commands import Done

ROOT = Path(__file__).resolve().parents[1]

OMS = """\
connector: oms
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
receive:
  - channel: orders
    folder: in/oms
    files: "*.xml"
    mapping: createdsorder
    watch: true
    every: 1h
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
"""

RED_PANDA = """\
connector: redpanda
partner: {name: Red Panda Outfitters, vendor: "257"}
endpoint: {transport: folder}
receive:
  - channel: acknowledgements
    folder: in/redpanda
    files: ACK_*.csv
    mapping: acknowledgement-csv
    every: 1h
    ready: {stable_for: 0s}
    wait: {batch: 1h}
  - channel: shipments
    folder: in/redpanda
    files: SHIP_*.csv
    mapping: shipments-csv
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: shipment-results, file: "{file}.result.csv", folder: out/redpanda/results}
    wait: {order: 4h}
    via: upload
  - channel: invoices
    folder: in/redpanda
    files: INV_*.csv
    mapping: invoices-csv
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: invoice-results, file: "{file}.result.csv", folder: out/redpanda/results}
    wait: {order: 4h, shipment: 24h}
    via: upload
send:
  - channel: orders
    folder: out/redpanda/orders
    mapping: batch-csv
    gather: {new_orders: true, GATHER}
    file: "PO_{batch:06}.csv"
    acknowledge: {required: true, within: 24h}
"""

Seen = dict[Path, int]
"""Files of a workspace, and when each was written."""

FOLDERS = (
    "in/oms",
    "in/redpanda",
    "out/oms/responses",
    "out/oms/changes",
    "out/oms/invoices",
    "out/redpanda/orders",
    "out/redpanda/results",
)


class Stay:
    """A gateway that stays open, and is opened anew when the workspace is no longer what it was."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stack = ExitStack()
        self._seen: Seen | None = None
        self._gateway: Gateway | None = None

    def close(self) -> None:
        """Nobody needs it any more."""
        self._stack.close()

    def gateway(self) -> Gateway:
        """The gateway of the workspace as it stands now."""
        seen = self._look()
        if self._gateway is None or seen != self._seen:
            self._stack.close()
            self._gateway = self._stack.enter_context(open_gateway(Workspace.load(self._root)))
            self._seen = seen
        return self._gateway

    def _look(self) -> Seen:
        """Every file that people write, and when."""
        files = [self._root / "gateway.toml", self._root / "organization.yaml", *(self._root / "connectors").iterdir()]
        files += [path for path in (self._root / "mappings").rglob("*") if path.is_file()]
        return {path: path.stat().st_mtime_ns for path in files}


class Town:
    """The workspace of a test."""

    def __init__(self, root: Path, url: str, *, gather: str = "now: true") -> None:
        self.root = root
        self.url = url
        self._stay: Stay | None = None
        root.mkdir(parents=True, exist_ok=True)
        for part in ("organization.yaml",):
            shutil.copy(ROOT / part, root / part)
        for part in ("mappings", "samples"):
            shutil.copytree(ROOT / part, root / part)
        (root / "gateway.toml").write_text(f'[database]\nurl = "{url}"\nallow_unsafe = true\n')
        (root / "connectors").mkdir()
        self.declare("oms", OMS)
        self.declare("redpanda", RED_PANDA.replace("GATHER", gather))
        for folder in FOLDERS:
            (root / folder).mkdir(parents=True)

    def declare(self, name: str, text: str) -> None:
        """A connector file."""
        (self.root / "connectors" / f"{name}.yaml").write_text(text)

    def drop(self, place: str, content: str | bytes) -> None:
        """A partner leaves a file, as a careful partner does."""
        path = self.root / place
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.rename(path)

    def sample(self, name: str) -> bytes:
        """One of the shipped samples."""
        return (ROOT / "samples" / name).read_bytes()

    def files(self, folder: str) -> dict[str, str]:
        """What stands in a folder, finished files only."""
        return {path.name: path.read_text() for path in sorted((self.root / folder).iterdir()) if path.is_file() and path.name[0] != "."}

    @contextmanager
    def gateway(self, clock: Clock | None = None) -> Iterator[Gateway]:
        """The gateway of this workspace: the one that stays open, if one does, else opened for this alone."""
        if self._stay is not None and clock is None:
            yield self._stay.gateway()
            return
        with open_gateway(Workspace.load(self.root), clock=clock) as gateway:
            yield gateway

    @contextmanager
    def staying_open(self) -> Iterator[Town]:
        """One gateway for all that follows, as a serving node has it: opening it at every turn costs as much as most turns."""
        self._stay = stay = Stay(self.root)
        try:
            yield self
        finally:
            self._stay = None
            stay.close()

    def once(self, clock: Clock | None = None) -> None:
        """What `gateway serve --once` does."""
        with self.gateway(clock) as gateway:
            gateway.node().once()

    def command(self, *words: str, ends: int = 0) -> Done:
        """The command line over this workspace."""
        done = commands.here(self.root, *words)
        assert done.code == ends, done.out + done.err
        return done
