"""The time an item has for its delivery runs on while its endpoint is closed: then it stops, and says why."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from gateway.delivery.reach import Closed
from gateway.kernel import Clock, Issue, meter
from gateway.kernel.instants import in_utc
from gateway.store import Store, outbox_budget

log = structlog.get_logger()


def stop_spent(store: Store, clock: Clock, closed: Mapping[str, Closed]) -> list[int]:
    """Park what could not be delivered in time because nobody may try its endpoint; answers the items."""
    if not closed:
        return []
    now = clock.now()
    with store.transaction("out.spent") as tx:
        stopped = outbox_budget.spent(tx, list(closed), now=now)
        for it in stopped:
            text = f"not delivered until {in_utc(it.give_up_at)}; {closed[it.connector].text}"
            outbox_budget.park(tx, it, Issue("GWY-13", text[:500]), now=now)
    for it in stopped:
        meter.count(meter.OUTBOX_DEAD, connector=it.connector)
        log.error("item_given_up", item=it.item_id, connector=it.connector, reason=closed[it.connector].text)
    return [it.item_id for it in stopped]
