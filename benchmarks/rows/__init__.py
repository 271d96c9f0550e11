"""The rows of the table, a module a subject."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.harness import Contest
from benchmarks.rows import extracts, folders, interchanges, lanes, memory, orders, reading, several, sftp, small_files

__all__ = ["contests"]


def contests(bench: Bench) -> Iterator[Contest]:
    """Everything that can be measured, in the order of the page."""
    yield from orders.contests(bench)
    yield from reading.contests(bench)
    yield from interchanges.contests(bench)
    yield from small_files.contests(bench)
    yield from extracts.contests(bench)
    yield from lanes.contests(bench)
    yield from memory.contests(bench)
    yield from folders.contests(bench)
    yield from several.contests(bench)
    yield from sftp.contests(bench)
