"""`gateway verify`: whether ledger, database, archive and the partners' folders agree."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import Form, complain, progress, say, show_json, show_rows
from gateway.cli.session import AsJson, session_of
from gateway.kernel.instants import retold

COLUMNS = {"part": "Part", "check": "Check", "subject": "What", "text": "Found", "meaning": "Meaning", "remedy": "What to do"}

AGREES = "What was looked at agrees"


def verify(
    context: typer.Context,
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Read every file of the archive, and those sent lately, to the end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare schema, ledger, database, archive and the partners' folders with each other; exit with 7 when something differs.

    Exits with 4 when nothing differs but a partner's folders could not be looked at.

    Reads only; may run beside a serving node.
    """
    from gateway.archive import Archive
    from gateway.delivery import Onlooker
    from gateway.kernel.clock import SystemClock
    from gateway.recovery import Shelves, Verifier, rows_of
    from gateway.store import Durability, Store
    from gateway.transports import Connections
    from gateway.transports.endpoints import Endpoints

    workspace, clock = session_of(context).legible, SystemClock()
    store = Store(workspace.database_url, durability=Durability.UNCHECKED)
    archive, connections = Archive(workspace.paths.archive), Connections(clock)
    shelves = Shelves(Endpoints(workspace, connections, gate=Onlooker(store, clock)), store=store, archive=archive, clock=clock)
    try:
        with progress("Looking through the archive") as advance:
            found = Verifier(workspace, store, archive, shelves, clock).look(deep=deep, advance=advance)
    finally:
        connections.close()
        store.close()
    rows = list(rows_of(found))
    if as_json:
        show_json({"differences": rows, "not_looked_at": dict(found.not_looked_at), "notes": found.notes, "counted": found.counted})
    else:
        counted = ", ".join(f"{count} {what}" for what, count in found.counted.items())
        show_rows(rows, Form.TABLE, columns=COLUMNS, none=f"{AGREES if found.not_looked_at else 'Everything agrees'}: {counted}.")
        for name, reason in found.not_looked_at.items():
            say(f"{name}: its folders could not be looked at: {retold(reason, session_of(context).zone)}")
        for note in found.notes:
            say(note)
    if rows:
        complain("1 difference." if len(rows) == 1 else f"{len(rows)} differences.")
        raise typer.Exit(Exit.DIFFERENCES)
    if found.not_looked_at:
        complain(
            f"Not looked at: {', '.join(found.not_looked_at)}. See what is wrong with: gateway connector check, gateway connector test NAME"
        )
        raise typer.Exit(Exit.UNAVAILABLE)
