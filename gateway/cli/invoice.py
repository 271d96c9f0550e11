"""`gateway invoice list | show | uninvoiced | post`: vendors' invoices from their shipments to their posting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from gateway.cli import invoice_acts
from gateway.cli.invoice_acts import Number, Whose
from gateway.cli.making import make_now
from gateway.cli.opened import Before, DryRun, Limit, as_day, at_work, chosen, day, opened
from gateway.cli.output import Form, complain, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.domain.access import EVERYTHING
from gateway.domain.outcome import InvoiceState

app = typer.Typer(help="Invoices of the vendors.", no_args_is_help=True)

COLUMNS = {
    "number": "Invoice",
    "vendor": "Vendor",
    "state": "State",
    "dated_on": "Date",
    "lines": "Lines",
    "total": "Total",
    "currency": "Currency",
    "out_of_balance": "Costs differ",
    "posted_at": "Posted",
}
HEADER = {
    "number": "Invoice",
    "vendor": "Vendor",
    "state": "State",
    "type": "Type",
    "dated_on": "Date",
    "system": "System",
    "total": "Total",
    "currency": "Currency",
    "freight": "Freight",
    "handling": "Handling",
    "other": "Other",
    "description": "Description",
    "discount_percent": "Discount percent",
    "discount_days": "Discount days",
    "gross_days": "Gross days",
    "posted_at": "Posted",
    "runs": "Posting runs",
}
LINES = {
    "line": "Line",
    "order_number": "PO",
    "order_line": "PO line",
    "item": "Item",
    "shipped_on": "Shipped",
    "quantity": "Quantity",
    "po_unit_cost": "PO unit cost",
    "unit_cost": "Unit cost",
    "out_of_balance": "Out of balance",
    "freight": "Freight",
    "handling": "Handling",
    "other": "Other",
}
HISTORY = {"at": "Date and time", "actor": "User", "action": "Action", "from_state": "From", "to_state": "To", "reason": "Reason"}
PLAN = {
    "channel": "Channel",
    "system": "System",
    "vendor": "Vendor",
    "number": "Invoice",
    "dated_on": "Date",
    "total": "Total",
    "currency": "Currency",
}

UNINVOICED = {
    "id": "Shipment",
    "vendor": "Vendor",
    "order_number": "PO",
    "order_line": "PO line",
    "item": "Item",
    "shipped_on": "Shipped",
    "quantity": "Quantity",
    "unit_cost": "PO unit cost",
    "amount": "Amount",
    "currency": "Currency",
    "tracking": "Tracking",
    "invoice_number": "Told number",
}


@app.command("list")
def list_invoices(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    *,
    state: Annotated[list[str] | None, typer.Option("--state", help="New, Held, Rejected, Approved or Posted; may be repeated.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="The invoice number begins like this.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="The PO number of a line begins like this.")] = None,
    sales_order: Annotated[str | None, typer.Option("--sales-order", help="The sales order of a line begins like this.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="The item of a line begins like this.")] = None,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    system: Annotated[str | None, typer.Option("--system", help="Code of the originating system.")] = None,
    dated_from: Annotated[datetime | None, day("--dated-from", "Dated on this day or later.")] = None,
    dated_to: Annotated[datetime | None, day("--dated-to", "Dated on this day or before.")] = None,
    shipped_from: Annotated[datetime | None, day("--shipped-from", "A line was shipped on this day or later.")] = None,
    shipped_to: Annotated[datetime | None, day("--shipped-to", "A line was shipped on this day or before.")] = None,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List invoices, the newest first."""
    from gateway.desk.invoices import awaiting_review, search_invoices
    from gateway.store.queries import InvoiceSearch

    search = InvoiceSearch(
        vendor=vendor,
        system=system,
        states=chosen(state, InvoiceState, what="state"),
        number=number,
        order_number=order,
        sales_order=sales_order,
        item=item,
        dated_from=as_day(dated_from),
        dated_to=as_day(dated_to),
        shipped_from=as_day(shipped_from),
        shipped_to=as_day(shipped_to),
    )
    with opened(context) as here:
        page = search_invoices(here.gateway.store, search, scope=EVERYTHING, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none=here.nothing("No invoice is like that.", vendor))
        held = 0 if as_json else awaiting_review(here.gateway.store)
    if held:
        say(f"{held} invoice{'' if held == 1 else 's'} held for the retailer's review: gateway invoice list --state Held")


@app.command()
def show(context: typer.Context, number: Number, *, vendor: Whose = None, as_json: AsJson = False) -> None:
    """Show an invoice: its lines against their orders, its history, its postings."""
    from gateway.desk.invoices import show_invoice

    with opened(context) as here:
        sheet = show_invoice(here.desk, number, scope=EVERYTHING, vendor=vendor)
        if as_json:
            show_json(sheet)
            return
        show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
        here.show_part("Lines", sheet.lines, columns=LINES)
        here.show_part("History", sheet.history, columns=HISTORY)


@app.command("uninvoiced")
def list_uninvoiced(
    context: typer.Context,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="The PO number begins like this.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="The item begins like this.")] = None,
    told: Annotated[
        str | None, typer.Option("--number", help="The vendor confirmed it under an invoice number that begins like this.")
    ] = None,
    shipped_from: Annotated[datetime | None, day("--shipped-from", "Shipped on this day or later.")] = None,
    shipped_to: Annotated[datetime | None, day("--shipped-to", "Shipped on this day or before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List shipments from which an invoice can be made, the oldest first, at most 500."""
    from gateway.desk.invoices import uninvoiced
    from gateway.store.queries import UninvoicedSearch

    form = Form.of(as_json)
    search = UninvoicedSearch(
        vendor=vendor,
        order_number=order,
        item=item,
        told_number=told,
        shipped_from=as_day(shipped_from),
        shipped_to=as_day(shipped_to),
    )
    with opened(context) as here:
        found = uninvoiced(here.desk, search)
        show_rows(here.rows(found.rows, form), form, columns=UNINVOICED, none=here.nothing("No shipment waits for an invoice.", vendor))
    if found.more:
        words = f"{found.more} more; see them with --order, --shipped-from or --shipped-to, or bill these first."
        say(words) if form is Form.TABLE else complain(words)


@app.command()
def post(
    context: typer.Context,
    partner: Annotated[
        str | None, typer.Argument(metavar="[PARTNER]", help="A system's code or connector; all systems when none is named.")
    ] = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Post the approved invoices now, whatever the timetable says; they are Posted once their file has its final name.

    A node that serves this workspace does the work; when none does, this command does it.
    """
    from gateway.config import Gathering
    from gateway.desk.making import jobs_of, plan_posting

    form = Form.of(as_json)
    with at_work(context) as here:
        jobs = jobs_of(here.gateway.workspace, Gathering.APPROVED_INVOICES, partner=partner)
        plan = [(job, plan_posting(here.gateway.tools, job)) for job in jobs]
        if dry_run:
            due = tuple(it for _, found in plan for it in found)
            show_rows(here.rows(due, form), form, columns=PLAN, none="No invoice waits to be posted.")
            return
        make_now(here, [job for job, found in plan if found], form, none="No invoice waits to be posted.")


app.command("create")(invoice_acts.create)
app.command("edit")(invoice_acts.edit)
app.command("submit")(invoice_acts.submit)
app.command("approve")(invoice_acts.approve)
app.command("reject")(invoice_acts.reject)
app.command("delete")(invoice_acts.delete)
app.command("repost")(invoice_acts.repost)
