"""B1, B2, B5, B6, B13: a large CreateDSOrder file into the store, against references by hand and scripts written in a hurry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.bench import Bench
from benchmarks.by_hand import ingest, naive
from benchmarks.harness import Contest, Figure, Setup, Work

Paths = Callable[[], list[Path]]


def contests(bench: Bench) -> Iterator[Contest]:
    """On SQLite, on PostgreSQL, and with fewer orders for what commits each of them."""
    size = bench.size

    def large() -> list[Path]:
        return [bench.order_file(size.orders)]

    def few() -> list[Path]:
        return [bench.order_file(size.slow_orders)]

    yield Contest(
        title="orders in one file, SQLite",
        variants={
            "gateway": booking(bench, large),
            "reference A": _by_engine(bench, large),
            "pandas": _naive(bench, large, naive.with_pandas),
            "first": receiving(bench, large, before=0),
            "same bytes": receiving(bench, large, before=1),
            "other bytes": receiving(bench, large, before=1, spoil=b"\n"),
        },
        figures=(
            Figure(name="B1", title="reference A, one file, SQLite", ours="gateway", yardstick="reference A", goal=1.5, stretch=1.2),
            Figure(name="B5", title="pandas.read_xml and to_sql", ours="gateway", yardstick="pandas", goal=0.33, stretch=0.22),
            Figure(
                name="B13 same", title="first load, the same bytes again", ours="same bytes", yardstick="first", goal=0.05, stretch=0.03
            ),
            Figure(name="B13 changed", title="first load, all duplicates", ours="other bytes", yardstick="first", goal=0.8, stretch=0.6),
        ),
    )
    yield Contest(
        title="orders in one file, PostgreSQL",
        variants={"gateway": booking_on_postgresql(bench, large), "reference COPY": _by_copy(bench, large)},
        figures=(
            Figure(
                name="B2", title="reference COPY, one file, PostgreSQL", ours="gateway", yardstick="reference COPY", goal=2.0, stretch=1.5
            ),
        ),
    )
    yield Contest(
        title="fewer orders in one file, SQLite",
        variants={"gateway": booking(bench, few), "orm": _naive(bench, few, naive.with_orm)},
        figures=(
            Figure(name="B6", title="ElementTree and ORM, a commit an order", ours="gateway", yardstick="orm", goal=0.10, stretch=0.06),
        ),
    )


def booking(bench: Bench, paths: Paths) -> Setup:
    """From files in the archive to committed rows."""

    def setup() -> Work:
        engine = bench.engine_on_sqlite()
        engine.receive(paths())
        return engine.book_and_close

    return setup


def booking_on_postgresql(bench: Bench, paths: Paths) -> Setup:
    """The same on PostgreSQL."""

    def setup() -> Work:
        engine = bench.engine_on_postgresql()
        engine.receive(paths())
        return engine.book_and_close

    return setup


def receiving(bench: Bench, paths: Paths, *, before: int, spoil: bytes = b"") -> Setup:
    """From files in a folder to committed rows, when the same orders have come so many times before."""

    def setup() -> Work:
        engine = bench.engine_on_sqlite()
        for _ in range(before):
            engine.receive(paths())
            engine.book()
        again = [_spoilt(path, bench.folder / "run" / path.name, spoil) for path in paths()]

        def work() -> int:
            engine.receive(again)
            return engine.book_and_close()

        return work

    return setup


def _by_engine(bench: Bench, paths: Paths) -> Setup:
    def setup() -> Work:
        writer, files = ingest.SqliteByEngine(bench.fresh_sqlite()), paths()
        return lambda: ingest.ingest(writer, files)

    return setup


def _by_copy(bench: Bench, paths: Paths) -> Setup:
    def setup() -> Work:
        writer, files = ingest.PostgresByCopy(bench.fresh_postgresql()), paths()
        return lambda: ingest.ingest(writer, files)

    return setup


def _naive(bench: Bench, paths: Paths, script: Callable[[Path, Engine], int]) -> Setup:
    def setup() -> Work:
        import pandas  # noqa: F401, ICN001 - its start is not what is measured

        engine, files = naive.durable_engine(bench.fresh_folder() / "naive.db"), paths()

        def work() -> int:
            done = sum(script(path, engine) for path in files)
            engine.dispose()
            return done

        return work

    return setup


def _spoilt(path: Path, target: Path, more: bytes) -> Path:
    """A copy with these bytes more at its end."""
    target.write_bytes(path.read_bytes() + more)
    return target
