"""A case at play: its world, its truth, its robot, the strikes that are due, and the way to rest."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import text

from gateway.kernel import failpoints
from tests.chaos import ledger, life, power
from tests.chaos.checker import check
from tests.chaos.findings import Finding, Invariant, Verdict
from tests.chaos.life import Fate
from tests.chaos.robot import Manner, Robot, wait_for
from tests.chaos.truth import Offer, Truth
from tests.chaos.world import INBOXES, LEASE, World, is_left

MOST_LIVES = 40
WEEK = timedelta(days=8)
PATIENCE = 45.0
"""Seconds a world may take to come to rest after the last fault."""


class Stuck(AssertionError):
    """The world does not go on by itself."""


class Strike(Struct, frozen=True):
    """A fault at the nth hit of a failpoint, counted from when this strike is next."""

    point: str
    nth: int = 1
    action: str = "kill"
    lasting: bool = False
    if_reached: bool = False
    """It may be missed: a point of a recovery, which depends on where the process died."""

    @property
    def is_deadly(self) -> bool:
        """Whether the process ends by it."""
        return self.action in {"kill", "exit"}

    def armed(self, already: int) -> str:
        """As `GATEWAY_FAILPOINT` has it, in a process of its own after so many hits in earlier ones."""
        return f"{self.point}:{max(1, self.nth - already)}{'+' if self.lasting else ''}:{self.action}"


class Figures(Struct):
    """What was done to a world, and how it fared."""

    kills: int = 0
    kills_in_recovery: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    struck: set[tuple[str, int]] = field(default_factory=set)
    recoveries: list[float] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Together."""
        self.kills += other.kills
        self.kills_in_recovery += other.kills_in_recovery
        self.faults += other.faults
        self.struck |= other.struck
        self.recoveries += other.recoveries


class _Pending(Struct):
    """A strike that is still due, and how often its point was reached by processes that have ended."""

    strike: Strike
    already: int = 0


