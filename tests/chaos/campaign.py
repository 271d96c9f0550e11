"""Many cases on both stores, a few at a time, until the time is over or every family has had its share; and the figures of it all."""

from __future__ import annotations

import itertools
import json
import platform
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from random import Random
from types import MappingProxyType

from msgspec import Struct, field

from gateway.kernel.failpoints import POINTS
from tests.chaos.case import STORES, Case, Outcome, played, staged
from tests.chaos.days import DAYS
from tests.chaos.faults import FAMILIES, not_here
from tests.chaos.findings import Category, Invariant
from tests.chaos.stage import Figures, Stage
from tests.chaos.world import Quarry, World

AT_ONCE = 4
"""Cases played side by side: twice the cores we promise, since cases mostly wait."""
WEIGHTS: Mapping[str, int] = MappingProxyType({"points": 10, "errors": 8, "nodes": 2})
"""How often a family's turn comes, where it is not once a round."""
Tell = Callable[[str], None]


class Failed(Struct, frozen=True):
    """A case with findings, as it is told."""

    case: str
    findings: tuple[str, ...]
    said: str


class Result(Struct):
    """Everything a campaign did and found."""

    seed: int
    cases: Counter[str] = field(default_factory=Counter)
    counts: Counter[Category] = field(default_factory=Counter)
    figures: Figures = field(default_factory=Figures)
    hits: set[str] = field(default_factory=set)
    failed: list[Failed] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def faults(self) -> int:
        """All faults that were injected, besides kills."""
        return sum(self.figures.faults.values())

    @property
    def by_hand(self) -> int:
        """Worlds that did not go on by themselves."""
        return sum(any(finding.startswith(f"{Invariant.I11.name}:") for finding in it.findings) for it in self.failed)

    @property
    def recovery(self) -> float:
        """Seconds within which nineteen of twenty recoveries were done."""
        found = sorted(self.figures.recoveries) or [0.0]
        return found[min(len(found) - 1, int(len(found) * 0.95))]

    @property
    def headline(self) -> str:
        """The one line."""
        lost, doubled, half = (self.counts[it] for it in (Category.LOST, Category.DOUBLED, Category.HALF_VISIBLE))
        told = f"{lost} lost, {doubled} doubled, {half} half-visible, {self.by_hand} by hand"
        return f"{self.figures.kills} kills, {self.faults} faults: {told}."

    def add(self, case: Case, outcome: Outcome) -> None:
        """One more case."""
        self.cases[f"{case.family} on {case.store}"] += 1
        self.counts += outcome.counts
        self.figures.add(outcome.figures)
        self.hits |= set(outcome.hits)
        if not outcome.is_fine:
            self.failed.append(Failed(str(case), tuple(map(str, outcome.findings)), outcome.said))

    def rows(self) -> Iterator[tuple[str, str]]:
        """What is reported, by name."""
        recoveries = sorted(self.figures.recoveries) or [0.0]
        yield "kills", f"{self.figures.kills}, of which during recovery {self.figures.kills_in_recovery}"
        struck = {point for point, _ in self.figures.struck} & set(POINTS)
        yield "failpoints struck / reached / existing", f"{len(struck)} / {len(self.hits & set(POINTS))} / {len(POINTS)}"
        yield "(failpoint, N) pairs", str(len(self.figures.struck))
        for kind, count in sorted(self.figures.faults.items()):
            yield f"faults: {kind}", str(count)
        for category in Category:
            yield f"documents {category.value}", str(self.counts[category])
        yield "worlds with findings, that need a person", f"{len(self.failed)}, {self.by_hand}"
        yield "recovery p50 / p95 / max", f"{statistics.median(recoveries):.1f} s / {self.recovery:.1f} s / {recoveries[-1]:.1f} s"
        for name, count in sorted(self.cases.items()):
            yield f"cases: {name}", str(count)
        for told in not_here():
            yield "not played", told
        yield "seed", str(self.seed)
        yield "took", f"{self.seconds:.0f} s on {platform.machine()}"


def reached(quarry: Quarry, seed: int) -> tuple[Mapping[str, Mapping[str, int]], list[tuple[Case, Outcome]]]:
    """How often each day, undisturbed, reaches each failpoint; the days themselves are checked as well."""
    days = [Case("clean", day, "sqlite", seed, _undisturbed(day)) for day in DAYS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda case: played(quarry, case), days))
    found = {case.name: dict(outcome.hits) for case, outcome in zip(days, outcomes, strict=True)}
    return found, list(zip(days, outcomes, strict=True))


def run(
    quarry: Quarry,
    *,
    seed: int,
    seconds: float,
    stores: Sequence[str] = STORES,
    families: Sequence[str] = (),
    most: int | None = None,
    only: str = "",
    tell: Tell = lambda _: None,
) -> Result:
    """Play cases until the time is over; what has begun is brought to its end."""
    began = time.monotonic()
    result = Result(seed)
    counts, clean = reached(quarry, seed)
    for case, outcome in clean:
        result.add(case, outcome)
    chosen = _chosen(seed, stores, families, counts)
    if only:
        chosen = (case for case in chosen if only in str(case))
    cases = itertools.islice(chosen, most)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running: dict[Future[Outcome], Case] = {}
        for case in _until(cases, began + seconds):
            running[pool.submit(played, quarry, case)] = case
            while len(running) >= AT_ONCE:
                _collect(running, result, tell)
        while running:
            _collect(running, result, tell)
    result.seconds = time.monotonic() - began
    return result


def write(result: Result, path: Path) -> None:
    """The figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "headline": result.headline,
        "figures": dict(result.rows()),
        "failed": [{"case": it.case, "findings": it.findings} for it in result.failed],
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _collect(running: dict[Future[Outcome], Case], result: Result, tell: Tell) -> None:
    for done in wait(running, return_when=FIRST_COMPLETED).done:
        case, outcome = running.pop(done), done.result()
        result.add(case, outcome)
        if outcome.is_fine:
            tell(f"  fine  {case}  ({outcome.seconds:.1f} s)")
        else:
            tell(f"  WRONG {case}  ({outcome.seconds:.1f} s)")
            for finding in outcome.findings[:8]:
                tell(f"        {finding}")
            tell(f"        again: python -m tests.chaos --seed {result.seed} --only '{case}'")


def _until(cases: Iterator[Case], end: float) -> Iterator[Case]:
    for case in cases:
        if time.monotonic() >= end:
            return
        yield case


def _chosen(seed: int, stores: Sequence[str], families: Sequence[str], counts: Mapping[str, Mapping[str, int]]) -> Iterator[Case]:
    """Round by round: each family on each store as often as its weight says, in random order, until all have come to their ends."""
    dice = Random(f"campaign {seed}")
    left = {
        (family, store): FAMILIES[family](store, seed, counts)
        for family in FAMILIES
        if not families or family in families
        for store in stores
    }
    while left:
        turns = [key for key in left for _ in range(WEIGHTS.get(key[0], 1))]
        dice.shuffle(turns)
        for key in turns:
            case = next(left[key], None) if key in left else None
            if case is None:
                left.pop(key, None)
            else:
                yield case


def _undisturbed(day: str) -> Callable[[Quarry, Case], Outcome]:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed)

        return staged(quarry, case, DAYS[day], build)

    return prepare
