"""What a technical answer settles: everything, or only that the partner could read it; batches by what is agreed (edi 3.3)."""

from __future__ import annotations

from datetime import datetime

from gateway.config import Connector
from gateway.config.edi import EdifactAck, X12Ack
from gateway.formats.edi import Standard
from gateway.store import Tx, edi
from gateway.store.edi import Confirmed
from gateway.store.outbox import Item


def settles(connector: Connector, it: Confirmed) -> bool:
    """Whether nothing more is waited for."""
    profiles = connector.partner.edi
    profile = profiles.of(Standard.X12 if it.is_x12 else Standard.EDIFACT) if profiles is not None else None
    return it.batch is None or (profile is not None and profile.ack_document in {X12Ack.F997, EdifactAck.CONTRL})


def answered_already(tx: Tx, item: Item, connector: Connector | None, *, now: datetime) -> None:
    """A partner may answer a file before we have noted that it was sent: then it is confirmed as it is marked."""
    if connector is None or connector.partner.edi is None:
        return
    for it in edi.sums(tx.connection, [item.id]):
        edi.confirm(tx, it, now=now, by=None, settles=settles(connector, it))
