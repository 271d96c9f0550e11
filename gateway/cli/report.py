"""`gateway report items`: the lines of orders with how far they have come, as a table, a CSV file or a workbook."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.opened import Limit, as_day, chosen, day, opened
from gateway.cli.output import Form, progress, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.domain.order import LineStatus
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

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


@app.callback()
def noun() -> None:
    """Reports for people."""


@app.command()
def items(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    *,
    created_from: Annotated[datetime | None, day("--from", "Orders created on this day or later.")] = None,
    created_to: Annotated[datetime | None, day("--to", "Orders created on this day or before.")] = None,
    last: Annotated[int | None, typer.Option("--last", metavar="DAYS", help="Orders created today or in the days before.", min=0)] = None,
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
        today = here.gateway.clock.now().astimezone(here.zone).date()
        search = ItemStatusSearch(
            entered_from=as_day(created_from) if last is None else today - timedelta(days=last),
            entered_to=as_day(created_to) if last is None else today,
            org=organization,
            vendor=vendor,
            brand=brand,
            statuses=chosen(status, LineStatus, what="status of a line"),
        )
        with progress("Collecting lines"), here.gateway.store.reading() as connection:
            frame = reports.item_status_frame(item_status(connection, search), here.gateway.master.references.known)
    for path, write in ((csv, reports.write_csv), (xlsx, reports.write_xlsx)):
        if path is not None:
            with progress(f"Writing {path.name}"):
                _written(path, frame, write)
            if form is Form.TABLE:
                say(f"{len(frame)} lines are in {path}.")
    rows = _rows(frame.to_dict("records"))
    if form is Form.JSON:
        show_json(rows)
    elif csv is None and xlsx is None:
        show_rows(rows[:limit], form, columns=COLUMNS, none="No line is like that.")
        if len(rows) > limit:
            say(f"{len(rows) - limit} more; see them with --limit, or all in a file with --csv or --xlsx.")
        if rows:
            show_rows(_rows(reports.by_status(frame).to_dict("records")), form, columns=SUMMARY, none="")


def _written(path: Path, frame: pd.DataFrame, write: Callable[[pd.DataFrame, Path], None]) -> None:
    """Write a file; that it cannot be written is no defect of ours."""
    try:
        write(frame, path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def _rows(records: Sequence[Mapping[Hashable, object]]) -> list[dict[str, object]]:
    """Rows of a frame as plain values."""
    return [{str(name): value for name, value in record.items()} for record in records]
