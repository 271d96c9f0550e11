"""`gateway batch list | show | cut | acknowledge | request | void | reissue`: what was sent to the vendors, what goes, what comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from gateway.cli.making import deliver_now, make_now
from gateway.cli.opened import HIGHEST, LARGEST, Before, DryRun, Limit, at_work, chosen, day, mode_of, opened
from gateway.cli.order_acts import tell
from gateway.cli.output import Form, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.cli.taking_back import Orders, Reason, quantities_of, tell_taken_back
from gateway.domain.access import EVERYTHING
from gateway.domain.outcome import BatchState

app = typer.Typer(help="Batches of orders, sent to vendors.", no_args_is_help=True)

COLUMNS = {
    "number": "Batch",
    "vendor": "Vendor",
    "channel": "Channel",
    "state": "State",
    "orders": "Orders",
    "lines": "Lines",
    "quantity": "Quantity",
    "made_at": "Made",
    "acknowledged_at": "Acknowledged",
    "item_id": "Outbox",
}
HEADER = {
    "number": "Batch",
    "vendor": "Vendor",
    "channel": "Channel",
    "state": "State",
    "made_at": "Made",
    "acknowledged_at": "Acknowledged",
    "replaces": "Replaces",
    "orders": "Orders",
    "quantity": "Quantity",
}
LINES = {"order_number": "PO", "line": "Line", "quantity": "Quantity", "live": "Live"}
FILE = {"id": "Outbox", "file": "File", "state": "State", "ack": "Acknowledgement", "sent_at": "Sent"}
GOING = {"order_number": "PO", "lines": "Lines", "quantity": "Quantity"}
PLAN = {"channel": "Channel", "vendor": "Vendor", "order_number": "PO", "entered_on": "Created", "lines": "Lines", "quantity": "Quantity"}


@app.command("list")
def list_batches(
    context: typer.Context,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", help="cutting, open, acknowledged, closed or void; may be repeated.")
    ] = None,
    made_from: Annotated[datetime | None, day("--made-from", "Made on this day or later.")] = None,
    made_to: Annotated[datetime | None, day("--made-to", "Made on this day or before.")] = None,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List batches, the newest first."""
    from gateway.desk.batches import search_batches
    from gateway.store.queries import BatchSearch

    states = chosen(state, BatchState, what="state")
    with opened(context) as here:
        end = here.start_of(made_to + timedelta(days=1)) if made_to else None
        search = BatchSearch(vendor=vendor, states=states, made_from=here.start_of(made_from), made_before=end)
        page = search_batches(here.gateway.store, search, scope=EVERYTHING, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none=here.nothing("No batch is like that.", vendor))


@app.command()
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", max=HIGHEST, help="The number of the batch.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a batch: its lines, how far it has come, and its file."""
    from gateway.desk.batches import show_batch

    with opened(context) as here:
        sheet = show_batch(here.gateway.store, number, scope=EVERYTHING)
        if as_json:
            show_json(sheet)
            return
        show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
        here.show_part("Lines", sheet.lines, columns=LINES)
        here.show_part("File", (sheet.item,) if sheet.item else (), columns=FILE)


@app.command()
def cut(
    context: typer.Context,
    partner: Annotated[
        str | None, typer.Argument(metavar="[PARTNER]", help="A vendor's code or connector; all vendors when none is named.")
    ] = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Cut batches of the orders that wait now, whatever the timetable says, and send them.

    A node that serves this workspace does the work; when none does, this command does it.
    """
    from gateway.config import Gathering
    from gateway.desk.making import jobs_of, plan_batch

    form = Form.of(as_json)
    with at_work(context) as here:
        jobs = jobs_of(here.gateway.workspace, Gathering.NEW_ORDERS, partner=partner)
        plan = [(job, plan_batch(here.gateway.tools, job)) for job in jobs]
        if dry_run:
            orders = tuple(order for _, found in plan for order in found)
            show_rows(here.rows(orders, form), form, columns=PLAN, none="Nothing waits to be sent.")
            return
        make_now(here, [job for job, found in plan if found], form, none="Nothing waits to be sent.")


@app.command()
def acknowledge(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", max=HIGHEST, help="The number of the batch.")],
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """The vendor has the batch: its lines go In Process."""
    from gateway.desk.telling import acknowledge as do

    with opened(context) as here:
        none = "None of its lines waits for it: nothing is written into the history of an order."
        tell(do(here.desk, number, mode=mode_of(dry_run)), Form.of(as_json), what=f"Batch {number}", none=none)


@app.command()
def request(
    context: typer.Context,
    vendor: Annotated[str, typer.Argument(metavar="VENDOR", help="Code of the vendor.")],
    *,
    batch: Annotated[
        int | None, typer.Option("--batch", max=HIGHEST, help="This batch again, as it is now; nothing about it changes.")
    ] = None,
    most: Annotated[int | None, typer.Option("--most", min=1, max=LARGEST, help="At most so many orders.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Ask for a batch in the vendor's place: what is new, or one that was sent before; a node makes the file within a second."""
    from gateway.desk.telling import request_batch

    with opened(context) as here:
        told = request_batch(here.desk, vendor, batch=batch, most=most, mode=mode_of(dry_run))
        if as_json:
            show_json(told)
            return
        what = f"batch {batch}" if batch is not None else f"what is new for {vendor}"
        say(f"{what} would go:" if dry_run else f"A node makes the file of {what} within a second:")
        show_rows(here.rows(told.orders, Form.TABLE), Form.TABLE, columns=GOING, none="Nothing: no line is on that batch any more.")


@app.command()
def void(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="BATCH", max=HIGHEST, help="The number of the batch.")],
    *,
    order: Orders = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a batch back that went out as a file: its lines are New Order again and go with the next batch.

    A file that has not left yet does not leave any more; a vendor that has it must be told.
    """
    from gateway.desk import again

    mode = mode_of(dry_run)
    with at_work(context) as here:
        tell_taken_back(
            again.void(here.desk, here.gateway.tools, number, way=again.Way.FILE, orders=order or (), reason=reason, mode=mode),
            Form.of(as_json),
        )


@app.command()
def reissue(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="BATCH", max=HIGHEST, help="The number of the batch.")],
    *,
    line: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="PO:LINE=QTY", help="Send so much of a line, 0 takes it off; may be repeated. Others stay."),
    ] = None,
    order: Orders = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send what is left of a batch as a new file with a new number; the old batch is void, held lines are left out."""
    from gateway.desk import again

    mode = mode_of(dry_run)
    with at_work(context) as here:
        quantities = quantities_of(line)
        done = again.make_again(
            here.desk, here.gateway.tools, number, quantities, way=again.Way.FILE, orders=order or (), reason=reason, mode=mode
        )
        if done.item is not None and not dry_run:
            deliver_now(here, [done.item], before={})
        tell_taken_back(done, Form.of(as_json))
