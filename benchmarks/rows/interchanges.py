"""B8 to B10: interchanges read into documents and written, and read into sets, against programs by hand and published libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.by_hand import purchase_orders, segments
from benchmarks.harness import Contest, Figure, Setup, Work
from gateway.documents import Order
from gateway.formats.edi import Set, read
from gateway.mapping import Reading, Values

ORDERS = "x12-850-004010"
WHO = {"system": "OMS", "brand": "10", "location": "00001"}
SHORTER = 10
"""The library that takes minutes for the whole file gets a part of it."""


def contests(bench: Bench) -> Iterator[Contest]:
    """B8 by the shipped mapping, with the guide's checks of every element; B9 and B10 without either. No database on any side."""
    size = bench.size
    yield Contest(
        title="850s to documents",
        variants={
            "mapping": documents(bench, lambda: bench.x12_file(size.sets)),
            "hand": _by(documents_by_hand, lambda: bench.x12_file(size.sets)),
        },
        figures=(Figure(name="B8 hand", title="this one layout by hand", ours="mapping", yardstick="hand", goal=1.5, stretch=1.2),),
    )
    yield Contest(
        title="850s to documents, beside pyx12",
        variants={
            "mapping": documents(bench, lambda: bench.x12_file(size.sets // SHORTER)),
            "pyx12": _by(segments.sets_of_pyx12, lambda: bench.x12_file(size.sets // SHORTER)),
        },
        figures=(
            Figure(name="B8", title="pyx12, segments and envelope checks", ours="mapping", yardstick="pyx12", goal=0.3, stretch=0.18),
        ),
    )
    yield Contest(
        title="850s written",
        variants={"mapping": _written(bench, size.messages), "hand": _written_by_hand(bench, size.messages)},
        figures=(Figure(name="B8 write", title="this one layout by hand", ours="mapping", yardstick="hand", goal=1.5, stretch=1.2),),
    )
    yield Contest(
        title="X12 to sets",
        variants={
            "reader": reading(lambda: bench.x12_file(size.sets)),
            "split": _by(lambda path: len(segments.split(path)), lambda: bench.x12_file(size.sets)),
        },
        figures=(Figure(name="B9", title="str.split of the whole file (X12)", ours="reader", yardstick="split", goal=1.2, stretch=0.8),),
    )
    yield Contest(
        title="X12 to sets, beside pyx12",
        variants={
            "reader": reading(lambda: bench.x12_file(size.sets // SHORTER)),
            "pyx12": _by(segments.sets_of_pyx12, lambda: bench.x12_file(size.sets // SHORTER)),
        },
        figures=(
            Figure(name="B9 pyx12", title="pyx12, segments and envelope checks", ours="reader", yardstick="pyx12", goal=0.3, stretch=0.18),
        ),
    )
    yield Contest(
        title="EDIFACT to messages",
        variants={
            "reader": reading(lambda: bench.edifact_file(size.messages)),
            "pydifact": _by(segments.messages_of_pydifact, lambda: bench.edifact_file(size.messages)),
        },
        figures=(Figure(name="B10", title="pydifact, messages", ours="reader", yardstick="pydifact", goal=0.25, stretch=0.12),),
    )


def documents(bench: Bench, path: Callable[[], Path]) -> Setup:
    """850s by the shipped mapping, judged and read in one pass as production does; answers how many orders there were."""

    def setup() -> Work:
        source, mapping = path(), bench.library.get(ORDERS)

        def work() -> int:
            good = 0

            def keep(reading: Reading) -> None:
                nonlocal good
                good += reading.is_good

            with source.open("rb") as file:
                mapping.read_once(file, Values(partner=WHO), keep)
            return good

        return work

    return setup


def documents_by_hand(path: Path) -> int:
    """The same by hand."""
    with path.open("rb") as file:
        return sum(1 for _ in purchase_orders.orders(file))


def _written(bench: Bench, count: int) -> Setup:
    def setup() -> Work:
        orders, mapping = _orders(bench, count), bench.library.get(ORDERS)

        def work() -> int:
            target = BytesIO()
            mapping.rehearse(orders, target, Values())
            return len(target.getvalue())

        return work

    return setup


def _written_by_hand(bench: Bench, count: int) -> Setup:
    def setup() -> Work:
        orders = _orders(bench, count)

        def work() -> int:
            target = BytesIO()
            purchase_orders.write(iter(orders), target)
            return len(target.getvalue())

        return work

    return setup


def _orders(bench: Bench, count: int) -> list[Order]:
    with bench.x12_file(count).open("rb") as file:
        return list(purchase_orders.orders(file))


def reading(path: Callable[[], Path]) -> Setup:
    """A file of interchanges read to its end; answers how many sets there were."""

    def setup() -> Work:
        source = path()

        def work() -> int:
            with source.open("rb") as file:
                return sum(isinstance(event, Set) for event in read(file))

        return work

    return setup


def _by(yardstick: Callable[[Path], int], path: Callable[[], Path]) -> Setup:
    def setup() -> Work:
        source = path()
        return lambda: yardstick(source)

    return setup
