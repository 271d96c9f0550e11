"""Partners as they are: they collect at once, late or never, and send everything in random order."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS, plain
from tests.chaos.faults.points import RECOVERY, Reached
from tests.chaos.robot import Manner
from tests.chaos.stage import Stage, Strike
from tests.chaos.world import Quarry, World

FAMILY = "vendors"
MID_DELIVERY = (
    "out.exists",
    "out.upload.close",
    "out.upload.stat",
    "out.bless.before_commit",
    "out.bless.after_commit",
    "out.rename.before",
    "out.rename.after",
    "out.done.before_commit",
    "out.done.after_commit",
)


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Every manner, with a node that dies in the middle of deliveries."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        for manner in Manner:
            for kind in ("random order", "plain"):
                number += 1
                strikes = [Strike(dice.choice(MID_DELIVERY), dice.randint(1, 6)) for _ in range(3)]
                strikes.append(Strike(dice.choice(RECOVERY), if_reached=True))
                yield _case(f"{manner} {kind} {number}", store, dice.randrange(1 << 30), manner, kind, strikes)


def _case(name: str, store: str, seed: int, manner: Manner, kind: str, strikes: list[Strike]) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed, strikes=[_loose(it) for it in strikes], manner=manner)

        return staged(quarry, case, _at_random if kind == "random order" else _watched, build)

    return Case(FAMILY, name, store, seed, prepare)


def _loose(strike: Strike) -> Strike:
    """How often deliveries happen depends on the day."""
    return Strike(strike.point, strike.nth, strike.action, if_reached=True)


def _watched(stage: Stage) -> None:
    """The partner looks all the time: it may collect between any two steps of a delivery."""
    stage.robot.hasty = True
    stage.robot.watch()
    try:
        plain(stage)
    finally:
        stage.robot.rest()
    stage.figures.faults["vendor"] += 1
    stage.settle()


def _at_random(stage: Stage) -> None:
    """Everything a vendor has to say is held back and handed over in random order."""
    DAYS["shuffled"](stage)
    stage.figures.faults["vendor"] += 1
