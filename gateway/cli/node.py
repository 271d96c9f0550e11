"""`gateway node list`: the processes that work on this store, what they do and hold, and which have gone silent."""

from __future__ import annotations

import typer

from gateway.cli.opened import opened
from gateway.cli.output import Form, complain, show_rows
from gateway.cli.session import AsJson

app = typer.Typer(help="The processes that work on this store.", no_args_is_help=True)

COLUMNS = {
    "run": "Run",
    "name": "Name",
    "version": "Version",
    "roles": "Roles",
    "since": "Since",
    "beat_at": "Last sign of life",
    "is_silent": "Silent",
    "polls": "Polls",
    "leases": "Leases",
    "work": "Work",
}


@app.callback()
def nodes() -> None:
    """The processes that work on this store."""


@app.command("list")
def list_nodes(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the processes that serve this workspace's store, the oldest first.

    A silent one has given no sign of life for as long as a lease holds: the others have taken over what it held.
    """
    from gateway.desk.nodes import all_nodes, missing_roles

    form = Form.of(as_json)
    with opened(context) as here:
        lease = here.gateway.workspace.settings.work.lease
        sheets = all_nodes(here.gateway.store, now=here.gateway.clock.now(), lease=lease)
        rows = here.rows(tuple(sheets), form)
    if form is Form.TABLE:
        rows = [{**row, "work": [f"{rows} {kind}" for kind, rows in sheet.work.items()]} for row, sheet in zip(rows, sheets, strict=True)]
    show_rows(rows, form, columns=COLUMNS, none="Nobody is at work; start one with: gateway serve")
    if missing := missing_roles(sheets):
        complain(f"Nobody does: {', '.join(missing)}. Start a node for it: gateway serve --only {','.join(missing)}")
