"""Vendors' invoices with their history and postings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import Connection, func, select

from gateway.domain.balance import total_of
from gateway.domain.outcome import InvoiceDocument, InvoiceEvent, InvoiceState
from gateway.store import loads
from gateway.store.tables import invoice, invoice_history, invoice_line, posting_line


class InvoiceRow(Struct, frozen=True, kw_only=True, gc=False):
    """One invoice in a list."""

    id: int
    vendor: str
    number: str
    dated_on: date
    state: InvoiceState
    lines: int
    total: Decimal
    currency: str
    posted_at: datetime | None


class InvoiceView(Struct, frozen=True, kw_only=True):
    """One invoice as `invoice show` tells it; `runs` are the postings it was part of."""

    invoice: InvoiceDocument
    total: Decimal
    history: tuple[InvoiceEvent, ...]
    runs: tuple[int, ...]


def list_invoices(
    connection: Connection,
    *,
    vendor: str | None = None,
    states: Iterable[InvoiceState] = InvoiceState,
    number: str | None = None,
    before: int | None = None,
    most: int = 50,
) -> list[InvoiceRow]:
    """Invoices, newest first; `before` is the id where the last page ended."""
    lines = select(invoice_line.c.invoice_id, func.count().label("lines")).group_by(invoice_line.c.invoice_id).subquery()
    chosen = select(invoice.c.id, lines.c.lines).outerjoin(lines, lines.c.invoice_id == invoice.c.id)
    chosen = chosen.where(invoice.c.state.in_([state.value for state in states]))
    for given, condition in ((vendor, invoice.c.vendor == vendor), (number, invoice.c.number == number)):
        if given is not None:
            chosen = chosen.where(condition)
    if before is not None:
        chosen = chosen.where(invoice.c.id < before)
    ids = [row.id for row in connection.execute(chosen.order_by(invoice.c.id.desc()).limit(most))]
    found = loads.invoices_by_id(connection, ids)
    return [_row(found[invoice_id]) for invoice_id in ids]


def invoice_view(connection: Connection, invoice_id: int) -> InvoiceView | None:
    """One invoice with its history."""
    found = loads.invoices_by_id(connection, [invoice_id]).get(invoice_id)
    if found is None:
        return None
    runs = select(posting_line.c.run).where(posting_line.c.invoice_id == invoice_id).order_by(posting_line.c.run)
    return InvoiceView(
        invoice=found,
        total=total_of(found),
        history=tuple(_history(connection, invoice_id)),
        runs=tuple(connection.execute(runs).scalars()),
    )


def _row(found: InvoiceDocument) -> InvoiceRow:
    return InvoiceRow(
        id=found.id,
        vendor=found.vendor,
        number=found.number,
        dated_on=found.date,
        state=found.state,
        lines=len(found.lines),
        total=total_of(found),
        currency=found.currency,
        posted_at=found.posted_at,
    )


def _history(connection: Connection, invoice_id: int) -> list[InvoiceEvent]:
    chosen = select(invoice_history).where(invoice_history.c.invoice_id == invoice_id).order_by(invoice_history.c.seq)
    return [
        InvoiceEvent(
            at=row.at,
            actor=row.actor,
            action=row.action,
            from_state=InvoiceState(row.from_state) if row.from_state else None,
            to_state=InvoiceState(row.to_state) if row.to_state else None,
            reason=row.reason,
        )
        for row in connection.execute(chosen)
    ]
