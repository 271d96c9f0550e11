"""What partners ask for beyond the timetable: asked once, answered by one file, in the transaction that makes it (sdf 3.2, 4.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select, update

from gateway.domain.origin import Origin
from gateway.domain.outcome import Wanted, Wish
from gateway.store.dialects import bulk_insert
from gateway.store.session import Tx
from gateway.store.tables import partner_request

_ROW = ("kind", "partner", "number", "most", "asked_at", "actor", "message_id", "place")


class Asked(Struct, frozen=True):
    """One that waits."""

    id: int
    wanted: Wanted


class WishEffects:
    """Collects what partners ask for."""

    def __init__(self, tx: Tx, *, at: datetime) -> None:
        self._tx = tx
        self._at = at
        self._rows: list[tuple[Any, ...]] = []

    def asked(self, wanted: Wanted, origin: Origin) -> None:
        """One more."""
        told = (wanted.kind, wanted.partner, wanted.number, wanted.most)
        self._rows.append((*told, self._at, origin.user, origin.message_id, origin.place))

    def write(self) -> None:
        """All of them."""
        bulk_insert(self._tx, partner_request, _ROW, self._rows)


def partners(connection: Connection, kind: Wish) -> frozenset[str]:
    """Who waits for something of that kind."""
    waiting = select(partner_request.c.partner).where(partner_request.c.kind == kind, partner_request.c.done_at.is_(None)).distinct()
    return frozenset(connection.execute(waiting).scalars())


def waiting(connection: Connection, kind: Wish, partner: str) -> list[Asked]:
    """What the partner waits for, in the order in which it asked."""
    row = partner_request.c
    open_ = (row.kind == kind) & (row.partner == partner) & row.done_at.is_(None)
    found = connection.execute(select(row.id, row.number, row.most).where(open_).order_by(row.id)).all()
    return [Asked(it.id, Wanted(kind=kind, partner=partner, number=it.number, most=it.most)) for it in found]


def done(tx: Tx, asked: int, *, item: int | None, now: datetime) -> None:
    """Answered by that item, or there was nothing to answer with."""
    values = {"done_at": now, "item_id": item}
    tx.connection.execute(update(partner_request).where(partner_request.c.id == asked, partner_request.c.done_at.is_(None)).values(values))
