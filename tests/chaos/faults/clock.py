"""Clocks that lie: an hour or a month off, each process another one, days when an hour is missing or comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from msgspec.structs import replace

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.stage import Stage, Strike
from tests.chaos.world import Quarry, World

FAMILY = "clock"
SHIFTS = (timedelta(hours=-1), timedelta(hours=1), timedelta(days=-30), timedelta(days=30), timedelta(seconds=-3), timedelta(minutes=7))
MOMENTS = (
    datetime(2027, 3, 14, 6, 59, 58, tzinfo=UTC),  # New York loses an hour
    datetime(2026, 11, 1, 5, 59, 58, tzinfo=UTC),  # New York has one twice
    datetime(2027, 3, 28, 0, 59, 58, tzinfo=UTC),  # Berlin loses one
    datetime(2027, 4, 3, 14, 59, 58, tzinfo=UTC),  # Sydney has one twice
    datetime(2028, 2, 28, 23, 59, 58, tzinfo=UTC),  # before 29 February
    datetime(2038, 1, 19, 3, 14, 5, tzinfo=UTC),  # the end of 32 bits
)


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Every clock in turn, again and again with another seed."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        number += 1
        yield _case(f"clock-{number}", store, dice.randrange(1 << 30))


def _case(name: str, store: str, seed: int) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            dice = Random(case.seed)
            day = Strike(dice.choice(("out.rename.after", "in.apply.after_commit", "in.record.before_commit")))
            return Clockwork(world, case.seed, strikes=[day])

        return staged(quarry, case, DAYS["outage"], build)

    return Case(FAMILY, name, store, seed, prepare)


class Clockwork(Stage):
    """Every life has another clock: off by some time, or just before one of the moments; the last ones, at rest, have the right one."""

    def run(self, fate: None = None) -> None:  # type: ignore[override]  # a clock is all that may be given here
        dice = Random(f"{self.truth.seed} {sum(self.figures.faults.values())}")
        if self.figures.faults["clock"] < 4:
            shift = dice.choice((*SHIFTS, dice.choice(MOMENTS) - datetime.now(UTC)))
            self.figures.faults["clock"] += 1
            super().run(replace(self.fate, lie=shift))
        else:
            super().run()
