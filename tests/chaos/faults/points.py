"""Killed at every failpoint and every hit of it, and again while it recovers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from types import MappingProxyType

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.stage import Stage, Strike
from tests.chaos.world import Quarry, World

FAMILY = "points"
Reached = Mapping[str, Mapping[str, int]]
"""How often the undisturbed days reach each failpoint: day, point, count."""

RECOVERY = (
    "work.claim.before",
    "work.claim.after_commit",
    "in.list.entry",
    "in.rest.decide",
    "out.attempt.after_commit",
    "in.apply.before_commit",
)
"""Points that most recoveries pass."""


def hits_to_try(count: int) -> list[int]:
    """The first five hits, then powers of two.

    >>> hits_to_try(20)
    [1, 2, 3, 4, 5, 8, 16]
    """
    powers = [1 << power for power in range(3, 12) if 5 < 1 << power <= count]
    return [*range(1, min(count, 5) + 1), *powers]


ALONE = frozenset({"start.recover"})
"""Points that only a process passes that knows itself alone, which is so on SQLite."""
CLOCKWORK = MappingProxyType({"work.renew": "tended"})
"""Points that the clock reaches on any day that is long enough, and the day that reaches them however short it is."""


def home_of(point: str, reached: Reached) -> tuple[str, int]:
    """The first day that is sure to reach a point, and how often it does."""
    if point in CLOCKWORK:
        return CLOCKWORK[point], 1
    return next((day, reached[day][point]) for day in DAYS if reached[day].get(point))


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """First every point once, then every other hit; each kill is followed by one in the recovery."""
    dice = Random(f"{FAMILY} {store} {seed}")
    points = sorted({point for hits in reached.values() for point in hits} - (ALONE if store == "postgresql" else frozenset()))
    first = [(point, 1) for point in points]
    more = [(point, nth) for point in points for nth in hits_to_try(home_of(point, reached)[1])[1:]]
    dice.shuffle(first)
    dice.shuffle(more)
    for point, nth in (*first, *more):
        day, _ = home_of(point, reached)
        again = Strike(dice.choice(RECOVERY), dice.choice((1, 1, 2)), if_reached=True)
        yield _case(f"{day}:{point}:{nth}", store, dice.randrange(1 << 30), day, [Strike(point, nth), again])


def _case(name: str, store: str, seed: int, day: str, strikes: list[Strike]) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed, strikes=strikes)

        return staged(quarry, case, DAYS[day], build)

    return Case(FAMILY, name, store, seed, prepare)
