"""`gateway expectation list`: what should come through channels, and how it stands."""

from __future__ import annotations

import typer

from gateway.cli.opened import opened
from gateway.cli.output import Form, show_rows
from gateway.cli.session import AsJson

app = typer.Typer(help="What should come by when (`expect` of connectors), and how it stands.", no_args_is_help=True)

COLUMNS = {
    "connector": "Connector",
    "channel": "Channel",
    "expects": "Expected",
    "day": "Day",
    "here": "Here",
    "at_least": "Of",
    "due_at": "Judged at",
    "missing": "Missing",
    "alarms": "Alarms",
}


@app.callback()
def expectations() -> None:
    """What should come by when, and how it stands."""


@app.command("list")
def list_expectations(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the channels that something is expected from: what is here for the day that is judged next, and what is missing.

    Missing files are alarms: gateway alarm list.
    """
    from gateway.desk.expectations import all_expectations

    form = Form.of(as_json)
    with opened(context) as here:
        gateway = here.gateway
        sheets = all_expectations(gateway.store, gateway.workspace, now=gateway.clock.now())
        show_rows(here.rows(sheets, form), form, columns=COLUMNS, none="Nothing is expected: no channel has expect.")
