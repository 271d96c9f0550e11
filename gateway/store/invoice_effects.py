"""How invoices are made, changed and deleted; a change counts only if nobody else changed the invoice meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec.structs import replace
from sqlalchemy import delete, func, select, update

from gateway.domain.origin import Origin
from gateway.domain.outcome import InvoiceChanged, InvoiceDeleted, InvoiceDocument, InvoiceEvent, NewInvoice, ShipmentRecord
from gateway.kernel.errors import StoreBusy
from gateway.store.dialects import bulk_insert
from gateway.store.session import Tx
from gateway.store.tables import invoice, invoice_history, invoice_line

Values = tuple[Any, ...]
Billing = TypeVar("Billing", bound=NewInvoice | InvoiceChanged)

_INVOICE = (
    *("id", "vendor", "number", "type", "dated_on", "system", "currency", "state", "freight", "handling", "other", "discount_percent"),
    *("discount_days", "gross_days", "description", "other_description", "posted_at"),
)
_LINE = (
    *("invoice_id", "line_no", "shipment_id", "order_id", "order_number", "order_line", "item", "quantity", "po_unit_cost", "unit_cost"),
    *("freight", "handling", "other", "shipped_on", "other_description"),
)
_HISTORY = ("invoice_id", "seq", "vendor", "number", "at", "actor", "action", "from_state", "to_state", "reason")


def named(change: Billing, stored: Iterable[object]) -> Billing:
    """The change with the ids of the shipments that its own decision has just made, in place of their keys."""
    ids = {it.key: it.id for it in stored if isinstance(it, ShipmentRecord)}
    lines = [replace(it, shipment_id=ids[it.shipment_key], shipment_key="") if it.shipment_key else it for it in change.invoice.lines]
    return replace(change, invoice=replace(change.invoice, lines=tuple(lines)))


class InvoiceEffects:
    """Collects changes of invoices and writes them."""

    def __init__(self, tx: Tx, ids: Iterator[int]) -> None:
        self._tx = tx
        self._ids = ids
        self._new: dict[int, InvoiceDocument] = {}
        self._changed: dict[int, tuple[int, InvoiceDocument]] = {}
        self._deleted: dict[int, InvoiceDocument] = {}
        self._events: dict[int, list[InvoiceEvent]] = {}

    def made(self, change: NewInvoice, _: Origin) -> InvoiceDocument:
        """A new invoice gets its id."""
        stored = replace(change.invoice, id=next(self._ids))
        self._new[stored.id] = stored
        self._events.setdefault(stored.id, []).extend(change.events)
        return stored

    def changed(self, change: InvoiceChanged, _: Origin) -> InvoiceDocument:
        """An invoice has new values; one made in this transaction is simply written so."""
        it = change.invoice
        self._events.setdefault(it.id, []).extend(change.events)
        if it.id in self._new:
            self._new[it.id] = it
            return it
        first = self._changed[it.id][0] if it.id in self._changed else it.version
        stored = replace(it, version=first + 1)
        self._changed[it.id] = (first, stored)
        return stored

    def deleted(self, change: InvoiceDeleted, _: Origin) -> None:
        """An invoice is gone; its history stays."""
        it = change.invoice
        if self._new.pop(it.id, None) is None:
            first, _unchanged = self._changed.pop(it.id, (it.version, it))
            self._deleted[it.id] = replace(it, version=first)
            self._events.setdefault(it.id, []).extend(change.events)

    def write(self) -> None:
        """Sorted by id, as locks are taken. What is freed comes before what is billed: numbers and shipments may be wanted again."""
        for number in sorted({*self._changed, *self._deleted}):
            if number in self._deleted:
                self._delete(self._deleted[number])
            else:
                self._change(*self._changed[number])
        bulk_insert(self._tx, invoice_line, _LINE, [row for _, it in self._changed.values() for row in _line_rows(it)])
        new = sorted(self._new.values(), key=lambda it: (it.vendor, it.number))
        bulk_insert(self._tx, invoice, _INVOICE, [_row(it) for it in new])
        bulk_insert(self._tx, invoice_line, _LINE, [row for it in new for row in _line_rows(it)])
        bulk_insert(self._tx, invoice_history, _HISTORY, [row for it in new for row in _history_rows(it, 0, self._events[it.id])])

    def _change(self, version: int, it: InvoiceDocument) -> None:
        values = dict(zip(_INVOICE[1:], _row(it)[1:], strict=True))
        statement = update(invoice).where(invoice.c.id == it.id, invoice.c.version == version).values(**values, version=it.version)
        if self._tx.connection.execute(statement).rowcount != 1:
            raise StoreBusy(f"invoice {it.number} has changed meanwhile")
        self._tx.connection.execute(delete(invoice_line).where(invoice_line.c.invoice_id == it.id))
        self._tell(it)

    def _delete(self, it: InvoiceDocument) -> None:
        self._tx.connection.execute(delete(invoice_line).where(invoice_line.c.invoice_id == it.id))
        if self._tx.connection.execute(delete(invoice).where(invoice.c.id == it.id, invoice.c.version == it.version)).rowcount != 1:
            raise StoreBusy(f"invoice {it.number} has changed meanwhile")
        self._tell(it)

    def _tell(self, it: InvoiceDocument) -> None:
        """The new entries of its history, numbered on from the last one."""
        last = self._tx.connection.execute(select(func.max(invoice_history.c.seq)).where(invoice_history.c.invoice_id == it.id)).scalar()
        bulk_insert(self._tx, invoice_history, _HISTORY, _history_rows(it, last or 0, self._events.get(it.id, [])))


def _row(it: InvoiceDocument) -> Values:
    return (
        *(it.id, it.vendor, it.number, it.type, it.date, it.system, it.currency, it.state, it.freight, it.handling, it.other),
        *(it.discount_percent, it.discount_days, it.gross_days, it.description, it.other_description, it.posted_at),
    )


def _line_rows(it: InvoiceDocument) -> list[Values]:
    return [
        (
            *(it.id, line.line_no, line.shipment_id, line.order_id, line.order_number, line.order_line, line.item, line.quantity),
            *(line.po_unit_cost, line.unit_cost, line.freight, line.handling, line.other, line.shipped_on, line.other_description),
        )
        for line in it.lines
    ]


def _history_rows(it: InvoiceDocument, last: int, events: list[InvoiceEvent]) -> list[Values]:
    return [
        (it.id, seq, it.vendor, it.number, event.at, event.actor, event.action, event.from_state, event.to_state, event.reason)
        for seq, event in enumerate(events, last + 1)
    ]
