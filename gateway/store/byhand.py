"""Orders made by hand in the store: found, numbered, loaded whole, and written if nobody else has changed them meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from gateway.documents.form import OrderForm
from gateway.domain.byhand import GoodsReceipt, HandAct, HandEvent, HandOrder
from gateway.domain.order import KeyState, LineStatus, Stage
from gateway.domain.workflow import StepName, StepState, WorkflowStep
from gateway.kernel.errors import StoreBusy
from gateway.kernel.typed import convert
from gateway.store import counters
from gateway.store.dialects import bulk_insert, insert_missing
from gateway.store.session import Tx
from gateway.store.tables import goods_receipt, hand_event, hand_order, hand_step, order_key, order_line, purchase_order

Values = tuple[Any, ...]

COUNTER = "hand_order"
PREFIX = "M"
DIGITS = 6
_EVENT = ("hand_id", "seq", "at", "actor", "act", "parts")
_STEP = ("hand_id", "place", "step", "state", "at", "words")
_RECEIPT = (
    *("hand_id", "line_no", "quantity", "received_on", "lot", "serial", "reference", "at", "actor", "withdrawn_at", "withdrawn_by"),
    "reason",
)


def find(connection: Connection, number: str, *, org: str) -> HandOrder | None:
    """The order of that number, in whatever case it is written."""
    return _one(connection, (hand_order.c.org == org) & (hand_order.c.number == number.upper()))


def get(connection: Connection, hand_id: int) -> HandOrder | None:
    """The order of that id."""
    return _one(connection, hand_order.c.id == hand_id)


def of_order(connection: Connection, order_id: int) -> HandOrder | None:
    """The form that has become this order of the store."""
    return _one(connection, hand_order.c.order_id == order_id)


def is_free(connection: Connection, number: str, *, org: str) -> bool:
    """Whether nobody has the number: no other order made by hand, and no order of the store."""
    by_hand = select(hand_order.c.id).where(hand_order.c.org == org, hand_order.c.number == number)
    stored = select(order_key.c.id).where(order_key.c.org == org, order_key.c.po_no == number, order_key.c.state != KeyState.EXPECTED.value)
    return connection.execute(by_hand.union_all(stored).limit(1)).first() is None


def next_number(tx: Tx, *, org: str) -> str:
    """The next number of our own that nobody has; taken with the transaction that keeps its order, so none is given twice."""
    while True:
        number = f"{PREFIX}{counters.take(tx, COUNTER):0{DIGITS}}"
        if is_free(tx.connection, number, org=org):
            return number


def add(tx: Tx, order: HandOrder, events: Sequence[HandEvent], *, actor: str, at: datetime) -> int | None:
    """Store a new one; None when somebody else has just taken its number."""
    values = (
        *(order.org, order.number, order.form, 0, order.form.vendor, order.form.cancel_after, order.cloned_from),
        *(at, actor, at),
    )
    columns = ("org", "number", "form", "version", "vendor", "cancel_after", "cloned_from", "made_at", "made_by", "changed_at")
    made = insert_missing(tx, hand_order, columns, [values], key=("org", "number"), returning=("id",))
    if not made:
        return None
    _tell(tx, made[0].id, events)
    return int(made[0].id)


def change(tx: Tx, order: HandOrder, events: Sequence[HandEvent], *, at: datetime) -> None:
    """Write it as it is now; StoreBusy when it is not of the version that was read."""
    values = {
        "number": order.number,
        "form": order.form,
        "version": order.version + 1,
        "vendor": order.form.vendor,
        "cancel_after": order.form.cancel_after,
        "order_id": order.order_id,
        "changed_at": at,
        "cancelled_at": at if order.stage is Stage.CANCELLED else None,
    }
    mine = update(hand_order).where(hand_order.c.id == order.id, hand_order.c.version == order.version)
    if tx.connection.execute(mine.values(values)).rowcount != 1:
        raise StoreBusy(f"order {order.number} has changed meanwhile")
    _tell(tx, order.id, events)


def set_cancel_after(tx: Tx, order_id: int, day: date | None) -> None:
    """The day after which what is still new of a stored order is cancelled; its key is locked."""
    tx.connection.execute(update(purchase_order).where(purchase_order.c.id == order_id).values(cancel_after=day))


def end(tx: Tx, hand_ids: Iterable[int], told: HandEvent, *, at: datetime) -> None:
    """These drafts are cancelled; their rows are locked."""
    for hand_id in hand_ids:
        values = {"version": hand_order.c.version + 1, "changed_at": at, "cancelled_at": at}
        tx.connection.execute(update(hand_order).where(hand_order.c.id == hand_id).values(values))
        _tell(tx, hand_id, [told])


def receipts(connection: Connection, hand_id: int) -> list[GoodsReceipt]:
    """Everything that came in, oldest first."""
    rows = connection.execute(select(goods_receipt).where(goods_receipt.c.hand_id == hand_id).order_by(goods_receipt.c.id))
    return [_receipt(row) for row in rows]


def keep_receipts(tx: Tx, hand_id: int, found: Iterable[GoodsReceipt]) -> None:
    """New ones, and those that were withdrawn."""
    for it in found:
        if it.id:
            gone = {"withdrawn_at": it.withdrawn_at, "withdrawn_by": it.withdrawn_by, "reason": it.reason}
            tx.connection.execute(update(goods_receipt).where(goods_receipt.c.id == it.id).values(gone))
        else:
            row = (hand_id, it.line, it.quantity, it.received_on, it.lot, it.serial, it.reference, it.at, it.actor, None, "", "")
            tx.connection.execute(insert(goods_receipt).values(dict(zip(_RECEIPT, row, strict=True))))


def events(connection: Connection, hand_id: int) -> list[HandEvent]:
    """What was done with it by hand, oldest first."""
    rows = connection.execute(select(hand_event).where(hand_event.c.hand_id == hand_id).order_by(hand_event.c.seq))
    return [HandEvent(act=HandAct(row.act), at=row.at, actor=row.actor, parts=row.parts or {}) for row in rows]


def steps(connection: Connection, hand_id: int) -> tuple[WorkflowStep, ...]:
    """The steps of its workflow; none before it was run."""
    rows = connection.execute(select(hand_step).where(hand_step.c.hand_id == hand_id).order_by(hand_step.c.place))
    return tuple(
        WorkflowStep(place=row.place, step=StepName(row.step), state=StepState(row.state), at=row.at, words=row.words) for row in rows
    )


def begin_steps(tx: Tx, hand_id: int, found: Iterable[WorkflowStep]) -> None:
    """The workflow begins: these steps it keeps, whatever is configured later."""
    bulk_insert(tx, hand_step, _STEP, [(hand_id, it.place, it.step, it.state, it.at, it.words) for it in found])


def change_step(tx: Tx, hand_id: int, it: WorkflowStep) -> None:
    """How far a step has come. The order's own version, changed in the same transaction, keeps others away."""
    mine = update(hand_step).where(hand_step.c.hand_id == hand_id, hand_step.c.place == it.place)
    tx.connection.execute(mine.values(state=it.state.value, at=it.at, words=it.words))


