"""B21: a batch as CSV, through documents and the shipped mapping, against one query by hand that gives the same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path

import psycopg
from sqlalchemy import select

from benchmarks.bench import Bench
from benchmarks.by_hand import extract, ingest
from benchmarks.harness import Contest, Figure, Setup, Work
from gateway.documents import Order
from gateway.domain.extract import extract as show
from gateway.mapping import Values
from gateway.store import Store, loads, order_rows
from gateway.store.tables import batch_line

BATCH = 1
AT_ONCE = 500
MADE_AT = datetime(2022, 6, 21, 9, 0, 2)  # noqa: DTZ001 - files carry times without zone
CUT = (
    "insert into batch (number, channel, vendor, state, made_at) values (1, 'orders', '257', 'open', '2022-06-21T09:00:02.000000Z')",
    "insert into batch_line (batch_number, order_id, line_no, quantity, live) select 1, order_id, line_no, ordered, true from order_line",
    "update order_line set batch_number = 1",
)
"""All lines into one batch; how it was cut is not what is measured."""


def contests(bench: Bench) -> Iterator[Contest]:
    """On both databases; the yardsticks format in the database what the mapping formats in Python."""
    orders = bench.size.orders
    yield Contest(
        title="extract, SQLite",
        variants={"gateway": extracting(bench, orders), "driver": _by_driver(bench, orders)},
        figures=(
            Figure(name="B21 SQLite", title="driver cursor and csv.writer", ours="gateway", yardstick="driver", goal=1.5, stretch=1.2),
        ),
    )
    yield Contest(
        title="extract, PostgreSQL",
        variants={"gateway": _extracting_on_postgresql(bench, orders), "COPY": _by_copy(bench, orders)},
        figures=(Figure(name="B21 PostgreSQL", title="COPY TO of one query", ours="gateway", yardstick="COPY", goal=4, stretch=3),),
    )


def extracting(bench: Bench, orders: int) -> Setup:
    """From the store through documents and `batch-csv` to a file."""

    def setup() -> Work:
        path = stored_on_sqlite(bench, orders)
        return lambda: extract_by_gateway(bench, f"sqlite:///{path}", path.with_suffix(".csv"))

    return setup


def _extracting_on_postgresql(bench: Bench, orders: int) -> Setup:
    def setup() -> Work:
        url = stored_on_postgresql(bench, orders)
        return lambda: extract_by_gateway(bench, url, bench.fresh_folder() / "batch.csv")

    return setup


def _by_driver(bench: Bench, orders: int) -> Setup:
    def setup() -> Work:
        path, told = stored_on_sqlite(bench, orders), names(bench)
        return lambda: extract.with_driver(path, path.with_suffix(".csv"), told)

    return setup


def _by_copy(bench: Bench, orders: int) -> Setup:
    def setup() -> Work:
        url, told = stored_on_postgresql(bench, orders), names(bench)
        return lambda: extract.with_copy(url, bench.fresh_folder() / "batch.csv", told)

    return setup


def extract_by_gateway(bench: Bench, url: str, target: Path) -> int:
    """The batch shown whole, as many orders at a time as a batch usually has; answers its lines."""
    store, mapping, reference = Store(url), bench.library.get("batch-csv"), bench.workspace.reference
    count = 0
    with store.reading() as connection, target.open("wb") as file:
        inside = select(batch_line.c.order_id).where(batch_line.c.batch_number == BATCH).distinct().order_by(batch_line.c.order_id)
        ids = iter(connection.execute(inside).scalars().all())

        def documents() -> Iterator[Order]:
            nonlocal count
            while some := list(islice(ids, AT_ONCE)):
                lines = loads.lines_in_batches(connection, some)
                orders, told = loads.orders(connection, some), order_rows.documents(connection, some)
                for order_id in some:
                    count += len(lines[order_id])
                    yield show(told[order_id], orders[order_id], lines[order_id], reference=reference)

        issues = mapping.write(documents(), file, Values(batch={"number": BATCH, "made_at": MADE_AT}))
    store.close()
    wrong = [issue for issue in issues if issue.is_error]
    if wrong:
        raise ValueError(str(wrong[0]))
    return count


def stored_on_sqlite(bench: Bench, orders: int) -> Path:
    """A file database with so many orders, all of them in one batch."""
    path = bench.fresh_sqlite()
    ingest.ingest(ingest.SqliteByDriver(path), [bench.order_file(orders)])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in CUT:
            connection.execute(statement)
    return path


def stored_on_postgresql(bench: Bench, orders: int) -> str:
    """The same on PostgreSQL, with statistics as a server that has been running has them."""
    url = bench.fresh_postgresql()
    ingest.ingest(ingest.PostgresByCopy(url), [bench.order_file(orders)])
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in (*CUT, "analyze"):
            connection.execute(statement.encode())
    return url


def names(bench: Bench) -> extract.Names:
    """What the file shows of the organization."""
    reference = bench.workspace.reference
    brands = {code: brand.name for code, brand in reference.brands.items()}
    carriers = {code: carrier.name for code, carrier in reference.carriers.items()}
    return extract.Names(batch=BATCH, made_at=MADE_AT.isoformat(), brands=brands, carriers=carriers)
