"""Vendors' invoices as people look at them, and the shipments that wait for one (sdf 4.4, 9.3). Their acts are `invoice_acts`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.acting import Desk
from gateway.desk.eye import names_for
from gateway.desk.pages import Page, page_of
from gateway.desk.scoping import within
from gateway.domain.access import Scope
from gateway.domain.balance import is_out_of_balance
from gateway.domain.bill_shipments import MOST
from gateway.domain.order import PurchaseOrder
from gateway.domain.outcome import InvoiceEvent, InvoiceLineState, InvoiceState
from gateway.domain.reference import Vendor
from gateway.kernel.errors import ConfigError, NotFound
from gateway.kernel.money import shortest
from gateway.store import Store, loads
from gateway.store.queries import (
    InvoiceRow,
    InvoiceSearch,
    InvoiceView,
    UninvoicedRow,
    UninvoicedSearch,
    count_invoices,
    count_uninvoiced,
    find_invoices,
    invoice_view,
    list_uninvoiced,
    page_of_invoices,
    some_invoices,
    vendors_made,
)
from gateway.store.queries.counting import ENOUGH


class InvoiceLineSheet(Struct, frozen=True, kw_only=True):
    """One billed shipment."""

    line: int
    order_number: str
    sales_order: str
    order_line: int
    item: str
    vendor_item: str
    shipment: int
    shipped_on: date
    quantity: int
    po_unit_cost: Decimal
    unit_cost: Decimal
    out_of_balance: bool
    """Whether the vendor's threshold is exceeded; this holds the whole invoice."""
    freight: Decimal
    handling: Decimal
    other: Decimal
    other_description: str


class InvoiceSheet(Struct, frozen=True, kw_only=True):
    """One invoice with its lines, its history and the posting runs it was in."""

    number: str
    vendor: str
    type: str
    state: InvoiceState
    dated_on: date
    system: str
    total: Decimal
    currency: str
    freight: Decimal
    handling: Decimal
    other: Decimal
    other_description: str
    description: str
    discount_percent: Decimal
    discount_days: int
    gross_days: int
    posted_at: datetime | None
    lines: tuple[InvoiceLineSheet, ...]
    history: tuple[InvoiceEvent, ...]
    runs: tuple[int, ...]


class Uninvoiced(Struct, frozen=True, kw_only=True):
    """The oldest shipments that may be billed, and how many more there are."""

    rows: tuple[UninvoicedRow, ...]
    more: int


def search_invoices(
    store: Store, search: InvoiceSearch, *, scope: Scope, before: int | None = None, most: int = 50, upto: int = ENOUGH
) -> Page[InvoiceRow]:
    """Invoices, newest first."""
    search = within(scope, search)
    with store.reading() as connection:
        rows, count = page_of_invoices(connection, search, before=before, most=most, upto=upto)
    return page_of(rows, most, lambda: count)


def chosen_invoices(store: Store, ids: Collection[int], *, scope: Scope) -> tuple[InvoiceRow, ...]:
    """These invoices, newest first; NotFound where one does not exist, or lies beyond the scope."""
    with store.reading() as connection:
        rows = tuple(it for it in some_invoices(connection, ids) if scope.covers(it.vendor))
    if len(rows) < len(ids):
        raise NotFound("an invoice that was chosen does not exist any more", remedy="Choose among those that the list shows now.")
    return rows


def awaiting_review(store: Store) -> int:
    """How many invoices are held and wait for the retailer."""
    with store.reading() as connection:
        return count_invoices(connection, InvoiceSearch(states=(InvoiceState.HELD,)))


def show_invoice(desk: Desk, number: str, *, scope: Scope, vendor: str | None = None) -> InvoiceSheet:
    """The invoice of that number; where several vendors have used it, `vendor` says whose."""
    vendor = scope.vendor or vendor
    invoice_id = find(desk.store, number, vendor)
    with desk.store.reading() as connection:
        found = invoice_view(connection, invoice_id)
        if found is None:
            raise missing(number, vendor)
        master = desk.master.references.current(connection, vendors=(found.invoice.vendor,))
        orders = loads.orders(connection, {it.order_id for it in found.invoice.lines})
        name = names_for(connection, scope) if scope.vendor is not None else None
    sheet = _sheet(found, master.vendors.get(found.invoice.vendor), orders)
    if name is None:
        return sheet
    return replace(sheet, history=tuple(replace(it, actor=name(it.actor)) for it in sheet.history), runs=())


def uninvoiced(desk: Desk, search: UninvoicedSearch, *, most: int = MOST) -> Uninvoiced:
    """Shipments from which an invoice can be made, the oldest first."""
    with desk.store.reading() as connection:
        codes = (search.vendor,) if search.vendor else vendors_made(connection)
        master = desk.master.references.current(connection, vendors=codes)
        partial = tuple(code for code, vendor in master.vendors.items() if vendor.invoice_partial_shipments)
        search = replace(search, partial=partial)
        rows = list_uninvoiced(connection, search, most=most)
        more = count_uninvoiced(connection, search) - len(rows) if len(rows) == most else 0
    return Uninvoiced(rows=tuple(rows), more=more)


def find(store: Store, number: str, vendor: str | None) -> int:
    """The id of the invoice of that number, which must be clear."""
    with store.reading() as connection:
        found = find_invoices(connection, number, vendor=vendor)
    if not found:
        raise missing(number, vendor)
    if len(found) > 1:
        raise ConfigError(f"invoice {number} stands for several vendors ({', '.join(found)}): say whose with --vendor")
    return next(iter(found.values()))


def missing(number: str, vendor: str | None) -> NotFound:
    """There is no such invoice."""
    whose = f" of vendor {vendor}" if vendor else ""
    return NotFound(f"there is no invoice {number}{whose}", remedy="Look for it: gateway invoice list; a refused one: gateway message list")


def _sheet(found: InvoiceView, vendor: Vendor | None, orders: Mapping[int, PurchaseOrder]) -> InvoiceSheet:
    it = found.invoice
    threshold = vendor.unit_cost_threshold if vendor else None
    return InvoiceSheet(
        number=it.number,
        vendor=it.vendor,
        type=it.type,
        state=it.state,
        dated_on=it.date,
        system=it.system,
        total=found.total,
        currency=it.currency,
        freight=shortest(it.freight),
        handling=shortest(it.handling),
        other=shortest(it.other),
        other_description=it.other_description,
        description=it.description,
        discount_percent=shortest(it.discount_percent),
        discount_days=it.discount_days,
        gross_days=it.gross_days,
        posted_at=it.posted_at,
        lines=tuple(_line(line, threshold, orders.get(line.order_id)) for line in it.lines),
        history=found.history,
        runs=found.runs,
    )


def _line(line: InvoiceLineState, threshold: Decimal | None, order: PurchaseOrder | None) -> InvoiceLineSheet:
    ordered = order.line(line.order_line) if order else None
    return InvoiceLineSheet(
        line=line.line_no,
        order_number=line.order_number,
        sales_order=order.sales_order if order else "",
        order_line=line.order_line,
        item=line.item,
        vendor_item=ordered.vendor_item if ordered else "",
        shipment=line.shipment_id,
        shipped_on=line.shipped_on,
        quantity=line.quantity,
        po_unit_cost=shortest(line.po_unit_cost),
        unit_cost=shortest(line.unit_cost),
        out_of_balance=is_out_of_balance(line.po_unit_cost, line.unit_cost, threshold),
        freight=shortest(line.freight),
        handling=shortest(line.handling),
        other=shortest(line.other),
        other_description=line.other_description,
    )
