"""`gateway find KEY`: the search box of the console, for who sits at a shell."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.opened import opened
from gateway.cli.output import Form, show_rows
from gateway.cli.session import AsJson
from gateway.domain.access import EVERYTHING, Authority

COLUMNS = {"kind": "Kind", "id": "Number", "of": "Vendor", "told": "What"}


def find(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="A number or a name, or the beginning of one.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what KEY names: orders, invoices, batches, received and outgoing files; exact hits first, at most ten of a kind.

    Orders are found by their number, sales order or any tracking number, files by their number, their name, or the control number
    of an interchange, group or set in them (of groups and sets with at least four signs: 0074).
    """
    from gateway.desk import finding

    form = Form.of(as_json)
    with opened(context) as here:
        hits = finding.find(here.gateway.store, key[: finding.LONGEST], frozenset(Authority), scope=EVERYTHING)
        show_rows(here.rows(hits, form), form, columns=COLUMNS, none="Nothing begins like that.")
