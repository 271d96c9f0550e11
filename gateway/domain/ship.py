"""A vendor confirms what has left: rules and effects of a shipment (sdf 3.4 to 3.6, events E5 to E7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.documents import Shipment
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, ShipmentRecord
from gateway.domain.reference import Reference

NONE_EARLIER: Mapping[int, int] = {}


def ship(
    document: Shipment,
    order: PurchaseOrder | None,
    *,
    shipments: Sequence[ShipmentRecord],
    reference: Reference,
    origin: Origin,
    at: datetime,
    earlier: Mapping[int, int] = NONE_EARLIER,
) -> Outcome:
    """Book a shipment of one order, all or nothing, all faults told together.

    `order` is None when nobody knows the number; another vendor's order is answered in the same words (3031, `missing` of kind
    `order`). `shipments` are all stored shipments of the order, `earlier` the quantity by line that rows before this one of the
    same file have shipped: with them exceeding the line is 3046 instead of 3044.
    """
    raise NotImplementedError
