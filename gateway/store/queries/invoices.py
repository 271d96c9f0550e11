"""Vendors' invoices with their history and postings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, func, select

from gateway.domain.balance import total_of
from gateway.domain.outcome import InvoiceDocument, InvoiceEvent, InvoiceState
from gateway.store import loads
from gateway.store.dialects import among, among_known, begins
from gateway.store.queries.counting import count, find
from gateway.store.tables import invoice, invoice_history, invoice_line, posting_line, purchase_order


class InvoiceRow(Struct, frozen=True, kw_only=True, gc=False):
    """One invoice in a list."""

    id: int
    vendor: str
    number: str
    dated_on: date
    state: InvoiceState
    system: str
    lines: int
    out_of_balance: bool
    """Whether a unit cost differs from that of its order at all; the vendor's threshold decides whether it matters."""
    total: Decimal
    currency: str
    posted_at: datetime | None


class InvoiceView(Struct, frozen=True, kw_only=True):
    """One invoice as `invoice show` tells it; `runs` are the postings it was part of."""

    invoice: InvoiceDocument
    total: Decimal
    history: tuple[InvoiceEvent, ...]
    runs: tuple[int, ...]


class InvoiceSearch(Struct, frozen=True, kw_only=True):
    """What people look for (sdf 9.3); what is None does not matter. Numbers and items are found by their beginning."""

    vendor: str | None = None
    system: str | None = None
    states: tuple[InvoiceState, ...] = tuple(InvoiceState)
    number: str | None = None
    order_number: str | None = None
    order_id: int | None = None
    sales_order: str | None = None
    item: str | None = None
    dated_from: date | None = None
    dated_to: date | None = None
    shipped_from: date | None = None
    shipped_to: date | None = None


EVERY_INVOICE = InvoiceSearch()


def list_invoices(
    connection: Connection, search: InvoiceSearch = EVERY_INVOICE, *, before: int | None = None, most: int = 50
) -> list[InvoiceRow]:
    """Invoices, newest first; `before` is the id where the last page ended."""
    return page_of_invoices(connection, search, before=before, most=most, upto=0)[0]


def page_of_invoices(
    connection: Connection, search: InvoiceSearch, *, before: int | None, most: int, upto: int
) -> tuple[list[InvoiceRow], int]:
    """The same with how many there are from `before` on, counted to `upto` and one more."""
    page = find(connection, _chosen(connection, search, before), most=most, upto=upto)
    found = loads.invoices_by_id(connection, page.ids)
    return [_row(found[invoice_id]) for invoice_id in page.ids], page.count


def some_invoices(connection: Connection, ids: Iterable[int]) -> list[InvoiceRow]:
    """These invoices, newest first."""
    found = loads.invoices_by_id(connection, sorted(ids, reverse=True))
    return [_row(found[invoice_id]) for invoice_id in sorted(found, reverse=True)]


def count_invoices(connection: Connection, search: InvoiceSearch = EVERY_INVOICE, *, most: int | None = None) -> int:
    """How many invoices the search finds."""
    return count(connection, _chosen(connection, search, None), most=most)


def find_invoices(connection: Connection, number: str, *, vendor: str | None = None) -> dict[str, int]:
    """The ids of the invoices with this number, by vendor; a number is unique within a vendor."""
    chosen = select(invoice.c.vendor, invoice.c.id).where(func.lower(invoice.c.number) == func.lower(number)).order_by(invoice.c.vendor)
    if vendor is not None:
        chosen = chosen.where(invoice.c.vendor == vendor)
    return {row.vendor: row.id for row in connection.execute(chosen)}


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
        system=found.system,
        lines=len(found.lines),
        out_of_balance=any(line.unit_cost != line.po_unit_cost for line in found.lines),
        total=total_of(found),
        currency=found.currency,
        posted_at=found.posted_at,
    )


def held_since(connection: Connection, invoice_id: int) -> datetime | None:
    """When the invoice was held, for the last time; None when it never was."""
    entry = invoice_history.c
    held = select(func.max(entry.at)).where(entry.invoice_id == invoice_id, entry.to_state == InvoiceState.HELD.value)
    found: datetime | None = connection.execute(held).scalar_one()
    return found


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


def _chosen(connection: Connection, search: InvoiceSearch, before: int | None) -> Select[int]:
    """The ids of the invoices that the search finds, newest first."""
    chosen = select(invoice.c.id).where(*_of_header(search)).order_by(invoice.c.id.desc())
    if set(search.states) != set(InvoiceState):  # all of them would be looked up one by one
        chosen = chosen.where(invoice.c.state.in_([state.value for state in search.states]))
    if search.number is not None:
        numbered = invoice.alias("numbered")
        listed = select(numbered.c.id).where(begins(numbered.c.number, search.number))
        chosen = chosen.where(among_known(connection, invoice.c.id, listed))
    conditions = list(_of_lines(connection, search))
    if conditions:
        way = among_known if _is_by_one_index(search) else among
        chosen = chosen.where(way(connection, invoice.c.id, select(invoice_line.c.invoice_id).where(*conditions)))
    return chosen if before is None else chosen.where(invoice.c.id < before)


def _of_header(search: InvoiceSearch) -> Iterator[ColumnElement[bool]]:
    if search.vendor is not None:
        yield invoice.c.vendor == search.vendor
    if search.system is not None:
        yield invoice.c.system == search.system
    if search.dated_from is not None:
        yield invoice.c.dated_on >= search.dated_from
    if search.dated_to is not None:
        yield invoice.c.dated_on <= search.dated_to


def _is_by_one_index(search: InvoiceSearch) -> bool:
    """Whether the index of order numbers, or that of days, says by itself which invoices have such lines."""
    has_days = search.shipped_from is not None or search.shipped_to is not None
    return search.item is None and search.sales_order is None and not (has_days and search.order_number is not None)


def _of_lines(connection: Connection, search: InvoiceSearch) -> Iterator[ColumnElement[bool]]:
    """Conditions that one line must meet together."""
    if search.order_number is not None:
        yield begins(invoice_line.c.order_number, search.order_number)
    if search.order_id is not None:
        yield invoice_line.c.order_id == search.order_id
    if search.sales_order is not None:
        sold = select(purchase_order.c.id).where(begins(purchase_order.c.sales_order, search.sales_order))
        yield among_known(connection, invoice_line.c.order_id, sold)
    if search.item is not None:
        yield begins(invoice_line.c.item, search.item)
    if search.shipped_from is not None:
        yield invoice_line.c.shipped_on >= search.shipped_from
    if search.shipped_to is not None:
        yield invoice_line.c.shipped_on <= search.shipped_to
