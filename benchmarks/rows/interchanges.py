"""B9 and B10: interchanges read into sets and messages with every check of the envelope, against a bare split and published libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.by_hand import segments
from benchmarks.harness import Contest, Figure, Setup, Work
from gateway.formats.edi import Set, read

SHORTER = 10
"""The library that takes minutes for the whole file gets a part of it."""


def contests(bench: Bench) -> Iterator[Contest]:
    """Reading alone: no guide, no mapping, no database on either side."""
    size = bench.size
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
