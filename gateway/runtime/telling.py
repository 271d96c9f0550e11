"""What came of booking, for the log and the numbers: told after the commit, never part of it."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from gateway.booking import Tally
from gateway.kernel import meter
from gateway.store import Store, messages
from gateway.store.messages import Message, MessageState
from gateway.store.queries import first_refusals
from gateway.store.work import Kind, Work
from gateway.transports import shown

log = structlog.get_logger()


def tell(store: Store, tally: Tally, works: Iterable[Work]) -> None:
    """Every file that came to its end, and everything a person must look at."""
    connectors = {it.subject: it.connector for it in works}
    with store.reading() as connection:
        found = messages.some(connection, sorted(tally.finished))
        first = first_refusals(connection, [key for key, state in tally.finished.items() if state is MessageState.REFUSED])
    for message_id, state in tally.finished.items():
        meter.count(meter.FILES, connector=connectors[message_id], outcome=state.value)
        if state is MessageState.REFUSED:
            refused = {"code": first[message_id].code} if message_id in first else {}
            log.warning("file_refused", message=message_id, state=state.value, **refused, **_fields(found[message_id]))
        else:
            log.info("file_booked", message=message_id, state=state.value, **_fields(found[message_id]))
    if tally.lost:
        meter.count(meter.LEASE_LOST, len(tally.lost), type=Kind.BOOK.value)
    for failure in tally.failures:
        log.error("document_failed", message=failure.message_id, place=failure.place, connector=connectors[failure.message_id])


def _fields(message: Message) -> dict[str, object]:
    took = (message.decided_at or message.received_at) - message.received_at
    return {
        "connector": message.connector,
        "channel": message.channel,
        "file_name": shown(message.file_name),
        "sha256": message.sha256,
        "mapping": message.mapping,
        "mapping_version": message.mapping_version,
        "since_received_ms": round(took.total_seconds() * 1000),
    }
