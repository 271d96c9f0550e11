"""Killed at the nth call of the system that changes something; calls that fail, once, a few times, or for the rest of a life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from types import MappingProxyType

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.life import Fate, lived
from tests.chaos.stage import Stage
from tests.chaos.tracer import Tampering, missing, traced
from tests.chaos.world import Quarry, World

FAMILY = "calls"
TOGETHER = 4
"""Lives of one day that are tampered with."""
COUNTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "sqlite": {
            "pwrite64": 400,
            "fsync": 40,
            "fdatasync": 30,
            "write": 15,
            "renameat": 7,
            "link": 5,
            "unlink": 8,
            "ftruncate": 4,
            "mkdirat": 12,
            "mkdir": 12,
            "openat": 200,
        },
        "postgresql": {
            "sendto": 400,
            "fsync": 40,
            "write": 15,
            "renameat": 7,
            "link": 5,
            "unlink": 6,
            "mkdirat": 12,
            "mkdir": 12,
            "openat": 120,
            "recvfrom": 400,
        },
    }
)
"""How many calls a morning makes, about: the nth one is drawn from so many."""
ERRORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pwrite64": ("EIO", "ENOSPC", "EDQUOT"),
        "fsync": ("EIO", "ENOSPC"),
        "fdatasync": ("EIO", "ENOSPC"),
        "write": ("EIO", "ENOSPC", "EDQUOT", "EINTR"),
        "renameat": ("EIO", "ENOSPC", "ENOMEM"),
        "link": ("EIO", "ENOSPC", "EDQUOT"),
        "unlink": ("EIO",),
        "ftruncate": ("EIO", "EINTR"),
        "mkdirat": ("ENOSPC", "EDQUOT"),
        "mkdir": ("ENOSPC",),
        "openat": ("EMFILE", "ENFILE", "ENOMEM", "EINTR"),
        "sendto": ("EINTR",),  # any other means a dead connection, which the reading end must see, too: it is cut at recvfrom
        "recvfrom": ("ECONNRESET", "EINTR"),
    }
)
HARMLESS_TO_KILL_AT = frozenset({"openat", "recvfrom"})
"""They change nothing: a process that dies there dies as it does before its next change."""


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Days with kills and days with errors in turn; none where strace is missing."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while missing() is None:
        for kind in ("kill", "error"):
            number += 1
            draw = _kill if kind == "kill" else _error
            yield _case(f"{kind}-{number}", store, dice.randrange(1 << 30), [draw(dice, COUNTS[store]) for _ in range(TOGETHER)])


def _kill(dice: Random, counts: Mapping[str, int]) -> Tampering:
    call = dice.choice(sorted(counts.keys() - HARMLESS_TO_KILL_AT))
    nth = _nth(dice, counts[call])
    return Tampering(call, nth, "signal=KILL", nth)


def _error(dice: Random, counts: Mapping[str, int]) -> Tampering:
    call = dice.choice(sorted(counts))
    error = dice.choice(ERRORS[call])
    nth = _nth(dice, counts[call])
    # a call that is interrupted for ever is asked for for ever, which no system does
    lasts = (nth, nth + 2) if error == "EINTR" else (nth, nth, nth + 2, None)
    return Tampering(call, nth, f"error={error}", dice.choice(lasts))


def _nth(dice: Random, count: int) -> int:
    """The first ones and the later ones alike often."""
    return min(count, int(count ** dice.random()) + dice.randrange(2))


def _case(name: str, store: str, seed: int, tamperings: list[Tampering]) -> Case:
    def play(stage: Stage) -> None:
        stage.robot.hasty = True
        due = list(tamperings)

        def live(world: World, fate: Fate) -> int:
            if not due:
                return lived(world, fate)
            ended = traced(world, fate, due[0])
            if ended.strikes:
                _note(stage, due.pop(0), ended.strikes)
            return ended.code

        stage.live = live
        DAYS["plain"](stage)

    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed)

        return staged(quarry, case, play, build)

    return Case(FAMILY, name, store, seed, prepare)


def _note(stage: Stage, done: Tampering, strikes: int) -> None:
    if done.is_deadly:
        stage.died(f"call: {done.call}", done.nth)
    else:
        stage.figures.faults[done.kind] += 1 if done.last is None else strikes
        stage.figures.struck.add((f"call: {done.call} {done.what}", done.nth))
