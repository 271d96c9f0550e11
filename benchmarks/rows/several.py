"""B14: a second process on the same PostgreSQL, against one alone with the same files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.engine import Engine
from benchmarks.harness import Contest, Failed, Figure, Setup, Work

FILES = 24
"""Large enough that each is claimed alone, many enough that nobody waits for the last."""


def contests(bench: Bench) -> Iterator[Contest]:
    """Files of many orders each, booked by one process or by two."""
    yield Contest(
        title="two processes, PostgreSQL",
        variants={"two": _shared(bench, 2), "one": _shared(bench, 1)},
        figures=(Figure(name="B14", title="one process, PostgreSQL", ours="two", yardstick="one", goal=0.75, stretch=0.55),),
    )


def _shared(bench: Bench, processes: int) -> Setup:
    def setup() -> Work:
        first = bench.engine_on_postgresql()
        first.receive(_files(bench))
        first.store.close()

        def work() -> int:
            children = [_fork(bench, first.url, number) for number in range(processes)]
            for child in children:
                if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
                    raise Failed(f"worker {child} failed")
            return _require_booked(bench, first.url)

        return work

    return setup


def _files(bench: Bench) -> list[Path]:
    """All orders of the large file, in files of the same size."""
    each = max(1, bench.size.orders // FILES)
    return [bench.order_file(each, first=number * each) for number in range(FILES)]


def _fork(bench: Bench, url: str, number: int) -> int:
    """A process that books until nothing is left."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            Engine(bench.workspace, bench.library, url, bench.folder / "run", run=f"bench-{number}").book_what_is_left()
            code = 0
        finally:
            os._exit(code)
    return child


def _require_booked(bench: Bench, url: str) -> int:
    engine = Engine(bench.workspace, bench.library, url, bench.folder / "run")
    try:
        return engine.require_settled()
    finally:
        engine.store.close()
