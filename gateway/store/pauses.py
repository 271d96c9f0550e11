"""What stands still until a person lets it go on: a refused login, a changed host key, all outbound after a restore."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.issues import Issue
from gateway.store.session import Tx
from gateway.store.tables import pause
from gateway.store.work import issue_of


class Pause(Struct, frozen=True, gc=False):
    """One thing that stands still, since when, by whom and why."""

    name: str
    at: datetime
    actor: str
    issue: Issue | None


def stop(tx: Tx, name: str, *, actor: str, now: datetime, issue: Issue | None = None) -> bool:
    """It stands still from now on; False when it did already."""
    insert = insert_sqlite(pause) if tx.is_sqlite else insert_postgresql(pause)
    values = {"name": name, "at": now, "actor": actor, "issue": issue}
    return tx.connection.execute(insert.values(values).on_conflict_do_nothing().returning(pause.c.name)).first() is not None


def go_on(tx: Tx, name: str) -> bool:
    """A person lets it go on; False when it was not standing still."""
    return tx.connection.execute(delete(pause).where(pause.c.name == name)).rowcount == 1


def standing(connection: Connection) -> dict[str, Pause]:
    """Everything that stands still, by name."""
    found = connection.execute(select(pause).order_by(pause.c.name))
    return {row.name: Pause(row.name, row.at, row.actor, issue_of(row.issue)) for row in found}
