"""B-slow: a healthy partner beside one that accepts and never answers and one that has come down to a byte a second.

A real node over SFTP on the loopback; what is measured is from the moment a file is there until it is taken or delivered,
counted in poll intervals of the healthy partner. Both of the others have files waiting and are in the middle of hanging.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.bench import ROOT, Bench
from benchmarks.harness import Contest, Figure, Setup, Work
from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.config.logs import configure_logs
from gateway.simulator.sftp import Account, SftpServer
from gateway.store import tables
from tests.chaos.peers.proxy import Proxy, Way
from tests.harbor import send
from tests.sftp_server import MuteServer

INTERVAL = 1.0
TIMES = 5
PATIENCE = 60.0
PASSWORD = "partner"  # noqa: S105 - of a server that lives for some seconds
FOLDERS = """\
connector: healthy
partner: {name: Healthy, vendor: "257"}
endpoint: {transport: folder}
"""
SERVER = """\
connector: NAME
partner: {name: NAME, vendor: "CODE"}
endpoint: {transport: sftp, host: 127.0.0.1, port: PORT, user: gateway, password: secret:partner, host_keys: ["PIN"]}
"""
CHANNELS = """\
receive:
  - channel: shipments
    folder: IN
    files: "*.csv"
    mapping: shipments-csv
    every: 1s
    ready: {stable_for: 0s}
send:
  - channel: orders
    folder: OUT
    mapping: batch-csv
    gather: {new_orders: true, count: 1000}
    file: "PO_{batch:06}.csv"
"""


def contests(bench: Bench) -> Iterator[Contest]:
    """From there to taken, and from made to delivered, each against so many poll intervals."""
    for name, title, act in (("B-slow in", "pick-up", _picked_up), ("B-slow out", "delivery", _delivered)):
        yield Contest(
            title=f"{title} beside a dead and a slow partner",
            variants={"gateway": _beside(bench, act), "interval": _intervals},
            figures=(
                Figure(
                    name=name,
                    title=f"{title} beside a dead and a slow partner, a poll interval",
                    ours="gateway",
                    yardstick="interval",
                    goal=2.0,
                    stretch=1.0,
                ),
            ),
            rounds=3,
        )


def _intervals() -> Work:
    return lambda: time.sleep(INTERVAL * TIMES)


def _beside(bench: Bench, act: Callable[[Gateway, int], object]) -> Setup:
    """A node that serves all three, once the two bad ones hang; so many files one after another for the healthy one."""

    def setup() -> Work:
        os.environ["GATEWAY_SECRET_PARTNER"] = PASSWORD
        root = bench.fresh_folder()
        slow = SftpServer(_home(root / "slow-home"), {"gateway": Account(password=PASSWORD)})
        slow.start()
        proxy, mute = Proxy(slow.port).__enter__(), MuteServer().__enter__()
        workspace = _workspace(root, slow=(proxy.port, slow.host_key_fingerprint), dead=mute.port)
        configure_logs(workspace.settings.log)
        gateway = open_gateway(workspace).__enter__()
        node = gateway.node()
        threading.Thread(target=node.serve, daemon=True).start()
        _until(lambda: (root / "slow-home/out/.taken").is_dir() and (root / "in/.taken").is_dir())  # both were reached
        for way in Way:
            proxy.set(way, bandwidth=1)
        for name in ("slow", "dead"):
            send(gateway, name, *(f"PO_{n:06}.csv" for n in range(8)))
        _until(lambda: _begun(gateway) >= 2)
        time.sleep(2 * INTERVAL)  # polls of both hang too
        return lambda: [act(gateway, number) for number in range(TIMES)] and None

    return setup


def _picked_up(gateway: Gateway, number: int) -> None:
    path = gateway.workspace.paths.root / "in" / f"SHIP_{number}.csv"
    part = path.with_suffix(".part")
    part.write_text(f"po_number\n{number}\n")
    part.rename(path)
    _until(lambda: _count(gateway, select(func.count()).select_from(tables.message)) > number)


def _delivered(gateway: Gateway, number: int) -> None:
    (item,) = send(gateway, "healthy", f"PO_1{number:05}.csv")
    _until(lambda: _count(gateway, select(func.count()).where(tables.outbox.c.id == item, tables.outbox.c.state == "sent")) == 1)


def _begun(gateway: Gateway) -> int:
    """How many partners are being delivered to."""
    return _count(gateway, select(func.count(func.distinct(tables.work.c.connector))).where(tables.work.c.holder.is_not(None)))


def _count(gateway: Gateway, statement: object) -> int:
    with gateway.store.reading() as connection:
        return int(connection.execute(statement).scalar_one())  # type: ignore[call-overload]  # any select of one number


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen")
        time.sleep(0.005)


def _home(root: Path) -> Path:
    for folder in ("in", "out"):
        (root / folder).mkdir(parents=True)
    return root


def _workspace(root: Path, *, slow: tuple[int, str], dead: int) -> Workspace:
    """The shipped organization and mappings, with three partners."""
    for name in ("organization.yaml", "mappings"):
        (root / name).symlink_to(ROOT / name)
    for name in ("connectors", "in", "out"):
        (root / name).mkdir()
    (root / "gateway.toml").write_text('[log]\nlevel = "error"\n[web]\nenabled = false\n')
    channels = CHANNELS.replace("IN", "in").replace("OUT", "out")
    (root / "connectors/healthy.yaml").write_text(FOLDERS + channels)
    there = CHANNELS.replace("IN", "/out").replace("OUT", "/in")
    for name, code, port, pin in (("slow", "11", *slow), ("dead", "310", dead, slow[1])):
        head = SERVER.replace("NAME", name).replace("CODE", code).replace("PORT", str(port)).replace("PIN", pin)
        (root / f"connectors/{name}.yaml").write_text(head + there)
    return Workspace.load(root)
