"""Power cuts: a process is killed, and what it had not forced to disk is gone."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec.structs import replace

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.stage import Stage, Strike
from tests.chaos.world import Quarry, World

FAMILY = "power"
POINTS = (
    "in.fetch.before_fsync",
    "in.fetch.after_fsync",
    "in.publish.before",
    "in.publish.after_rename",
    "in.publish.after_dirsync",
    "in.record.before_commit",
    "in.record.after_commit",
    "in.parse.start",
    "out.create.before_commit",
    "out.create.after_commit",
    "out.upload.open",
    "out.bless.after_commit",
    "out.journal",
    "out.rename.before",
    "out.rename.after",
    "out.done.after_commit",
)
CUTS = 4


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Without end; some cuts a day."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        number += 1
        strikes = [Strike(dice.choice(POINTS), dice.randint(1, 4), if_reached=True) for _ in range(CUTS)]
        yield _case(f"cuts-{number}", store, dice.randrange(1 << 30), strikes)


def _case(name: str, store: str, seed: int, strikes: list[Strike]) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            stage = Stage(world, case.seed, strikes=strikes)
            stage.fate = replace(stage.fate, has_power_cuts=True)
            return stage

        return staged(quarry, case, DAYS["plain"], build)

    return Case(FAMILY, name, store, seed, prepare)
