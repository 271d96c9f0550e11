"""`gateway connector list | check | test | trust`: whom we exchange files with, whether that is written down right and works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from gateway.cli.exits import Exit, exit_for
from gateway.cli.opened import DryRun, mode_of, opened, reason_of, user_name
from gateway.cli.output import Form, complain, local_row, say, show_json, show_rows
from gateway.cli.session import AsJson, session_of
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.config import Connector
    from gateway.desk.servers import ServerSheet
    from gateway.store.queries import EndpointRow

app = typer.Typer(help="The partners of this workspace and how they are reached.", no_args_is_help=True)

COLUMNS = {
    "connector": "Connector",
    "partner": "Partner",
    "code": "Code",
    "transport": "Transport",
    "enabled": "Enabled",
    "receive": "Receives",
    "send": "Sends",
    "state": "State",
    "since": "Since",
    "next_probe_at": "Next probe",
    "why": "Why",
}
STEPS = {"step": "Step", "folder": "Folder", "result": "Result", "text": "What was found"}

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Connectors; all when none is named.")]


@app.command("list")
def list_connectors(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the partners, one connector a line."""
    from gateway.desk.endpoints import endpoint_states
    from gateway.desk.servers import server_sheets

    workspace = session_of(context).legible
    states = endpoint_states(workspace)
    sheets = server_sheets(workspace, today=_today())
    rows = [
        _row(connector) | _state(states.get(name)) | to_builtins(sheets[name], builtin_types=(date, datetime))
        for name, connector in workspace.connectors.items()
    ]
    if not as_json:
        rows = [local_row(row, session_of(context).zone) for row in rows]
    show_rows(rows, Form.of(as_json), columns=COLUMNS, none="There are no connectors. Write one: connectors/NAME.yaml")
    for name, sheet in sheets.items() if not as_json else ():
        for note in notes_of(sheet):
            say(f"{name}: {note}")


def notes_of(sheet: ServerSheet) -> Iterator[str]:
    """What a person should know about a partner's server, a line each."""
    yield from (f"does not run: {text}" for text in sheet.lacks)
    yield from (f"cannot promise: {text}" for text in sheet.cannot_promise)
    yield from sheet.warnings


@app.command()
def check(context: typer.Context, names: Names = None, *, as_json: AsJson = False) -> None:
    """Check the files of connectors and the mappings they use; nothing is contacted."""
    from gateway.desk.partners import all_problems, library_of, mapping_warnings
    from gateway.desk.servers import server_sheets

    root = session_of(context).root
    files = {f"connectors/{name}.yaml": name for name in names or ()}
    missing = [name for file, name in files.items() if not (root / file).is_file()]
    if missing:
        raise ConfigError(f"there is no connectors/{missing[0]}.yaml")
    workspace, problems = all_problems(root)
    checked = list(names or workspace.connectors)
    found = [problem for problem in problems if not names or problem.file in files or problem.file.startswith("mappings/")]
    sheets = server_sheets(workspace, today=_today())
    warnings = [f"{name}: {text}" for name in checked if name in sheets for text in sheets[name].warnings]
    odd = [it for it in mapping_warnings(workspace, library_of(workspace)) if not names or it.file in files]
    warnings += map(str, odd)
    if as_json:
        show_json({"checked": checked, "problems": [to_builtins(problem) for problem in found], "warnings": warnings})
    else:
        for warning in warnings:
            complain(warning)
        for problem in found:
            complain(str(problem))
        say(f"{len(checked)} connectors checked, {len(found)} problems.")
    if found:
        raise typer.Exit(Exit.USAGE)


@app.command("test")
def try_connector(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The connector to try.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Reach the partner and try everything that delivery and pick-up will do; nothing is left behind."""
    from gateway.app import open_gateway
    from gateway.desk.servers import Switchboard, goes_on, prepare, server_sheets, try_server

    workspace = session_of(context).legible
    connector = workspace.connector(name)
    prepare(workspace, connector)
    with open_gateway(workspace) as gateway:
        board = Switchboard(gateway.store, gateway.clock, gateway.endpoints)
        steps = list(try_server(board, connector))
        went_on = all(step.error is None for step in steps) and goes_on(board, name)
    rows = [{"step": step.name, "folder": step.folder, "result": step.result, "text": step.text} for step in steps]
    if as_json:
        show_json(rows)
    else:
        tried = [row for row in rows if row["text"]]
        show_rows(tried, Form.TABLE, columns=STEPS, none="Nothing was tried.")
        left = len(rows) - len(tried)
        say(f"{len(tried)} steps tried" + (f", {left} not tried because of the failures above." if left else _ending(rows)))
        for note in notes_of(server_sheets(workspace, today=_today())[name]):
            say(note)
    error = next((step.error for step in steps if step.error is not None), None)
    if error is not None:
        raise typer.Exit(exit_for(error))
    if went_on:
        complain(f"{name} stood still and is tried again from now on.")


@app.command()
def trust(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The connector whose server shows the key.")],
    *,
    fingerprint: Annotated[str, typer.Option("--fingerprint", metavar="SHA256:…", help="The key, as the partner has told it to you.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Who confirmed it and how; kept for good.")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Trust a host key that the partner has confirmed by another way; it counts beside those of the connector.

    The server must show that very key now. Afterwards a partner that stood still is tried again.
    """
    from gateway.desk.servers import Switchboard
    from gateway.desk.servers import trust as trust_key

    why = reason_of(reason)
    connector = session_of(context).legible.connector(name)
    with opened(context) as it:
        mode = mode_of(dry_run)
        board = Switchboard(it.gateway.store, it.gateway.clock, it.gateway.endpoints)
        found = trust_key(board, connector, fingerprint, reason=why, actor=user_name(), mode=mode)
    if as_json:
        show_json(to_builtins(found) | {"dry_run": dry_run})
        return
    would = "would be" if dry_run else "is"
    told = f"{would} trusted from now on, beside those of connectors/{name}.yaml" if found.is_new else "counts already; nothing was changed"
    say(f"{found.kind} {found.fingerprint} of {name} {told}.")
    if found.goes_on:
        complain(f"{name} stood still and is tried again from now on.")


def _ending(rows: list[dict[str, str]]) -> str:
    failed = sum(row["result"] == "failed" for row in rows)
    return f", {failed} failed." if failed else ", all fine."


def _today() -> date:
    return datetime.now(UTC).date()


def _state(found: EndpointRow | None) -> dict[str, object]:
    """Whether the partner is tried, and if not, why and until when."""
    if found is None:
        return {"state": "", "since": None, "failures": 0, "next_probe_at": None, "why": ""}
    return {"state": found.state, "since": found.since, "failures": found.failures, "next_probe_at": found.probe_at, "why": found.reason}


def _row(connector: Connector) -> dict[str, object]:
    partner = connector.partner
    return {
        "connector": connector.connector,
        "partner": partner.name,
        "code": partner.vendor or partner.system,
        "kind": "vendor" if partner.vendor else "system",
        "transport": connector.endpoint.transport,
        "enabled": connector.enabled,
        "simulated": connector.simulated,
        "receive": [channel.channel for channel in connector.receive],
        "send": [channel.channel for channel in connector.send],
    }
