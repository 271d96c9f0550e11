"""B12 and the memory of large files: what reading and booking hold at most above an idle process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from benchmarks import data
from benchmarks.bench import Bench
from benchmarks.harness import Contest, Figure, Measure, Setup, Work
from benchmarks.rows.extracts import extracting
from benchmarks.rows.interchanges import reading as interchanges
from benchmarks.rows.orders import booking
from benchmarks.rows.reading import ORDERS, SHIPMENTS, by_mapping
from gateway.mapping import Values

TIMES = 10


def contests(bench: Bench) -> Iterator[Contest]:
    """Peaks are steady, so one round is enough."""
    size = bench.size
    few = {
        "XML": by_mapping(bench, ORDERS, lambda: bench.order_file(size.orders)),
        "CSV": by_mapping(bench, SHIPMENTS, lambda: bench.shipment_file(size.shipments // TIMES)),
        "X12": interchanges(lambda: bench.x12_file(size.sets // TIMES)),
        "extract": extracting(bench, size.orders // TIMES),
    }
    many = {
        "XML": by_mapping(bench, ORDERS, lambda: bench.order_file(size.orders * TIMES)),
        "CSV": by_mapping(bench, SHIPMENTS, lambda: bench.shipment_file(size.shipments)),
        "X12": interchanges(lambda: bench.x12_file(size.sets)),
        "extract": extracting(bench, size.orders),
    }
    titles = {"XML": "reading an XML file", "CSV": "reading a CSV file", "X12": "reading an X12 file", "extract": "writing an extract"}
    for what, title in titles.items():
        yield Contest(
            title=f"memory of {title}",
            variants={"many": many[what], "few": few[what]},
            figures=(
                Figure(
                    name=f"B12 {what}",
                    title=f"{title}: peak for {TIMES} times as much",
                    ours="many",
                    yardstick="few",
                    goal=1.2,
                    stretch=1.05,
                    of=Measure.MEMORY,
                ),
            ),
            rounds=1,
        )
    yield Contest(
        title="memory of booking",
        variants={"booking": booking(bench, lambda: [bench.order_file(size.orders * 3)])},
        figures=(
            Figure(
                name="memory booking",
                title=f"{size.orders * 3:,} orders into SQLite, its page cache of 32 MB included",
                ours="booking",
                goal=150,
                stretch=75,
                unit="MB",
                of=Measure.MEMORY,
            ),
        ),
        rounds=1,
    )
    streams: tuple[tuple[str, Callable[[int], BinaryIO], str], ...] = (
        ("XML", data.order_stream, ORDERS),
        ("CSV", data.shipment_stream, SHIPMENTS),
    )
    for what, stream, mapping in streams:
        yield Contest(
            title=f"memory of a large {what}",
            variants={"mapping": _streaming(bench, stream, mapping)},
            figures=(
                Figure(
                    name=f"memory {what}",
                    title=f"{size.stream / 1e9:g} GB of {what}, checked and read: MB above the start",
                    ours="mapping",
                    goal=150,
                    stretch=50,
                    unit="MB",
                    of=Measure.MEMORY,
                ),
            ),
            rounds=1,
        )


def _streaming(bench: Bench, stream: Callable[[int], BinaryIO], name: str) -> Setup:
    """First the pass that checks the whole file, then the pass that reads it, as intake does."""

    def setup() -> Work:
        mapping = bench.library.get(name)

        def work() -> int:
            if not mapping.preflight(stream(bench.size.stream), Values()).is_go:
                raise ValueError("the first pass refuses the file")
            return sum(1 for reading in mapping.read(stream(bench.size.stream), Values()) if reading.is_good)

        return work

    return setup
