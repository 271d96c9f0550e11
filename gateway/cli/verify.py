"""`gateway verify`: whether ledger, database, archive and the partners' folders agree."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import Form, complain, progress, say, show_json, show_rows
from gateway.cli.session import AsJson, session_of

COLUMNS = {"part": "Part", "check": "Check", "subject": "What", "text": "Found", "meaning": "Meaning", "remedy": "What to do"}


def verify(
    context: typer.Context,
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Read every file of the archive, and those sent lately, to the end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare schema, ledger, database, archive and the partners' folders with each other; exit with 7 when something differs.

    Reads only; may run beside a serving node.
    """
    from gateway.archive import Archive
    from gateway.kernel.clock import SystemClock
    from gateway.recovery import Shelves, Verifier, rows_of
    from gateway.store import Durability, Store
    from gateway.transports import Connections
    from gateway.transports.endpoints import Endpoints

    workspace, clock = session_of(context).workspace, SystemClock()
    store = Store(workspace.database_url, durability=Durability.UNCHECKED)
    archive, connections = Archive(workspace.paths.archive), Connections(clock)
    shelves = Shelves(Endpoints(workspace, connections), store=store, archive=archive, clock=clock)
    try:
        with progress("Looking through the archive") as advance:
            found = Verifier(workspace, store, archive, shelves, clock).look(deep=deep, advance=advance)
    finally:
        connections.close()
        store.close()
    rows = list(rows_of(found))
    if as_json:
        show_json({"differences": rows, "notes": found.notes, "counted": found.counted})
    else:
        counted = ", ".join(f"{count} {what}" for what, count in found.counted.items())
        show_rows(rows, Form.TABLE, columns=COLUMNS, none=f"Everything agrees: {counted}.")
        for note in found.notes:
            say(note)
    if rows:
        complain(f"{len(rows)} differences.")
        raise typer.Exit(Exit.DIFFERENCES)
