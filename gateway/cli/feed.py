"""`gateway feed list | again`: the change feeds of the originating systems (sdf 4.3)."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.opened import HIGHEST, LARGEST, DryRun, Opened, mode_of, opened
from gateway.cli.output import Form, complain, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown

app = typer.Typer(
    help="Change feeds of the originating systems. They are sent by themselves, to the channel of the system with `gather: {changes: …}`.",
    no_args_is_help=True,
)
COLUMNS = {"system": "System", "channels": "Goes to", "exported": "Last number sent", "waiting": "Waiting", "asked": "Asked for again"}
NO_CHANNEL = "Nothing is sent to {}: give its connector a send channel with `gather: {{changes: true, now: true}}`."
MANY = 1_000_000


@app.command("list")
def list_feeds(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the feeds: the channels that they go to by themselves, the last number that a file holds, and how many changes wait for one."""
    from gateway.domain.outcome import Wish
    from gateway.store import feed, wishes

    form = Form.of(as_json)
    with opened(context) as here, here.gateway.store.reading() as connection:
        rows = [
            {
                "system": system,
                "channels": _channels(here, system),
                "exported": feed.of(connection, system).exported,
                "waiting": feed.waiting(connection, system, most=MANY),
                "asked": len(wishes.waiting(connection, Wish.CHANGES, system)),
            }
            for system in sorted(here.gateway.master.references.known.systems)
        ]
    show_rows(rows, form, columns=COLUMNS, none="There is no system.")
    for row in rows:
        if row["waiting"] and not row["channels"]:
            complain(NO_CHANNEL.format(row["system"]))


@app.command()
def again(
    context: typer.Context,
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="Code of the originating system.")],
    *,
    after: Annotated[int, typer.Option("--after", min=0, max=HIGHEST, help="The changes after this number.")],
    most: Annotated[int | None, typer.Option("--most", min=1, max=LARGEST, help="At most so many changes.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send changes once more, under the numbers that they have had from the beginning; a node makes the files within a second.

    What is new need not be asked for: it goes to the channel of the system by itself.
    """
    from gateway.desk.telling import request_changes

    with opened(context) as here:
        systems = here.gateway.master.references.known.systems
        if system not in systems:
            raise ConfigError(unknown(system, systems, what="system"))
        told = request_changes(here.desk, system, after=after, most=most, mode=mode_of(dry_run))
        channels = _channels(here, system)
    if as_json:
        show_json(told)
        return
    until = "the last that was sent" if most is None else f"at most {after + most}"
    say(f"{system} {'would get' if dry_run else 'gets'} the changes {after + 1} to {until} again{_by(channels)}.")
    if not channels:
        complain(NO_CHANNEL.format(system))


def _by(channels: list[str]) -> str:
    return f", by {' and '.join(channels)}" if channels else ""


def _channels(here: Opened, system: str) -> list[str]:
    """Where the changes of the system go, as `connector/channel`."""
    return [
        f"{name}/{channel.channel}"
        for name, connector in sorted(here.gateway.workspace.connectors.items())
        if connector.enabled and connector.partner.system == system
        for channel in connector.send
        if channel.enabled and channel.gather.changes
    ]
