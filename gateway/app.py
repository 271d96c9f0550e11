"""The only place that wires: a workspace becomes a store, an archive, a library of mappings, and a node that works with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from gateway.archive import Archive
from gateway.booking import Master
from gateway.config import Timed, Workspace
from gateway.delivery import Admission, Courier, Delivery, Journal, Reach, Witness, confirmed_already
from gateway.intake import Answerer, Collector, Door, Processor, Reader, Room, Spot, disks
from gateway.jobs import Place, registered, timed
from gateway.kernel import Clock
from gateway.kernel.roles import ALL
from gateway.mapping import Library
from gateway.notices import Mailroom, Texts
from gateway.outgoing import Job, Tools
from gateway.outgoing.post import sent as posting_sent
from gateway.outgoing.settling import answered_already
from gateway.printing import Press
from gateway.privacy import Kit, catch_up
from gateway.runtime import Gatherer, HostPlaces, Jobs, Node, Parts, Role, Upkeep
from gateway.store import Durability, Store, Tx, consistency, reserve
from gateway.store.clock import clock_of
from gateway.store.migrations import upgrade
from gateway.store.outbox import Item
from gateway.store.references import References, organization_set
from gateway.store.reserve import Reserve
from gateway.store.work import Kind
from gateway.transports import Connections, MemoryServer
from gateway.transports.endpoints import Endpoints


class Gateway(Struct, frozen=True, kw_only=True):
    """Everything one process shares, built once."""

    workspace: Workspace
    store: Store
    archive: Archive
    library: Library
    clock: Clock
    master: Master
    places: HostPlaces
    endpoints: Endpoints
    tools: Tools
    reader: Reader
    gatherer: Gatherer
    place: Place
    jobs: Jobs
    mailroom: Mailroom

    @property
    def timed(self) -> tuple[Timed, ...]:
        """Everything that is done by the clock: the gateway's own jobs, and the files that send channels make."""
        return (*self.jobs.timed, *self.gatherer.timed)

    @property
    def privacy(self) -> Kit:
        """What erasures work with."""
        return Kit(self.tools, self.master, self.reader)

    def node(self, roles: frozenset[Role] = ALL) -> Node:
        """A node that can serve or run once, with all roles or some."""
        return Node(self._parts(), roles=roles)

    def effect(self, tx: Tx, item: Item) -> None:
        """What an item's being sent changes elsewhere, in the transaction that says so."""
        confirmed_already(tx, item, self.clock)
        answered_already(tx, item, self.workspace.connectors.get(item.connector), now=self.clock.now())
        posting_sent(self.tools, tx, item)

    def _parts(self) -> Parts:
        def collector(spot: Spot) -> Collector:
            return Collector(spot, store=self.store, archive=self.archive, clock=self.clock, room=room)

        settings = self.workspace.settings
        reach = Reach(self.store, self.clock, retry=settings.retry, lease=settings.work.lease)
        witness = Witness(self.store, self.clock, failover=settings.database.failover)
        journal = Journal(self.archive.folder, settings.node.name)
        delivery = Delivery(store=self.store, archive=self.archive, clock=self.clock, effect=self.effect, witness=witness, journal=journal)
        room = _room(self.workspace, self.store.reserve)
        return Parts(
            workspace=self.workspace,
            store=self.store,
            clock=self.clock,
            master=self.master,
            places=self.places,
            endpoints=self.endpoints,
            room=room,
            collector=collector,
            processor=Processor(
                self.workspace,
                self.reader,
                self.library,
                store=self.store,
                master=self.master,
                clock=self.clock,
                door=Door(self.store, self.archive, self.clock),
            ),
            answerer=Answerer(self.workspace, self.reader, self.library, store=self.store, archive=self.archive, clock=self.clock),
            courier=Courier(self.workspace, self.endpoints, delivery, reach, store=self.store, clock=self.clock, witness=witness),
            reach=reach,
            gatherer=self.gatherer,
            jobs=self.jobs,
            press=Press(self.workspace, self.store, self.archive, self.library, self.clock, self.master.references),
            upkeep=Upkeep(
                self.store,
                self.archive,
                self.clock,
                longest=settings.retry.longest,
                lanes=_lanes(self.workspace),
                runs=settings.retention.runs,
            ),
            witness=witness,
        )


