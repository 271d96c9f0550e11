"""Logins that a partner's server has refused in a row, counted for all nodes and for processes that live a moment only."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.store.session import Tx
from gateway.store.tables import refused_login


class Refusals(Struct, frozen=True, gc=False):
    """How often in a row, since when, and what the server said last."""

    times: int
    since: datetime
    reason: str


def add(tx: Tx, connector: str, *, now: datetime, reason: str) -> int:
    """One more; answers how many in a row these are."""
    insert = insert_sqlite(refused_login) if tx.is_sqlite else insert_postgresql(refused_login)
    one_more = insert.values(connector=connector, times=1, since=now, reason=reason).on_conflict_do_update(
        index_elements=[refused_login.c.connector], set_={"times": refused_login.c.times + 1, "reason": reason}
    )
    return int(tx.connection.execute(one_more.returning(refused_login.c.times)).scalar_one())


def forget(tx: Tx, connector: str) -> bool:
    """A login was accepted, or a person has seen to it; False when none was refused."""
    return tx.connection.execute(delete(refused_login).where(refused_login.c.connector == connector)).rowcount == 1


def find(connection: Connection, connector: str) -> Refusals | None:
    """Those of one connector; None when the last login was accepted."""
    return standing(connection, refused_login.c.connector == connector).get(connector)


def standing(connection: Connection, *only: ColumnElement[bool]) -> dict[str, Refusals]:
    """Those of every connector whose last login was refused."""
    rows = connection.execute(select(refused_login).where(*only).order_by(refused_login.c.connector))
    return {row.connector: Refusals(row.times, row.since, row.reason) for row in rows}
