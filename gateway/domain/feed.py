"""The change feed to the originating systems (sdf 4.3): what an entry holds, and the document it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from msgspec.structs import replace

from gateway.documents import StatusChange
from gateway.domain.order import PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import FeedEntry
from gateway.domain.request import Request
from gateway.kernel.typed import convert


def pulled(order: PurchaseOrder, line: int, *, batch: int, quantity: int, origin: Origin, at: datetime) -> FeedEntry:
    """The line went In Process: printed, sent or acknowledged."""
    return _entry("PULLED", order, line, origin, at, {"batch": batch, "quantity": quantity})


def shipped(order: PurchaseOrder, line: int, *, values: Mapping[str, object], origin: Origin, at: datetime) -> FeedEntry:
    """A quantity of the line has left; `values` are the shipment's own, under the names of StatusChange."""
    return _entry("SHIPPED", order, line, origin, at, values)


def released(order: PurchaseOrder, line: int, *, origin: Origin, at: datetime) -> FeedEntry:
    """The line is no longer on hold."""
    return _entry("RELEASED", order, line, origin, at, {})


def held(order: PurchaseOrder, line: int, *, reason: str, origin: Origin, at: datetime) -> FeedEntry:
    """The line is on hold."""
    return _entry("HELD", order, line, origin, at, {"reason": reason})


def due_date(
    order: PurchaseOrder, line: int, *, old_on: date | None, new_on: date | None, reason: str, origin: Origin, at: datetime
) -> FeedEntry:
    """The line is promised for another day."""
    days = {"old_on": old_on and old_on.isoformat(), "new_on": new_on and new_on.isoformat(), "reason": reason}
    return _entry("DUE_DATE", order, line, origin, at, {name: value for name, value in days.items() if value})


def note(order: PurchaseOrder, line: int, *, reason: str, origin: Origin, at: datetime) -> FeedEntry:
    """A reason was entered, or deleted."""
    return _entry("NOTE", order, line, origin, at, {"reason": reason} if reason else {})


def voided(order: PurchaseOrder, line: int, *, batch: int, origin: Origin, at: datetime) -> FeedEntry:
    """The slip was voided; the line is New Order again."""
    return _entry("VOIDED", order, line, origin, at, {"batch": batch})


def cancel_answered(order: PurchaseOrder, line: int, request: Request, *, origin: Origin, at: datetime) -> FeedEntry:
    """What became of a cancel."""
    kind = "CANCEL_ACCEPTED" if request.state.is_kept else "CANCEL_REJECTED"
    return _answered(kind, order, line, request, origin, at, {"quantity": request.quantity})


def address_answered(order: PurchaseOrder, line: int, request: Request, *, origin: Origin, at: datetime) -> FeedEntry:
    """What became of an address change, for this line."""
    return _answered("ADDRESS_ACCEPTED" if request.state.is_kept else "ADDRESS_REJECTED", order, line, request, origin, at, {})


def _answered(  # noqa: PLR0917 - as of every entry, and the request
    kind: str, order: PurchaseOrder, line: int, request: Request, origin: Origin, at: datetime, values: Mapping[str, object]
) -> FeedEntry:
    named: dict[str, object] = {"request_id": request.name} if request.name else {}
    entry = _entry(kind, order, line, origin, at, {**values, "automatic": request.is_automatic, **named})
    return replace(entry, is_of_new=not named)


def status_change(entry: FeedEntry, sequence: int) -> StatusChange:
    """The entry as a document, with the number it got."""
    fields = {**entry.body, "sequence": sequence, "type": entry.type, "line": entry.line_no, "changed_at": entry.at.replace(microsecond=0)}
    return convert(fields, StatusChange, strict=False)


def _entry(kind: str, order: PurchaseOrder, line: int, origin: Origin, at: datetime, values: Mapping[str, object]) -> FeedEntry:
    body = {"order_number": order.number, "vendor": order.vendor, "user": origin.user, **values}
    return FeedEntry(system=order.system, order_id=order.id, line_no=line, type=kind, at=at, body=body)
