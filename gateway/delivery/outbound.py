"""The hold of everything that goes out: a store that may have forgotten what was sent must not send it again.

It stands in the store, which refuses every new try while it does; so it holds for all nodes and after a restart, until a person
releases it. Not for single items or endpoints, which have holds of their own.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from gateway.kernel import Issue
from gateway.store import Store, pauses
from gateway.store.pauses import Pause

log = structlog.get_logger()


def hold_outbound(store: Store, why: str, *, now: datetime, actor: str = "SYSTEM") -> bool:
    """Nothing goes out from now on, and somebody is called; False when it was held before."""
    with store.transaction() as tx:
        held = pauses.stop(tx, pauses.OUTBOUND, actor=actor, now=now, issue=Issue("GWY-21", why))
    if held:
        log.error("outbound_held", reason=why)
    return held


def outbound_hold(store: Store) -> Pause | None:
    """Since when and why nothing goes out; None when all is well."""
    with store.reading() as connection:
        return pauses.find(connection, pauses.OUTBOUND)
