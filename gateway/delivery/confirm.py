"""After the delivery: what a partner's acknowledgement confirms, and which ones are overdue."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from gateway.domain.outcome import BatchState
from gateway.kernel import Clock
from gateway.store import Store, Tx, outbox, tables
from gateway.store.outbox import Ack, Item

log = structlog.get_logger()

_ACKNOWLEDGED = (BatchState.ACKNOWLEDGED.value, BatchState.CLOSED.value)


def confirmed_already(tx: Tx, item: Item, clock: Clock) -> None:
    """A vendor may acknowledge a batch before we have noted that it was sent: then the item is confirmed as it is marked."""
    batch = tables.batch.c
    known = select(batch.number).where(batch.item_id == item.id, batch.state.in_(_ACKNOWLEDGED), batch.acknowledged_at.is_not(None))
    if tx.connection.execute(known).first() is not None:
        outbox.acknowledged(tx, item.id, Ack.ACCEPTED, now=clock.now())


def ring_overdue(store: Store, clock: Clock) -> list[int]:
    """Mark and tell the items whose acknowledgement should have come by now; each once."""
    with store.transaction() as tx:
        late = outbox.overdue(tx, now=clock.now())
    for item_id in late:
        log.error("acknowledgement_overdue", item=item_id)
    return late
