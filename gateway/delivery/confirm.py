"""After the delivery: what a partner's acknowledgement confirms, and which ones are overdue."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from gateway.domain.notice import NoticeKind, is_wanted, unacknowledged
from gateway.domain.outcome import BatchState
from gateway.kernel import Clock
from gateway.store import Store, Tx, notices, outbox, tables
from gateway.store.outbox import Ack, Item
from gateway.store.references import References

log = structlog.get_logger()

_ACKNOWLEDGED = (BatchState.ACKNOWLEDGED.value, BatchState.CLOSED.value)


def confirmed_already(tx: Tx, item: Item, clock: Clock) -> None:
    """A vendor may acknowledge a batch before we have noted that it was sent: then the item is confirmed as it is marked."""
    batch = tables.batch.c
    known = select(batch.number).where(batch.item_id == item.id, batch.state.in_(_ACKNOWLEDGED), batch.acknowledged_at.is_not(None))
    if tx.connection.execute(known).first() is not None:
        outbox.acknowledged(tx, item.id, Ack.ACCEPTED, now=clock.now())


def ring_overdue(store: Store, clock: Clock, references: References | None = None) -> list[int]:
    """Mark and tell the items whose acknowledgement should have come by now; each once. By mail too, where the retailer wants that."""
    now = clock.now()
    with store.transaction() as tx:
        late = outbox.overdue(tx, now=now)
        if late and references is not None and is_wanted(NoticeKind.RETAILER_UNACKNOWLEDGED, "", references.current(tx.connection)):
            chosen = select(tables.batch.c.number, tables.batch.c.vendor).where(tables.batch.c.item_id.in_(late))
            rows = tx.connection.execute(chosen.order_by(tables.batch.c.number)).all()
            notices.add(tx, [unacknowledged(vendor=row.vendor, batch=row.number, at=now) for row in rows])
    for item_id in late:
        log.error("acknowledgement_overdue", item=item_id)
    return late
