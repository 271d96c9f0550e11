"""`python -m benchmarks.console`: how long the pages of the console take with very many orders, on each database, in this process.

No browser and no network: what is told is what a page costs the gateway. The goals stand in docs/reference/performance.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from benchmarks.bench import Bench
from benchmarks.data import QUICK
from benchmarks.many_orders import fill
from gateway.app import open_gateway
from gateway.config import Workspace
from gateway.store.queries import count_orders
from tests.reader import Reader, add_people, console

GOAL = 300.0
"""Milliseconds of a list or a screen (console 6)."""
SEARCH = 800.0
"""Milliseconds of the search box."""
HEAVIEST = 60
"""KB of a page."""
TRIES = 5
PEOPLE = ("operator.one", "retailer.one", "vendor.257")


class Measured(Struct, frozen=True):
    """One page as one of the people sees it."""

    page: str
    person: str
    status: int
    milliseconds: float
    kilobytes: float

    @property
    def is_met(self) -> bool:
        """Whether it keeps to the budget; what nobody may open is no page."""
        goal = SEARCH if self.page.startswith("/search") else GOAL
        return self.milliseconds <= goal and self.kilobytes <= HEAVIEST


def pages(orders: int) -> Sequence[str]:
    """The lists, by what people look for, and the screens."""
    number, middle, late = 10_000_000 + orders // 2, orders // 2, orders - 7
    day = datetime.now(UTC).date().isoformat()
    lists = (
        *(
            "/",
            "/needs",
            "/orders",
            f"/orders?before={middle}",
            "/orders?status=Open",
            "/orders?status=Complete",
            "/orders?line_status=Held",
        ),
        *("/orders?vendor=257", "/orders?vendor=257&status=Complete", "/orders?brand=2&location=200", "/orders?vendor=NONE"),
        *(f"/orders?number=PO{number}", f"/orders?sales_order=so{10_000_000 + number}", "/orders?item=IT1001", "/orders?item=NONE"),
        *("/orders?ship_to=byrd17", "/orders?ship_to=nobody", "/orders?pending=1", f"/orders?batch={middle // 500}", "/orders?carrier=60"),
        *(f"/orders?due_from={day}&due_to={day}", f"/orders?due_to={day}", f"/orders?entered_from={day}", "/orders?entered_to=2020-01-01"),
        *("/messages", "/messages?state=parked", "/messages?name=CDSO_77", "/messages?name=NONE", "/messages/10", "/messages/500"),
        *("/outbox", "/outbox?state=parked", "/outbox/10", "/batches", "/batches?state=open", "/batches/10"),
        *(
            "/invoices",
            "/invoices?state=Held",
            "/invoices?state=New",
            f"/invoices?number=INV{20_000_000 + number}",
            "/invoices?number=NONE",
        ),
        *("/invoices?vendor=257", f"/invoices?order_number=PO{number}", "/invoices?item=IT1001", "/invoices?item=NONE"),
        f"/invoices?sales_order=SO{10_000_000 + number}",
    )
    screens = [f"/orders/PO{10_000_000 + late}?tab={tab}" for tab in ("header", "detail", "invoices", "history", "messages", "lineage")]
    box = (f"PO{number}", "INV30000002", "1Z", "CDSO_77.xml", "nothing at all", "77")
    return (*lists, *screens, *(f"/search?q={word}" for word in box))


def measure(reader: Reader, person: str, page: str) -> Measured:
    """The best of some tries, since other work may share the machine; the first, which may compile a template, does not count."""
    answer = reader.get(page)
    taken = []
    for _ in range(TRIES):
        began = time.perf_counter()
        reader.get(page)
        taken.append((time.perf_counter() - began) * 1000)
    return Measured(page, person, answer.status_code, min(taken), len(answer.content) / 1024)


def run(workspace: Workspace, orders: int, *, only: str = "") -> Iterator[Measured]:
    """Fill the store of a workspace unless somebody has, and open every page as everybody who may."""
    with open_gateway(workspace) as gateway:
        with gateway.store.reading() as connection:
            is_empty = not count_orders(connection, most=1)
        if is_empty:
            began = time.perf_counter()
            with gateway.store.transaction() as tx:
                fill(tx.connection, orders, today=datetime.now(UTC).date())
            add_people(gateway)
            print(f"{orders:,} orders in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        for person in PEOPLE:
            with console(gateway) as reader:
                reader.sign_in(person)
                for page in pages(orders):
                    if only in page and reader.get(page).status_code == 200:
                        yield measure(reader, person, page)


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
        for it in run(Workspace.load(bench.workspace.paths.root), asked.orders, only=asked.only):
            slow += not it.is_met
            print(
                f"{it.milliseconds:8.0f} ms {it.kilobytes:6.0f} KB  {it.person:14} {it.page}{'' if it.is_met else '   <-- beyond'}",
                flush=True,
            )
    print(f"{slow} beyond the budget")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
