"""What one process can do, a step at a time: look into a channel, book, make, deliver, open what is due.

Each step is safe to repeat and to kill. Who calls them, and when, is the node's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

import structlog
from msgspec import Struct

from gateway.booking import Master, Tally, redo
from gateway.config import Workspace
from gateway.delivery import Courier, Reach, Witness, ring_overdue, stop_spent
from gateway.intake import Answerer, Collected, Collector, IntakeStopped, Processor, Room, Spot
from gateway.kernel import Clock, meter
from gateway.kernel.errors import CutOff, FileStillGrowing, GatewayError, LeaseLost, OutboundHeld, StandsStill
from gateway.outgoing import Job
from gateway.printing import Press
from gateway.runtime.claims import Claims
from gateway.runtime.gathering import MAKING, Gatherer
from gateway.runtime.health import Health
from gateway.runtime.jobs import Jobs
from gateway.runtime.places import HostPlaces
from gateway.runtime.rounds import Rounds
from gateway.runtime.shares import Shares
from gateway.runtime.telling import tell
from gateway.runtime.upkeep import Upkeep
from gateway.runtime.visits import Visits
from gateway.store import Store, leases, pauses, slips
from gateway.store.work import Kind, Work
from gateway.transports import Transport
from gateway.transports.endpoints import Endpoints

log = structlog.get_logger()

INTAKE = "intake"
"""The condition of our own disks, among those of the channels."""
SMALL_FILES = 200
EACH = 100
NOTED = timedelta(minutes=1)
LOOKERS = 12
"""So many threads look into channels at a time, those not counted that wait for a slow partner."""


class Parts(Struct, frozen=True, kw_only=True):
    """The collaborators of an engine, built in one place."""

    workspace: Workspace
    store: Store
    clock: Clock
    master: Master
    endpoints: Endpoints
    room: Room
    collector: Callable[[Spot], Collector]
    processor: Processor
    answerer: Answerer
    courier: Courier
    reach: Reach
    places: HostPlaces
    gatherer: Gatherer
    jobs: Jobs
    press: Press
    upkeep: Upkeep
    witness: Witness


class Engine:
    """The steps of one run of one process, over the enabled connectors of its workspace."""

    def __init__(self, parts: Parts, *, run: str) -> None:
        self._parts = parts
        settings = parts.workspace.settings
        connectors = [connector.connector for connector in parts.workspace.enabled]  # what is switched off waits as it is
        self.claims = Claims(parts.store, parts.clock, run=run, connectors=connectors, lease=settings.work.lease, retry=settings.retry)
        common = {"run": run, "lease": settings.work.lease, "retry": settings.retry}
        self._printing = Claims(parts.store, parts.clock, connectors=(), house=slips.CONNECTOR, **common)  # type: ignore[arg-type]  # by name
        parts.places.begin(run)
        self.health = Health(parts.clock)
        self.spots = tuple(Spot(one, channel) for one in parts.workspace.enabled for channel in one.receive if channel.enabled)
        self._collectors = {spot.names: parts.collector(spot) for spot in self.spots}
        self.shares = {one.connector: parts.endpoints.cap(one) for one in parts.workspace.enabled}
        serving = self._shares(settings.node.workers)
        self._rounds = Rounds(parts.store, parts.clock, self.claims, parts.courier, parts.reach, serving)
        self.visits = Visits(self._shares(LOOKERS))
        self._polls: dict[tuple[str, str], leases.Held] = {}
        self._elsewhere: dict[str, Spot] = {}
        self._noted: dict[str, datetime] = {}

    def poll(self, spot: Spot) -> Collected | None:
        """Look into one channel; None when another node has it or its partner cannot be reached now (health says why)."""
        if not self._has_room(spot) or not self._may_poll(spot):
            return None
        names = {"connector": spot.names[0], "channel": spot.names[1]}
        try:
            with meter.timed(meter.POLL_DURATION, connector=names["connector"]), self._visiting(spot) as transport:
                found = self._collectors[spot.names].poll(transport, require=partial(self._keep_polling, spot))
        except (CutOff, StandsStill) as error:
            self.health.failed("/".join(spot.names), error)
            return None
        except IntakeStopped:
            self._has_room(spot)
            return None
        except LeaseLost:
            return None
        except GatewayError as error:
            if self.health.failed("/".join(spot.names), error):
                log.warning("poll_failed", direction="in", reason=str(error), **names)
            return None
        self._note(spot, found)
        self._remember(spot)
        meter.put(meter.POLL_LAST_SUCCESS, self._parts.clock.now().timestamp(), **names)
        if found.recorded:
            log.info("files_received", direction="in", files=found.recorded, duplicates=found.duplicates, left=found.left, **names)
        return found

    def vacant(self) -> list[Spot]:
        """Channels that another node looked into and does no longer. The store is asked only while there are such."""
        elsewhere = self._elsewhere.copy()
        if not elsewhere:
            return []
        with self._parts.store.reading() as connection:
            held = leases.standing(connection, elsewhere, now=self._parts.clock.now(), but=self.claims.run)
        return [spot for name, spot in elsewhere.items() if name not in held]

    def clean(self, spot: Spot) -> None:
        """Remove decided files that have rested long enough in the channel's private folder."""
        before = self._parts.clock.now() - self._parts.workspace.settings.retention.taken
        try:
            with self._visiting(spot) as transport:
                self._collectors[spot.names].clean(transport, before=before)
        except GatewayError as error:
            log.info("clean_up_postponed", connector=spot.names[0], channel=spot.names[1], reason=str(error))

    def book(self) -> int:
        """Book waiting files: many small ones together, or one large one for itself."""
        return self.book_small() or self.book_large()

    def book_small(self) -> int:
        """Book small files that wait, many together."""
        return self._book(Kind.BOOK, most=SMALL_FILES, each=EACH)

    def book_large(self) -> int:
        """Book one large file; it takes long, and nobody's small files wait for it."""
        return self._book(Kind.BULK, most=1, each=1)

    def redo(self) -> int:
        """Look again at documents that wait for others."""
        parts = self._parts
        with self.claims.some(Kind.REDO, most=EACH, each=EACH) as works:
            if works:
                self._tell(redo(works, store=parts.store, master=parts.master, clock=parts.clock), works)
        return len(works)

    def answer(self) -> int:
        """Make answers to decided files."""
        return self.claims.each(Kind.ANSWER, self._parts.answerer.answer, most=EACH, each=20)

    def make(self) -> int:
        """Make what slots ask for: batches, feed files, postings."""
        if self._rests():
            return 0
        return sum(self.claims.each(kind, self._parts.gatherer.make, most=EACH, each=1) for kind in dict.fromkeys(MAKING.values()))

    def print(self) -> int:
        """Make the pack slips, pull sheets and extracts of a batch."""
        return self._printing.each(Kind.JOB, self._parts.press.print)

    def open_due(self) -> int:
        """Open the slots that are due, of channels and of jobs; answers how many."""
        return 0 if self._rests() else self._parts.gatherer.open_due() + self._parts.jobs.open_due()

    def run_jobs(self) -> int:
        """Run one timed job that is due; none while it is not known what partners have got."""
        return 0 if self._rests() else self.claims.each(Kind.JOB, self._parts.jobs.work)

    def open_now(self, job: Job) -> bool:
        """A person asks for a file now; OutboundHeld while nothing may be put together."""
        if self._rests():
            raise OutboundHeld("nothing is put together since the store was restored; first: gateway reconcile")
        return self._parts.gatherer.open_now(job)

    def deliver(self) -> int:
        """Try an item that is due; none while everything that goes out is on hold."""
        return self._rounds.step()

    def watch(self) -> None:
        """Ring for acknowledgements that are overdue; stop what could not be delivered in time."""
        parts = self._parts
        ring_overdue(parts.store, parts.clock, parts.master.references)
        stop_spent(parts.store, parts.clock, parts.reach.closed())

    def keep_up(self) -> None:
        """Housekeeping, if no other node did it within the hour."""
        self._parts.upkeep.run(self.claims.run)

    def renew(self) -> None:
        """Keep what this process works on, polls and is connected to."""
        self.claims.renew()
        self._printing.renew()
        self._parts.endpoints.shed(self._parts.places.renew())
        for spot in self.spots:
            held = self._polls.get(spot.names)
            if held is not None and not leases.renew(self._parts.store, held, until=self.claims.until()):
                self._lost(spot)

    def let_go(self) -> None:
        """Give back what is in hand and every named lease, so that others need not wait for it to lapse."""
        self._rounds.close()
        leases.lapse_all(self._parts.store, self.claims.run)
        self._polls.clear()

    def _rests(self) -> bool:
        """Whether nothing may be put together for partners, since it is not known what they have got."""
        with self._parts.store.reading() as connection:
            return pauses.find(connection, pauses.GATHERING) is not None

    def _book(self, kind: Kind, *, most: int, each: int) -> int:
        with self.claims.some(kind, most=most, each=each) as works:
            if works:
                self._tell(self._parts.processor.book(works), works)
        return len(works)

    def _tell(self, tally: Tally, works: Sequence[Work]) -> None:
        self.claims.postpone(tally.put_off)
        tell(self._parts.store, tally, works)

    def _shares(self, width: int) -> Shares:
        """Nobody but who has failed lately is suspect: until it is reached again, one thread is enough for it."""
        return Shares(self._parts.clock, self.shares, width=width, suspect=self._parts.reach.is_suspect)

    @contextmanager
    def _visiting(self, spot: Spot) -> Iterator[Transport]:
        """A connection to the channel's partner, if it may be tried now."""
        reach, name = self._parts.reach, spot.names[0]
        reach.admit(name, run=self.claims.run)
        with reach.heard(name, run=self.claims.run), self._parts.endpoints.lend(spot.connector, spot.channel.channel) as transport:
            reach.let_in(name)
            yield transport

    def _note(self, spot: Spot, found: Collected) -> None:
        """The channel was looked through; a file that must stay for its size holds up nothing else, and is told."""
        name = "/".join(spot.names)
        if not found.trouble:
            self.health.fine(name, waiting=found.waiting, waits=found.waits)
        elif self.health.failed(name, FileStillGrowing(found.trouble)):
            log.warning("poll_failed", reason=found.trouble, connector=spot.names[0], channel=spot.names[1])

    def _remember(self, spot: Spot) -> None:
        """Once a minute the store learns that the channel was looked through, for other nodes and for after a restart."""
        held, now = self._polls.get(spot.names), self._parts.clock.now()
        noted = self._noted.get(_poll_lease(spot))
        if held is not None and (noted is None or not timedelta(0) <= now - noted < NOTED):
            with suppress(GatewayError):  # the next look tells it
                leases.note(self._parts.store, held, fine_at=now)
                self._noted[held.name] = now

    def _has_room(self, spot: Spot) -> bool:
        """Whether our disks can take files; while they cannot, others may look into the channel."""
        try:
            self._parts.room.require()
        except IntakeStopped as error:
            self.health.failed(INTAKE, error)
            meter.put(meter.INTAKE_STOPPED, 1)
            held = self._polls.pop(spot.names, None)
            if held is not None:
                with suppress(GatewayError):  # it lapses by itself
                    leases.release(self._parts.store, held)
            return False
        self.health.fine(INTAKE)
        meter.put(meter.INTAKE_STOPPED, 0)
        return True

    def _may_poll(self, spot: Spot) -> bool:
        if spot.names in self._polls:
            return True
        now, until = self._parts.clock.now(), self.claims.until()
        held = leases.take(self._parts.store, _poll_lease(spot), run=self.claims.run, now=now, until=until)
        if held is None:
            self._elsewhere[_poll_lease(spot)] = spot
            return False
        self._polls[spot.names] = held
        self._elsewhere.pop(_poll_lease(spot), None)
        return True

    def _keep_polling(self, spot: Spot) -> None:
        """Still ours, and for a while longer; LeaseLost when another node looks into the channel now."""
        held = self._polls.get(spot.names)
        if held is None or not leases.renew(self._parts.store, held, until=self.claims.until()):
            self._lost(spot)
            raise LeaseLost(f"another node looks into {'/'.join(spot.names)} now")

    def _lost(self, spot: Spot) -> None:
        self._polls.pop(spot.names, None)
        self._elsewhere[_poll_lease(spot)] = spot


def _poll_lease(spot: Spot) -> str:
    return "poll:" + "/".join(spot.names)
