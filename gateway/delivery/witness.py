"""Notices a database that has forgotten what it had committed, before anything is sent again because of it.

Every transaction of a delivery counts one more sign of life of its process. A count below the one committed last, or a server
whose history has forked, means a failover or a restore that may have lost commits: everything that goes out is put on hold.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gateway.delivery.outbound import hold_outbound
from gateway.kernel import Clock
from gateway.kernel.database import Failover
from gateway.kernel.errors import OutboundHeld
from gateway.store import Store, Tx, installation, nodes
from gateway.store.installation import Fact
from gateway.store.server import Beat, Server, beat, server_of

log = structlog.get_logger()


class Witness:
    """What one process remembers of its database; shared by its threads. On SQLite there is nothing to notice."""

    def __init__(self, store: Store, clock: Clock, *, failover: Failover = Failover.HOLD) -> None:
        self._store = store
        self._clock = clock
        self._failover = failover
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._counts: dict[str, int] = {}

    def arrive(self) -> None:
        """A process begins; it compares the server with the one that the installation was last seen on."""
        with self._store.reading() as connection:
            found = server_of(connection)
            known = installation.recall(connection, Fact.SERVER)
        if found is None:
            return
        with self._lock:
            self._server = Server.of(known) if known else None
        self._settle(self._doubt_of_server(found), found)

    @contextmanager
    def deciding(self, at: str, run: str) -> Iterator[Tx]:
        """A transaction that lets something go; OutboundHeld, and nothing is changed, when the database has forgotten something."""
        found: Beat | None = None
        doubt = ""
        try:
            with self._store.transaction(at) as tx:
                yield tx
                found = self._sign(tx, run)
                doubt = self._doubt(run, found)
                if doubt:
                    raise OutboundHeld(doubt)
        except OutboundHeld:
            self._settle(doubt, found.server if found else None)
            raise
        self._keep(run, found)

    @contextmanager
    def recording(self, at: str | None, run: str) -> Iterator[Tx]:
        """A transaction that notes what has happened already: it counts in any case, the hold comes afterwards."""
        with self._store.transaction(at) as tx:
            yield tx
            found = self._sign(tx, run)
            doubt = self._doubt(run, found)  # while our row is locked: later ones must not have counted yet
        self._keep(run, found)
        self._settle(doubt, found.server if found else None)

    def live(self, run: str) -> None:
        """A sign of life between deliveries, on both databases."""
        with self.recording(None, run) as tx:
            if tx.is_sqlite:
                nodes.beat(tx, run, now=self._clock.now())

    def _sign(self, tx: Tx, run: str) -> Beat | None:
        if not tx.is_sqlite:
            return beat(tx, run, now=self._clock.now())
        return None

    def _doubt(self, run: str, found: Beat | None) -> str:
        """What speaks against this database; empty when nothing does."""
        with self._lock:
            last = self._counts.get(run)
        if last is None:
            return "" if found is None else self._doubt_of_server(found.server)
        if found is None:
            return f"the database does not know the process {run} any more, though it counted {last} signs of its life"
        if found.count <= last:
            return f"the database counts {found.count} signs of life of {run}, and had committed {last}: it has forgotten what came last"
        return self._doubt_of_server(found.server)

    def _doubt_of_server(self, found: Server) -> str:
        with self._lock:
            known = self._server
        if known is None or known == found:
            return ""
        if known.system != found.system:
            return f"the database was moved to another server (system {found.system}, before {known.system})"
        if self._failover is Failover.SYNCHRONOUS:
            return ""
        return f"another server took over (timeline {found.timeline}, before {known.timeline}), and commits may be lost"

    def _settle(self, doubt: str, found: Server | None) -> None:
        """Hold what is in doubt, and know the new server from now on, so that a person who releases is not asked again."""
        if doubt:
            hold_outbound(self._store, doubt, now=self._clock.now())
            with self._lock:
                self._counts.clear()
        with self._lock:
            is_news = found is not None and found != self._server
            was_known = self._server is not None
            self._server = found or self._server
        if is_news and found is not None:
            with self._store.transaction() as tx:
                installation.remember(tx, Fact.SERVER, found.words)
            if was_known and not doubt:
                log.warning("failover_noticed", timeline=found.timeline)

    def _keep(self, run: str, found: Beat | None) -> None:
        """What is committed now must not be forgotten."""
        if found is None:
            return
        with self._lock:
            self._counts[run] = max(found.count, self._counts.get(run, 0))
            is_news = self._server != found.server
        if is_news:
            self._settle("", found.server)
