"""The change feed of an originating system: rows commit without number, the exporter numbers them under the feed row (store.md 5).

Gapless, visible in order, cause before effect, and nobody who books waits for a counter.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.store.counters import Outdated
from gateway.store.session import Tx
from gateway.store.tables import change, feed, order_key

AT_ONCE = 5000

_NUMBER = text(
    "update change set seq = :last + n.place from "
    "(select id, row_number() over (order by id) as place from change where system = :system and seq is null order by id limit :most) n "
    "where change.id = n.id"
)


class Feed(Struct, frozen=True, gc=False):
    """How far a system's feed is numbered, exported and confirmed."""

    system: str
    last: int
    exported: int
    confirmed: int


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """One numbered change with the order it belongs to."""

    seq: int
    system: str
    order_id: int
    order_number: str
    line_no: int | None
    type: str
    at: datetime
    body: dict[str, Any]


def waiting(connection: Connection, system: str, *, most: int) -> int:
    """How many changes of the system no file holds yet; counting stops at `most`."""
    found = of(connection, system)
    new = select(change.c.id).where(change.c.system == system, change.c.seq.is_(None)).limit(most)
    return min(most, found.last - found.exported + len(connection.execute(new).all()))


def number(tx: Tx, system: str, *, most: int = AT_ONCE) -> Feed:
    """Number what was booked meanwhile, in the order of its ids, and answer how far the feed reaches now."""
    insert = insert_sqlite(feed) if tx.is_sqlite else insert_postgresql(feed)
    tx.connection.execute(insert.values(system=system).on_conflict_do_nothing())
    tx.connection.execute(select(feed.c.last).where(feed.c.system == system).with_for_update()).all()
    found = of(tx.connection, system)
    given = tx.connection.execute(_NUMBER, {"last": found.last, "system": system, "most": most}).rowcount
    tx.connection.execute(update(feed).where(feed.c.system == system).values(last=found.last + given))
    return Feed(system, found.last + given, found.exported, found.confirmed)


def of(connection: Connection, system: str) -> Feed:
    """The feed of a system; an unknown one is empty."""
    row = connection.execute(select(feed).where(feed.c.system == system)).one_or_none()
    return Feed(system, 0, 0, 0) if row is None else Feed(row.system, row.last, row.exported, row.confirmed)


def entries(connection: Connection, system: str, *, after: int, most: int) -> list[Entry]:
    """Numbered changes above `after`; asking again from any number is allowed."""
    chosen = (
        select(change, order_key.c.po_no)
        .join(order_key, order_key.c.id == change.c.order_id)
        .where(change.c.system == system, change.c.seq > after)
        .order_by(change.c.seq)
        .limit(most)
    )
    return [
        Entry(
            seq=row.seq,
            system=row.system,
            order_id=row.order_id,
            order_number=row.po_no,
            line_no=row.line_no,
            type=row.type,
            at=row.at,
            body=row.body,
        )
        for row in connection.execute(chosen)
    ]


def exported(tx: Tx, system: str, *, first: int, last: int) -> None:
    """The range has its file, in the transaction that makes the item; Outdated when another file took its beginning."""
    moved = update(feed).where(feed.c.system == system, feed.c.exported == first - 1, feed.c.last >= last)
    if tx.connection.execute(moved.values(exported=last)).rowcount != 1:
        raise Outdated(f"the feed of {system} was exported past {first - 1} by somebody else")


def confirmed(tx: Tx, system: str, *, up_to: int) -> bool:
    """The system has taken everything up to this number; False when it was told before or never exported."""
    moved = update(feed).where(feed.c.system == system, feed.c.confirmed < up_to, feed.c.exported >= up_to)
    return tx.connection.execute(moved.values(confirmed=up_to)).rowcount == 1
