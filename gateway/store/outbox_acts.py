"""What people do with an outgoing item; each act takes the lease from whoever holds it first (decision 0005).

Same name, numbers and bytes whatever is done: offering again is a new round, never a new item. Who, when and why stand in its events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import RowMapping, case, delete, select, update

from gateway.kernel.errors import GatewayError
from gateway.kernel.issues import Issue
from gateway.store import events, tables, work
from gateway.store.outbox import Ack, ItemKind, ItemState
from gateway.store.session import Tx
from gateway.store.tables import batch, outbox, outbox_attempt, privacy_file
from gateway.store.work import Kind, NewWork

OFFERED_AGAIN = "offered_again"

INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        ItemKind.BATCH: "; what is open of it goes again with: gateway batch reissue {batch}",
        ItemKind.ANSWER: "; the partner is answered anew when it sends its file once more",
        ItemKind.REFUSED: "; the partner's own file has the rows",
        ItemKind.REQUESTS: "; what still waits for the vendor: gateway order list --pending",
        ItemKind.FEED: "; the changes go again with: gateway feed again",
        ItemKind.ACKNOWLEDGEMENT: "; the partner is answered anew when it sends its file once more",
        ItemKind.NOTICE: "; tell the reader yourself",
    }
)
"""What helps where the bytes of an item were erased."""


class NotPossible(GatewayError):
    """The item is in a state that does not allow the act; says which."""


class BytesGone(NotPossible):
    """What would have to be sent was erased; says what goes instead."""


def hold(tx: Tx, item_id: int, *, actor: str, now: datetime, reason: str = "") -> None:
    """Nothing is sent until somebody releases it; a blessed name is kept."""
    take_lease(tx, item_id, now=now)
    issue = Issue("GWY-16", f"{actor} holds it: {reason}" if reason else f"{actor} holds it")
    _act(tx, item_id, (ItemState.WAITING, ItemState.BLESSED), {"state": ItemState.HELD, "issue": issue}, act="held")
    events.of_item(tx, item_id, "held", actor=actor, at=now, detail=_why(reason))


def release(
    tx: Tx, item_id: int, *, actor: str, now: datetime, give_up_at: datetime | None = None, lane: str | None = None, reason: str = ""
) -> None:
    """Try again what is held, parked or in conflict: a blessed item goes on with its rename, another from the start."""
    state = case((outbox.c.blessed_name.is_not(None), ItemState.BLESSED.value), else_=ItemState.WAITING.value)
    values = {"state": state, "issue": None, "give_up_at": give_up_at}
    _act(tx, item_id, (ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT), values, act="released")
    events.of_item(tx, item_id, "released", actor=actor, at=now, detail=_why(reason))
    _ask_delivery(tx, item_id, now=now, lane=lane)


def hurry(tx: Tx, item_id: int, *, actor: str, now: datetime, reason: str = "") -> None:
    """The next try of an item that waits for its time is due now; a try that is under way goes on."""
    found = tx.connection.execute(select(outbox.c.state).where(outbox.c.id == item_id)).scalar_one_or_none()
    if found not in {ItemState.WAITING.value, ItemState.BLESSED.value}:
        raise NotPossible(f"item {item_id} cannot be hurried: it is {found}" if found else f"there is no item {item_id}")
    row = (tables.work.c.kind == Kind.DELIVER) & (tables.work.c.subject == item_id) & (tables.work.c.due_at > now)
    if tx.connection.execute(update(tables.work).where(row).values(due_at=now)).rowcount:
        events.of_item(tx, item_id, "hurried", actor=actor, at=now, detail=_why(reason))
    tx.wake(Kind.DELIVER)


def cancel(tx: Tx, item_id: int, *, actor: str, now: datetime, reason: str = "") -> ItemState:
    """It is never sent; only while no temporary name is blessed, for then it may already be with the partner.

    An item that was offered again has been sent before: the offer is taken back, and it counts as sent as it did. Answers its state.
    """
    take_lease(tx, item_id, now=now)
    round_ = tx.connection.execute(select(outbox.c.round).where(outbox.c.id == item_id)).scalar_one_or_none()
    was = _sent_before(tx, item_id) if round_ is not None and round_ > 1 else None
    states = (ItemState.WAITING, ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT)
    values: dict[str, Any] = {"state": ItemState.CANCELLED} if was is None else {"state": ItemState.SENT, "issue": None, **was}
    _act(tx, item_id, states, values, act="cancelled", only=outbox.c.blessed_name.is_(None))
    events.of_item(tx, item_id, "cancelled" if was is None else "offer_taken_back", actor=actor, at=now, detail=_why(reason))
    return ItemState(values["state"])


def offer_again(
    tx: Tx, item_id: int, *, actor: str, now: datetime, give_up_at: datetime | None = None, lane: str | None = None, reason: str = ""
) -> None:
    """Send a sent item once more: a new round with a new upload, under the same name, numbers and bytes."""
    _require_bytes(tx, item_id)
    columns = (outbox.c.round, outbox.c.known, outbox.c.sent_at, outbox.c.ack, outbox.c.ack_due_at)
    was = tx.connection.execute(select(*columns).where(outbox.c.id == item_id).with_for_update()).mappings().one_or_none()
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
    detail = (_why(reason) or {}) | {"was": _plain(was)}
    events.of_item(tx, item_id, OFFERED_AGAIN, actor=actor, at=now, detail=detail)
    _ask_delivery(tx, item_id, now=now, lane=lane)


def _require_bytes(tx: Tx, item_id: int) -> None:
    """What was sent with the personal data of erased orders cannot be sent again."""
    gone = (
        select(outbox.c.kind, batch.c.number)
        .join(privacy_file, privacy_file.c.sha256 == outbox.c.archive_key)
        .outerjoin(batch, batch.c.item_id == outbox.c.id)
        .where(outbox.c.id == item_id)
    )
    row = tx.connection.execute(gone).first()
    if row is not None:
        instead = INSTEAD.get(row.kind, "").format(batch=row.number or "BATCH")
        raise BytesGone(f"its bytes were erased with the personal data in them{instead}")


def _plain(was: RowMapping | None) -> dict[str, Any]:
    """How an item was sent before it is offered again; what is not known stays away."""
    told = dict(was or {}).items()
    return {str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in told if value is not None}


def _sent_before(tx: Tx, item_id: int) -> dict[str, Any] | None:
    """How the item was sent in the round before this one."""
    told = next((it for it in reversed(events.item_events(tx.connection, item_id)) if it.event == OFFERED_AGAIN), None)
    was = told.detail.get("was") if told is not None and isinstance(told.detail, dict) else None
    if not was:
        return None
    at = {name: datetime.fromisoformat(was[name]) if name in was else None for name in ("sent_at", "ack_due_at")}
    return {"known": was["known"], "ack": was["ack"], **at}


def lock_work(tx: Tx, item_ids: Iterable[int]) -> None:
    """Lock the deliveries of these items, where they have one, before anything else is locked."""
    rows = (tables.work.c.kind == Kind.DELIVER) & tables.work.c.subject.in_(sorted(item_ids))
    tx.connection.execute(select(tables.work.c.id).where(rows).order_by(tables.work.c.id).with_for_update()).all()


def take_lease(tx: Tx, item_id: int, *, now: datetime) -> None:
    """End whatever work the item has; a worker in the middle of it finds its fence gone. The fence counts on in the item."""
    row = (tables.work.c.kind == Kind.DELIVER) & (tables.work.c.subject == item_id)
    tx.connection.execute(select(tables.work.c.id).where(row).with_for_update()).all()
    fence = tx.connection.execute(delete(tables.work).where(row).returning(tables.work.c.fence)).scalar_one_or_none()
    if fence is None:
        return
    tx.connection.execute(update(outbox).where(outbox.c.id == item_id).values(fence=fence + 1))
    mine = (outbox_attempt.c.item_id == item_id) & (outbox_attempt.c.fence == fence) & outbox_attempt.c.ended_at.is_(None)
    stopped = {"ended_at": now, "result": "stopped", "words": "a person took the file from this try"}
    tx.connection.execute(update(outbox_attempt).where(mine).values(stopped))


def _why(reason: str) -> dict[str, Any] | None:
    return {"reason": reason} if reason else None


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
