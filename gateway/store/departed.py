"""Items that left in a time the store has forgotten: what it must know of them again, from bytes and numbers that are given.

Only for a store whose outgoing side is on hold; otherwise an item is marked by who delivers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from gateway.domain.outcome import BatchState
from gateway.kernel.errors import GatewayError
from gateway.kernel.issues import Issue
from gateway.store import counters, events, outbox, outbox_acts, pauses
from gateway.store.outbox import Item, ItemState, Known, NewItem
from gateway.store.session import Tx
from gateway.store.tables import batch, batch_line, counter, order_key, outbox_number, posting_run
from gateway.store.tables import outbox as items

MANY = 500


class NotOnHold(GatewayError):
    """Nothing of this may be done while deliveries go on."""


class Bytes(Struct, frozen=True):
    """What really left."""

    sha256: str
    size: int


def numbers_of(connection: Connection, item_id: int) -> dict[str, tuple[int, ...]]:
    """The numbers an item carries, by counter."""
    chosen = select(outbox_number).where(outbox_number.c.item_id == item_id).order_by(outbox_number.c.counter, outbox_number.c.number)
    found: dict[str, tuple[int, ...]] = {}
    for row in connection.execute(chosen):
        found[row.counter] = (*found.get(row.counter, ()), row.number)
    return found


def contents_of(connection: Connection, item_id: int) -> list[tuple[str, int, int]]:
    """Order, line and quantity of everything in the batch that an item carries."""
    chosen = (
        select(order_key.c.po_no, batch_line.c.line_no, batch_line.c.quantity)
        .join(batch, batch.c.number == batch_line.c.batch_number)
        .join(order_key, order_key.c.id == batch_line.c.order_id)
        .where(batch.c.item_id == item_id)
        .order_by(order_key.c.po_no, batch_line.c.line_no)
    )
    return [(row.po_no, row.line_no, row.quantity) for row in connection.execute(chosen)]


def named(connection: Connection, connector: str, channel: str, names: Iterable[bytes]) -> dict[bytes, Item]:
    """The items of a channel with these names; cancelled ones do not count."""
    found: dict[bytes, Item] = {}
    left = iter(names)
    while some := list(islice(left, MANY)):
        wanted = (items.c.connector == connector) & (items.c.channel == channel) & items.c.file_name.in_(some)
        rows = connection.execute(select(items).where(wanted, items.c.state != ItemState.CANCELLED))
        found.update({bytes(row.file_name): outbox.of_row(row) for row in rows})
    return found


def left(tx: Tx, item: Item, what: Bytes, *, known: Known, at: datetime, ack_due_at: datetime | None, now: datetime, actor: str) -> None:
    """The item is with the partner, with these bytes: it will not be sent."""
    _require_hold(tx)
    outbox_acts.take_lease(tx, item.id, now=now)
    values = {
        "state": ItemState.SENT,
        "known": known,
        "sent_at": at,
        "ack_due_at": ack_due_at,
        "sha256": what.sha256,
        "size": what.size,
        "archive_key": what.sha256,
        "issue": None,
    }
    tx.connection.execute(update(items).where(items.c.id == item.id).values(values))
    events.of_item(tx, item.id, "reconciled", actor=actor, at=now, detail={"known": known, "made_anew": item.sha256 != what.sha256})


def made_again(tx: Tx, new: NewItem, numbers: Mapping[str, tuple[int, ...]]) -> Item:
    """The item of something that left and is not in the store; its numbers count as used."""
    _require_hold(tx)
    item_id = outbox.make(tx, new)
    for name, used in numbers.items():
        move_on(tx, name, max(used, default=0))
        known = set(tx.connection.execute(select(outbox_number.c.number).where(outbox_number.c.counter == name)).scalars())
        rows = [{"counter": name, "number": number, "item_id": item_id} for number in used if number not in known]
        if rows:
            tx.connection.execute(insert(outbox_number), rows)
    found = outbox.get(tx.connection, item_id)
    if found is None:
        raise LookupError(f"item {item_id} was made and is gone")
    return found


def move_on(tx: Tx, name: str, reached: int) -> bool:
    """The counter stands at least there, so that no number is given twice; False when it did already."""
    counters.ensure(tx, name)
    moved = update(counter).where(counter.c.name == name, counter.c.last < reached)
    return tx.connection.execute(moved.values(last=reached)).rowcount == 1


def reserve(tx: Tx, number: int, *, channel: str, vendor: str, at: datetime) -> bool:
    """A batch of exactly this number, to be filled in this transaction; False when there is one, or another is being cut."""
    move_on(tx, "batch", number)
    taken = select(batch.c.number).where(
        (batch.c.number == number) | ((batch.c.channel == channel) & (batch.c.state == BatchState.CUTTING))
    )
    if tx.connection.execute(taken).first() is not None:
        return False
    values = {"number": number, "channel": channel, "vendor": vendor, "state": BatchState.CUTTING, "made_at": at}
    tx.connection.execute(insert(batch).values(values))
    return True


def block_batch(tx: Tx, number: int, *, channel: str, vendor: str, item_id: int, at: datetime) -> None:
    """A number that a partner has seen and the store cannot fill: used, and empty."""
    move_on(tx, "batch", number)
    if tx.connection.execute(select(batch.c.number).where(batch.c.number == number)).first() is None:
        values = {"number": number, "channel": channel, "vendor": vendor, "state": BatchState.VOID, "made_at": at, "item_id": item_id}
        tx.connection.execute(insert(batch).values(values))


def block_posting(tx: Tx, run: int, *, system: str, item_id: int, at: datetime) -> None:
    """The same for the number of a posting run."""
    move_on(tx, "posting", run)
    if tx.connection.execute(select(posting_run.c.run).where(posting_run.c.run == run)).first() is None:
        tx.connection.execute(insert(posting_run).values(run=run, system=system, state="made", item_id=item_id, made_at=at))


def remark(tx: Tx, item_id: int, issue: Issue) -> None:
    """What a person should know about an item."""
    tx.connection.execute(update(items).where(items.c.id == item_id).values(issue=issue))


def order_ids(connection: Connection, numbers: Iterable[str]) -> dict[str, int]:
    """The orders of these numbers."""
    found = connection.execute(select(order_key.c.po_no, order_key.c.id).where(order_key.c.po_no.in_(sorted(set(numbers)))))
    return {row.po_no: row.id for row in found}


def _require_hold(tx: Tx) -> None:
    if pauses.find(tx.connection, pauses.OUTBOUND) is None:
        raise NotOnHold("deliveries go on; put them on hold first: gateway outbox hold --all-outbound --reason ...")
