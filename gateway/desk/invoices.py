"""Vendors' invoices as the retailer works with them: looked through, approved or rejected with a reason, deleted (sdf 4.5, 9.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from gateway.booking import Concern, Known, act_in
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.pages import Page, page_of
from gateway.domain import invoicing
from gateway.domain.balance import is_out_of_balance
from gateway.domain.outcome import InvoiceDeleted, InvoiceDocument, InvoiceEvent, InvoiceLineState, InvoiceState, Outcome
from gateway.domain.reference import Vendor
from gateway.kernel.errors import ConfigError, NotFound, RuleBroken
from gateway.kernel.money import shortest
from gateway.store import Store, Tx
from gateway.store.queries import InvoiceRow, InvoiceSearch, InvoiceView, count_invoices, find_invoices, invoice_view, list_invoices

Step = Callable[[InvoiceDocument, Known], Outcome]


class InvoiceLineSheet(Struct, frozen=True, kw_only=True):
    """One billed shipment."""

    line: int
    order_number: str
    order_line: int
    item: str
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


class InvoiceStep(Struct, frozen=True, kw_only=True):
    """What an act did to an invoice, or would do; `after` is None when it is deleted."""

    number: str
    vendor: str
    before: InvoiceState
    after: InvoiceState | None
    mode: Mode


def search_invoices(store: Store, search: InvoiceSearch, *, before: int | None = None, most: int = 50) -> Page[InvoiceRow]:
    """Invoices, newest first."""
    with store.reading() as connection:
        rows = list_invoices(connection, search, before=before, most=most)
        return page_of(rows, most, lambda: count_invoices(connection, search, before=before))


def show_invoice(desk: Desk, number: str, *, vendor: str | None = None) -> InvoiceSheet:
    """The invoice of that number; where several vendors have used it, `vendor` says whose."""
    invoice_id = _find(desk.store, number, vendor)
    with desk.store.reading() as connection:
        found = invoice_view(connection, invoice_id)
    if found is None:
        raise _missing(number, vendor)
    return _sheet(found, desk.master.vendor(found.invoice.vendor))


def approve(desk: Desk, number: str, *, reason: str, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A held invoice is approved; the next posting holds it."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.approve(it, reason=reason, origin=desk.origin, at=known.at))


def reject(desk: Desk, number: str, *, reason: str, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A held invoice goes back to the vendor."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.reject(it, reason=reason, origin=desk.origin, at=known.at))


def repost(desk: Desk, number: str, *, reason: str, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A posted invoice goes out again, marked as sent before, with the next posting."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.repost(it, reason=reason, origin=desk.origin, at=known.at))


def delete(desk: Desk, number: str, *, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A new or rejected invoice goes; its number and its shipments are free again."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.delete(it, orders=known.orders, origin=desk.origin, at=known.at))


def _step(desk: Desk, number: str, vendor: str | None, mode: Mode, step: Step) -> InvoiceStep:
    """Lock, load, decide, write: all in one transaction. A refusal is raised with its issues."""
    invoice_id = _find(desk.store, number, vendor)
    seen: list[InvoiceDocument] = []

    def rule(known: Known) -> Outcome:
        if not known.invoices:
            raise _missing(number, vendor)
        (found,) = known.invoices.values()
        seen[:] = [found]
        return step(found, known)

    def work(tx: Tx) -> Outcome:
        return act_in(tx, Concern(invoices=(invoice_id,)), rule, origin=desk.origin, master=desk.master, at=desk.clock.now())

    outcome = perform(desk.store, work, mode)
    if any(issue.is_error for issue in outcome.issues):
        raise RuleBroken(outcome.issues)
    before = seen[0]
    return InvoiceStep(number=before.number, vendor=before.vendor, before=before.state, after=_after(outcome, before), mode=mode)


def _after(outcome: Outcome, before: InvoiceDocument) -> InvoiceState | None:
    if any(isinstance(change, InvoiceDeleted) for change in outcome.changes):
        return None
    states = [change.invoice.state for change in outcome.changes if hasattr(change, "invoice")]
    return states[-1] if states else before.state


def _find(store: Store, number: str, vendor: str | None) -> int:
    with store.reading() as connection:
        found = find_invoices(connection, number, vendor=vendor)
    if not found:
        raise _missing(number, vendor)
    if len(found) > 1:
        raise ConfigError(f"invoice {number} stands for several vendors ({', '.join(found)}): say whose with --vendor")
    return next(iter(found.values()))


def _missing(number: str, vendor: str | None) -> NotFound:
    whose = f" of vendor {vendor}" if vendor else ""
    return NotFound(f"there is no invoice {number}{whose}", remedy="Look for it: gateway invoice list; a refused one: gateway message list")


def _sheet(found: InvoiceView, vendor: Vendor | None) -> InvoiceSheet:
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
        lines=tuple(_line(line, threshold) for line in it.lines),
        history=found.history,
        runs=found.runs,
    )


def _line(line: InvoiceLineState, threshold: Decimal | None) -> InvoiceLineSheet:
    return InvoiceLineSheet(
        line=line.line_no,
        order_number=line.order_number,
        order_line=line.order_line,
        item=line.item,
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
