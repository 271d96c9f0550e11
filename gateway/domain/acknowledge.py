"""A vendor acknowledges a batch: its lines go In Process (sdf 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.documents import BatchAcknowledgement
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import Batch, Outcome
from gateway.domain.reference import Reference


def acknowledge(
    document: BatchAcknowledgement,
    batch: Batch | None,
    *,
    orders: Sequence[PurchaseOrder],
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Book the acknowledgement; `orders` are those with a line in the batch.

    An unknown batch and another vendor's get the same 3020 and `missing` (kind `batch`); a repetition is DUPLICATE with 3021.
    """
    raise NotImplementedError
