"""What stands still until a person lets it go on: a refused login, a changed host key, all outbound after a restore."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.errors import OutboundHeld
from gateway.kernel.instants import in_utc
from gateway.kernel.issues import Issue
from gateway.store.session import Tx
from gateway.store.tables import pause, pause_event
from gateway.store.work import issue_of

ENDPOINT = "endpoint:"
"""What the name of an endpoint that stands still begins with."""
JOB = "job:"
"""What the name of a job begins with that a person has paused."""
OUTBOUND = "outbound"
"""The name under which everything that goes out stands still: after a restore, or a failover that may have lost commits."""


RESTORED = "GWY-24"
"""The code of a hold that a restored store begins with."""
_FIRST = MappingProxyType(
    {RESTORED: "first: gateway reconcile; once it ends well", "GWY-21": "once partners and store agree", "GWY-15": "once that is done"}
)
"""What goes before letting everything go, by the code of the hold: a restore, lost commits, a person."""
GATHERING = "gathering"
"""The name under which nothing is put together for partners: after a restore, until it is known what they have got."""


class Pause(Struct, frozen=True, gc=False):
    """One thing that stands still, since when, by whom and why."""

    name: str
    at: datetime
    actor: str
    issue: Issue | None


def stop(tx: Tx, name: str, *, actor: str, now: datetime, issue: Issue | None = None) -> bool:
    """It stands still from now on; False when it did already."""
    add = insert_sqlite(pause) if tx.is_sqlite else insert_postgresql(pause)
    values = {"name": name, "at": now, "actor": actor, "issue": issue}
    made = tx.connection.execute(add.values(values).on_conflict_do_nothing().returning(pause.c.name)).first() is not None
    if made:
        _note(tx, name, "stopped", actor=actor, now=now, reason=issue.text if issue else "")
    return made


def go_on(tx: Tx, name: str, *, actor: str = "SYSTEM", now: datetime | None = None, reason: str = "") -> bool:
    """A person lets it go on; False when it was not standing still."""
    gone = tx.connection.execute(delete(pause).where(pause.c.name == name)).rowcount == 1
    if gone and now is not None:
        _note(tx, name, "lifted", actor=actor, now=now, reason=reason)
    return gone


def find(connection: Connection, name: str) -> Pause | None:
    """What stands still under that name; None when it does not."""
    row = connection.execute(select(pause).where(pause.c.name == name)).one_or_none()
    return None if row is None else Pause(row.name, row.at, row.actor, issue_of(row.issue))


def require_outbound(tx: Tx) -> None:
    """OutboundHeld while nothing may go out; part of every transaction that lets something go."""
    found = find(tx.connection, OUTBOUND)
    if found is not None:
        raise OutboundHeld(words(found))


def why(found: Pause) -> str:
    """Why something stands still, in the words of who or what stopped it."""
    return found.issue.text if found.issue else f"{found.actor} stopped it"


def words(found: Pause) -> str:
    """The hold of everything that goes out in a sentence, with what to do."""
    release = "gateway outbox release --all-outbound --reason TEXT"
    first = _FIRST[found.issue.code if found.issue else "GWY-15"]
    return f"nothing goes out since {in_utc(found.at)}: {why(found)}; {first}: {release}"


def endpoints(connection: Connection) -> dict[str, Pause]:
    """The endpoints that stand still, by their own names."""
    return {name.removeprefix(ENDPOINT): found for name, found in standing(connection).items() if name.startswith(ENDPOINT)}


def standing(connection: Connection) -> dict[str, Pause]:
    """Everything that stands still, by name."""
    found = connection.execute(select(pause).order_by(pause.c.name))
    return {row.name: Pause(row.name, row.at, row.actor, issue_of(row.issue)) for row in found}


def _note(tx: Tx, name: str, event: str, *, actor: str, now: datetime, reason: str) -> None:
    """Stays when the pause is lifted."""
    tx.connection.execute(insert(pause_event).values(name=name, at=now, event=event, actor=actor, reason=reason))
