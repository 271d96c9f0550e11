"""Invoices: the inquiry, one invoice, and what becomes of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk import invoice_acts
from gateway.desk.acting import Mode
from gateway.desk.invoice_acts import InvoiceStep
from gateway.desk.invoices import InvoiceSheet, search_invoices, show_invoice
from gateway.domain.access import Authority
from gateway.domain.outcome import InvoiceState
from gateway.store.queries import InvoiceRow, InvoiceSearch
from gateway.web.api.operations import Api, Rows, behind, rows_of
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


@API.post("/invoices/{number}/approve", may=Authority.INVOICE_REVIEW, body=Judgement, answer=InvoiceStep)
def approve_invoice(visit: Visit, said: Judgement) -> InvoiceStep:
    """Approve a held invoice."""
    return invoice_acts.approve(visit.desk, _known(visit, said), reason=said.reason, vendor=said.vendor, mode=_mode(said))


@API.post("/invoices/{number}/reject", may=Authority.INVOICE_REVIEW, body=Judgement, answer=InvoiceStep)
def reject_invoice(visit: Visit, said: Judgement) -> InvoiceStep:
    """Give a held invoice back to its vendor."""
    return invoice_acts.reject(visit.desk, _known(visit, said), reason=said.reason, vendor=said.vendor, mode=_mode(said))


@API.post("/invoices/{number}/repost", may=Authority.INVOICE_REVIEW, body=Judgement, answer=InvoiceStep)
def repost_invoice(visit: Visit, said: Judgement) -> InvoiceStep:
    """Send a posted invoice with the next posting again."""
    return invoice_acts.repost(visit.desk, _known(visit, said), reason=said.reason, vendor=said.vendor, mode=_mode(said))


def _known(visit: Visit, said: Judgement) -> str:
    """The number of an invoice that who asks may see."""
    return show_invoice(visit.desk, visit.path["number"], scope=visit.scope, vendor=said.vendor).number


def _mode(said: Judgement) -> Mode:
    return Mode.REHEARSAL if said.dry_run else Mode.EARNEST