def asked(connection: Connection, *, most: int = 1000) -> list[int]:
    """The orders whose workflow waits for a batch that was asked for."""
    found = select(hand_step.c.hand_id).where(hand_step.c.state == StepState.ASKED.value).order_by(hand_step.c.hand_id).limit(most)
    return list(connection.execute(found).scalars())


def late_drafts(connection: Connection, *, today: date, after: int = 0, most: int = 1000) -> list[int]:
    """Drafts and approved orders whose day to cancel after has passed, by the id of the form; those behind `after`."""
    kept = hand_order.outerjoin(purchase_order, purchase_order.c.id == hand_order.c.order_id)
    found = (
        select(hand_order.c.id)
        .select_from(kept)
        .where(hand_order.c.cancelled_at.is_(None), hand_order.c.cancel_after < today, hand_order.c.id > after)
    )
    waiting = or_(hand_order.c.order_id.is_(None), purchase_order.c.stage == Stage.APPROVED.value)
    return list(connection.execute(found.where(waiting).order_by(hand_order.c.id).limit(most)).scalars())


def late_orders(connection: Connection, *, today: date, after: int = 0, most: int = 1000) -> list[int]:
    """Orders at their vendors whose day has passed and of which something is still new; those behind `after`."""
    new = select(order_line.c.order_id).where(order_line.c.order_id == purchase_order.c.id, order_line.c.status == LineStatus.NEW.value)
    found = select(purchase_order.c.id).where(
        purchase_order.c.cancel_after < today, purchase_order.c.stage == Stage.RELEASED.value, purchase_order.c.id > after, new.exists()
    )
    return list(connection.execute(found.order_by(purchase_order.c.id).limit(most)).scalars())


def stage_of(row: Row[Any]) -> Stage:
    """Whose word counts: the order's once there is one."""
    if row.order_stage is not None:
        return Stage(row.order_stage)
    return Stage.CANCELLED if row.cancelled_at is not None else Stage.DRAFT


def _one(connection: Connection, which: ColumnElement[bool]) -> HandOrder | None:
    columns = (*hand_order.c, purchase_order.c.stage.label("order_stage"))
    kept = hand_order.outerjoin(purchase_order, purchase_order.c.id == hand_order.c.order_id)
    row = connection.execute(select(*columns).select_from(kept).where(which)).one_or_none()
    if row is None:
        return None
    return HandOrder(
        id=row.id,
        org=row.org,
        number=row.number,
        form=convert(row.form, OrderForm, strict=False),
        stage=stage_of(row),
        version=row.version,
        order_id=row.order_id,
        cloned_from=row.cloned_from,
    )


def _tell(tx: Tx, hand_id: int, told: Sequence[HandEvent]) -> None:
    """Entries numbered on from the last one; the order's row is locked by its own change."""
    if not told:
        return
    last = tx.connection.execute(select(func.max(hand_event.c.seq)).where(hand_event.c.hand_id == hand_id)).scalar() or 0
    rows = [(hand_id, seq, it.at, it.actor, it.act, dict(it.parts) or None) for seq, it in enumerate(told, last + 1)]
    bulk_insert(tx, hand_event, _EVENT, rows)


def _receipt(row: Row[Any]) -> GoodsReceipt:
    return GoodsReceipt(
        id=row.id,
        line=row.line_no,
        quantity=row.quantity,
        received_on=row.received_on,
        lot=row.lot,
        serial=row.serial,
        reference=row.reference,
        at=row.at,
        actor=row.actor,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        reason=row.reason,
    )
