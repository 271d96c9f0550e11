"""Invoices: the inquiry, one invoice, and what becomes of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import invoice_acts
from gateway.desk.invoice_acts import InvoiceStep
from gateway.desk.invoices import InvoiceSheet, Uninvoiced, search_invoices, show_invoice, uninvoiced
from gateway.desk.scoping import within
from gateway.domain.access import Authority
from gateway.domain.bill_shipments import Chosen, Ending
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.domain.outcome import InvoiceState
from gateway.kernel.errors import NotFound
from gateway.store.queries import InvoiceRow, InvoiceSearch, UninvoicedSearch
from gateway.web.api.operations import Api, Rows, behind, mode_of, rows_of
from gateway.web.api.paging import Limit

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class InvoiceQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What invoices are asked for; numbers are found by their beginning."""

    vendor: str | None = None
    state: tuple[InvoiceState, ...] = ()
    number: str | None = None
    order_number: str | None = None
    sales_order: str | None = None
    item: str | None = None
    dated_from: date | None = None
    dated_to: date | None = None
    shipped_from: date | None = None
    shipped_to: date | None = None
    cursor: str | None = None
    limit: Limit = 50


class Whose(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose invoice is meant, where several vendors have used the number."""

    vendor: str | None = None


class Judgement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    vendor: str | None = None
    dry_run: bool = False


class UnbilledQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shipments are asked for."""

    vendor: str | None = None
    order_number: str | None = None
    item: str | None = None
    shipped_from: date | None = None
    shipped_to: date | None = None


class LineChange(LineEdit, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other values of one line."""


class Change(InvoiceEdit, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other values; what is left away stays as it is."""

    lines: tuple[LineChange, ...] = ()


class Billed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invoice of shipments; a key without vendor names whose."""

    number: Annotated[str, Meta(min_length=1, max_length=22)]
    date: date
    shipments: Annotated[tuple[int, ...], Meta(min_length=1)]
    vendor: str | None = None
    changes: Change | None = None
    submit: bool = False
    dry_run: bool = False


class Edited(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is changed, and whether the invoice is handed in with it."""

    changes: Change
    vendor: str | None = None
    submit: bool = False
    dry_run: bool = False


class Meant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose invoice is meant, where several vendors have used the number."""

    vendor: str | None = None
    dry_run: bool = False


@API.get("/invoices", may=Authority.INVOICES, query=InvoiceQuery, answer=Rows[InvoiceRow])
def list_invoices(visit: Visit, asked: InvoiceQuery) -> Rows[InvoiceRow]:
    """Invoices, the newest first."""
    words = {name: getattr(asked, name) for name in InvoiceQuery.__struct_fields__ if name not in {"cursor", "limit", "state"}}
    search = InvoiceSearch(**words, states=asked.state or tuple(InvoiceState))
    page = search_invoices(visit.gateway.store, search, scope=visit.scope, before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.id)


@API.get("/invoices/{number}", may=Authority.INVOICES, query=Whose, answer=InvoiceSheet)
def get_invoice(visit: Visit, asked: Whose) -> InvoiceSheet:
    """One invoice with its lines and its history."""
    return show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=asked.vendor)


@API.get("/uninvoiced", may=Authority.INVOICE_MAINTENANCE, query=UnbilledQuery, answer=Uninvoiced)
def list_uninvoiced(visit: Visit, asked: UnbilledQuery) -> Uninvoiced:
    """Shipments that nobody has billed, the oldest first."""
    words = {name: getattr(asked, name) for name in UnbilledQuery.__struct_fields__}
    return uninvoiced(visit.desk, within(visit.scope, UninvoicedSearch(**words)))


@API.post("/invoices", may=Authority.INVOICE_MAINTENANCE, body=Billed, answer=InvoiceStep)
def make_invoice(visit: Visit, said: Billed) -> InvoiceStep:
    """Bill shipments: saved as New, or handed in at once."""
    vendor = visit.scope.vendor or said.vendor
    if vendor is None or said.vendor not in {None, vendor}:
        raise NotFound(f"there is no vendor {said.vendor}" if said.vendor else "it is not said whose invoice it is", remedy="Say vendor.")
    changes = said.changes or InvoiceEdit()
    chosen = Chosen(number=said.number, date=said.date, shipments=said.shipments, changes=changes, ending=_ending(said))
    return invoice_acts.make(visit.desk, chosen, vendor=vendor, mode=mode_of(said))


@API.post("/invoices/{number}/edit", may=Authority.INVOICE_MAINTENANCE, body=Edited, answer=InvoiceStep)
def edit_invoice(visit: Visit, said: Edited) -> InvoiceStep:
    """Change an invoice that is New or Rejected; what is left away stays. With `submit` it is handed in at once."""
    number, vendor = _whose(visit, said.vendor)
    return invoice_acts.edit(visit.desk, number, said.changes, vendor=vendor, ending=_ending(said), mode=mode_of(said))


@API.post("/invoices/{number}/submit", may=Authority.INVOICE_MAINTENANCE, body=Meant, answer=InvoiceStep)
def submit_invoice(visit: Visit, said: Meant) -> InvoiceStep:
    """Hand an invoice in."""
    number, vendor = _whose(visit, said.vendor)
    return invoice_acts.submit(visit.desk, number, vendor=vendor, mode=mode_of(said))


@API.post("/invoices/{number}/delete", may=Authority.INVOICE_MAINTENANCE, body=Meant, answer=InvoiceStep)
def delete_invoice(visit: Visit, said: Meant) -> InvoiceStep:
    """Take back an invoice that is New or Rejected."""
    number, vendor = _whose(visit, said.vendor)
    return invoice_acts.delete(visit.desk, number, vendor=vendor, mode=mode_of(said))


@API.post("/invoices/{number}/approve", may=Authority.INVOICE_REVIEW, body=Judgement, answer=InvoiceStep)
def approve_invoice(visit: Visit, said: Judgement) -> InvoiceStep:
    """Approve a held invoice."""
    return invoice_acts.approve(visit.desk, _known(visit, said), reason=said.reason, vendor=said.vendor, mode=mode_of(said))


@API.post("/invoices/{number}/reject", may=Authority.INVOICE_REVIEW, body=Judgement, answer=InvoiceStep)
def reject_invoice(visit: Visit, said: Judgement) -> InvoiceStep:
    """Give a held invoice back to its vendor."""
    return invoice_acts.reject(visit.desk, _known(visit, said), reason=said.reason, vendor=said.vendor, mode=mode_of(said))


@API.post("/invoices/{number}/repost", may=Authority.INVOICE_REVIEW, body=Judgement, answer=InvoiceStep)
def repost_invoice(visit: Visit, said: Judgement) -> InvoiceStep:
    """Send a posted invoice with the next posting again."""
    return invoice_acts.repost(visit.desk, _known(visit, said), reason=said.reason, vendor=said.vendor, mode=mode_of(said))


def _ending(said: Billed | Edited) -> Ending:
    return Ending.SUBMIT if said.submit else Ending.SAVE


def _whose(visit: Visit, vendor: str | None) -> tuple[str, str]:
    """Number and vendor of an invoice that who asks may see."""
    sheet = show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=vendor)
    return sheet.number, sheet.vendor


def _known(visit: Visit, said: Judgement) -> str:
    """The number of an invoice that who asks may see."""
    return show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=said.vendor).number
