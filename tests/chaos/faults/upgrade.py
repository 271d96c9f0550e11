"""Killed at each step of the way to the newest schema, from nothing and from every older schema, and once more on the second try.

Also: a database that has gone on without us. Whoever is too old for it must leave it alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sqlalchemy import text

from gateway.store import Store
from gateway.store.migrations import check, head, steps
from tests.chaos import ledger, life
from tests.chaos.case import Case, Outcome, staged
from tests.chaos.days import DAYS
from tests.chaos.faults.points import Reached
from tests.chaos.findings import Finding, Invariant
from tests.chaos.stage import Stage, Strike
from tests.chaos.world import Quarry, World

FAMILY = "upgrade"
POINT = "migrate.step"
FUTURE = "9999"


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Every kill there is on the way, once alone and once with another one behind it, in random order; the downgrade among them."""
    dice = Random(f"{FAMILY} {store} {seed}")
    known = steps.known()
    found = [_downgrade(store, dice.randrange(1 << 30))]
    for done, start in enumerate(["", *known[:-1]]):
        left = len(known) - done
        for nth in range(1, left + 1):
            again = {1, left - nth + 1}  # the step that was lost comes first, the newest schema last
            found += [_kill(store, dice.randrange(1 << 30), start, kills) for kills in ((nth,), *((nth, then) for then in sorted(again)))]
    dice.shuffle(found)
    return iter(found)


def _kill(store: str, seed: int, start: str, kills: tuple[int, ...]) -> Case:
    def play(stage: Stage) -> None:
        _bring_to(stage, start)
        DAYS["plain"](stage)
        stage.notes += [Finding(Invariant.I13, line) for line in check(stage.world.url)]

    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed, strikes=[Strike(POINT, nth) for nth in kills])

        return staged(quarry, case, play, build)

    return Case(FAMILY, f"{start or 'nothing'}:{'+'.join(map(str, kills))}", store, seed, prepare)


def _bring_to(stage: Stage, revision: str) -> None:
    """A fresh database that knows the steps up to this one."""
    stage.raze()
    if not revision:
        return
    store = Store(stage.world.url)
    try:
        while steps._one_step(store) != revision:
            pass
    finally:
        store.close()


def _downgrade(store: str, seed: int) -> Case:
    """A day on which somebody starts an older program: it must end with an error and change nothing."""

    def play(stage: Stage) -> None:
        _set_version(stage, FUTURE, floor=True)
        for offer in stage.truth.morning:
            stage.world.drop(offer.box, offer.name, offer.body)
        before = _picture(stage)
        code = life.lived(stage.world, stage.fate)
        stage.figures.faults["upgrade: downgrade"] += 1
        if code == 0:
            stage.notes.append(Finding(Invariant.I13, "a program that is too old for the database worked on it"))
        if _picture(stage) != before:
            stage.notes.append(Finding(Invariant.I13, "a program that is too old for the database changed it or took files"))
        _set_version(stage, head(), floor=False)
        DAYS["plain"](stage)

    def prepare(quarry: Quarry, case: Case) -> Outcome:
        return staged(quarry, case, play, lambda world: Stage(world, case.seed))

    return Case(FAMILY, "downgrade", store, seed, prepare)


def _set_version(stage: Stage, version: str, *, floor: bool) -> None:
    """What a newer program leaves in the database: its version, and which programs may still work here."""
    with ledger.connected(stage.world) as connection:
        connection.execute(text("update alembic_version set version_num = :version"), {"version": version})
        connection.execute(text("delete from installation where name = 'schema_floor'"))
        if floor:
            connection.execute(text("insert into installation (name, value) values ('schema_floor', :version)"), {"version": version})
        connection.commit()


def _picture(stage: Stage) -> tuple[list[str], list[tuple[object, ...]]]:
    """The files at the partners', and how much stands in the database."""
    files = sorted(str(path) for part in ("in", "out") for path in (stage.world.root / part).rglob("*"))
    with ledger.connected(stage.world) as connection:
        counts = [tuple(connection.execute(text(f"select count(*) from {table}")).one()) for table in (*ledger.TABLES, "node")]
    return files, counts
