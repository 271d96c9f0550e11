"""`gateway stock list`: what vendors have of their items, by their newest word."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.opened import LARGEST, Limit, opened
from gateway.cli.output import Form, complain, say, show_rows
from gateway.cli.session import AsJson

app = typer.Typer(help="What vendors have.", no_args_is_help=True)
COLUMNS = {
    "vendor": "Vendor",
    "item": "Item",
    "available": "Available",
    "as_of": "As of",
    "next_quantity": "Next",
    "next_on": "On",
    "status": "Status",
    "message_id": "Message",
}


@app.command("list")
def list_stock(
    context: typer.Context,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="The item begins like this.")] = None,
    below: Annotated[int | None, typer.Option("--below", min=1, max=LARGEST, help="Less than so many are there.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what vendors have, by vendor and item."""
    from gateway.store.stock import StockSearch
    from gateway.store.stock import list_stock as found_stock

    form = Form.of(as_json)
    with opened(context) as here, here.gateway.store.reading() as connection:
        found = found_stock(connection, StockSearch(vendor=vendor, item=item, below=below), most=limit + 1)
        show_rows(
            here.rows(tuple(found[:limit]), form), form, columns=COLUMNS, none=here.nothing("No vendor has told of such an item.", vendor)
        )
    if len(found) > limit:
        words = "There are more; see them with --limit, or ask for less with --vendor and --item."
        say(words) if form is Form.TABLE else complain(words)
