"""Batches and other files that were not acknowledged in time: told once each, sent again where the channel says so.

That an acknowledgement is overdue is noticed by every delivering node within half a minute; this job keeps the alarm, and acts.
"""

from __future__ import annotations

from sqlalchemy import select

from gateway.config import Send
from gateway.desk.acting import rehearse
from gateway.jobs.place import Place
from gateway.jobs.ringing import Bell
from gateway.kernel import Issue
from gateway.kernel.instants import in_utc
from gateway.outgoing import Job, give_up
from gateway.runtime import Ran
from gateway.store import Tx, alarms, outbox, outbox_acts, pauses, tables
from gateway.store.alarms import About, NewAlarm
from gateway.store.outbox import Ack, Item, ItemState

MOST = 1_000
"""So many files in one run, the oldest first; the rest follows with the next."""
UNANSWERED = frozenset({Ack.DUE, Ack.OVERDUE})


def watch_acknowledgements(place: Place) -> Ran:
    """Tell what is overdue, send it again where it may be; go quiet for what was acknowledged since."""
    with place.store.transaction("alarm.judge") as tx:
        bell, items = _judged(place, tx)
    bell.tell()
    again = sum(_send_again(place, item) for item in items)
    return Ran(done=len(bell.raised) + again)


def plan_acknowledgements(place: Place) -> tuple[str, ...]:
    """What a run would tell, and what it would send again."""

    def planned(tx: Tx) -> tuple[str, ...]:
        bell, items = _judged(place, tx)
        is_held = pauses.find(tx.connection, pauses.OUTBOUND) is not None
        again = [] if is_held else [item for item in items if _may_go_again(_job(place, item), item)]
        return (*bell.plan, *(f"would send file {item.id} to {item.connector} again" for item in again))

    return rehearse(place.store, planned)


def _judged(place: Place, tx: Tx) -> tuple[Bell, list[Item]]:
    """The alarms, and what is overdue."""
    bell = Bell(tx, now=place.clock.now())
    known = alarms.standing(tx.connection, About.ACKNOWLEDGEMENT)
    bell.clear(one for one in known if not _is_awaited(tx, int(one.subject)))
    late = select(tables.outbox).where(tables.outbox.c.ack == Ack.OVERDUE).order_by(tables.outbox.c.id).limit(MOST)
    items = [outbox.of_row(row) for row in tx.connection.execute(late)]
    for item in items:
        bell.ring(_alarm(place, tx, item))
    return bell, items


def _is_awaited(tx: Tx, item_id: int) -> bool:
    item = outbox.get(tx.connection, item_id)
    return item is not None and item.ack in UNANSWERED and item.state is not ItemState.CANCELLED


def _alarm(place: Place, tx: Tx, item: Item) -> NewAlarm:
    connector = place.workspace.connectors.get(item.connector)
    batch = tx.connection.execute(select(tables.batch.c.number).where(tables.batch.c.item_id == item.id)).scalar_one_or_none()
    what = f"batch {batch} for {item.connector}" if batch is not None else f"file {item.id} for {item.connector}"
    sent = f"sent {in_utc(item.sent_at)}, " if item.sent_at else ""
    text = f"{what} is not acknowledged: {sent}due {in_utc(item.ack_due_at) if item.ack_due_at else 'by now'}"
    return NewAlarm(
        about=About.ACKNOWLEDGEMENT,
        subject=str(item.id),
        issue=Issue("GWY-36", text),
        connector=item.connector,
        channel=item.channel,
        vendor=connector.partner.vendor if connector else None,
        detail={"item": item.id, "batch": batch},
    )


def _send_again(place: Place, item: Item) -> bool:
    """One more round under the same name, numbers and bytes, as a person's redelivery; False where the channel does not want it."""
    job = _job(place, item)
    if job is None or not _may_go_again(job, item):
        return False
    now = place.clock.now()
    with place.store.transaction("desk.act") as tx:
        fresh = outbox.get(tx.connection, item.id)
        if fresh is None or fresh.ack is not Ack.OVERDUE or fresh.round != item.round:
            return False
        if pauses.find(tx.connection, pauses.OUTBOUND) is not None:
            return False
        outbox_acts.offer_again(
            tx,
            item.id,
            actor=alarms.ITSELF,
            now=now,
            give_up_at=give_up(now, job.channel.retry.budget),
            lane=job.lane,
            reason=f"not acknowledged in time; sent again {item.round} of {job.channel.acknowledge.resend} times",
        )
    return True


def _may_go_again(job: Job | None, item: Item) -> bool:
    return job is not None and item.round <= job.channel.acknowledge.resend


def _job(place: Place, item: Item) -> Job | None:
    """The send channel of the item, while it is switched on."""
    connector = place.workspace.connectors.get(item.connector)
    found: Send | None = None
    if connector is not None and connector.enabled:
        found = next((one for one in connector.send if one.channel == item.channel and one.enabled), None)
    return Job(connector, found) if connector is not None and found is not None else None
