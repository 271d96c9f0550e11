"""B3 and B11: the shipped mappings read files into documents, against a program by hand that gives the same documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.by_hand import shipments, walk
from benchmarks.harness import Contest, Figure, Setup, Work
from gateway.mapping import Values

ORDERS = "createdsorder"
SHIPMENTS = "shipments-csv"


def contests(bench: Bench) -> Iterator[Contest]:
    """The map stage alone: no database, and no first pass over the file on either side."""
    size = bench.size
    yield Contest(
        title="CreateDSOrder to documents",
        variants={
            "mapping": by_mapping(bench, ORDERS, lambda: bench.order_file(size.orders)),
            "hand": _orders_by_hand(lambda: bench.order_file(size.orders)),
        },
        figures=(
            Figure(name="B3", title="walk and checks by hand (map stage, XML)", ours="mapping", yardstick="hand", goal=1.3, stretch=1.1),
        ),
    )
    yield Contest(
        title="shipment upload to documents",
        variants={
            "mapping": by_mapping(bench, SHIPMENTS, lambda: bench.shipment_file(size.shipments)),
            "hand": _shipments_by_hand(lambda: bench.shipment_file(size.shipments)),
        },
        figures=(
            Figure(name="B11", title="csv.reader and a row function by hand", ours="mapping", yardstick="hand", goal=1.3, stretch=1.1),
        ),
    )


def by_mapping(bench: Bench, name: str, path: Callable[[], Path]) -> Setup:
    """The shipped mapping as production reads with it."""

    def setup() -> Work:
        source, mapping = path(), bench.library.get(name)

        def work() -> int:
            with source.open("rb") as file:
                return sum(1 for reading in mapping.read(file, Values()) if reading.is_good)

        return work

    return setup


def _orders_by_hand(path: Callable[[], Path]) -> Setup:
    def setup() -> Work:
        source = path()

        def work() -> int:
            with source.open("rb") as file:
                return sum(1 for _ in walk.documents(file))

        return work

    return setup


def _shipments_by_hand(path: Callable[[], Path]) -> Setup:
    def setup() -> Work:
        source = path()

        def work() -> int:
            with source.open(encoding="utf-8", newline="") as file:
                return sum(1 for _ in shipments.shipments(file, []))

        return work

    return setup
