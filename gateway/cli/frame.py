"""The frame of all commands: global options, the list of nouns, and the one door through which every error leaves.

A noun's module imports nothing slow; what a command needs it imports when it runs.
"""

from __future__ import annotations

import faulthandler
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from gateway import __version__
from gateway.cli import (
    alarm,
    audit,
    backup,
    batch,
    connector,
    database,
    demo,
    edi,
    expectation,
    feed,
    finding,
    initialize,
    inspection,
    invoice,
    job,
    mapping,
    master,
    message,
    node,
    notice,
    order,
    outbox,
    privacy,
    report,
    schema,
    serve,
    slip,
    stock,
    user,
    vendor_user,
    verify,
)
from gateway.cli.exits import Exit, exit_for, next_step
from gateway.cli.output import Form, complain, say, show_refusal
from gateway.cli.session import Session, session_of
from gateway.cli.tree import Planted, Root, grow
from gateway.kernel.errors import ConfigError, GatewayError, Refused
from gateway.kernel.issues import Issue

INTERRUPTED = 130

app = typer.Typer(
    name="gateway",
    cls=Root,
    help="Exchange files between a retailer and its drop-ship vendors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
master.vendor.add_typer(vendor_user.app, name="user")

WORDS: Mapping[str, Planted] = {
    "schema": schema.schema,
    "init": initialize.init,
    "serve": serve.serve,
    "demo": demo.demo,
    "verify": verify.verify,
    "backup": backup.backup,
    "restore": backup.restore,
    "reconcile": backup.reconcile,
    "inspect": inspection.inspect,
    "find": finding.find,
    "connector": connector.app,
    "mapping": mapping.app,
    "message": message.app,
    "order": order.app,
    "batch": batch.app,
    "slip": slip.app,
    "invoice": invoice.app,
    "feed": feed.app,
    "stock": stock.app,
    "outbox": outbox.app,
    "job": job.app,
    "vendor": master.vendor,
    "carrier": master.carrier,
    "brand": master.brand,
    "location": master.location,
    "system": master.system,
    "organization": master.organization,
    "user": user.app,
    "audit": audit.app,
    "privacy": privacy.app,
    "alarm": alarm.app,
    "expectation": expectation.app,
    "node": node.app,
    "notice": notice.app,
    "edi": edi.app,
    "report": report.app,
    "db": database.app,
}
"""What stands behind `gateway`, in the order of the help: commands of one word, then nouns."""


def main() -> None:
    """The entry point of the command. Should a library bring the process down, the error output says what every thread was at."""
    if sys.stderr is not None:
        faulthandler.enable()
    sys.exit(run(sys.argv[1:]))


@cache
def command_line() -> TyperGroup:
    """The command line, built once; each word behind it when it is first asked for."""
    return grow(app, WORDS)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no error of any kind gets past here."""
    session = Session()
    form = Form.of("--json" in arguments)
    try:
        command_line()(args=list(arguments), prog_name="gateway", obj=session)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.FINE
    except GatewayError as error:
        return _told(error, form, session)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 (the last door: a defect is told in one line and kept in the log)
        return _defect(error, session, form)
    return Exit.FINE


def _version(asked: bool) -> None:  # noqa: FBT001 (an option as typer gives it)
    if asked:
        say(f"vendor-gateway {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    *,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", help="The workspace folder; by default the one around the current folder.", envvar="GATEWAY_WORKSPACE"
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of defects.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_version)] = False,  # noqa: ARG001 (its callback acts)
) -> None:
    """Options of every command; they stand before the noun."""
    session = session_of(context)
    session.folder = workspace
    session.debug = debug


def _told(error: GatewayError, form: Form, session: Session) -> int:
    code, issues = exit_for(error), tuple[Issue, ...]()
    match error:
        case ConfigError(problems=problems):
            text = "\n".join(problems)
        case Refused(issues=issues):
            text = "\n".join(map(str, issues))
        case _:
            text = str(error)
    complain(session.retold(text))
    remedy = next_step(error)
    if remedy:
        complain(remedy)
    if form is Form.JSON:
        show_refusal(text, code, issues)
    return code


def _defect(error: Exception, session: Session, form: Form) -> int:
    from gateway.config.log_lines import told, trace_of

    kept = _kept(trace_of(error), session)
    complain(f"A defect of the gateway: {told(error)}")
    if session.debug:
        complain("".join(traceback.format_exception(error)))
    complain(
        f"The details are in {kept}; please report them."
        if kept
        else "Run the command again with --debug for the details, and report them."
    )
    if form is Form.JSON:
        show_refusal(told(error), Exit.UNEXPECTED, ())
    return Exit.UNEXPECTED


def _kept(text: str, session: Session) -> Path | None:
    """The log of the workspace with the traceback added, if there is a workspace that can be written."""
    try:
        log = session.legible.paths.log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} defect in: gateway {' '.join(sys.argv[1:])}\n{text}\n")
    except (OSError, GatewayError):
        return None
    return log
