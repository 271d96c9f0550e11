"""Numbers that partners see: reserved early by a row that keeps them, or compared when their file is made (store.md 5).

No counter is locked while orders are being booked.
"""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.kernel.errors import TryLater
from gateway.store.session import Tx
from gateway.store.tables import counter

MOST = 999_999_999


class Outdated(TryLater):
    """What a file was rendered from has changed before it could be stored: render again."""


class Numbers(Struct, frozen=True, gc=False):
    """Numbers expected for one file, in order; `last` is where the counter stood when they were taken down."""

    counter: str
    last: int
    numbers: tuple[int, ...]


def expect(connection: Connection, name: str, count: int = 1, *, first: int = 1) -> Numbers:
    """The next numbers if nobody else takes them first; after the highest comes 1 again. A counter of no number yet begins at `first`."""
    row = connection.execute(select(counter.c.last, counter.c.most).where(counter.c.name == name)).one_or_none()
    last, most = (row.last, row.most) if row is not None else (first - 1, MOST)
    return Numbers(name, last, tuple((last + step) % most + 1 for step in range(count)))


def advance(tx: Tx, expected: Numbers) -> None:
    """Take the expected numbers for good, in the transaction that stores their file; Outdated when somebody was first."""
    if not expected.numbers:
        return
    ensure(tx, expected.counter, last=expected.last)
    moved = update(counter).where(counter.c.name == expected.counter, counter.c.last == expected.last)
    if tx.connection.execute(moved.values(last=expected.numbers[-1])).rowcount != 1:
        raise Outdated(f"counter {expected.counter} moved on from {expected.last}")


def take(tx: Tx, name: str) -> int:
    """The next number of a counter that is reserved early: the caller stores the row that keeps it in this same short transaction."""
    ensure(tx, name)
    return int(
        tx.connection.execute(
            update(counter).where(counter.c.name == name).values(last=counter.c.last + 1).returning(counter.c.last)
        ).scalar_one()
    )


def ensure(tx: Tx, name: str, *, last: int = 0, most: int = MOST) -> None:
    """The counter exists; a new one starts after `last`."""
    made = (insert_sqlite(counter) if tx.is_sqlite else insert_postgresql(counter)).values(name=name, last=last, most=most)
    tx.connection.execute(made.on_conflict_do_nothing())
