"""Serving nodes that are killed, stopped and continued at random, two or three on PostgreSQL, one on SQLite, while the partners play."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from random import Random

from msgspec.structs import replace

from tests.chaos import life
from tests.chaos.case import Case, Outcome, staged
from tests.chaos.faults.points import Reached
from tests.chaos.findings import Finding, Invariant
from tests.chaos.life import Life
from tests.chaos.robot import Manner, wait_for
from tests.chaos.stage import Stage
from tests.chaos.watch import Watch
from tests.chaos.world import LEASE, Quarry, World

FAMILY = "nodes"
BLOWS = 12
"""Nodes struck in one case."""
LONGEST = 0.9
"""Seconds between two blows."""
ZOMBIES = 0.25
"""The share of blows that stop a node past its lease instead of killing it."""


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Without end."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while True:
        number += 1
        nodes = 1 if store == "sqlite" else dice.choice((2, 2, 3))
        yield _case(f"{nodes}-nodes-{number}", store, dice.randrange(1 << 30), nodes)


def _case(name: str, store: str, seed: int, nodes: int) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed, manner=Random(case.seed).choice(tuple(Manner)), orders=12)

        return staged(quarry, case, lambda stage: _play(stage, nodes, Random(case.seed)), build)

    return Case(FAMILY, name, store, seed, prepare)


def _play(stage: Stage, nodes: int, dice: Random) -> None:
    """Strike a node now and then."""

    def blow(crew: Crew, number: int) -> None:
        time.sleep(dice.uniform(0.05, LONGEST))
        crew.strike(dice, number)

    besiege(stage, nodes, BLOWS, blow)


def besiege(stage: Stage, nodes: int, blows: int, blow: Callable[[Crew, int], None]) -> None:
    """Nodes serve, a file is offered before each blow; in the end whoever lives must come to rest by itself."""
    stage.robot.hasty = True
    stage.robot.watch()
    with ExitStack() as stack:
        crew = Crew(stage, nodes, stack)
        watch = stack.enter_context(Watch(stage.world))
        waiting = [*stage.truth.morning]
        for number in range(blows):
            if waiting:
                stage.robot.offer(waiting.pop(0))
            blow(crew, number)
        for offer in waiting:
            stage.robot.offer(offer)
        crew.replace_unborn()
        rest(stage)
        for offer in stage.truth.noon:
            stage.robot.offer(offer)
        rest(stage)
        crew.dismiss()
        stage.robot.rest()
        stage.notes += [Finding(Invariant.I14, text) for text in watch.complaints()]
    stage.settle()


def rest(stage: Stage) -> None:
    """Until nothing is left to do; nodes are never helped."""
    began = time.monotonic()
    if not wait_for(stage.is_at_rest, seconds=40, glance=0.1):
        stage.notes.append(Finding(Invariant.I11, f"not at rest {time.monotonic() - began:.0f} s after the last blow"))
    stage.figures.recoveries.append(time.monotonic() - began)


class Crew:
    """The nodes of one world; whoever falls is replaced at once, as a supervisor does."""

    def __init__(self, stage: Stage, nodes: int, stack: ExitStack) -> None:
        self._stage = stage
        self._stack = stack
        self._started = 0
        self._names: dict[int, str] = {}
        self._nodes = [self._start() for _ in range(nodes)]

    def strike(self, dice: Random, blow: int) -> None:
        """Kill one, or stop it until its leases have lapsed and let it go on."""
        number = dice.randrange(len(self._nodes))
        node = self._nodes[number]
        if len(self._nodes) > 1 and dice.random() < ZOMBIES:
            node.signal(signal.SIGSTOP)
            time.sleep(LEASE + 0.5)
            node.signal(signal.SIGCONT)
            self._stage.figures.faults["zombie"] += 1
            return
        if not node.is_over:
            self._stage.in_doubt |= self._stage.unanswered()
            node.kill()
            self._stage.figures.kills += 1
        node.end()
        self._nodes[number] = self._start()

    def replace_unborn(self) -> None:
        """Who could not even begin is started again, as a supervisor does; who served and ended by itself is a finding."""
        for number, node in enumerate(self._nodes):
            if node.is_over:
                if node.end() != 0 and self._has_served(node):
                    self._stage.notes.append(Finding(Invariant.I11, "a node that served ended by itself"))
                self._nodes[number] = self._start()

    def _has_served(self, node: Life) -> bool:
        said = self._stage.world.log.read_text(errors="replace")
        return f'"node": "{self._names[node.pid]}-' in said

    def dismiss(self) -> None:
        """End in good order, whoever lives; who could not even begin has ended already."""
        living = [node for node in self._nodes if not node.is_over]
        for node in living:
            node.signal(signal.SIGTERM)
        for node in living:
            code = node.end(within=20)
            if code != 0:
                self._stage.notes.append(Finding(Invariant.I11, f"a node that was told to end ended with {code}"))

    def _start(self) -> Life:
        self._started += 1
        fate = replace(self._stage.fate, act="serve", node=f"node-{self._started}")
        started = self._stack.enter_context(life.begin(self._stage.world, fate))
        self._names[started.pid] = fate.node
        return started
