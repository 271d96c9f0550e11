"""`gateway report items | aging | reconcile`: tables for people, as CSV files and workbooks too."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.opened import Limit, Opened, as_day, chosen, day, one_of, opened
from gateway.cli.output import Form, progress, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.domain.order import LineStatus
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown

if TYPE_CHECKING:
    import pandas as pd

    from gateway.domain.reference import Reference

app = typer.Typer(help="Reports for people.", no_args_is_help=True)


COLUMNS = {
    "order_number": "PO",
    "entered_on": "Created",
    "vendor": "Vendor",
    "brand": "Brand",
    "line": "Line",
    "item": "Item",
    "description": "Description",
    "status": "Status",
    "ordered": "Ordered",
    "printed": "Printed",
    "shipped": "Shipped",
    "cancelled": "Cancelled",
    "due_on": "Due",
    "batch": "Batch",
}
SUMMARY = {
    "status": "Status",
    "lines": "Lines",
    "ordered": "Ordered",
    "printed": "Printed",
    "shipped": "Shipped",
    "cancelled": "Cancelled",
    "open": "Open",
    "extended": "Extended",
    "currency": "Currency",
}


LONG_AGO = 36_500
"""Days; there are no older orders."""


@app.callback()
def noun() -> None:
    """Reports for people."""


@app.command()
def items(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    *,
    created_from: Annotated[datetime | None, day("--from", "Orders created on this day or later.")] = None,
    created_to: Annotated[datetime | None, day("--to", "Orders created on this day or before.")] = None,
    last: Annotated[
        int | None, typer.Option("--last", metavar="DAYS", help="Orders created today or in the days before.", min=0, max=LONG_AGO)
    ] = None,
    organization: Annotated[str | None, typer.Option("--organization", help="Code of the organization.")] = None,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Code of the brand.")] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", help="New Order, In Process, Held, Shipped or Cancelled; may be repeated.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file.", dir_okay=False)] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook.", dir_okay=False)] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Report the status of every line of the orders created in a time: fixed with --from and --to, or rolling with --last."""
    from gateway import reports
    from gateway.store.queries import ItemStatusSearch, item_status

    if last is not None and (created_from or created_to):
        raise ConfigError("--last is a rolling time and --from, --to are a fixed one; give one of them")
    form = Form.of(as_json)
    with opened(context) as here:
        today, reference = here.gateway.clock.now().astimezone(here.zone).date(), _reference(here, vendor)
        search = ItemStatusSearch(
            entered_from=as_day(created_from) if last is None else today - timedelta(days=last),
            entered_to=as_day(created_to) if last is None else today,
            org=organization,
            vendor=vendor,
            brand=brand,
            statuses=chosen(status, LineStatus, what="status of a line"),
        )
        with progress("Collecting lines"), here.gateway.store.reading() as connection:
            frame = reports.item_status_frame(item_status(connection, search), reference)
    _write_files(frame, reports.items.HEADINGS, form, csv=csv, xlsx=xlsx, sheet="Items")
    rows = _rows(frame.to_dict("records"))
    if form is Form.JSON:
        show_json(rows)
    elif csv is None and xlsx is None:
        show_rows(rows[:limit], form, columns=COLUMNS, none="No line is like that.")
        if len(rows) > limit:
            say(f"{len(rows) - limit} more; see them with --limit, or all in a file with --csv or --xlsx.")
        if rows:
            show_rows(_rows(reports.by_status(frame).to_dict("records")), form, columns=SUMMARY, none="")


