"""`gateway connector list | check | test`: whom we exchange files with, whether that is written down right, whether it works."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exits import Exit, exit_for
from gateway.cli.output import Form, complain, say, show_json, show_rows
from gateway.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from gateway.config import Connector, Workspace
    from gateway.transports import RemotePath, Step

app = typer.Typer(help="The partners of this workspace and how they are reached.", no_args_is_help=True)

COLUMNS = {
    "connector": "Connector",
    "partner": "Partner",
    "code": "Code",
    "transport": "Transport",
    "enabled": "Enabled",
    "receive": "Receives",
    "send": "Sends",
}
STEPS = {"step": "Step", "folder": "Folder", "result": "Result", "text": "What was found"}

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Connectors; all when none is named.")]


@app.command("list")
def list_connectors(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the partners, one connector a line."""
    workspace = session_of(context).workspace
    rows = [_row(connector) for connector in workspace.connectors.values()]
    show_rows(rows, Form.of(as_json), columns=COLUMNS, none="There are no connectors. Write one: connectors/NAME.yaml")


@app.command()
def check(context: typer.Context, names: Names = None, *, as_json: AsJson = False) -> None:
    """Check the files of connectors and the mappings they use; nothing is contacted."""
    from gateway.cli.checks import workspace_problems

    workspace, problems = workspace_problems(session_of(context).root)
    wanted = [workspace.connector(name) for name in names] if names else list(workspace.connectors.values())
    files = {workspace.source(connector.connector).file for connector in wanted}
    found = [problem for problem in problems if not names or problem.file in files]
    if as_json:
        show_json({"checked": [connector.connector for connector in wanted], "problems": [_problem(problem) for problem in found]})
    else:
        for problem in found:
            complain(str(problem))
        say(f"{len(wanted)} connectors checked, {len(found)} problems.")
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
    workspace = session_of(context).workspace
    connector = workspace.connector(name)
    steps = list(_steps(workspace, connector))
    rows = [{"step": step.name, "folder": step.folder, "result": step.result, "text": step.text} for step in steps]
    show_rows(rows, Form.of(as_json), columns=STEPS, none="Nothing was tried.")
    error = next((step.error for step in steps if step.error is not None), None)
    if error is not None:
        raise typer.Exit(exit_for(error))


def _steps(workspace: Workspace, connector: Connector) -> Iterator[Step]:
    from gateway.transports import Connections, probe
    from gateway.transports.endpoints import Endpoints

    options = Endpoints(workspace, Connections()).options(connector)
    return probe(connector.endpoint.transport, options, _folders(connector), token=secrets.token_hex(4))


def _folders(connector: Connector) -> list[RemotePath]:
    """Every folder the connector names, each once."""
    from gateway.transports import RemotePath

    answers = [channel.answer.folder for channel in connector.receive if channel.answer]
    named = [*(channel.folder for channel in connector.receive), *answers, *(channel.folder for channel in connector.send)]
    return [RemotePath.of(folder) for folder in dict.fromkeys(named)]


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


def _problem(problem: object) -> dict[str, object]:
    return {key: getattr(problem, key) for key in ("file", "line", "key", "text")}
