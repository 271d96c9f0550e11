"""`python -m benchmarks.console`: how long the pages of the console take with very many orders, on each database, in this process.

No browser and no network: what is told is what a page costs the gateway. The goals stand in docs/reference/performance.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from benchmarks.bench import Bench
from benchmarks.console_pages import ADMINISTRATION, pages
from benchmarks.data import QUICK
from benchmarks.many_orders import fill
from benchmarks.processor import seconds
from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.store.queries import list_orders
from tests.reader import Reader, add_people, console

GOAL = 300.0
"""Milliseconds of a list or a screen (console 6)."""
SEARCH = 800.0
"""Milliseconds of the search box."""
HEAVIEST = 60
"""KB of a page."""
TRIES = 5
PEOPLE = ("operator.one", "retailer.one", "vendor.257")
ADMINISTRATORS = ("auditor.one", "configurator.one", "privacy.one", "user_admin.one")
"""Who has pages of the administration, and is asked for no others."""
PARTNER = """\
connector: redpanda
enabled: false
partner: {name: Red Panda Outfitters, vendor: "257"}
endpoint: {transport: folder}
receive:
  - {channel: shipments, folder: inbox/redpanda, files: "SHIP_*.csv", mapping: shipments-csv}
"""
"""Whose files the store is filled with, so that its users see them."""


class Measured(Struct, frozen=True):
    """One page as one of the people sees it."""

    page: str
    person: str
    milliseconds: float
    """Of processor time, which other work on the machine hardly changes."""
    clock: float
    """Milliseconds that passed."""
    kilobytes: float

    @property
    def is_met(self) -> bool:
        """Whether it keeps to the budget."""
        goal = SEARCH if self.page.startswith("/search") else GOAL
        return self.milliseconds <= goal and self.kilobytes <= HEAVIEST


def measure(reader: Reader, connection: Connection, person: str, page: str) -> Measured:
    """The best of some tries, since other work may share the machine."""
    taken, passed, length = [], [], 0
    for _ in range(TRIES):
        used, began = seconds(connection), time.perf_counter()
        answer = reader.get(page)
        passed.append((time.perf_counter() - began) * 1000)
        taken.append((seconds(connection) - used) * 1000)
        length = len(answer.content)
    return Measured(page, person, min(taken), min(passed), length / 1024)


def run(workspace: Workspace, orders: int, *, only: str = "") -> Iterator[Measured]:
    """Fill the store of a workspace unless somebody has, and open every page as everybody who may."""
    with open_gateway(workspace) as gateway:
        _fill_once(gateway, orders)
        for person in (*PEOPLE, *ADMINISTRATORS):
            with console(gateway) as reader, gateway.store.engine.connect() as connection:
                reader.sign_in(person)
                for page in pages(orders):
                    is_theirs = person in PEOPLE or page.startswith(ADMINISTRATION)
                    # The first time does not count: it may compile a template. What this person may not open is no page.
                    if is_theirs and only in page and reader.get(page).status_code in {200, 303}:
                        yield measure(reader, connection, person, page)


def _fill_once(gateway: Gateway, orders: int) -> None:
    with gateway.store.reading() as connection:
        if list_orders(connection, most=1):
            return
    began = time.perf_counter()
    with gateway.store.transaction() as tx:
        fill(tx.connection, orders, today=datetime.now(UTC).date())
    add_people(gateway)
    print(f"{orders:,} orders in {time.perf_counter() - began:.0f} s", file=sys.stderr)


def main() -> int:
    """Measure and tell; 1 when a page is beyond its budget."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--url", default="", help="a store that stays; it is filled if it is empty")
    parser.add_argument("--only", default="", help="only pages whose address holds this")
    asked = parser.parse_args()
    slow = 0
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder, Bench(Path(folder), QUICK) as bench:
        fresh = bench.fresh_postgresql if asked.database == "postgresql" else lambda: f"sqlite:///{bench.fresh_sqlite()}"
        os.environ |= {"GATEWAY_DATABASE__URL": asked.url or fresh(), "GATEWAY_DATABASE__ALLOW_UNSAFE": "true"}
        root = bench.workspace.paths.root
        (root / "connectors/redpanda.yaml").write_text(PARTNER)
        for it in run(Workspace.load(root), asked.orders, only=asked.only):
            slow += not it.is_met
            print(
                f"{it.milliseconds:6.0f} ms {it.clock:6.0f} ms by the clock {it.kilobytes:4.0f} KB  {it.person:14} {it.page}"
                f"{'' if it.is_met else '   <-- beyond'}",
                flush=True,
            )
    print(f"{slow} beyond the budget")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
