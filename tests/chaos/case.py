"""A case: one world, what is done to it, and what came of it. Its name and the seed of the campaign play it again."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct, field

from tests.chaos import life
from tests.chaos.findings import Category, Finding, Invariant
from tests.chaos.stage import Figures, Stage
from tests.chaos.world import Quarry

STORES = ("sqlite", "postgresql")
SAID = 1500
"""Characters of the log that are kept of a case that failed."""


class Case(Struct, frozen=True):
    """One world to be tried: `play` gets the stage and brings it to rest."""

    family: str
    name: str
    store: str
    seed: int
    prepare: Callable[[Quarry, Case], Outcome]

    def __str__(self) -> str:
        return f"{self.family}/{self.name} on {self.store}"


class Outcome(Struct):
    """What came of it."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[Category] = field(default_factory=Counter)
    figures: Figures = field(default_factory=Figures)
    hits: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    said: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def staged(quarry: Quarry, case: Case, play: Callable[[Stage], None], build: Callable[..., Stage]) -> Outcome:
    """Play on a fresh world, then let the checker look."""
    outcome = Outcome()
    with quarry.world(case.store) as world:
        stage = build(world)
        outcome.figures = stage.figures
        try:
            play(stage)
            verdict = stage.verdict()
            outcome.findings += verdict.findings
            outcome.counts += verdict.counts
        except Exception as error:  # noqa: BLE001 - whatever happens concerns this case alone
            told = traceback.format_exc(limit=-3)
            outcome.findings.append(Finding(Invariant.I11, f"{type(error).__name__}: {error}\n{told}"))
            with suppress(Exception):
                outcome.findings += stage.verdict().findings
        outcome.hits += Counter(life.hits(world))
        if outcome.findings and world.log.exists():
            outcome.said = world.log.read_text(errors="replace")[-SAID:]
    return outcome


def played(quarry: Quarry, case: Case) -> Outcome:
    """The case, timed."""
    began = time.monotonic()
    try:
        outcome = case.prepare(quarry, case)
    except Exception as error:  # noqa: BLE001 - a case that cannot even be set up concerns itself alone
        outcome = Outcome(
            findings=[Finding(Invariant.I11, f"not played: {type(error).__name__}: {error}\n{traceback.format_exc(limit=-3)}")]
        )
    outcome.seconds = time.monotonic() - began
    return outcome
