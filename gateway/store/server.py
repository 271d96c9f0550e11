"""Which PostgreSQL server this is, and whether its history has forked: a standby that was promoted has a new timeline.

A SQLite file has no such thing.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, text

from gateway.store.session import Tx
from gateway.store.types import UtcDateTime

# The name of a log segment begins with the timeline that writes it; the control file learns of a promotion later.
_TIMELINE = "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"
_SYSTEM = "(select system_identifier::text from pg_control_system())"
_WHICH = text(f"select {_SYSTEM} as system, {_TIMELINE} as timeline")
_BEAT = text(
    f"update node set beat = beat + 1, beat_at = :now where run = :run returning beat, {_SYSTEM} as system, {_TIMELINE} as timeline"  # noqa: S608
).bindparams(bindparam("now", type_=UtcDateTime))


class Server(Struct, frozen=True):
    """One server at one time of its history."""

    system: str
    timeline: int

    @property
    def words(self) -> str:
        """As it is remembered: `7439…/3`."""
        return f"{self.system}/{self.timeline}"

    @classmethod
    def of(cls, words: str) -> Server:
        """What was remembered."""
        system, _, timeline = words.partition("/")
        return cls(system, int(timeline))


class Beat(Struct, frozen=True):
    """One counted sign of life and the server that counted it."""

    count: int
    server: Server


def server_of(connection: Connection) -> Server | None:
    """The server behind this connection; None for a SQLite file."""
    if connection.dialect.name == "sqlite":
        return None
    row = connection.execute(_WHICH).one()
    return Server(row.system, row.timeline)


def beat(tx: Tx, run: str, *, now: datetime) -> Beat | None:
    """Count a sign of life on PostgreSQL and see who counts; None when the server does not know this run."""
    row = tx.connection.execute(_BEAT, {"run": run, "now": now}).one_or_none()
    return None if row is None else Beat(row.beat, Server(row.system, row.timeline))
