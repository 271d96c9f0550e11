"""Where the benchmarks run: a folder with the input, made once, and a fresh database for every run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from benchmarks import data, interchanges
from benchmarks.data import Size
from benchmarks.engine import Engine
from gateway.config import Workspace
from gateway.mapping import Library
from gateway.store.migrations.steps import upgrade
from tests.openssh import OpenSsh, openssh_server
from tests.postgres import HOME, make_home, remove_home, shared_server

MAPPINGS = ("createdsorder", "shipments-csv", "batch-csv")
ROOT = Path(__file__).resolve().parent.parent
CONNECTOR = """\
connector: oms
enabled: true
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
receive:
  - {channel: orders, folder: inbox/oms, files: "*.xml", mapping: createdsorder, limits: {size: 4GB}}
"""
DURABLE = "-c max_connections=50 -c shared_buffers=512MB -c max_wal_size=4GB -c checkpoint_timeout=30min -c timezone=UTC"
"""Every commit on disk, and no checkpoint in the middle of a run."""


class Bench:
    """The folder, how much of everything, and the databases; stops what it has started."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.folder = folder
        self.size = size
        self.workspace = self._workspace(folder / "workspace")
        self.library = Library(ROOT / "mappings")
        for name in MAPPINGS:  # a service has compiled them long before
            self.library.get(name)
        self._has_home = False
        self._open = ExitStack()
        self._openssh: OpenSsh | None = None
        self._database = f"bench{uuid4().hex}"

    def __enter__(self) -> Self:
        if HOME not in os.environ:
            make_home()
            self._has_home = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()
        if self._has_home:
            remove_home()

    @property
    def openssh_home(self) -> Path:
        """Where the keys of the OpenSSH server lie."""
        return self.folder / "openssh"

    def openssh(self) -> OpenSsh:
        """A server of OpenSSH, for as long as there is a bench."""
        if self._openssh is None:
            self._openssh = self._open.enter_context(openssh_server(self.openssh_home))
        return self._openssh

    def order_file(self, orders: int, *, first: int = 0) -> Path:
        """A CreateDSOrder file of so many orders."""
        return self._made(f"orders-{first}-{orders}.xml", lambda path: data.order_file(path, range(first, first + orders)))

    def order_files(self, files: int) -> list[Path]:
        """So many files of one order each."""
        return [self.order_file(1, first=number) for number in range(files)]

    def shipment_file(self, rows: int) -> Path:
        """A shipment upload of so many rows."""
        return self._made(f"shipments-{rows}.csv", lambda path: data.shipment_file(path, rows))

    def x12_file(self, sets: int) -> Path:
        """An X12 file of so many 850s."""
        return self._made(f"x12-{sets}.edi", lambda path: interchanges.x12_file(path, sets))

    def edifact_file(self, messages: int) -> Path:
        """An EDIFACT file of so many ORDERS."""
        return self._made(f"edifact-{messages}.edi", lambda path: interchanges.edifact_file(path, messages))

    def fresh_folder(self) -> Path:
        """An empty folder; what the run before has left is gone."""
        folder = self.folder / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def fresh_sqlite(self) -> Path:
        """A file database with the store's tables, in an empty folder."""
        path = self.fresh_folder() / "store.db"
        upgrade(f"sqlite:///{path}")
        return path

    def fresh_postgresql(self) -> str:
        """The URL of a database with the store's tables, on a server that commits to its disk; the one before is gone."""
        server = shared_server(DURABLE)
        server.execute(f"drop database if exists {self._database} with (force)")
        server.execute(f"create database {self._database}")
        url = server.url(self._database)
        upgrade(url)
        return url

    def engine_on_sqlite(self) -> Engine:
        """The gateway over a fresh file database."""
        return Engine(self.workspace, self.library, f"sqlite:///{self.fresh_sqlite()}", self.folder / "run")

    def engine_on_postgresql(self) -> Engine:
        """The gateway over a fresh database of the server."""
        return Engine(self.workspace, self.library, self.fresh_postgresql(), self.fresh_folder())

    def _workspace(self, folder: Path) -> Workspace:
        """The shipped organization and mappings, with one connector that takes files of any size."""
        (folder / "connectors").mkdir(parents=True)
        (folder / "connectors/oms.yaml").write_text(CONNECTOR)
        for name in ("gateway.toml", "organization.yaml", "mappings"):
            (folder / name).symlink_to(ROOT / name)
        return Workspace.load(folder)

    def _made(self, name: str, make: Callable[[Path], object]) -> Path:
        """The file of that name, made by whoever needs it first."""
        path = self.folder / name
        if not path.exists():
            make(path.with_suffix(".new"))
            path.with_suffix(".new").rename(path)
        return path
