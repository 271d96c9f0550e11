"""Files that a person wants made now: which channels could make them, what would be in them, and what came of it.

Opening a channel's slot and running the work belong to the node; a rehearsal opens nothing.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec import Struct

from gateway.config import Gathering, Workspace
from gateway.desk.outbox import ItemRef, item_ref
from gateway.domain.balance import total_of
from gateway.domain.batch import is_unsent
from gateway.kernel.errors import NotFound
from gateway.outgoing import Job, Tools, cut, post
from gateway.store import Store
from gateway.store.queries import SlotRow, last_slot, list_items

MANY = 1000


class PlannedOrder(Struct, frozen=True, kw_only=True):
    """An order that the next batch of a vendor would hold."""

    channel: str
    vendor: str
    order_number: str
    entered_on: date
    lines: int
    quantity: int


class PlannedInvoice(Struct, frozen=True, kw_only=True):
    """An invoice that the next posting to a system would hold."""

    channel: str
    system: str
    vendor: str
    number: str
    dated_on: date
    total: Decimal
    currency: str


class Reached(Struct, frozen=True):
    """Where a channel stood before it was asked."""

    slot_id: int
    item_id: int


class Made(Struct, frozen=True, kw_only=True):
    """What a channel has made since it was asked; `slot` is None while nobody has looked."""

    channel: str
    slot: SlotRow | None
    items: tuple[ItemRef, ...]

    @property
    def is_finished(self) -> bool:
        """Whether the slot that was asked for has ended."""
        return self.slot is not None and self.slot.has_ended


def jobs_of(workspace: Workspace, gathering: Gathering, *, partner: str | None = None) -> tuple[Job, ...]:
    """The channels at work that make such files, of one partner (its connector, vendor or system) or of all."""
    found = tuple(
        Job(connector, channel)
        for connector in workspace.enabled
        for channel in connector.send
        if channel.enabled and channel.gather.what is gathering
        if partner is None or partner in {connector.connector, connector.partner.vendor, connector.partner.system}
    )
    if not found:
        whose = f" for {partner}" if partner else ""
        paper = (
            f"; a vendor without one gets paper: gateway slip generate {partner if partner in workspace.reference.vendors else 'VENDOR'}"
        )
        raise NotFound(
            f"no channel that is switched on sends {gathering.value.replace('_', ' ')}{whose}",
            remedy=f"See who gets what: gateway connector list{paper if gathering is Gathering.NEW_ORDERS else ''}",
        )
    return found


def plan_batch(tools: Tools, job: Job) -> tuple[PlannedOrder, ...]:
    """The orders that the next batch of the channel would hold, with the lines that would go."""
    return tuple(
        PlannedOrder(
            channel=job.name,
            vendor=order.vendor,
            order_number=order.number,
            entered_on=order.entered_on,
            lines=sum(is_unsent(line) for line in order.lines),
            quantity=sum(line.unprinted for line in order.lines if is_unsent(line)),
        )
        for order in cut.plan(tools, job)
    )


def plan_posting(tools: Tools, job: Job) -> tuple[PlannedInvoice, ...]:
    """The invoices that the next posting of the channel would hold."""
    return tuple(
        PlannedInvoice(
            channel=job.name,
            system=it.system,
            vendor=it.vendor,
            number=it.number,
            dated_on=it.date,
            total=total_of(it),
            currency=it.currency,
        )
        for it in post.plan(tools, job)
    )


def reached(store: Store, job: Job) -> Reached:
    """Where the channel stands now."""
    with store.reading() as connection:
        slot = last_slot(connection, job.name)
        items = list_items(connection, connectors=[job.connector.connector], channel=job.channel.channel, most=1)
    return Reached(_ended(slot), items[0].id if items else 0)


def made_since(store: Store, job: Job, before: Reached) -> Made:
    """What the channel has made since then."""
    with store.reading() as connection:
        slot = last_slot(connection, job.name)
        items = list_items(connection, connectors=[job.connector.connector], channel=job.channel.channel, most=MANY)
    new = tuple(item_ref(it) for it in reversed(items) if it.id > before.item_id)
    return Made(channel=job.name, slot=slot if slot and slot.id > before.slot_id else None, items=new)


def _ended(slot: SlotRow | None) -> int:
    """The newest slot that has ended; one that is under way will do for us too."""
    if slot is None:
        return 0
    return slot.id if slot.has_ended else slot.id - 1
