"""Partners who change their minds while the gateway looks: files replaced, finished, withdrawn, swapped for links, folders made anew.

The process is stopped at a named place, the prank is played on folders that stand still, and the process goes on. What is true
afterwards is decided by what stood in the partner's folder at that moment, so it is known and hides nothing: a file that was still
there was the partner's to change; one that was taken is ours, and whatever comes under its name later is another file.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import BinaryIO

from msgspec.structs import replace

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.life import Fate, Life, begin, lived
from tests.chaos.robot import wait_for
from tests.chaos.stage import Stage
from tests.chaos.tracer import status
from tests.chaos.truth import Kind, Offer
from tests.chaos.world import INBOXES, Quarry, World

FAMILY = "folders"
BOX = "orders"
EARLY = ("in.take.before_rename:1", "in.take.after_rename:1", "in.fetch.open:1")
"""Before the first file by name is read."""
POINTS = ("in.list.entry", "in.take.before_rename", "in.take.after_rename", "in.fetch.open")
TOYS = 3
"""Files whose partner changes his mind, besides the one that he is still writing."""
HANGS = 30.0
WRITING = "DSORD_000.xml"
"""The first of all by name."""


class Prankster:
    """One partner with a few files of his own, and a truth that follows what he does."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._folder = stage.world.root / INBOXES[BOX]
        self._count = 100
        self._offers: dict[str, Offer] = {}
        self._writing: dict[str, tuple[BinaryIO, Offer]] = {}

    def offer(self, name: str) -> None:
        """A file of one good order, handed over as usual."""
        offer = self._offers[name] = self._made(name)
        self._stage.robot.offer(offer)

    def begin(self, name: str) -> None:
        """A file that is still written to under its final name: half of it is there."""
        offer = self._made(name)
        handle = (self._folder / name).open("xb", buffering=0)
        handle.write(offer.body[: len(offer.body) // 2])
        self._writing[name] = (handle, self._stage.truth.note(offer))

    def end(self, name: str) -> bool:
        """The other half."""
        handle, offer = self._writing.pop(name)
        with handle:
            handle.write(offer.body[len(offer.body) // 2 :])
        return True

    def end_all(self) -> None:
        """What nobody came by to see finished is finished now."""
        for name in list(self._writing):
            self.end(name)

    def rewrite(self, name: str) -> bool:
        """From the beginning, with other content."""
        handle, offer = self._writing.pop(name)
        self._withdraw(offer)
        with handle:
            handle.seek(0)
            handle.truncate()
            handle.write(self._stage.truth.note(self._made(name)).body)
        return True

    def replace(self, name: str) -> bool:
        """Another file under the same name: instead of the first, or after it where that was taken."""
        if self._stands(name):
            self._withdraw(self._offers[name])
        self.offer(name)
        return True

    def remove(self, name: str) -> bool:
        """He takes it back, if it is still there."""
        if not self._stands(name):
            return False
        (self._folder / name).unlink()
        self._withdraw(self._offers[name])
        return True

    def link(self, name: str) -> bool:
        """Instead of it a link to something that is none of his business."""
        return self._swap(name, lambda path: path.symlink_to(self._stage.world.root / "gateway.toml"))

    def pipe(self, name: str) -> bool:
        """Instead of it a pipe that nobody writes to."""
        return self._swap(name, os.mkfifo)

    def folder(self, name: str) -> bool:
        """Instead of it a folder."""
        return self._swap(name, Path.mkdir)

    def remake(self) -> bool:
        """The whole folder is made anew, with what lies in it. What was taken would be gone, so nothing may be taken yet."""
        if any(path.is_file() for path in self._folder.glob(".taken/*/*")):
            return False
        old = self._folder.with_name("old")
        self._folder.rename(old)
        self._folder.mkdir()
        for path in old.iterdir():
            if path.is_file():
                path.rename(self._folder / path.name)
        shutil.rmtree(old)
        return True

    def tidy(self) -> None:
        """Take away what is no file; the gateway leaves it where it is."""
        for path in (*self._folder.glob("*"), *self._folder.glob(".taken/*/*")):
            if path.is_symlink() or path.is_fifo():
                path.unlink()
            elif path.is_dir() and path.name != "done" and not path.name.startswith("."):
                path.rmdir()

    def _swap(self, name: str, make: Callable[[Path], None]) -> bool:
        if not self.remove(name):
            return False
        make(self._folder / name)
        return True

    def _stands(self, name: str) -> bool:
        return (self._folder / name).is_file() and not (self._folder / name).is_symlink()

    def _made(self, name: str) -> Offer:
        truth = self._stage.truth
        self._count += 1
        order = truth._ordered(self._count)
        truth.orders[order.number] = order
        return truth._file(name, [order], [(order.number, Kind.GOOD)], comment=f"{name} {self._count}")

    def _withdraw(self, offer: Offer) -> None:
        """It was never offered."""
        truth = self._stage.truth
        truth.offers.remove(offer)
        for number, _ in offer.documents:
            del truth.orders[number]


PRANKS: Mapping[str, Callable[[Prankster, str], bool]] = MappingProxyType(
    {
        "replace": Prankster.replace,
        "remove": Prankster.remove,
        "link": Prankster.link,
        "pipe": Prankster.pipe,
        "folder": Prankster.folder,
    }
)


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Mornings with several pranks each."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        number += 1
        yield _case(f"morning-{number}", store, dice.randrange(1 << 30))


def _plan(prankster: Prankster, dice: Random) -> list[tuple[str, str, Callable[[], bool]]]:
    """What is done at which hit of which point, in the order in which a first look at the folder comes by them."""
    prankster.begin(WRITING)
    finish = prankster.end if dice.random() < 0.5 else prankster.rewrite
    plan = [(dice.choice(EARLY), finish.__name__, partial(finish, WRITING))]
    if dice.random() < 0.5:
        plan.append(("in.rest.decide:1", "remake", prankster.remake))
    for number in range(TOYS):
        name = f"DSORD_{dice.randint(1, 4):03}_{number}.xml"
        prankster.offer(name)
        kind, point = dice.choice(sorted(PRANKS)), dice.choice(POINTS)
        nth = dice.randint(1, 3 if point == "in.list.entry" else 5)
        plan.append((f"{point}:{nth}", kind, partial(PRANKS[kind], prankster, name)))
    unlike = {
        point: (point, kind, prank) for point, kind, prank in reversed(plan)
    }  # a place is armed once; who finishes a file comes first
    return sorted(unlike.values(), key=lambda it: _turn(it[0]))


def _turn(place: str) -> tuple[int, int, int]:
    """All entries are seen, then it is decided, then one file after another is taken."""
    point, _, nth = place.partition(":")
    if point not in POINTS:
        return 1, 0, 0
    return (0, int(nth), 0) if point == "in.list.entry" else (2, int(nth), POINTS.index(point))


def _stopped(life: Life) -> bool:
    """Whether it stands at the next place; no more when it has ended."""
    wait_for(lambda: life.is_over or status(life, "State").startswith("T"), seconds=HANGS, glance=0.005)
    return not life.is_over


def _case(name: str, store: str, seed: int) -> Case:
    def play(stage: Stage) -> None:
        dice = Random(f"pranks {seed}")
        prankster = Prankster(stage)
        plan = _plan(prankster, dice)
        is_first = True

        def live(world: World, fate: Fate) -> int:
            nonlocal is_first
            if not is_first:
                prankster.tidy()
                return lived(world, fate)
            is_first = False
            points = ",".join(f"{point}:stop" for point, _, _ in plan)
            with begin(world, replace(fate, points=points)) as life:
                for _, kind, prank in plan:
                    if not _stopped(life):
                        break
                    if prank():
                        stage.figures.faults[f"folder: {kind}"] += 1
                    life.signal(signal.SIGCONT)
                code = life.end()
            prankster.end_all()
            return code

        stage.live = live
        DAYS["plain"](stage)

    def prepare(quarry: Quarry, case: Case) -> Outcome:
        return staged(quarry, case, play, lambda world: Stage(world, case.seed))

    return Case(FAMILY, name, store, seed, prepare)
