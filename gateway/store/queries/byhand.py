"""Orders made by hand, in a list."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, select

from gateway.domain.order import OrderStatus, Stage
from gateway.store import loads
from gateway.store.byhand import stage_of
from gateway.store.queries.counting import ENOUGH, count
from gateway.store.queries.orders import with_status
from gateway.store.tables import hand_order, order_line, purchase_order


class HandRow(Struct, frozen=True, kw_only=True, gc=False):
    """One order made by hand."""

    id: int
    number: str
    stage: Stage
    status: OrderStatus | None
    """Of the lines, once it is released."""
    vendor: str | None
    lines: int
    cancel_after: date | None
    made_by: str
    made_at: datetime
    changed_at: datetime
    cloned_from: str
    version: int


class HandSearch(Struct, frozen=True, kw_only=True):
    """What people look for; what is None does not matter, and no stages means all of them. A number is found by its beginning."""

    stages: tuple[Stage, ...] = ()
    vendor: str | None = None
    number: str | None = None


def list_by_hand(connection: Connection, search: HandSearch, *, before: int | None = None, most: int = 50) -> list[HandRow]:
    """The newest first; `before` is the id where the last page ended."""
    rows = connection.execute(_chosen(search, before).order_by(hand_order.c.id.desc()).limit(most)).all()
    orders = loads.orders(connection, [row.order_id for row in rows if row.order_id is not None])
    return [
        HandRow(
            id=row.id,
            number=row.number,
            stage=stage_of(row),
            status=orders[row.order_id].status if row.order_id in orders else None,
            vendor=row.vendor,
            lines=len(row.form.get("lines", ())),
            cancel_after=row.cancel_after,
            made_by=row.made_by,
            made_at=row.made_at,
            changed_at=row.changed_at,
            cloned_from=row.cloned_from,
            version=row.version,
        )
        for row in rows
    ]


def count_by_hand(connection: Connection, search: HandSearch, *, before: int | None = None) -> int:
    """How many the search finds, as far as pages count."""
    return count(connection, _chosen(search, before), most=ENOUGH)


def _chosen(search: HandSearch, before: int | None) -> Select[tuple[object, ...]]:
    ordered = purchase_order.c.stage
    kept = hand_order.outerjoin(purchase_order, purchase_order.c.id == hand_order.c.order_id)
    found = select(*hand_order.c, ordered.label("order_stage")).select_from(kept)
    if search.stages:
        cancelled, no_order = hand_order.c.cancelled_at.is_not(None), hand_order.c.order_id.is_(None)
        which: ColumnElement[bool] = ordered.in_([stage.value for stage in search.stages])
        if Stage.DRAFT in search.stages:
            which = which | (no_order & ~cancelled)
        if Stage.CANCELLED in search.stages:
            ours = select(hand_order.c.order_id).where(hand_order.c.order_id.is_not(None))
            gone = with_status(OrderStatus.CANCELLED).where(order_line.c.order_id.in_(ours))
            which = which | (no_order & cancelled) | hand_order.c.order_id.in_(gone)
        found = found.where(which)
    if search.vendor:
        found = found.where(hand_order.c.vendor == search.vendor)
    if search.number:
        found = found.where(hand_order.c.number.startswith(search.number.upper(), autoescape=True))
    if before is not None:
        found = found.where(hand_order.c.id < before)
    return found
