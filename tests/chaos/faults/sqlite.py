"""A SQLite file that others use too: somebody holds the write lock, an open reader keeps the log from being folded back."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from random import Random

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.stage import Stage
from tests.chaos.world import Quarry, World

FAMILY = "sqlite"
LONGEST = 1.2
"""Seconds the lock is held at a time; some are longer than a process waits."""
LONG = 6.0
WANTED = 0.5
"""A lock that was held for longer was wanted by the gateway meanwhile; only those count."""


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Without end on SQLite, none on PostgreSQL."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while store == "sqlite":
        number += 1
        yield _case(f"busy-{number}", store, dice.randrange(1 << 30))


def _case(name: str, store: str, seed: int) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed)

        return staged(quarry, case, _play, build)

    return Case(FAMILY, name, store, seed, prepare)


def _play(stage: Stage) -> None:
    with Nuisance(stage):
        DAYS["plain"](stage)


class Nuisance:
    """Another process's habits, on a thread: it takes the lock again and again, and reads for ever."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._dice = Random(stage.truth.seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._disturb, name="nuisance", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _disturb(self) -> None:
        path = self._stage.world.root / "var/gateway.db"
        reader = sqlite3.connect(path, isolation_level=None)
        writer = sqlite3.connect(path, isolation_level=None, timeout=10)
        reader.execute("begin")
        reader.execute("select count(*) from message").fetchone()
        long_ones = 1
        while not self._stop.wait(self._dice.uniform(0.02, 0.3)):
            writer.execute("begin immediate")
            is_long = long_ones > 0 and self._dice.random() < 0.2
            long_ones -= is_long
            seconds = LONG if is_long else self._dice.uniform(0.05, LONGEST)
            time.sleep(seconds)
            writer.execute("rollback")
            self._stage.figures.faults["busy"] += seconds > WANTED
        reader.close()
        writer.close()
