"""`gateway connector list | check | test`: whom we exchange files with, whether that is written down right, whether it works."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from gateway.cli.exits import Exit, exit_for
from gateway.cli.output import Form, complain, say, show_json, show_rows
from gateway.cli.session import AsJson, session_of
from gateway.kernel.clock import SystemClock
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.config import Connector, Workspace
    from gateway.store.queries import EndpointRow
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
    "state": "State",
    "why": "Why",
}
STEPS = {"step": "Step", "folder": "Folder", "result": "Result", "text": "What was found"}

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Connectors; all when none is named.")]


@app.command("list")
def list_connectors(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the partners, one connector a line."""
    from gateway.desk.endpoints import endpoint_states

    workspace = session_of(context).workspace
    states = endpoint_states(workspace)
    rows = [_row(connector) | _state(states.get(connector.connector)) for connector in workspace.connectors.values()]
    show_rows(rows, Form.of(as_json), columns=COLUMNS, none="There are no connectors. Write one: connectors/NAME.yaml")


@app.command()
def check(context: typer.Context, names: Names = None, *, as_json: AsJson = False) -> None:
    """Check the files of connectors and the mappings they use; nothing is contacted."""
    from gateway.desk.partners import all_problems

    root = session_of(context).root
    files = {f"connectors/{name}.yaml": name for name in names or ()}
    missing = [name for file, name in files.items() if not (root / file).is_file()]
    if missing:
        raise ConfigError(f"there is no connectors/{missing[0]}.yaml")
    workspace, problems = all_problems(root)
    checked = list(names or workspace.connectors)
    found = [problem for problem in problems if not names or problem.file in files or problem.file.startswith("mappings/")]
    if as_json:
        show_json({"checked": checked, "problems": [to_builtins(problem) for problem in found]})
    else:
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
    workspace = session_of(context).workspace
    connector = workspace.connector(name)
    workspace.require_secrets(connector)
    workspace.make_folders(connector)
    steps = list(_steps(workspace, connector))
    rows = [{"step": step.name, "folder": step.folder, "result": step.result, "text": step.text} for step in steps]
    if as_json:
        show_json(rows)
    else:
        tried = [row for row in rows if row["text"]]
        show_rows(tried, Form.TABLE, columns=STEPS, none="Nothing was tried.")
        left = len(rows) - len(tried)
        say(f"{len(tried)} steps tried" + (f", {left} not tried because of the failures above." if left else ", all fine."))
    error = next((step.error for step in steps if step.error is not None), None)
    if error is not None:
        raise typer.Exit(exit_for(error))
    if _goes_on(workspace, name):
        complain(f"{name} stood still and is tried again from now on.")


def _goes_on(workspace: Workspace, name: str) -> bool:
    """Whether nobody tried the endpoint, or only probed it, until this test went well."""
    from gateway.app import open_gateway
    from gateway.delivery import let_go_on, let_through

    with open_gateway(workspace) as gateway:
        return let_go_on(gateway.store, name) | let_through(gateway.store, name, gateway.clock)


def _steps(workspace: Workspace, connector: Connector) -> Iterator[Step]:
    from gateway.transports import Connections, probe
    from gateway.transports.endpoints import Endpoints

    options = Endpoints(workspace, Connections(SystemClock())).options(connector)
    return probe(connector.endpoint.transport, options, _folders(connector), token=secrets.token_hex(4))


def _folders(connector: Connector) -> list[RemotePath]:
    """Every folder the connector names, each once."""
    from gateway.transports import RemotePath

    answers = [channel.answer.folder for channel in connector.receive if channel.answer]
    named = [*(channel.folder for channel in connector.receive), *answers, *(channel.folder for channel in connector.send)]
    return [RemotePath.of(folder) for folder in dict.fromkeys(named)]


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
