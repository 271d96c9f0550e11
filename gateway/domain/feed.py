"""The change feed to the originating systems (sdf 4.3): what an entry holds, and the document it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from gateway.documents import StatusChange
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import FeedEntry


def pulled(order: PurchaseOrder, line: int, *, batch: int, quantity: int, origin: Origin, at: datetime) -> FeedEntry:
    """The line went In Process: printed, sent or acknowledged."""
    return _entry("PULLED", order, line, origin, at, {"batch": batch, "quantity": quantity})


def shipped(order: PurchaseOrder, line: int, *, values: Mapping[str, object], origin: Origin, at: datetime) -> FeedEntry:
    """A quantity of the line has left; `values` are the shipment's own, under the names of StatusChange."""
    return _entry("SHIPPED", order, line, origin, at, values)


def released(order: PurchaseOrder, line: int, *, origin: Origin, at: datetime) -> FeedEntry:
    """The line is no longer on hold."""
    return _entry("RELEASED", order, line, origin, at, {})


def status_change(entry: FeedEntry, sequence: int) -> StatusChange:
    """The entry as a document, with the number it got."""
    fields = {**entry.body, "sequence": sequence, "type": entry.type, "line": entry.line_no, "changed_at": entry.at.replace(microsecond=0)}
    return msgspec.convert(fields, StatusChange, strict=False)


def _entry(kind: str, order: PurchaseOrder, line: int, origin: Origin, at: datetime, values: Mapping[str, object]) -> FeedEntry:
    body = {"order_number": order.number, "vendor": order.vendor, "user": origin.user, **values}
    return FeedEntry(system=order.system, order_id=order.id, line_no=line, type=kind, at=at, body=body)