@app.command()
def aging(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="lines, batches or invoices.")],
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    since: Annotated[str, typer.Option("--by", help="Age of lines: entered or due.")] = "entered",
    buckets: Annotated[str, typer.Option("--buckets", metavar="DAYS", help="The upper days of the buckets.")] = "7,14,30,60",
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file.", dir_okay=False)] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook.", dir_okay=False)] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Report how long lines, batches or invoices have been open, in buckets of days, the oldest first."""
    from gateway.desk.reports import Ages, aged
    from gateway.reports import aging as ages

    form, bounds = Form.of(as_json), ages.read_bounds(buckets)
    wanted = one_of(what, ages.What, what="report") or ages.What.LINES
    by = one_of(since, ages.Since, what="kind of age") or ages.Since.ENTERED
    with opened(context) as here:
        today = here.gateway.clock.now().astimezone(here.zone).date()
        with progress(f"Collecting {wanted.value}"):
            asked = Ages(what=wanted, vendor=vendor, since=by, bounds=bounds, today=today, zone=here.zone)
            frame = aged(here.gateway.store, _reference(here, vendor), asked)
    headings = ages.HEADINGS[wanted]
    _write_files(frame, headings, form, csv=csv, xlsx=xlsx, sheet=f"Open {wanted.value}")
    rows, told = _rows(frame.to_dict("records")), _rows(ages.summary(frame, bounds).to_dict("records"))
    if form is Form.JSON:
        show_json({"as_of": today, "what": wanted.value, "buckets": list(ages.buckets(bounds)), "summary": told, "rows": rows})
    elif csv is None and xlsx is None:
        show_rows(rows[:limit], form, columns=headings, none=f"No {wanted.value} are open.")
        if len(rows) > limit:
            say(f"{len(rows) - limit} more; see them with --limit, or all in a file with --csv or --xlsx.")
        if rows:
            show_rows(told, form, columns=ages.summary_headings(frame, wanted, bounds), none="")


@app.command()
def reconcile(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What the partner has written down.", exists=True, dir_okay=False)],
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Compare with the lines of this vendor.")] = None,
    system: Annotated[
        str | None, typer.Option("--retailer", metavar="SYSTEM", help="Compare with the lines of this retailer's system.")
    ] = None,
    mapping: Annotated[str | None, typer.Option("--mapping", "-m", help="Read the file with this mapping; by default it is CSV.")] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="THEIRS=OURS", help="What a column means; may be repeated.")
    ] = None,
    dates: Annotated[
        str, typer.Option("--dates", help="Days in the CSV file: YYYY-MM-DD, MM/DD/YYYY, DD/MM/YYYY or DD.MM.YYYY.")
    ] = "YYYY-MM-DD",
    created_from: Annotated[datetime | None, day("--from", "Our orders created on this day or later.")] = None,
    created_to: Annotated[datetime | None, day("--to", "Our orders created on this day or before.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file.", dir_okay=False)] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook.", dir_okay=False)] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Compare a partner's file with the store: what only they have, what only we have, what differs. Nothing is changed.

    Exits with 7 when something differs.
    """
    from gateway import reports
    from gateway.desk.reports import Comparison, compared
    from gateway.domain.formats import DateFormat

    if (vendor is None) == (system is None):
        raise ConfigError("whose file is it? give --vendor CODE, or --retailer SYSTEM")
    form = Form.of(as_json)
    chosen_dates = one_of(dates, DateFormat, what="form of dates") or DateFormat.ISO
    with opened(context) as here, progress(f"Comparing {file.name}"):
        workspace = here.gateway.workspace
        reference = _reference(here, vendor)
        if system is not None and system not in reference.systems:
            raise ConfigError(unknown(system, reference.systems, what="system"))
        asked = Comparison(
            vendor=vendor,
            system=system,
            mapping=mapping,
            columns=reports.theirs.read_columns(column or ()),
            dates=chosen_dates,
            entered_from=as_day(created_from),
            entered_to=as_day(created_to),
        )
        found = compared(here.gateway.store, workspace, reference, file, asked)
    theirs, frame = found.theirs, found.frame
    counted = reports.reconcile.counts(frame)
    _write_files(frame, reports.reconcile.HEADINGS, form, csv=csv, xlsx=xlsx, sheet="Differences")
    rows = _rows(frame.to_dict("records"))
    if form is Form.JSON:
        told = {"file": file.name, "theirs": len(theirs.frame), "ours": found.ours, "compared": list(theirs.fields)}
        show_json({**told, "ignored": list(theirs.ignored), "findings": counted, "differences": rows})
    else:
        if csv is None and xlsx is None:
            show_rows(rows[:limit], form, columns=reports.reconcile.HEADINGS, none="Everything agrees.")
            if len(rows) > limit:
                say(f"{len(rows) - limit} more; see them with --limit, or all in a file with --csv or --xlsx.")
        say(f"{len(theirs.frame)} rows of theirs, {found.ours} lines of ours, compared: {', '.join(theirs.fields)}.")
        if theirs.ignored:
            say(f"Columns that mean nothing to us: {', '.join(theirs.ignored)}.")
        if rows:
            say(", ".join(f"{count} {finding}" for finding, count in counted.items() if count) + ".")
    if rows:
        raise typer.Exit(Exit.DIFFERENCES)


def _reference(here: Opened, vendor: str | None) -> Reference:
    """The master data with all vendors, as reports name them; ConfigError for a vendor that there is not."""
    from gateway.desk.master import every_vendor

    reference = every_vendor(here.gateway.master.references, here.gateway.store)
    if vendor is not None and vendor not in reference.vendors:
        raise ConfigError(f"{unknown(vendor, reference.vendors, what='vendor')}; see all: gateway vendor list")
    return reference


def _write_files(frame: pd.DataFrame, headings: Mapping[str, str], form: Form, *, csv: Path | None, xlsx: Path | None, sheet: str) -> None:
    """The files that were asked for; that one cannot be written is no defect of ours."""
    from gateway import reports

    for path in (csv, xlsx):
        if path is None:
            continue
        try:
            with progress(f"Writing {path.name}"):
                if path is csv:
                    reports.write_csv(frame, path, headings)
                else:
                    reports.write_xlsx(frame, path, headings, sheet=sheet)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error
        if form is Form.TABLE:
            say(f"{len(frame)} lines are in {path}.")


def _rows(records: Sequence[Mapping[Hashable, object]]) -> list[dict[str, object]]:
    """Rows of a frame as plain values."""
    return [{str(name): value for name, value in record.items()} for record in records]
