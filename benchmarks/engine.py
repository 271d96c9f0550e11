"""The gateway's side: its own store, archive, reader and booking, put together as the service does it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import func, select

from gateway.archive import Archive
from gateway.booking import Master
from gateway.config import Workspace
from gateway.intake import Door
from gateway.intake.process import Processor
from gateway.intake.reading import Reader
from gateway.kernel import SystemClock
from gateway.mapping import Library
from gateway.store import Store, messages, work
from gateway.store.messages import NewMessage
from gateway.store.tables import message
from gateway.store.work import Kind

GROUP = 200
"""Files claimed at a time."""

LEASE = timedelta(minutes=10)
RUN = "bench"


class Engine:
    """One process of the gateway over a fresh database."""

    def __init__(self, workspace: Workspace, library: Library, url: str, folder: Path, *, run: str = RUN) -> None:
        self.url = url
        self._run = run
        self.store = Store(url)
        self.store.check()
        self.clock = SystemClock()
        self.archive = Archive(folder / "archive")
        for name in (it for connector in workspace.connectors.values() for channel in connector.receive for it in channel.mapping):
            library.get(name)  # once in the life of a process, not of a file
        reader = Reader(workspace, library, self.archive)
        door = Door(self.store, self.archive, self.clock)
        self.processor = Processor(
            workspace, reader, library, store=self.store, master=Master(workspace.reference), clock=self.clock, door=door
        )
        self._names = count(1)

    def receive(self, paths: Iterable[Path]) -> None:
        """Files into the archive, and recorded: known by their hash, waiting to be booked."""
        for path in paths:
            with path.open("rb") as source:
                stored = self.archive.put(source)
            name = f"{next(self._names):06}.xml".encode()
            new = NewMessage(
                connector="oms",
                channel="orders",
                file_name=name,
                sha256=stored.sha256,
                size=stored.size,
                archive_key=stored.key,
                received_at=self.clock.now(),
            )
            with self.store.transaction() as tx:
                messages.record(tx, new)

    def book_and_close(self, *, files: int = GROUP) -> int:
        """The last thing this process does."""
        done = self.book(files=files)
        self.store.close()
        return done

    def book(self, *, files: int = GROUP) -> int:
        """Book everything that waits, so many small files at a time; answers the documents that were decided."""
        done = self.book_what_is_left(files=files)
        self.require_settled()
        return done

    def book_what_is_left(self, *, files: int = GROUP) -> int:
        """The same, while others may be at work on the rest."""
        done = 0
        while claimed := self._claim(Kind.BULK, 1) or self._claim(Kind.BOOK, files):
            tally = self.processor.book(claimed)
            if tally.broken or tally.failures:
                raise RuntimeError(f"{tally.broken} {tally.failures}")
            done += tally.documents
        return done

    def require_settled(self) -> int:
        """Speed is nothing when the work was not done; answers the documents that are booked."""
        with self.store.reading() as connection:
            states = select(message.c.state, message.c.issues).where(message.c.state.not_in(("booked", "duplicate")))
            left = connection.execute(states).first()
        if left is not None:
            raise RuntimeError(f"a file is {left.state}: {left.issues}")
        with self.store.reading() as connection:
            return int(connection.execute(select(func.coalesce(func.sum(message.c.booked), 0))).scalar_one())

    def _claim(self, kind: Kind, most: int) -> list[work.Work]:
        now = self.clock.now()
        return work.claim(self.store, kind, run=self._run, connectors=["oms"], now=now, until=now + LEASE, most=most, each=most)
