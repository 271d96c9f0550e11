"""What would become of the documents of a file if they were decided now, for a look before a replay.

Decides and writes like booking does; the caller's transaction is rolled back. Not for: anything that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from gateway.booking.entry import NO_WAIT, Entry
from gateway.booking.master import Master
from gateway.booking.settle import settle
from gateway.domain.origin import Origin
from gateway.mapping import Reading
from gateway.store import Tx


def trial(
    tx: Tx,
    message_id: int,
    readings: Iterable[Reading],
    *,
    kind: str,
    origin: Origin,
    master: Master,
    at: datetime,
    wait: Mapping[str, timedelta] = NO_WAIT,
) -> None:
    """Decide these documents of the message; their receipts tell what would be."""
    entries = [
        Entry(
            message_id=message_id,
            place=reading.place,
            kind=kind,
            reading=reading,
            origin=replace(origin, message_id=message_id, place=reading.place),
            wait=wait,
        )
        for reading in readings
    ]
    settle(tx, entries, master=master, at=at)
