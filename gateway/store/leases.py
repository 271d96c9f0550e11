"""Named leases: who polls a channel (`poll:<channel>`), who may talk to a host (`host:<host>:<n>`).

A lease only keeps others from doing the same at the same time; what must not happen twice has its own key or fence.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, select, text, update

from gateway.kernel.failpoints import failpoint
from gateway.store.session import Store
from gateway.store.tables import lease, node, work
from gateway.store.types import UtcDateTime

_TAKE = text(
    "insert into lease (name, holder, fence, until) values (:name, :run, 1, :until) on conflict (name) do update "
    "set holder = excluded.holder, fence = lease.fence + 1, until = excluded.until where lease.until is null or lease.until < :now "
    "returning fence"
).bindparams(bindparam("until", type_=UtcDateTime), bindparam("now", type_=UtcDateTime))


class Held(Struct, frozen=True, gc=False):
    """A named lease we hold."""

    name: str
    run: str
    fence: int


def take(store: Store, name: str, *, run: str, now: datetime, until: datetime) -> Held | None:
    """Take the lease if it is free or has lapsed."""
    with store.statement() as connection:
        fence = connection.execute(_TAKE, {"name": name, "run": run, "now": now, "until": until}).scalar_one_or_none()
    return None if fence is None else Held(name, run, fence)


def take_any(store: Store, names: Iterable[str], *, run: str, now: datetime, until: datetime) -> Held | None:
    """Take the first of these leases that is free: how many may talk to a host at once."""
    return next((held for name in names if (held := take(store, name, run=run, now=now, until=until)) is not None), None)


def standing(connection: Connection, names: Iterable[str], *, now: datetime, but: str) -> set[str]:
    """Those of these names that somebody else than this run holds."""
    held = (lease.c.name.in_(sorted(names))) & (lease.c.until >= now) & (lease.c.holder != but)
    return set(connection.execute(select(lease.c.name).where(held)).scalars())


def renew(store: Store, held: Held, *, until: datetime) -> bool:
    """Put off the end; False when somebody else has it."""
    return _set(store, held, until=until)


def note(store: Store, held: Held, *, fine_at: datetime) -> None:
    """What the lease is for went well at this time; outlives the lease and its holder."""
    with store.statement() as connection:
        connection.execute(update(lease).where(lease.c.name == held.name).values(fine_at=fine_at))


def last_fine(connection: Connection) -> dict[str, datetime]:
    """By name, when what a lease is for last went well."""
    found = select(lease.c.name, lease.c.fine_at).where(lease.c.fine_at.is_not(None))
    return {row.name: row.fine_at for row in connection.execute(found)}


def release(store: Store, held: Held) -> bool:
    """Give the lease back; False when somebody else has it."""
    return _set(store, held, until=None)


def lapse_all(store: Store, run: str) -> None:
    """Give back every lease of a run that has ended."""
    with store.statement() as connection:
        connection.execute(update(lease).where(lease.c.holder == run, lease.c.until.is_not(None)).values(until=None))


def lapse_dead(store: Store) -> None:
    """Give back every lease and every claim, and forget every run; only for a process that knows itself alone: the others are dead."""
    failpoint("start.recover")
    with store.transaction() as tx:
        tx.connection.execute(update(lease).where(lease.c.until.is_not(None)).values(until=None))
        tx.connection.execute(update(work).where(work.c.holder.is_not(None)).values(holder=None, until=None))
        tx.connection.execute(delete(node))


def _set(store: Store, held: Held, *, until: datetime | None) -> bool:
    mine = (lease.c.name == held.name) & (lease.c.holder == held.run) & (lease.c.fence == held.fence) & lease.c.until.is_not(None)
    with store.statement() as connection:
        return connection.execute(update(lease).where(mine).values(until=until)).rowcount == 1
