"""B4 and group commit: many files of one order each, every commit on disk."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.by_hand import ingest
from benchmarks.harness import Contest, Figure, Setup, Work
from benchmarks.rows.orders import booking


def contests(bench: Bench) -> Iterator[Contest]:
    """The same files: as many a commit as wait, a commit a file, and the bare driver with a transaction a file."""
    yield Contest(
        title="files of one order",
        variants={
            "gateway": booking(bench, lambda: bench.order_files(bench.size.files)),
            "file by file": _file_by_file(bench),
            "driver": _by_driver(bench),
        },
        figures=(
            Figure(name="B4", title="bare driver, a transaction a file", ours="gateway", yardstick="driver", goal=1.0, stretch=0.6),
            Figure(
                name="group commit", title="itself, a transaction a file", ours="gateway", yardstick="file by file", goal=0.5, stretch=0.3
            ),
        ),
    )


def _file_by_file(bench: Bench) -> Setup:
    def setup() -> Work:
        engine = bench.engine_on_sqlite()
        engine.receive(bench.order_files(bench.size.files))
        return lambda: engine.book_and_close(files=1)

    return setup


def _by_driver(bench: Bench) -> Setup:
    def setup() -> Work:
        writer, files = ingest.SqliteByDriver(bench.fresh_sqlite()), bench.order_files(bench.size.files)
        return lambda: ingest.ingest(writer, files)

    return setup
