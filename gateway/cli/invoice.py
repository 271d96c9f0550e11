"""`gateway invoice list | show | approve | reject | delete | post`: vendors' invoices from their arrival to their posting."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.making import make_now
from gateway.cli.opened import Before, DryRun, Limit, as_day, chosen, day, opened, reason_of
from gateway.cli.output import Form, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.domain.outcome import InvoiceState

if TYPE_CHECKING:
    from gateway.desk.acting import Mode
    from gateway.desk.invoices import InvoiceStep

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

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The number of the invoice.")]
Whose = Annotated[str | None, typer.Option("--vendor", help="Code of the vendor, where several have used the number.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; mandatory, stands in the history and is shown to the vendor.")]


@app.command("list")
def list_invoices(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    *,
    state: Annotated[list[str] | None, typer.Option("--state", help="New, Held, Rejected, Approved or Posted; may be repeated.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="The invoice number begins like this.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="The PO number of a line begins like this.")] = None,
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
    from gateway.desk.invoices import search_invoices
    from gateway.store.queries import InvoiceSearch

    search = InvoiceSearch(
        vendor=vendor,
        system=system,
        states=chosen(state, InvoiceState, what="state"),
        number=number,
        order_number=order,
        item=item,
        dated_from=as_day(dated_from),
        dated_to=as_day(dated_to),
        shipped_from=as_day(shipped_from),
        shipped_to=as_day(shipped_to),
    )
    with opened(context) as here:
        page = search_invoices(here.gateway.store, search, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none="No invoice is like that.")


@app.command()
def show(context: typer.Context, number: Number, *, vendor: Whose = None, as_json: AsJson = False) -> None:
    """Show an invoice: its lines against their orders, its history, its postings."""
    from gateway.desk.invoices import show_invoice

    with opened(context) as here:
        sheet = show_invoice(here.desk, number, vendor=vendor)
        if as_json:
            show_json(sheet)
            return
        show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
        here.show_part("Lines", sheet.lines, columns=LINES)
        here.show_part("History", sheet.history, columns=HISTORY)


@app.command()
def approve(
    context: typer.Context, number: Number, *, reason: Reason = None, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Approve a held invoice; it goes out with the next posting."""
    from gateway.desk import invoices

    with opened(context) as here:
        done = invoices.approve(here.desk, number, reason=reason_of(reason, dry_run=dry_run), vendor=vendor, mode=_mode(dry_run))
    _tell(done, Form.of(as_json))


@app.command()
def reject(
    context: typer.Context, number: Number, *, reason: Reason = None, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Reject a held invoice; the vendor mends and sends it again, or deletes it."""
    from gateway.desk import invoices

    with opened(context) as here:
        done = invoices.reject(here.desk, number, reason=reason_of(reason, dry_run=dry_run), vendor=vendor, mode=_mode(dry_run))
    _tell(done, Form.of(as_json))


@app.command()
def repost(
    context: typer.Context, number: Number, *, reason: Reason = None, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Send a posted invoice again with the next posting, marked as sent before."""
    from gateway.desk import invoices

    with opened(context) as here:
        done = invoices.repost(here.desk, number, reason=reason_of(reason, dry_run=dry_run), vendor=vendor, mode=_mode(dry_run))
    if as_json:
        show_json(done)
    else:
        say(f"Invoice {done.number} of vendor {done.vendor} {'would go' if dry_run else 'goes'} out again with the next posting.")


@app.command()
def delete(context: typer.Context, number: Number, *, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Delete a new or rejected invoice; its number and its shipments are free again."""
    from gateway.desk import invoices

    with opened(context) as here:
        done = invoices.delete(here.desk, number, vendor=vendor, mode=_mode(dry_run))
    _tell(done, Form.of(as_json))


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
    with opened(context) as here:
        jobs = jobs_of(here.gateway.workspace, Gathering.APPROVED_INVOICES, partner=partner)
        plan = [(job, plan_posting(here.gateway.tools, job)) for job in jobs]
        if dry_run:
            due = tuple(it for _, found in plan for it in found)
            show_rows(here.rows(due, form), form, columns=PLAN, none="No invoice waits to be posted.")
            return
        make_now(here, [job for job, found in plan if found], form, none="No invoice waits to be posted.")


def _mode(dry_run: bool) -> Mode:  # noqa: FBT001 (the option --dry-run as typer gives it)
    from gateway.desk.acting import Mode

    return Mode.REHEARSAL if dry_run else Mode.EARNEST


def _tell(done: InvoiceStep, form: Form) -> None:
    from gateway.desk.acting import Mode

    if form is Form.JSON:
        show_json(done)
        return
    verb = "would be" if done.mode is Mode.REHEARSAL else "is"
    reached = f"{verb} {done.after}" if done.after else f"{verb} deleted"
    say(f"Invoice {done.number} of vendor {done.vendor} {reached}, it was {done.before}.")
