"""Files by the control numbers of X12 and EDIFACT that they carry: interchanges, groups, sets; in and out, the newest first."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.store import outbox
from gateway.store.dialects import fetch_rows
from gateway.store.edi import MOST_DIGITS, plain_number
from gateway.store.outbox import Item
from gateway.store.tables import counter, edi_control, edi_interchange, message, outbox_number
from gateway.store.tables import outbox as items

ISA13 = 9
"""Digits of the number of an interchange of X12."""
NEWEST = 1_000
"""So many files with a number are looked at; `0001` is in nearly all, and who sees a few of them waits for no walk through the rest."""
INTERCHANGE, GROUP, SET = LEVELS = ("interchange", "group", "set")


class Carried(Struct, frozen=True, kw_only=True):
    """A file, and what of it has the number: `interchange`, `group` or `set`."""

    id: int
    level: str


def messages_with(
    connection: Connection, number: str, *, levels: Collection[str], connectors: Collection[str] | None = None, most: int
) -> list[Carried]:
    """Received files with an interchange, group or set of this number, with noughts before it or without."""
    plain = plain_number(number)
    c, e = edi_interchange.c, edi_control.c
    found: list[Carried] = []
    if INTERCHANGE in levels:
        written = {number, number.upper(), plain, plain.zfill(ISA13)}
        seen = select(c.message_id).where(c.number.in_(sorted(written))).order_by(c.message_id.desc()).limit(NEWEST)
        found += [Carried(id=it, level=INTERCHANGE) for it in dict.fromkeys(connection.execute(seen).scalars())]
    if len(levels) > (INTERCHANGE in levels):
        inside = select(e.message_id, e.level).where(e.number == plain).order_by(e.message_id.desc()).limit(NEWEST)
        found += [Carried(id=row.message_id, level=row.level) for row in connection.execute(inside) if row.level in levels]
    if connectors is not None:
        m = message.c
        mine = set(connection.execute(select(m.id).where(m.id.in_({it.id for it in found}), m.connector.in_(connectors))).scalars())
        found = [it for it in found if it.id in mine]
    return found[:most]


def items_with(
    connection: Connection, number: str, *, levels: Collection[str], connectors: Collection[str] | None = None, most: int
) -> list[tuple[Item, str]]:
    """Outgoing files with an interchange, group or set of this number; each with the level, of several the one that is told first."""
    plain = plain_number(number)
    if not (plain.isascii() and plain.isdigit() and len(plain) <= MOST_DIGITS):
        return []
    names = {it: _level(it) for it in connection.execute(select(counter.c.name).where(counter.c.name.like("edi:%"))).scalars()}
    keys = [(name, int(plain)) for name, level in names.items() if level in levels]
    rows = fetch_rows(connection, outbox_number, ("counter", "number"), keys, ("counter", "item_id"))
    carried = {row.item_id: names[row.counter] for row in sorted(rows, key=lambda row: LEVELS.index(names[row.counter]), reverse=True)}
    chosen = select(items).where(items.c.id.in_(sorted(carried, reverse=True)[:NEWEST])).order_by(items.c.id.desc())
    found = [outbox.of_row(row) for row in connection.execute(chosen)]
    return [(it, carried[it.id]) for it in found if connectors is None or it.connector in connectors][:most]


def _level(name: str) -> str:
    """What a counter counts: `…:interchange`, `…:group:PO`, `…:set:850`."""
    parts = name.rsplit(":", 2)
    return INTERCHANGE if parts[-1] == INTERCHANGE else parts[-2]
