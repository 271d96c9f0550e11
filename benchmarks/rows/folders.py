"""B18 to B20: folders of this machine: a poll that finds nothing new, the time to a pick-up, and a burst of files."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from queue import Queue
from statistics import median

from benchmarks.bench import Bench
from benchmarks.harness import Contest, Figure, Lapse, Measure, Setup, Work
from gateway.app import open_gateway
from gateway.config import Workspace
from gateway.config.logs import configure_logs
from gateway.config.patterns import read_pattern
from gateway.intake.glance import Glance
from gateway.transports import FolderOptions, RemotePath, open_transport

IN = RemotePath.of("in")
SETTINGS = '[database]\nurl = "sqlite:///var/gateway.db"\n[web]\nenabled = false\n[log]\nlevel = "error"\n'
CONNECTOR = """\
connector: oms
enabled: true
partner: {name: Order management, system: OMS}
endpoint: {transport: folder}
receive:
  - {channel: orders, folder: in, files: "*.xml", mapping: createdsorder, watch: true, every: 1h, ready: {stable_for: 0s}}
"""
SOON = 1200.0
"""Seconds until a run that makes no progress is given up."""
PAUSE = 0.0002
_IN_MOVED_TO = 0x80


def contests(bench: Bench) -> Iterator[Contest]:
    """The look alone, then the whole service with its watch."""
    size = bench.size
    yield Contest(
        title="folder with nothing new",
        variants={
            "foreign": _looking(bench, "INV_*.csv"),
            "kept": _looking_at_kept(bench, "SHIP_*.csv"),
            "scandir": _scandir(bench),
        },
        figures=(
            Figure(name="B18", title="names of scandir", ours="foreign", yardstick="scandir", goal=2.0, stretch=1.5),
            Figure(
                name="B18 kept",
                title="the same, files that stay after they were read",
                ours="kept",
                yardstick="scandir",
                goal=3.0,
                stretch=2.0,
            ),
        ),
    )
    yield Contest(
        title="time to a pick-up",
        variants={"gateway": _picked_up(bench, size.drops), "inotify": _told_by_inotify(bench, size.drops)},
        figures=(Figure(name="B19", title="raw inotify", ours="gateway", yardstick="inotify", goal=30, stretch=15),),
        rounds=3,
    )
    yield Contest(
        title="burst of files",
        variants={"gateway": _burst(bench, size.burst)},
        figures=(
            Figure(
                name="B20",
                title="files not picked up",
                ours="gateway",
                goal=0,
                stretch=0,
                unit="files",
                of=Measure.ANSWER,
            ),
        ),
        rounds=1,
    )


def crowded(bench: Bench) -> Path:
    """A folder with so many files, made once."""
    root = bench.folder / "crowd"
    if not root.exists():
        (root / "in").mkdir(parents=True)
        for number in range(bench.size.crowd):
            os.mknod(root / f"in/SHIP_{number:08}.csv", 0o600)
    return root


def _looking(bench: Bench, files: str) -> Setup:
    def setup() -> Work:
        transport = open_transport("folder", FolderOptions(root=crowded(bench)))
        glance = Glance(_wanting(files), most=10_000, keeps_others=False)
        glance.look(transport, IN, tracked=())
        return lambda: glance.look(transport, IN, tracked=()).entries

    return setup


def _looking_at_kept(bench: Bench, files: str) -> Setup:
    def setup() -> Work:
        transport = open_transport("folder", FolderOptions(root=crowded(bench)))
        glance = Glance(_wanting(files), most=10_000, keeps_others=False)
        for file in transport.listing(IN):
            glance.was_read(file)
        glance.look(transport, IN, tracked=())
        return lambda: glance.look(transport, IN, tracked=()).entries

    return setup


def _wanting(files: str) -> Callable[[bytes], bool]:
    expression = read_pattern(files).expression()
    return lambda name: expression.fullmatch(name) is not None


def _scandir(bench: Bench) -> Setup:
    def setup() -> Work:
        folder = crowded(bench) / "in"

        def names() -> int:
            with os.scandir(folder) as entries:
                return len([entry.name for entry in entries])

        return names

    return setup


def _picked_up(bench: Bench, drops: int) -> Setup:
    def setup() -> Work:
        def work() -> Lapse:
            with _serving(bench) as root:
                found = []
                for number in range(drops):
                    drop, path = _prepared(root, number)
                    began = time.perf_counter()
                    drop.rename(path)
                    _until(partial(_is_gone, path))
                    found.append(time.perf_counter() - began)
                    _until(partial(_are_recorded, root, number + 1))
                return Lapse(median(found))

        return work

    return setup


def _told_by_inotify(bench: Bench, drops: int) -> Setup:
    def setup() -> Work:
        root = bench.fresh_folder()
        (root / "in").mkdir()
        libc = ctypes.CDLL(None, use_errno=True)
        watch = libc.inotify_init1(os.O_CLOEXEC)
        libc.inotify_add_watch(watch, os.fsencode(root / "in"), _IN_MOVED_TO)

        told: Queue[float] = Queue()

        def listen(events: int) -> None:
            for _ in range(events):
                os.read(watch, 4096)
                told.put(time.perf_counter())

        def work() -> Lapse:
            listener = threading.Thread(target=listen, args=(drops,))
            listener.start()
            found = []
            for number in range(drops):
                drop, path = _prepared(root, number)
                began = time.perf_counter()
                drop.rename(path)
                found.append(told.get() - began)
            listener.join()
            return Lapse(median(found))

        return work

    return setup


def _burst(bench: Bench, files: int) -> Setup:
    def setup() -> Work:
        def work() -> int:
            with _serving(bench) as root:
                for number in range(files):
                    drop, path = _prepared(root, number)
                    drop.rename(path)
                _until(partial(_are_recorded, root, files))
                return 0

        return work

    return setup


def _prepared(root: Path, number: int) -> tuple[Path, Path]:
    """A file beside the folder, with bytes of its own, and its name in it."""
    drop = root / f"{number}.part"
    drop.write_bytes(b"<CreateDSOrders number='%d'/>" % number)
    return drop, root / f"in/{number:06}.xml"


def _is_gone(path: Path) -> bool:
    return not path.exists()


def _are_recorded(root: Path, files: int) -> bool:
    """So many files are in the store: the look that took them is at its end."""
    with closing(sqlite3.connect(root / "var/gateway.db")) as connection:
        return int(connection.execute("select count(*) from message").fetchone()[0]) >= files


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the gateway has not picked up what it should")
        time.sleep(PAUSE)


@contextmanager
def _serving(bench: Bench) -> Iterator[Path]:
    """A node at work over a fresh workspace, its folder watched."""
    root = bench.fresh_folder()
    (root / "connectors").mkdir()
    (root / "in").mkdir()
    (root / "gateway.toml").write_text(SETTINGS)
    (root / "connectors/oms.yaml").write_text(CONNECTOR)
    for name in ("organization.yaml", "mappings"):
        (root / name).symlink_to(bench.workspace.paths.root / name)
    workspace = Workspace.load(root)
    configure_logs(workspace.settings.log)
    with open_gateway(workspace) as gateway:
        node = gateway.node()
        thread = threading.Thread(target=node.serve)
        thread.start()
        _until((root / "in/.taken/orders/done").is_dir)
        try:
            yield root
        finally:
            node.stop()
            thread.join()
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
