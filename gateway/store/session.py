"""The store's door: transactions to write, snapshots to read, and the check that the database may be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from gateway.kernel.database import Pooling
from gateway.kernel.errors import ConfigError, StoreBusy
from gateway.kernel.failpoints import failpoint
from gateway.store.dialects.engine import WRITING, durability_faults, make_engine
from gateway.store.fairness import FairLock
from gateway.store.faults import OutcomeUnknown, StoreAway, translated
from gateway.store.reserve import Reserve
from gateway.store.wake import Wake

T = TypeVar("T")
TRIES = 3
CONNECTIONS = 16


class Durability(StrEnum):
    """Whether a database that may lose commits in a power cut is refused; unchecked is for throw-away databases."""

    REQUIRED = "required"
    UNCHECKED = "unchecked"


class Tx:
    """One open transaction. `wake` notes which kinds of work became due; the nodes are told after the commit."""

    __slots__ = ("connection", "woken")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.woken: set[str] = set()

    @property
    def is_sqlite(self) -> bool:
        """Which of the two forms a statement takes."""
        return self.connection.dialect.name == "sqlite"

    def wake(self, kind: str) -> None:
        """Work of this kind is due once we have committed."""
        self.woken.add(kind)


class Store:
    """A database with its connections; safe to share between threads, one a process."""

    def __init__(
        self,
        url: str,
        *,
        durability: Durability = Durability.REQUIRED,
        pooling: Pooling = Pooling.DIRECT,
        connections: int = CONNECTIONS,
        reserve: Reserve | None = None,
    ) -> None:
        self.url = make_url(url)
        self.durability = durability
        self.reserve = reserve
        self.engine = make_engine(self.url, connections=connections, pooling=pooling)
        self.wake = Wake(self.engine, can_listen=pooling is Pooling.DIRECT)
        self._writer: AbstractContextManager[None] = FairLock() if self.is_sqlite else nullcontext()
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._first: Callable[[Tx], None] | None = None

    @property
    def is_sqlite(self) -> bool:
        """One file and one writer, or a server with many."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self, at: str | None = None) -> Iterator[Tx]:
        """The only way to write: all of it is committed at the end, or nothing. `at` names the failpoints on both sides of the commit."""
        with self._writer, self._told(), self.engine.connect() as plain:
            connection = plain.execution_options(**{WRITING: True})
            begun = connection.begin()  # at once: COPY goes past SQLAlchemy, which would not begin for it
            tx = Tx(connection)
            with self._told():
                if self._first is not None:
                    self._first(tx)
                yield tx
            if at is not None:
                failpoint(f"{at}.before_commit")
            with self._told(committing=True):
                begun.commit()
            self._first = None
        if at is not None:
            failpoint(f"{at}.after_commit")
        if tx.woken:
            self.wake.announce(tx.woken)

    def beginning(self, first: Callable[[Tx], None]) -> Store:
        """The same store for one caller: until something is committed, each of its transactions begins with this, which may refuse it."""
        other = copy(self)
        other._first = first  # noqa: SLF001 (a copy of ourselves)
        return other

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent picture, read only."""
        with self._told(), self.engine.connect() as connection:
            if self.is_sqlite:
                yield connection
            else:
                yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """One statement that commits by itself, as claims and renewals are."""
        if self.is_sqlite:
            with self.transaction() as tx:
                yield tx.connection
        else:
            with self._told(), self.engine.connect() as connection:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def attempt(self, work: Callable[[Tx], T], *, at: str | None = None) -> T:
        """Run the work in a transaction; a busy database gets it a few times more within seconds, with full jitter."""

        def once() -> T:
            with self.transaction(at) as tx:
                return work(tx)

        tries = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.05, max=1),
            reraise=True,
        )
        return tries(once)

    def check(self) -> None:
        """Refuse a database that may lose what it has committed."""
        if self.durability is Durability.REQUIRED:
            with self.reading() as connection:
                faults = durability_faults(connection)
            if faults:
                raise ConfigError(*faults)

    def close(self) -> None:
        """Tell the nodes what is still to tell and close every connection."""
        self.wake.close()
        self.engine.dispose()

    @contextmanager
    def _told(self, *, committing: bool = False) -> Iterator[None]:
        """Database errors leave as ours."""
        try:
            yield
        except (SQLAlchemyError, self._driver_error) as error:
            told = translated(error, committing=committing)
            if told is error:
                raise
            if self.reserve is not None and isinstance(told, StoreAway | OutcomeUnknown):
                self.reserve.give_up()  # where it is the disk that is full: the next try has room to end what was begun
            raise told from error


def _is_transient(error: BaseException) -> bool:
    """Busy, but neither away nor in doubt."""
    return isinstance(error, StoreBusy) and not isinstance(error, StoreAway | OutcomeUnknown)
