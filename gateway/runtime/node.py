"""One process at work: `serve` until it is stopped, or `once` until nothing is left to do now.

Threads stand at the edge only: APScheduler strikes the times, watchdog wakes polls, a few loops book, make and deliver.
Any of them may be killed at any instant; what matters is in the store.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from gateway import __version__
from gateway.config import Workspace
from gateway.intake import Spot
from gateway.kernel import Clock
from gateway.kernel.errors import GatewayError
from gateway.kernel.failpoints import is_armed
from gateway.kernel.roles import ALL, Role
from gateway.runtime.crew import TICK, Crew
from gateway.runtime.engine import LOOKERS, Engine, Parts
from gateway.runtime.exclusive import only_one
from gateway.runtime.pulse import LONGEST_STEP, Pulse
from gateway.runtime.summary import Summary, mark, summary_since
from gateway.runtime.visits import Visit
from gateway.runtime.watches import Watches
from gateway.store import Store, leases, nodes
from gateway.store.clock import StoreClock
from gateway.store.migrations import SchemaTooNew, head, require_welcome
from gateway.store.work import Kind

log = structlog.get_logger()

IDLE = 1.0
"""Seconds until a loop looks again by itself; being woken shortens it."""
VACANCY = 1
"""Seconds between two looks at whether a channel of another node has become free."""
TROUBLE = 3.0
GLANCE = 0.2
"""Seconds between two looks at files that only have to rest."""
GRACE = 5.0
"""So many seconds threads that are with partners have to end what they are at."""
FRUITLESS = 3
"""Rounds in a row that only put work off, after which a single run ends."""
PATIENCE = timedelta(seconds=10)
"""How much longer than its rest a file may go on changing before `once` leaves it to the next run."""


class Node:
    """One run of one process over one workspace."""

    def __init__(self, parts: Parts, *, roles: frozenset[Role] = ALL) -> None:
        self._parts = parts
        self.roles = roles
        self.run = f"{self._workspace.settings.node.name}-{uuid.uuid4().hex[:12]}"
        self.engine = Engine(parts, run=self.run)
        self.pulse = Pulse(parts.clock)
        self._stop = threading.Event()
        self._unwelcome: SchemaTooNew | None = None

    @property
    def parts(self) -> Parts:
        """What this node works with."""
        return self._parts

    @property
    def _workspace(self) -> Workspace:
        return self._parts.workspace

    @property
    def _store(self) -> Store:
        return self._parts.store

    @property
    def _clock(self) -> Clock:
        return self._parts.clock

    def stop(self) -> None:
        """Ask a serving node to end; it finishes what it holds."""
        self._stop.set()

    def serve(self) -> None:
        """Work until stopped; SchemaTooNew when the database was changed meanwhile in a way that this program must not touch."""
        with self._at_work():
            scheduler = self._scheduler()
            watches = Watches(self._parts.endpoints)
            scheduler.start()
            self._store.wake.listen()
            watches.start([spot for spot in self._polled() if spot.channel.watch], lambda spot: self._hurry(scheduler, spot))
            crews = self._crews()
            loops = [threading.Thread(target=self._loop, args=each, name=each[2]) for each in self._loops()]
            for loop in loops:
                loop.start()
                self.pulse.expect(loop.name, within=LONGEST_STEP, lives=loop.is_alive)
            for crew in crews:
                crew.relieve()
                self.pulse.expect(crew.name, within=LONGEST_STEP, lives=crew.is_alive)
            self.pulse.expect("renew", within=self._workspace.settings.work.lease, lives=lambda: scheduler.running)
            if is_armed():
                log.warning("failpoints_armed", node=self.run)
            log.info("serving", node=self.run, channels=len(self._polled()), version=__version__, roles=sorted(self.roles))
            while not self._stop.wait(TICK):
                for crew in crews:
                    crew.relieve()
            watches.close()
            scheduler.shutdown(wait=True)
            for loop in loops:
                loop.join()
            self._end(crews)
        log.info("stopped", node=self.run)
        if self._unwelcome is not None:
            raise self._unwelcome

    def once(self) -> Summary:
        """Poll every channel, wait out files that only rest, book, make what is due, deliver, and end."""
        with self._at_work():
            before = mark(self._store)
            renewing = threading.Thread(target=self._renew_until_stopped, name="renew", daemon=True)
            renewing.start()
            patience = self._patience()
            while True:
                looked = [found for spot in self._polled() if (found := self.engine.poll(spot)) is not None]
                self.work_until_idle()
                unripe = sum(found.unripe for found in looked)
                if any(found.recorded for found in looked):
                    patience = self._patience()
                    continue  # once more: what is decided now is filed away, what was left is taken
                if not any(found.settling or found.left for found in looked) or time.monotonic() > patience:
                    break
                self._stop.wait(GLANCE)
            self._stop.set()
            renewing.join()
            return summary_since(
                self._store,
                before,
                conditions=self.engine.health.conditions(),
                unripe=unripe,
                served=self._served(),
                connectors=[connector.connector for connector in self._workspace.enabled],
                master=self._parts.master,
            )

    def work_until_idle(self) -> int:
        """Do what is due now, again and again, until a round does nothing; answers how many pieces of work were tried.

        What is put off may be due again soon: when round after round only puts off, it is left to the next run.
        """
        total, fruitless, claims = 0, 0, self.engine.claims
        steps = self._steps()
        while fruitless < FRUITLESS:
            postponed = claims.postponed
            done = sum(step() for step in steps)
            if not done:
                break
            total += done
            fruitless = fruitless + 1 if done <= claims.postponed - postponed else 0
        if Role.DELIVER in self.roles:
            self.engine.watch()
        return total

    @contextmanager
    def engaged(self) -> Iterator[Engine]:
        """The engine for one errand of a person; AlreadyRunning where another process serves this workspace and will do it."""
        with self._at_work():
            yield self.engine

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Registered and, on SQLite, alone; in good order afterwards."""
        with only_one(self._workspace, self._store):
            self._store.check()
            if self._store.is_sqlite:
                leases.lapse_dead(self._store)  # nobody else is here: what a killed process held need not be waited for
            name, roles = self._workspace.settings.node.name, [role.value for role in self.roles]
            nodes.register(self._store, run=self.run, name=name, version=__version__, now=self._clock.now(), roles=roles, knows=head())
            try:
                self._parts.witness.arrive()
                self._parts.upkeep.start()
                yield
            finally:
                with suppress(GatewayError):
                    self.engine.let_go()
                    nodes.leave(self._store, self.run)

    def _scheduler(self) -> BackgroundScheduler:
        """APScheduler strikes; what must happen once has its slot or lease in the store."""
        common = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler = BackgroundScheduler(timezone=UTC, job_defaults=common, executors={"default": {"type": "threadpool", "max_workers": 12}})
        now, visits = datetime.now(UTC), self.engine.visits
        for spot in self._polled():
            every = spot.channel.every.total_seconds()
            look, clean = self._visit(scheduler, spot), self._cleaning(spot)
            scheduler.add_job(visits.ask, "interval", [look], id=_name(spot), seconds=every, next_run_time=now)
            scheduler.add_job(visits.ask, "interval", [clean], hours=1)
        if not self._store.is_sqlite:
            scheduler.add_job(self._safely, "interval", ["vacant", lambda: self._take_over(scheduler)], seconds=VACANCY)
        if Role.BOOK in self.roles:
            scheduler.add_job(self._safely, "interval", ["open", self.engine.open_due], seconds=1, next_run_time=now)
        if Role.DELIVER in self.roles:
            scheduler.add_job(self._safely, "interval", ["watch", self.engine.watch], seconds=30, next_run_time=now)
        scheduler.add_job(self._safely, "interval", ["upkeep", self.engine.keep_up], hours=1, next_run_time=now + timedelta(minutes=1))
        renew = self._workspace.settings.work.renew.total_seconds()
        scheduler.add_job(self._safely, "interval", ["renew", self._renew], seconds=renew)
        return scheduler

    def _poll(self, scheduler: BackgroundScheduler, spot: Spot) -> None:
        """One look; the next one comes at once where files were left, and as soon as they have rested where they only rest."""
        found = None
        with self._told("poll"):
            found = self.engine.poll(spot)
        if found is not None and found.left:
            self._hurry(scheduler, spot)
        elif found is not None and found.settling:
            at = datetime.now(UTC) + spot.channel.ready.stable_for + timedelta(milliseconds=50)
            options = {"id": f"again:{_name(spot)}", "replace_existing": True}
            scheduler.add_job(self.engine.visits.ask_again, "date", [self._visit(scheduler, spot)], run_date=at, **options)

    def _hurry(self, scheduler: BackgroundScheduler, spot: Spot) -> None:
        """Something appeared in the folder, or was left there: look now, or as soon as the look that is under way has ended."""
        self.engine.visits.ask_again(self._visit(scheduler, spot))

    def _take_over(self, scheduler: BackgroundScheduler) -> None:
        """Whoever looked into a channel may be dead: look there now, however long it is until it would be our turn."""
        for spot in self.engine.vacant():
            self.engine.visits.ask(self._visit(scheduler, spot))

    def _visit(self, scheduler: BackgroundScheduler, spot: Spot) -> Visit:
        """One look into a channel."""
        return Visit(_name(spot), spot.names[0], lambda: self._poll(scheduler, spot))

    def _cleaning(self, spot: Spot) -> Visit:
        """Tidying up after a channel."""
        return Visit(f"clean:{_name(spot)}", spot.names[0], lambda: self._safely("clean", lambda: self.engine.clean(spot)))

    def _crews(self) -> list[Crew]:
        """Those who go to partners: deliverers and lookers."""
        workers, slow, stop = self._workspace.settings.node.workers, sum(self.engine.shares.values()), self._stop
        lookers = min(LOOKERS, len(self._polled()))
        crews = []
        if Role.DELIVER in self.roles:
            crews.append(Crew("deliver", self._deliver, self._await_items, width=workers, most=workers + slow, stop=stop))
        if lookers:
            crews.append(Crew("poll", self._look, self._await_visits, width=lookers, most=lookers + slow, stop=stop))
        return crews

    def _deliver(self) -> int:
        self.pulse.beat("deliver")
        with self._told("deliver"):
            if self.engine.deliver():
                return 1
        return 0

    def _await_items(self, seen: int) -> int:
        return self._store.wake.wait(Kind.DELIVER, seen=seen, seconds=IDLE)

    def _look(self) -> int:
        self.pulse.beat("poll")
        return self.engine.visits.step()

    def _await_visits(self, seen: int) -> int:
        self.engine.visits.rest(IDLE)
        return seen

    def _end(self, crews: Sequence[Crew]) -> None:
        """They finish what they are at; whoever waits for a slow partner is cut off from it after a while."""
        for crew in crews:
            if not crew.join(seconds=GRACE):
                self._parts.reach.close()
                self._parts.endpoints.cut()
                crew.join(seconds=GRACE)

    def _loops(self) -> list[tuple[Callable[[], int], Kind, str]]:
        """Bookers of small files (one on SQLite, which has one writer), one of large ones, one maker of files and one of paper."""
        workers = self._workspace.settings.node.workers
        bookers = 1 if self._store.is_sqlite else workers
        engine = self.engine
        found: list[tuple[Callable[[], int], Kind, str]] = []
        if Role.BOOK in self.roles:
            found += [(lambda: engine.book_small() + engine.redo(), Kind.BOOK, f"book-{n}") for n in range(bookers)]
            found.append((engine.book_large, Kind.BULK, "bulk"))
            found.append((lambda: engine.answer() + engine.make(), Kind.ANSWER, "make"))
            found.append((engine.run_jobs, Kind.JOB, "jobs"))
            found.append((engine.print, Kind.JOB, "print"))
        return found

    def _steps(self) -> list[Callable[[], int]]:
        """What the loops do, one after another."""
        engine = self.engine
        making = [engine.answer, engine.open_due, engine.make, self._each(engine.run_jobs), self._each(engine.print)]
        booking = [engine.book, engine.redo, *making] if Role.BOOK in self.roles else []
        return [*booking, self._each(engine.deliver)] if Role.DELIVER in self.roles else booking

    def _each(self, step: Callable[[], int]) -> Callable[[], int]:
        """A step that does one piece of work, until there is none, or one was put off: the others need not be asked after each."""

        def every() -> int:
            total, claims = 0, self.engine.claims
            while True:
                postponed = claims.postponed
                done = step()
                total += done
                if not done or claims.postponed > postponed:
                    return total

        return every

    def _polled(self) -> tuple[Spot, ...]:
        """The channels into which this process looks."""
        return self.engine.spots if Role.POLL in self.roles else ()

    def _loop(self, step: Callable[[], int], kind: Kind, name: str) -> None:
        seen = 0
        while not self._stop.is_set():
            done = 0
            self.pulse.beat(name)
            with self._told(name):
                done = step()
            if not done:
                seen = self._store.wake.wait(kind, seen=seen, seconds=IDLE)

    def _safely(self, name: str, step: Callable[[], object]) -> None:
        with self._told(name):
            step()

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Trouble of a thread is told and passes: the store is away, or a defect; the thread goes on."""
        try:
            yield
        except GatewayError as error:
            log.warning("store_or_world_busy", thread=name, reason=str(error))
            self._stop.wait(TROUBLE)
        except Exception:
            log.exception("thread_failed", thread=name)
            self._stop.wait(TROUBLE)

    def _renew(self) -> None:
        if isinstance(self._clock, StoreClock):
            self._clock.sync()
        self._see_whether_welcome()
        self.engine.renew()
        self._parts.witness.live(self.run)
        self.pulse.beat("renew")

    def _see_whether_welcome(self) -> None:
        """A newer program may have changed the schema beside us; where it took something away we stop at once."""
        try:
            with self._store.reading() as connection:
                require_welcome(connection)
        except SchemaTooNew as error:
            log.error("schema_too_new", reason=str(error))  # noqa: TRY400 - no defect, the reason is all there is to know
            self._unwelcome = error
            self.stop()

    def _renew_until_stopped(self) -> None:
        while not self._stop.wait(self._workspace.settings.work.renew.total_seconds()):
            self._safely("renew", self._renew)

    def _served(self) -> frozenset[str]:
        """The vendors that some channel sends new orders to."""
        return frozenset(
            code
            for connector in self._workspace.enabled
            for channel in connector.send
            if channel.gather.new_orders and channel.enabled and (code := connector.partner.vendor) is not None
        )

    def _patience(self) -> float:
        """Until when `once` waits for files that only rest."""
        return time.monotonic() + self._longest_rest() + PATIENCE.total_seconds()

    def _longest_rest(self) -> float:
        return max((spot.channel.ready.stable_for.total_seconds() for spot in self.engine.spots), default=0.0)


def _name(spot: Spot) -> str:
    return "/".join(spot.names)
