"""The few things that an installation remembers about its own database, one row each: which server it was last seen on, and
the oldest schema whose programs may still work on it.
"""

from __future__ import annotations

from enum import StrEnum
from secrets import token_hex

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.store.session import Tx
from gateway.store.tables import installation


class Fact(StrEnum):
    """What is remembered."""

    SERVER = "server"
    """The database server and its timeline, as last seen."""
    FLOOR = "schema_floor"
    """A program must know this version of the schema to work on it."""
    PEPPER = "erasure_key"
    """The key of the hashes that stand for orders whose personal data was erased."""
    ERASE_AGAIN = "erase_again"
    """The store was restored: what was erased since the backup is erased again before anybody works on it."""


def recall(connection: Connection, fact: Fact) -> str | None:
    """What was last remembered; None when nothing was."""
    return connection.execute(select(installation.c.value).where(installation.c.name == fact)).scalar_one_or_none()


def remember(tx: Tx, fact: Fact, value: str) -> None:
    """It is so from now on."""
    insert = insert_sqlite(installation) if tx.is_sqlite else insert_postgresql(installation)
    made = insert.values(name=fact, value=value)
    tx.connection.execute(made.on_conflict_do_update(index_elements=["name"], set_={"value": made.excluded.value}))


def pepper(tx: Tx) -> str:
    """The key of the hashes of erased orders; drawn when it is first asked for, and the same from then on."""
    found = recall(tx.connection, Fact.PEPPER)
    if found is None:
        insert = insert_sqlite(installation) if tx.is_sqlite else insert_postgresql(installation)
        made = insert.values(name=Fact.PEPPER, value=token_hex(32))
        tx.connection.execute(made.on_conflict_do_nothing(index_elements=["name"]))
        found = recall(tx.connection, Fact.PEPPER)
    return found or ""


def forget(tx: Tx, fact: Fact) -> None:
    """It is not so any more."""
    tx.connection.execute(delete(installation).where(installation.c.name == fact))
