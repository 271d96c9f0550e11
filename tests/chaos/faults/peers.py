"""A vendor whose SFTP server misbehaves by rules; its own evidence is compared with what the gateway may do."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.peers.rules import Rule, some_rules
from tests.chaos.peers.vendor import by_sftp, struck
from tests.chaos.peers.witness import misdeeds
from tests.chaos.stage import Stage
from tests.chaos.world import Quarry, World

FAMILY = "peers"
TOGETHER = 5


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Days with one to five passing faults of the server each."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        for day in ("plain", "plain", "shuffled"):
            number += 1
            yield _case(f"{day}-{number}", store, dice.randrange(1 << 30), day, some_rules(dice, most=TOGETHER))


def _case(name: str, store: str, seed: int, day: str, rules: tuple[Rule, ...]) -> Case:
    def play(stage: Stage) -> None:
        stage.robot.hasty = stage.has_canary = True
        with by_sftp(stage.world, *rules, seed=seed) as vendor:
            try:
                DAYS[day](stage)
            finally:
                stage.figures.faults.update(struck(vendor.server.rules.struck))
        stage.notes += misdeeds(stage.world, vendor.server.evidence.deeds())

    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed)

        return staged(quarry, case, play, build)

    return Case(FAMILY, name, store, seed, prepare)
