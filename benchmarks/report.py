"""What was measured, as a table for people and as `var/bench.json` for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from benchmarks.harness import Result

WIDTHS = (18, 62, 8, 8, 8, 8, 8, 8, 12)
HEADS = ("row", "the gateway against", "ratio", "min/min", "cpu", "goal", "stretch", "", "ours")


def print_heading() -> None:
    """The heading of the table."""
    print(_line(HEADS))
    print(_line(tuple("-" * width for width in WIDTHS)))


def print_result(result: Result) -> None:
    """One line of the table."""
    figure = result.figure
    verdict = "stretch" if result.value <= figure.stretch else "met" if result.is_met else "MISSED"
    cpu = f"{result.cpu:.2f}" if result.cpu is not None else ""
    numbers = (f"{result.value:.2f}", f"{result.best:.2f}", cpu, f"{figure.goal:g}", f"{figure.stretch:g}")
    print(_line((figure.name, figure.title, *numbers, verdict, result.shown)), flush=True)


def write(path: Path, results: Iterable[Result]) -> None:
    """The figures in the form that CI reads: lower is better, `unit` says whether it is a ratio or MB.

    A run that measured some rows replaces those and leaves the others as they are.
    """
    rows = [{"name": it.figure.name, "ratio": round(it.value, 4), "goal": it.figure.goal, "unit": it.figure.unit} for it in results]
    new = {row["name"] for row in rows}
    rows = [*(row for row in _written(path) if row["name"] not in new), *rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")


def _written(path: Path) -> list[dict[str, object]]:
    """The figures of earlier runs; nothing where there are none, or where the file is no such list."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[dict[str, object]])
    except (OSError, msgspec.MsgspecError):
        return []


def _line(cells: Sequence[str]) -> str:
    shown = [
        cell[:width].ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    ]
    return "  ".join(shown).rstrip()
