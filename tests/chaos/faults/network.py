"""The network between gateway and vendor: connections that end at any byte of the dialogue, or pass it late and in slices."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.peers.proxy import Cut, How, Way
from tests.chaos.peers.vendor import Vendor, by_sftp
from tests.chaos.peers.witness import misdeeds
from tests.chaos.stage import Stage
from tests.chaos.world import Quarry, World

FAMILY = "network"
TOGETHER = 6
"""Cuts of one day."""
LONGEST = 20_000
"""Bytes of a connection that serves a whole morning, in either direction."""
FIRST = tuple(1 << power for power in range(14))
"""Places in the greeting and the login, which are the same on every connection."""
WEATHERS: tuple[tuple[str, dict[str, object]], ...] = (
    ("clear", {}),
    ("latency", {"latency": 0.004, "jitter": 0.004}),
    ("slicer", {"slices": 61}),
    ("bandwidth", {"bandwidth": 200_000}),
    ("slow close", {"slow_close": 0.2}),
)
HOWS = (How.CLOSE, How.CLOSE, How.CLOSE, How.RESET, How.RESET, How.DOWN, How.SWALLOW)


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Days with several cuts each, in every weather."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        weathers = list(WEATHERS)
        dice.shuffle(weathers)
        for weather, toxics in weathers:
            number += 1
            cuts = [_cut(dice) for _ in range(TOGETHER)]
            yield _case(f"{weather.replace(' ', '-')}-{number}", store, dice.randrange(1 << 30), weather, toxics, cuts)


def _cut(dice: Random) -> Cut:
    way = dice.choice(tuple(Way))
    at = dice.choice(FIRST) if dice.random() < 0.4 else dice.randint(1_000, LONGEST)
    return Cut(way=way, at=at, how=dice.choice(HOWS))


def _case(name: str, store: str, seed: int, weather: str, toxics: dict[str, object], cuts: list[Cut]) -> Case:
    def play(stage: Stage) -> None:
        stage.robot.hasty = stage.has_canary = True
        with by_sftp(stage.world, seed=seed) as vendor:
            for way in Way:
                vendor.proxy.set(way, **toxics)
            vendor.proxy.plan(*cuts)
            try:
                DAYS["plain"](stage)
            finally:
                _count(stage, vendor, weather if toxics else "")
        stage.notes += misdeeds(stage.world, vendor.server.evidence.deeds())

    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed)

        return staged(quarry, case, play, build)

    return Case(FAMILY, name, store, seed, prepare)


def _count(stage: Stage, vendor: Vendor, weather: str) -> None:
    if weather:
        stage.figures.faults[f"network: {weather}"] += 1
    for cut in vendor.proxy.struck:
        stage.figures.faults[f"network: {cut.how.value}"] += 1
        stage.figures.struck.add((f"network: {cut.how.value} {cut.way.value}", cut.at))