class Stage:
    """One world with everything that plays in it: deadly strikes one after another, the other faults all at once."""

    def __init__(
        self,
        world: World,
        seed: int,
        *,
        strikes: Sequence[Strike] = (),
        manner: Manner = Manner.AT_ONCE,
        mutant: str = "",
        orders: int = 4,
    ) -> None:
        self.world = world
        self.truth = Truth(seed, orders=orders)
        self.robot = Robot(world, self.truth, manner)
        self.figures = Figures()
        self.fate = Fate(mutant=mutant)
        self.in_doubt: set[str] = set()
        self.is_tidied = False
        self.live = life.lived
        """How a life is led; a family that strikes from outside leads it itself, and says who has `died`."""
        self.has_canary = False
        """Only the vendor is in trouble: whatever the retailer offers must be answered in the same run."""
        self.patience = PATIENCE
        self.notes: list[Finding] = []
        """What was found while it played."""
        self._deadly = [_Pending(it) for it in strikes if it.is_deadly]
        self._faults = [_Pending(it) for it in strikes if not it.is_deadly]
        self._died_at: float | None = None
        self._dice = Random(f"stage {seed}")

    def run(self, fate: Fate | None = None) -> None:
        """Let the gateway do what is to be done now; killed or struck down, it is started again."""
        given = fate or self.fate
        for _ in range(MOST_LIVES):
            if self._live(given) == 0:
                return
        raise Stuck(f"a run does not come to its end in {MOST_LIVES} lives")

    def _live(self, given: Fate) -> int:
        """One life under everything that is due; answers how it ended."""
        armed = [*self._deadly[:1], *self._faults]
        points = ",".join([it.strike.armed(it.already) for it in armed] + ([given.points] if given.points else []))
        before = life.hits(self.world)
        code = self.live(self.world, replace(given, points=points))
        if code == -signal.SIGALRM:
            raise Stuck("a process hung for minutes and was killed")
        was_killed = code in {-signal.SIGKILL, failpoints.EXIT_CODE}
        if was_killed and self._deadly:
            strike = self._deadly.pop(0).strike
            self.died(strike.point, strike.nth)
            if given.has_power_cuts:
                self.figures.faults["power cut"] += 1
                power.cut(self.world, self._dice)
            return code
        now = life.hits(self.world)
        for it in armed:
            self._judge(it, now.get(it.strike.point, 0) - before.get(it.strike.point, 0))
        if code == 0 and self._died_at is not None:
            self.figures.recoveries.append(time.monotonic() - self._died_at)
            self._died_at = None
        return code

    def died(self, of: str, nth: int) -> None:
        """A process was killed: by what, at the how manieth time."""
        self.figures.kills += 1
        self.figures.kills_in_recovery += int(self._died_at is not None)
        self.figures.struck.add((of, nth))
        self._died_at = self._died_at or time.monotonic()
        self.in_doubt |= self.unanswered()

    def _judge(self, it: _Pending, reached: int) -> None:
        """A fault that does not end the process: it has struck when its point was reached often enough."""
        strikes = it.already + reached - it.strike.nth + 1
        if strikes <= 0:
            it.already += reached
        elif it in self._faults:
            self.figures.faults[it.strike.action] += 1
            self.figures.struck.add((it.strike.point, it.strike.nth))
            self._faults.remove(it)

    def run_until_decided(self) -> None:
        """Run until every file that was offered is taken and decided; dead nodes hold channels and work until their leases lapse."""
        until = time.monotonic() + self.patience * life.crowd()
        self.run()
        while (self._standing("*", ".taken/*/*") or self._count("work where kind in ('book', 'bulk')")) and time.monotonic() < until:
            wait_for(lambda: self.something_is_due() or not self._is_polled(), seconds=LEASE + 1)
            self.run()

    def heed_canary(self, offers: Sequence[Offer]) -> None:
        """After a run: a healthy partner's files are answered, whatever its neighbours do.

        A process that was killed may hold its channel for a lease; then the run need not have taken them.
        """
        if self.has_canary:
            expected = {offer.name for offer in offers}
            if self.figures.kills:
                expected &= {ledger.name(row) for row in ledger.read(self.world)["message"]}
            silent = sorted(self.unanswered() & expected)
            self.notes += [
                Finding(Invariant.I10, f"{name} of a healthy partner was not answered in the run that took it") for name in silent
            ]

    def settle(self) -> None:
        """Bring the world to rest: run and let the partners act until neither finds anything to do."""
        until = time.monotonic() + self.patience * life.crowd()
        while time.monotonic() < until:
            self.run()
            news = self.robot.act() + self.robot.hand_over()
            if not news and self.is_at_rest():
                return
            if not news:
                wait_for(self.something_is_due, seconds=3)

    def tend(self) -> None:
        """A week later: the house is put in order by a process that the strikes may end, too."""
        stale = self.world.root / "var/archive/incoming/4711-left-behind"
        stale.write_bytes(b"half a file")
        os.utime(stale, (0, 0))
        self.run(replace(self.fate, act="tend", shift=WEEK))
        self.is_tidied = True

    def raze(self) -> None:
        """Take the database away; it is made anew by whoever starts first."""
        if self.world.is_sqlite:
            for path in (self.world.root / "var").glob("gateway.db*"):
                path.unlink()
            return
        with ledger.connected(self.world) as connection:
            connection.execute(text("drop schema public cascade"))
            connection.execute(text("create schema public"))
            connection.commit()

    def strike_first(self, strike: Strike) -> None:
        """This one before all others."""
        self._deadly.insert(0, _Pending(strike))

    def is_at_rest(self) -> bool:
        """Nothing is left to do but what waits for other documents, no change waits for its file, no file lies where one should not."""
        return not self._count("work where kind <> 'redo'", "change where seq is null") and not self._standing("*", ".taken/*/*")

    def _standing(self, *patterns: str) -> bool:
        """Whether a file lies in a folder that the gateway empties."""
        folders = [self.world.root / place for place in INBOXES.values()]
        return any(is_left(path) for folder in folders for pattern in patterns for path in folder.glob(pattern))

    def _is_polled(self) -> bool:
        """Whether somebody, dead or alive, holds a channel now; on SQLite a dead one holds nothing."""
        if self.world.is_sqlite:
            return False
        with ledger.connected(self.world) as connection:
            return bool(connection.execute(text("select count(*) from lease where until > now()")).scalar_one())

    def something_is_due(self) -> bool:
        """Whether work can be claimed now: due, and not leased by somebody who may be alive."""
        now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')" if self.world.is_sqlite else "now()"
        free = "1 = 1" if self.world.is_sqlite else f"(until is null or until < {now})"
        return self._count(f"work where due_at <= {now} and {free}") > 0

    def _count(self, *rows: str) -> int:
        """How many rows of the tables are like that."""
        with ledger.connected(self.world) as connection:
            return sum(connection.execute(text(f"select count(*) from {it}")).scalar_one() for it in rows)

    def verdict(self) -> Verdict:
        """What the checker finds; strikes that never hit are a finding too, since the case proved nothing."""
        found = check(self.world, self.truth, self.robot, in_doubt=frozenset(self.in_doubt), is_tidied=self.is_tidied)
        due = [it.strike for it in (*self._deadly, *self._faults) if not it.strike.if_reached]
        missed = [Finding(Invariant.I11, f"{it.point} was not hit {it.nth} times: the case tries nothing") for it in due]
        stuck = [] if self.is_at_rest() else [Finding(Invariant.I11, f"after {self.patience:g} s there is still something to do")]
        return Verdict((*self.notes, *found.findings, *missed, *stuck), found.counts)

    def unanswered(self) -> set[str]:
        """Files that were offered and of which no answer has been seen: nobody knows what became of them."""
        answered = {it.name for it in self.robot.book}
        return {offer.name for offer in self.truth.offers if not any(name.startswith(offer.name) for name in answered)}
