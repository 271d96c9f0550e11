"""Items whose time for delivery is spent while nobody may try their endpoint: they stop without a try of their own.

An item that is tried stops by itself (`outbox.park` under its lease); here nobody holds a lease, so the row is taken and ended at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, or_, select, update

from gateway.kernel.issues import Issue
from gateway.store import events
from gateway.store.outbox import ItemState
from gateway.store.session import Tx
from gateway.store.tables import outbox, work
from gateway.store.work import Kind

MOST = 200


class Spent(Struct, frozen=True, gc=False):
    """An item that was to be delivered until then, and that nobody is at work on."""

    item_id: int
    work_id: int
    fence: int
    connector: str
    give_up_at: datetime


def spent(tx: Tx, connectors: Collection[str], *, now: datetime) -> list[Spent]:
    """Some items of these connectors whose time is over, locked until the commit; those that somebody works on are left to them."""
    idle = or_(work.c.until.is_(None), work.c.until < now)
    chosen = (
        select(outbox.c.id, work.c.id, work.c.fence, work.c.connector, outbox.c.give_up_at)
        .join(work, work.c.subject == outbox.c.id)
        .where(work.c.kind == Kind.DELIVER, work.c.connector.in_(sorted(connectors)), idle, outbox.c.give_up_at <= now)
        .order_by(work.c.id)
        .limit(MOST)
        .with_for_update(of=work, skip_locked=True)
    )
    return [Spent(*row) for row in tx.connection.execute(chosen)]


def park(tx: Tx, it: Spent, issue: Issue, *, now: datetime) -> None:
    """It waits for a person; whoever still believes to hold it finds the row gone."""
    tx.connection.execute(delete(work).where(work.c.id == it.work_id))
    values = {"state": ItemState.PARKED, "issue": issue, "fence": it.fence}
    tx.connection.execute(update(outbox).where(outbox.c.id == it.item_id).values(values))
    events.of_item(tx, it.item_id, "parked", actor="SYSTEM", at=now, detail=issue)