@contextmanager
def open_gateway(workspace: Workspace, *, clock: Clock | None = None, servers: dict[str, MemoryServer] | None = None) -> Iterator[Gateway]:
    """Open everything a process needs; the store is brought up to date first. Closed again at the end."""
    workspace.paths.var.mkdir(parents=True, exist_ok=True)
    upgrade(workspace.database_url)
    settings = workspace.settings
    durability = Durability.UNCHECKED if settings.database.allow_unsafe else Durability.REQUIRED
    database = settings.database
    kept = _reserve(workspace)
    store = Store(workspace.database_url, durability=durability, pooling=database.pooling, connections=database.connections, reserve=kept)
    workspace = _with_what_is_set(workspace, store)
    clock = clock or clock_of(store)
    places = HostPlaces(store, clock, most=settings.connections.per_host, lease=settings.work.lease)
    connections = Connections(clock, most=settings.connections.per_host, places=places)
    archive = Archive(workspace.paths.archive)
    library = Library(workspace.paths.mappings, weight_unit=workspace.reference.organization.weight_unit)
    references = References(workspace.reference)
    references.now(store)
    tools = Tools(workspace, store, archive, library, clock, references)
    master = Master(references)
    reader = Reader(workspace, library, archive)
    place = Place(workspace=workspace, store=store, archive=archive, master=master, clock=clock, tools=tools, reader=reader)
    mailroom = Mailroom(workspace, store, archive, Texts(workspace.paths.notices), clock, references)
    try:
        gateway = Gateway(
            workspace=workspace,
            store=store,
            archive=archive,
            library=library,
            clock=clock,
            master=master,
            places=places,
            endpoints=Endpoints(workspace, connections, gate=Admission(store, clock, doubted=settings.retry.longest), servers=servers),
            tools=tools,
            reader=reader,
            gatherer=Gatherer(tools, mailroom),
            place=place,
            jobs=Jobs(registered(place), timed(place), store=store, clock=clock),
            mailroom=mailroom,
        )
        if not workspace.left_out:  # an erasure makes files anew that wait for partners: all of them must be there
            catch_up(gateway.privacy)
        yield gateway
    finally:
        connections.close()
        store.close()


def _with_what_is_set(workspace: Workspace, store: Store) -> Workspace:
    """The workspace with the values of the organization that were set in the store."""
    with store.reading() as connection:
        return replace(workspace, reference=organization_set(workspace.reference, connection))


def _lanes(workspace: Workspace) -> consistency.Lanes:
    """The lanes of all channels whose files go in their order."""
    connectors = workspace.connectors.values()
    spots = [Spot(one, channel) for one in connectors for channel in one.receive]
    jobs = [Job(one, channel) for one in connectors for channel in one.send]
    taken = {(Kind.BOOK, *spot.names): spot.lane for spot in spots if spot.lane is not None}
    return taken | {(Kind.DELIVER, job.connector.connector, job.channel.channel): job.lane for job in jobs if job.lane is not None}


def _reserve(workspace: Workspace) -> Reserve | None:
    """The room kept beside a database that lies on a disk of ours."""
    file = workspace.database_file
    return None if file is None else Reserve(file.parent / reserve.NAME, workspace.settings.disk.reserve)


def _room(workspace: Workspace, kept: Reserve | None) -> Room:
    """The disks that taking files fills."""
    folders = [("the archive", workspace.paths.archive), ("var", workspace.paths.var)]
    file = workspace.database_file
    if file is not None:
        folders.append(("the database", file.parent))
    return Room(disks(folders), settings=workspace.settings.disk, reserve=kept)
