"""Errors of the system at failpoints: a failing or full disk, no descriptor left, a pulled cable, a stall; once or for a whole run."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from random import Random

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.robot import Manner
from tests.chaos.stage import Stage, Strike
from tests.chaos.world import Quarry, World

FAMILY = "errors"
TOGETHER = 10
"""Faults of one day."""
NUMBERS = (errno.EIO, errno.ENOSPC, errno.EMFILE, errno.EINTR, errno.ENOMEM, errno.EDQUOT)
ACTIONS = (*(f"raise:OSError:{number}" for number in NUMBERS), "drop", "sleep:0.05")
NOT_HERE = frozenset({"migrate.step", "archive.gc.each", "retention.each", "upkeep.begin", "work.renew", "start.recover"})
"""Points that an ordinary day does not reach often enough to be hit by chance."""


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Days with some faults each, drawn so that every point gets its turn."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        for day in ("plain", "shuffled", "outage"):
            points = sorted(point for point in reached[day] if point not in NOT_HERE)
            dice.shuffle(points)
            for start in range(0, len(points), TOGETHER):
                strikes = [_strike(point, reached[day][point], dice) for point in points[start : start + TOGETHER]]
                number += 1
                yield _case(f"{day}-{number}", store, dice.randrange(1 << 30), day, strikes)


def _strike(point: str, count: int, dice: Random) -> Strike:
    nth = dice.randint(1, min(count, 5))
    return Strike(point, nth, dice.choice(ACTIONS), lasting=dice.random() < 0.25, if_reached=True)


def _case(name: str, store: str, seed: int, day: str, strikes: list[Strike]) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed, strikes=strikes, manner=Random(case.seed).choice((Manner.AT_ONCE, Manner.LATE)))

        return staged(quarry, case, DAYS[day], build)

    return Case(FAMILY, name, store, seed, prepare)
