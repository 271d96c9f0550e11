"""Cutting a batch: its number reserved early by a row that keeps it, its orders compared under lock (store.md 4, T7).

What the batch does to lines and history is an outcome like any other and is written by `effects`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, insert, select, update

from gateway.domain.order import LineStatus
from gateway.domain.outcome import BatchState
from gateway.store import counters, loads
from gateway.store.counters import Outdated
from gateway.store.session import Tx
from gateway.store.tables import batch, counter, order_key, order_line, purchase_order

COUNTER = "batch"


class Candidate(Struct, frozen=True, gc=False):
    """An order with lines that wait for a batch, and its version when it was looked at."""

    order_id: int
    version: int


def candidates(connection: Connection, vendor: str, *, most: int, item: str | None = None) -> list[Candidate]:
    """Orders of the vendor with new lines in no batch, of all or of those with that item: oldest first, then by number."""
    new = (order_line.c.vendor == vendor) & (order_line.c.status == LineStatus.NEW.value) & order_line.c.batch_number.is_(None)
    waiting = select(order_line.c.order_id).where(new).distinct().subquery()
    found = (
        select(order_key.c.id, order_key.c.version)
        .join(waiting, waiting.c.order_id == order_key.c.id)
        .join(purchase_order, purchase_order.c.id == order_key.c.id)
        .order_by(purchase_order.c.entered_on, order_key.c.po_no)
        .limit(most)
    )
    if item is not None:
        found = found.where(order_key.c.id.in_(select(order_line.c.order_id).where(_names(vendor, item))))
    return [Candidate(row.id, row.version) for row in connection.execute(found)]


def some_order_with(connection: Connection, vendor: str, item: str) -> int | None:
    """An order of the vendor that names the item, the retailer's or its own, in whatever state."""
    found = select(order_line.c.order_id).where(_names(vendor, item)).limit(1)
    return connection.execute(found).scalar_one_or_none()


def _names(vendor: str, item: str) -> ColumnElement[bool]:
    """Lines of the vendor with that item, which is the retailer's or the vendor's own."""
    return (order_line.c.vendor == vendor) & ((order_line.c.item == item) | (order_line.c.vendor_item == item))


def reserve(tx: Tx, *, channel: str, vendor: str, now: datetime) -> int:
    """The number of the channel's next batch, in a short transaction of its own; a reservation that a crash left is used first."""
    counters.ensure(tx, COUNTER)
    tx.connection.execute(select(counter.c.last).where(counter.c.name == COUNTER).with_for_update()).all()
    kept = select(batch.c.number).where(batch.c.channel == channel, batch.c.state == BatchState.CUTTING.value)
    left = tx.connection.execute(kept).scalar_one_or_none()
    if left is not None:
        tx.connection.execute(update(batch).where(batch.c.number == left).values(vendor=vendor))
        return int(left)
    number = counters.take(tx, COUNTER)
    values = {"number": number, "channel": channel, "vendor": vendor, "state": BatchState.CUTTING.value, "made_at": now}
    tx.connection.execute(insert(batch).values(values))
    return number


def take(tx: Tx, *, vendor: str, now: datetime) -> int:
    """The number of a batch that this transaction makes itself, as a person's act does; taken back with it."""
    number = counters.take(tx, COUNTER)
    values = {"number": number, "channel": f"#{number}", "vendor": vendor, "state": BatchState.CUTTING.value, "made_at": now}
    tx.connection.execute(insert(batch).values(values))
    return number


def successors(connection: Connection, numbers: Iterable[int]) -> set[int]:
    """The batches that took the place of these, and of those again."""
    found: set[int] = set()
    left = set(numbers)
    while left:
        left = set(connection.execute(select(batch.c.number).where(batch.c.replaces.in_(sorted(left)))).scalars()) - found
        found |= left
    return found


def carry(tx: Tx, number: int, item_id: int) -> None:
    """The file of a batch that was made without one."""
    tx.connection.execute(update(batch).where(batch.c.number == number, batch.c.item_id.is_(None)).values(item_id=item_id))


def of_item(connection: Connection, item_id: int) -> int | None:
    """The batch that an outgoing item carries."""
    return connection.execute(select(batch.c.number).where(batch.c.item_id == item_id)).scalar_one_or_none()


def lock_unchanged(tx: Tx, versions: Mapping[int, int]) -> dict[int, loads.LockedKey]:
    """Lock these orders, sorted; Outdated when one of them has changed since it was read at this version."""
    keys = loads.lock_orders(tx, versions)
    moved = sorted(order_id for order_id, version in versions.items() if order_id not in keys or keys[order_id].version != version)
    if moved:
        raise Outdated(f"orders {moved} changed while their batch was rendered")
    return keys
