"""Telling the nodes that work is due: after the commit, debounced, never needed for anything to be right.

In the process a condition; between processes NOTIFY on PostgreSQL. Whoever misses it finds the work at the next look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

CHANNEL = "gateway_work"
PAUSE = 0.05
"""Seconds between two notifications of one process: at most twenty a second."""
LISTEN_AGAIN = 1.0
"""Seconds after a broken connection."""
LOOK_UP = 0.5
"""Seconds after which the listener sees that it should end."""


class Wake:
    """Hears and tells which kinds of work became due."""

    def __init__(self, engine: Engine, *, can_listen: bool = True) -> None:
        self._engine = engine
        self._can_listen = can_listen
        self._news = threading.Condition()
        self._heard: dict[str, int] = {}
        self._to_tell: set[str] = set()
        self._closing = False
        self._threads: dict[str, threading.Thread] = {}
        self._broken: tuple[type[Exception], ...] = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, OSError)

    def announce(self, kinds: Iterable[str]) -> None:
        """Wake this process at once and, on PostgreSQL, the others soon."""
        told = set(kinds)
        with self._news:
            for kind in told:
                self._heard[kind] = self._heard.get(kind, 0) + 1
            self._news.notify_all()
            if self._engine.dialect.name == "postgresql" and not self._closing:
                self._to_tell |= told
                self._run("tell", self._tell_others)

    def wait(self, kind: str, *, seen: int, seconds: float) -> int:
        """Sleep until this kind is announced again or the time is over; answers the count to give as `seen` next time."""
        with self._news:
            self._news.wait_for(lambda: self._closing or self._heard.get(kind, 0) != seen, timeout=seconds)
            return self._heard.get(kind, 0)

    def listen(self) -> None:
        """Hear other processes too, by a thread with a connection of its own; without it they are found by looking.

        A pooler that gives connections for a transaction only cannot keep one that listens.
        """
        if self._engine.dialect.name == "postgresql" and self._can_listen:
            with self._news:
                self._run("listen", self._hear_others)

    def close(self) -> None:
        """Tell what is still to be told and end the threads."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        for thread in self._threads.values():
            thread.join(timeout=5)

    def _run(self, name: str, target: Callable[[], None]) -> None:
        """Start the thread of that name once; the condition is held."""
        if name not in self._threads:
            self._threads[name] = threading.Thread(target=target, name=f"wake-{name}", daemon=True)
            self._threads[name].start()

    def _rest(self, seconds: float) -> None:
        """Sleep, but not while we are closing."""
        with self._news:
            self._news.wait_for(lambda: self._closing, timeout=seconds)

    def _tell_others(self) -> None:
        """Send what was collected, then rest, so that a storm of commits is twenty notifications a second."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._to_tell or self._closing)
                kinds, self._to_tell = self._to_tell, set()
                if not kinds:
                    return
            self._notify(sorted(kinds))
            self._rest(PAUSE)

    def _notify(self, kinds: list[str]) -> None:
        """One statement outside every transaction; a lost one costs a look later, nothing else."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("select pg_notify(%s, %s)", (CHANNEL, ",".join(kinds)))
        except self._broken:
            self._rest(PAUSE)

    def _hear_others(self) -> None:
        """Listen for ever; after a broken connection try again, and count everything as news, since some may have been missed."""
        while not self._closing:
            try:
                self._hear_until_broken()
            except self._broken:
                self._rest(LISTEN_AGAIN)
            with self._news:
                for kind in self._heard:
                    self._heard[kind] += 1
                self._news.notify_all()

    def _hear_until_broken(self) -> None:
        """Turn every notification into news."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"listen {CHANNEL}")
            driver = connection.connection.driver_connection
            while driver is not None and not self._closing:
                for notice in driver.notifies(timeout=LOOK_UP):
                    with self._news:
                        for kind in notice.payload.split(","):
                            self._heard[kind] = self._heard.get(kind, 0) + 1
                        self._news.notify_all()
