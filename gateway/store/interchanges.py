"""Level 2 of doubles: control numbers of interchanges and groups, for formats that have them (ISA13; GS06 with GS01; UNB 0020).

A number counts between one sender and one receiver, within a window of time and of numbers: after that it may come again, as numbers
wrap and some begin anew every year. Between the bytes of
a whole file (level 1) and the keys of its documents (level 3). Not for: gaps, which block nothing and are told elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from gateway.store.session import Tx
from gateway.store.tables import interchange

WINDOW = timedelta(days=365)
"""For so long a number stands for one content, unless the partner's agreement says otherwise."""

MOST = 100_000
"""So many other numbers of the pair may come before one may come again, whatever the time."""


class Seen(StrEnum):
    """What a control number tells."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class Interchange(Struct, frozen=True, kw_only=True, gc=False):
    """An interchange or group of a message: who speaks to whom (`pair`), on which `level`, under which number, with which content."""

    pair: str
    level: str
    number: str
    sha256: str
    message_id: int


class Told(Struct, frozen=True, gc=False):
    """What became of a number; a duplicate or conflict names the message that had it first."""

    seen: Seen
    message_id: int


def note(tx: Tx, it: Interchange, *, now: datetime, window: timedelta = WINDOW, most: int = MOST) -> Told:
    """Take the number, or say who has it. The same message may ask again: it is read again, or goes on after a crash.

    One call at a time for each number, sorted by pair, level and number like every key (store.md 3, class 5).
    """
    c = interchange.c
    add = insert_sqlite(interchange) if tx.is_sqlite else insert_postgresql(interchange)
    row = {name: getattr(it, name) for name in Interchange.__struct_fields__}
    made = tx.connection.execute(add.values(row | {"seen_at": now}).on_conflict_do_nothing().returning(c.message_id)).first()
    if made is not None:
        return Told(Seen.NEW, it.message_id)
    here = (c.pair == it.pair) & (c.level == it.level) & (c.number == it.number)
    had = tx.connection.execute(select(c.sha256, c.message_id, c.seen_at).where(here).with_for_update()).one()
    if had.message_id == it.message_id:
        return Told(Seen.NEW if had.sha256 == it.sha256 else Seen.CONFLICT, it.message_id)
    if had.seen_at + window <= now or _are_past(tx, it, had.seen_at, most):
        again = {"sha256": it.sha256, "message_id": it.message_id, "seen_at": now}
        tx.connection.execute(update(interchange).where(here).values(again))
        return Told(Seen.NEW, it.message_id)
    return Told(Seen.DUPLICATE if had.sha256 == it.sha256 else Seen.CONFLICT, had.message_id)


def _are_past(tx: Tx, it: Interchange, since: datetime, most: int) -> bool:
    """Whether so many other numbers of the pair came since then. Asked only about a number that is there already."""
    c = interchange.c
    others = select(c.number).where(c.pair == it.pair, c.level == it.level, c.seen_at > since)
    return tx.connection.execute(others.offset(most - 1).limit(1)).first() is not None
