"""Processes of the gateway that may be killed: forked from one that has everything imported, so that a life costs little.

Each is a real process with its own database connections; it does what `gateway serve --once` or `gateway serve` does, with
failpoints, limits or a mutant armed before the workspace is opened.
"""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from typing import Self

from msgspec import Struct

from gateway.app import Gateway, open_gateway
from gateway.config import Workspace
from gateway.config.logs import configure_logs
from gateway.desk import dispatch, replay
from gateway.desk.acting import Desk
from gateway.desk.outbox import ItemSearch
from gateway.kernel import SystemClock, failpoints
from gateway.kernel.errors import RuleBroken
from gateway.store import clock as store_clock
from tests.chaos.power import keep_journal
from tests.chaos.world import World

PR_SET_PTRACER, PR_SET_PTRACER_ANY = 0x59616D61, (1 << 64) - 1
"""Whoever runs the case may attach a tracer, also where the system allows that to parents only."""
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.chaos.life", "tests.chaos.preload"])


PATIENCE = 180.0
"""So long may a life last before it counts as hung, in seconds: many times what it takes where every core is in use."""
GLANCE = 5.0
"""Seconds between two looks at how busy the machine is."""


def crowd() -> float:
    """How many processes share a core, at least one: so much longer does everything take."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Fate(Struct, frozen=True, kw_only=True):
    """What a process is given on its way."""

    act: str = "once"
    """What it does: `once`, `serve`, `tend` the house, or `decide` what a person would."""
    points: str = ""
    """Failpoints as `GATEWAY_FAILPOINT` has them."""
    mutant: str = ""
    """A defect of the product that the checker must see; see `mutants`."""
    shift: timedelta = timedelta()
    """How much later it is for it and everybody after it."""
    lie: timedelta = timedelta()
    """How wrong the clock of its machine is."""
    limits: tuple[tuple[int, int], ...] = ()
    """Limits of the system: RLIMIT_… and value."""
    node: str = ""
    """Its name."""
    has_power_cuts: bool = False
    """What it forces to disk is noted, so that a power cut can take the rest."""
    waits: bool = False
    """It stops itself before it begins, until somebody continues it (to attach a tracer)."""


class Life:
    """A running process of the gateway."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return not self._process.is_alive()

    def kill(self) -> None:
        """SIGKILL."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Any other signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self, *, within: float = PATIENCE) -> int:
        """Wait for its end; what hangs tells in the log where, is killed, and counts as -SIGALRM."""
        began = time.monotonic()
        while self._process.is_alive() and time.monotonic() - began < within * crowd():
            self._process.join(min(within, GLANCE))
        if self._process.is_alive():
            self.signal(signal.SIGUSR1)
            self._process.join(1)
            self.kill()
            self._process.join()
            return -signal.SIGALRM
        return self._process.exitcode or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_over:
            self.kill()
        self._process.join()


def lived(world: World, fate: Fate, *, within: float = PATIENCE) -> int:
    """A life to its end; answers how it ended: 0, or minus the signal that killed it."""
    with begin(world, fate) as life:
        return life.end(within=within)


def begin(world: World, fate: Fate) -> Life:
    """A process that lives like this."""
    process = CONTEXT.Process(target=_live, args=(world, fate))
    process.start()
    return Life(process)


def _live(world: World, fate: Fate) -> None:
    """Prepare, act, and write down how often each failpoint was reached."""
    _say_into(world)
    faulthandler.register(signal.SIGUSR1)
    for which, most in fate.limits:
        resource.setrlimit(which, (most, most))
    if fate.has_power_cuts:
        keep_journal(world)
    if fate.mutant:
        from tests.chaos.mutants import mutate

        mutate(fate.mutant)
    failpoints.arm(fate.points)
    if fate.waits:
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(PR_SET_PTRACER_ANY), 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
    try:
        _ACTS[fate.act](world, fate)
    finally:
        with (world.root / "var" / "hits").open("a") as file:
            file.writelines(f"{name} {count}\n" for name, count in failpoints.tally().items())


def _once(world: World, fate: Fate) -> None:
    with _opened(world, fate) as gateway:
        gateway.node().once()


def _serve(world: World, fate: Fate) -> None:
    with _opened(world, fate) as gateway:
        node = gateway.node()
        signal.signal(signal.SIGTERM, lambda *_: node.stop())
        node.serve()


def _tend(world: World, fate: Fate) -> None:
    """What a serving node does by the hour."""
    with _opened(world, fate) as gateway, gateway.node().engaged() as engine:
        engine.renew()
        engine.keep_up()
        for spot in engine.spots:
            engine.clean(spot)


def _decide(world: World, fate: Fate) -> None:
    """What a person does: everything that stopped may go on, and the first file is read again, to see."""
    with _opened(world, fate) as gateway:
        desk = Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user="op")
        ids, _ = dispatch.choose(gateway.store, dispatch.Act.RETRY, ItemSearch(), most=100)
        for item in ids:
            dispatch.do(desk, gateway.workspace, dispatch.Act.RETRY, item, reason="the partner is there again")
        with suppress(RuleBroken):  # who died had asked for it already
            replay.ask(desk, gateway.workspace, 1, reason="to see what becomes of it now", verb=replay.Verb.REPROCESS)


_ACTS: Mapping[str, Callable[[World, Fate], None]] = {"once": _once, "serve": _serve, "tend": _tend, "decide": _decide}


@contextmanager
def _opened(world: World, fate: Fate) -> Iterator[Gateway]:
    if fate.node:
        os.environ["GATEWAY_NODE__NAME"] = fate.node
    if fate.lie:
        store_clock.SystemClock = lambda: ShiftedClock(fate.lie)  # type: ignore[assignment, misc]  # the machine's clock, wrong
    workspace = Workspace.load(world.root)
    configure_logs(workspace.settings.log)
    with open_gateway(workspace, clock=ShiftedClock(fate.shift) if fate.shift else None) as gateway:
        yield gateway


class ShiftedClock:
    """The machine's clock, wrong by so much."""

    def __init__(self, shift: timedelta) -> None:
        self._clock = SystemClock()
        self._shift = shift

    def now(self) -> datetime:
        return self._clock.now() + self._shift

    def monotonic(self) -> float:
        return self._clock.monotonic()


def _say_into(world: World) -> None:
    """Both outputs of the process go to the log of its world."""
    handle = os.open(world.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)


def hits(world: World) -> dict[str, int]:
    """How often each failpoint was reached by the processes of this world that came to their end."""
    found: dict[str, int] = {}
    path = world.root / "var" / "hits"
    for line in path.read_text().splitlines() if path.exists() else ():
        name, count = line.split()
        found[name] = found.get(name, 0) + int(count)
    return found


def exits(lives: Sequence[int]) -> int:
    """How many of these ended by SIGKILL."""
    return sum(code == -signal.SIGKILL for code in lives)
