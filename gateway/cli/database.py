"""`gateway db upgrade | check`: bring the database to this version, or say what is not right with it."""

from __future__ import annotations

import typer

from gateway.cli.exits import Exit
from gateway.cli.output import Form, say, show_rows
from gateway.cli.session import AsJson, session_of

app = typer.Typer(help="The database of this workspace.", no_args_is_help=True)


@app.command()
def upgrade(context: typer.Context) -> None:
    """Create the tables, or change them to what this version needs; may be repeated."""
    from gateway.store.migrations import upgrade as upgrade_store

    steps = upgrade_store(session_of(context).legible.database_url)
    say(f"Upgraded: {', '.join(steps)}." if steps else "The database is current; nothing was done.")


@app.command()
def check(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Compare the tables of the database with what this version needs; exit with 7 when something differs. What is in them: verify."""
    from gateway.store.migrations import check as check_store

    url = session_of(context).legible.database_url
    differences = check_store(url)
    rows = [{"difference": difference} for difference in differences]
    show_rows(rows, Form.of(as_json), columns={"difference": "Difference"}, none="The database is as this version needs it.")
    if differences:
        raise typer.Exit(Exit.DIFFERENCES)
