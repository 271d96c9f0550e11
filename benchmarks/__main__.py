"""`python -m benchmarks`: measure the rows of docs/reference/performance.md on this machine, now, side by side."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import report
from benchmarks.bench import Bench
from benchmarks.data import FULL, QUICK
from benchmarks.harness import Contest, Failed, Figure, Result, hold
from benchmarks.rows import contests

OUT = Path("var/bench.json")


def main() -> int:
    """Hold the contests that were asked for; 1 when a variant broke, whatever the figures say; 2 when no row has an asked name."""
    asked = _arguments()
    results: list[Result] = []
    broken: list[str] = []
    unknown = set(_asked_names(asked.only))
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder, Bench(Path(folder), QUICK if asked.quick else FULL) as bench:
        held = list(contests(bench))
        unknown -= {name for contest in held for figure in contest.figures for name in _names(figure)}
        if unknown:
            print(f"no row is called {', '.join(sorted(unknown))}; there are:", *_all_names(held), file=sys.stderr)
            return 2
        report.print_heading()
        for contest in held:
            chosen = _chosen(contest, asked.only)
            if not chosen.figures:
                continue
            try:
                found = hold(chosen, rounds=asked.rounds or (3 if asked.quick else 5))
            except Failed as error:
                broken.append(f"{contest.title}: {error}")
                continue
            for result in found:
                report.print_result(result)
            results += found
    report.write(OUT, results)
    for text in broken:
        print(text, file=sys.stderr)
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="rows to measure, such as B1,B3; B13 means all figures of that row")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each contest; the figure is the median of their ratios")
    parser.add_argument("--quick", action="store_true", help="less input and fewer rounds: a hint, no figure")
    return parser.parse_args()


def _chosen(contest: Contest, only: str) -> Contest:
    """The contest with the asked figures alone."""
    wanted = _asked_names(only)
    figures = tuple(it for it in contest.figures if not wanted or wanted & _names(it))
    return Contest(title=contest.title, variants=contest.variants, figures=figures, rounds=contest.rounds)


def _asked_names(only: str) -> set[str]:
    return {name.strip().casefold() for name in only.split(",") if name.strip()}


def _names(figure: Figure) -> set[str]:
    """A figure by its name, or by its row."""
    return {figure.name.casefold(), figure.name.casefold().split(" ", 1)[0]}


def _all_names(held: Iterable[Contest]) -> list[str]:
    return [figure.name for contest in held for figure in contest.figures]


if __name__ == "__main__":
    raise SystemExit(main())
