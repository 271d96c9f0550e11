"""Disks that are full for some lives of a day: the archive's, the database's, or that of everything the gateway keeps.

Each on a small file system of its own, which only root can make; elsewhere no file of a process may grow beyond a size.
"""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.life import Fate, lived
from tests.chaos.stage import Stage
from tests.chaos.world import Quarry, World
from tests.small_disk import CannotMount, SmallDisk, mounted

FAMILY = "disk"
PLACES = {"sqlite": ("archive", "database", "var"), "postgresql": ("archive", "var")}
CARELESS = 'percent = 0\nfree = "0B"\nreserve = "0B"'
"""Settings of somebody who watches no disk: every write may find it full."""
CAREFUL = 'percent = 10\nreserve = "1MB"'


class Disk(Struct, frozen=True):
    """What lies on it, how many megabytes it has, and how the gateway is told to watch it."""

    place: str
    megabytes: int
    settings: str


class Drought(Struct, frozen=True):
    """The disk fills up before this life of the day, leaves so many bytes, and is relieved so many lives later."""

    at: int
    leave: int
    lasts: int


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Every place in turn, watched and unwatched, twice a day full."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        for place in PLACES[store]:
            for manner, settings in (("unwatched", CARELESS), ("watched", CAREFUL)):
                number += 1
                early, late = Drought(0, _left(dice), dice.randint(1, 3)), Drought(dice.randint(4, 6), _left(dice), dice.randint(1, 3))
                name = f"{place}-{manner}-{number}"
                disk = Disk(place, dice.choice((8, 16, 32)), settings)
                yield _case(name, store, dice.randrange(1 << 30), disk, (early, late))


def _left(dice: Random) -> int:
    """From nothing to what a morning needs."""
    return dice.choice((0, 4_096, dice.randrange(200_000), dice.randrange(1_500_000)))


def _case(name: str, store: str, seed: int, disk: Disk, droughts: tuple[Drought, ...]) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        with ExitStack() as stack:
            disks: list[SmallDisk] = []

            def build(world: World) -> Stage:
                stack.callback(shutil.rmtree, world.root, ignore_errors=True)
                moved = _moved(world, disk)
                with suppress(CannotMount):
                    disks.append(stack.enter_context(_on_small_disk(world, disk)))
                return Stage(moved, case.seed)

            return staged(quarry, case, lambda stage: _play(stage, disks, disk.place, droughts), build)

    return Case(FAMILY, name, store, seed, prepare)


def _moved(world: World, disk: Disk) -> World:
    """The same world; its database in a folder of its own, where that is to be on the disk."""
    moved = replace(world, url=f"sqlite:///{world.root}/database/gateway.db") if disk.place == "database" else world
    moved.settings(disk=disk.settings)
    return moved


@contextmanager
def _on_small_disk(world: World, disk: Disk) -> Iterator[SmallDisk]:
    """A folder of a world on a small disk, with what was in it."""
    var = world.root / "var"
    folder = {"archive": var / "archive", "database": world.root / "database", "var": var}[disk.place]
    kept = world.root / "kept"
    if disk.place != "archive":
        shutil.copytree(var, kept)
    with mounted(folder, disk.megabytes) as found:
        if disk.place != "archive":
            shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield found


def _play(stage: Stage, disks: list[SmallDisk], place: str, droughts: tuple[Drought, ...]) -> None:
    lives = 0

    def live(world: World, fate: Fate) -> int:
        nonlocal lives
        due = next((it for it in droughts if it.at <= lives < it.at + it.lasts), None)
        lives += 1
        if due is None:
            return lived(world, fate)
        stage.figures.faults[f"disk: {place} full" if disks else "disk: files may not grow"] += 1
        if not disks:
            most = max(200_000, due.leave)
            return lived(world, replace(fate, limits=((resource.RLIMIT_FSIZE, most),)))
        disks[0].fill(leave=due.leave)
        try:
            return lived(world, fate)
        finally:
            disks[0].relieve()

    stage.robot.hasty = True
    stage.live = live
    DAYS["plain"](stage)
