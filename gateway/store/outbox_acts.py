"""What people do with an outgoing item; each act takes the lease from whoever holds it first (decision 0005).

Same name, numbers and bytes whatever is done: offering again is a new round, never a new item.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, select, update

from gateway.kernel.errors import GatewayError
from gateway.store import events, tables, work
from gateway.store.outbox import Ack, ItemState
from gateway.store.session import Tx
from gateway.store.tables import outbox
from gateway.store.work import Kind, NewWork


class NotPossible(GatewayError):
    """The item is in a state that does not allow the act; says which."""


def hold(tx: Tx, item_id: int, *, actor: str, now: datetime, reason: str = "") -> None:
    """Nothing is sent until somebody releases it; a blessed name is kept."""
    _take_lease(tx, item_id)
    _act(tx, item_id, (ItemState.WAITING, ItemState.BLESSED), {"state": ItemState.HELD}, act="held")
    events.of_item(tx, item_id, "held", actor=actor, at=now, detail=reason or None)


def release(tx: Tx, item_id: int, *, actor: str, now: datetime, give_up_at: datetime | None = None, lane: str | None = None) -> None:
    """Try again what is held, parked or in conflict: a blessed item goes on with its rename, another from the start."""
    state = case((outbox.c.blessed_name.is_not(None), ItemState.BLESSED.value), else_=ItemState.WAITING.value)
    values = {"state": state, "issue": None, "give_up_at": give_up_at}
    _act(tx, item_id, (ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT), values, act="released")
    events.of_item(tx, item_id, "released", actor=actor, at=now)
    _ask_delivery(tx, item_id, now=now, lane=lane)


def hurry(tx: Tx, item_id: int, *, actor: str, now: datetime) -> None:
    """The next try of an item that waits for its time is due now; a try that is under way goes on."""
    found = tx.connection.execute(select(outbox.c.state).where(outbox.c.id == item_id)).scalar_one_or_none()
    if found not in {ItemState.WAITING.value, ItemState.BLESSED.value}:
        raise NotPossible(f"item {item_id} cannot be hurried: it is {found}" if found else f"there is no item {item_id}")
    row = (tables.work.c.kind == Kind.DELIVER) & (tables.work.c.subject == item_id) & (tables.work.c.due_at > now)
    if tx.connection.execute(update(tables.work).where(row).values(due_at=now)).rowcount:
        events.of_item(tx, item_id, "hurried", actor=actor, at=now)
    tx.wake(Kind.DELIVER)


def cancel(tx: Tx, item_id: int, *, actor: str, now: datetime, reason: str = "") -> None:
    """It is never sent; only while no temporary name is blessed, for then it may already be with the partner."""
    _take_lease(tx, item_id)
    states = (ItemState.WAITING, ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT)
    _act(tx, item_id, states, {"state": ItemState.CANCELLED}, act="cancelled", only=outbox.c.blessed_name.is_(None))
    events.of_item(tx, item_id, "cancelled", actor=actor, at=now, detail=reason or None)


def offer_again(tx: Tx, item_id: int, *, actor: str, now: datetime, give_up_at: datetime | None = None, lane: str | None = None) -> None:
    """Send a sent item once more: a new round with a new upload, under the same name, numbers and bytes."""
    values = {
        "state": ItemState.WAITING,
        "round": outbox.c.round + 1,
        "fence": outbox.c.fence + 1,
        "blessed_name": None,
        "known": None,
        "sent_at": None,
        "ack": case((outbox.c.ack == Ack.NONE, Ack.NONE.value), else_=Ack.DUE.value),
        "ack_due_at": None,
        "give_up_at": give_up_at,
    }
    _act(tx, item_id, (ItemState.SENT,), values, act="offered again")
    events.of_item(tx, item_id, "offered_again", actor=actor, at=now)
    _ask_delivery(tx, item_id, now=now, lane=lane)


def _take_lease(tx: Tx, item_id: int) -> None:
    """End whatever work the item has; a worker in the middle of it finds its fence gone. The fence counts on in the item."""
    row = (tables.work.c.kind == Kind.DELIVER) & (tables.work.c.subject == item_id)
    tx.connection.execute(select(tables.work.c.id).where(row).with_for_update()).all()
    fence = tx.connection.execute(delete(tables.work).where(row).returning(tables.work.c.fence)).scalar_one_or_none()
    if fence is not None:
        tx.connection.execute(update(outbox).where(outbox.c.id == item_id).values(fence=fence + 1))


def _act(tx: Tx, item_id: int, states: Sequence[ItemState], values: dict[str, Any], *, act: str, only: Any = True) -> None:
    """Change an item that is in one of these states, or say why not."""
    which = update(outbox).where(outbox.c.id == item_id, outbox.c.state.in_(states), only)
    if tx.connection.execute(which.values(values)).rowcount == 1:
        return
    found = tx.connection.execute(select(outbox.c.state).where(outbox.c.id == item_id)).scalar_one_or_none()
    if found is None:
        raise NotPossible(f"there is no item {item_id}")
    why = "its temporary name is committed, so it may be on its way" if found in states else f"it is {found}"
    raise NotPossible(f"item {item_id} cannot be {act}: {why}")


def _ask_delivery(tx: Tx, item_id: int, *, now: datetime, lane: str | None) -> None:
    """A new work row that goes on from the item's fence, so that temporary names never repeat."""
    row = tx.connection.execute(select(outbox.c.connector, outbox.c.fence).where(outbox.c.id == item_id)).one()
    work.add(tx, NewWork(kind=Kind.DELIVER, subject=item_id, connector=row.connector, due_at=now, lane=lane, fence=row.fence))
