"""`gateway alarm list | show | clear`: what people are told once for each cause, until it is mended."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.opened import HIGHEST, Before, DryRun, Limit, chosen, mode_of, opened, reason_of
from gateway.cli.output import Form, say, show_record
from gateway.cli.session import AsJson

app = typer.Typer(help="Alarms: what did not come, was refused or not acknowledged, is past its date.", no_args_is_help=True)

COLUMNS = {
    "id": "Alarm",
    "about": "About",
    "connector": "Connector",
    "channel": "Channel",
    "vendor": "Vendor",
    "why": "Why",
    "raised_at": "Since",
    "cleared_at": "Ended",
}
HEADER = COLUMNS | {"act": "What to do", "missing": "Missing files", "cleared_by": "Ended by", "reason": "Reason"}

Id = Annotated[int, typer.Argument(metavar="ID", max=HIGHEST, help="The number of the alarm.")]


@app.command("list")
def list_alarms(
    context: typer.Context,
    *,
    about: Annotated[
        list[str] | None,
        typer.Option("--about", help="file, sequence, volume, interchange, rejection, acknowledgement or due_date; may be repeated."),
    ] = None,
    connector: Annotated[str | None, typer.Option("--connector", "-c", help="Of this partner.")] = None,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List alarms that stand, the newest first. Most end by themselves when their cause is mended."""
    from gateway.desk.alarms import search_alarms
    from gateway.store.alarms import About, AlarmSearch

    abouts = chosen(about, About, what="kind of alarm")
    with opened(context) as here:
        here.require_partner(connector)
        search = AlarmSearch(about=abouts, connector=connector, vendor=vendor, only_open=not every)
        page = search_alarms(here.gateway.store, search, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none=here.nothing("No alarm stands.", vendor))


@app.command()
def show(context: typer.Context, alarm: Id, *, as_json: AsJson = False) -> None:
    """Show an alarm: its cause, what to do, and how it ended."""
    from gateway.desk.alarms import one_alarm

    form = Form.of(as_json)
    with opened(context) as here:
        show_record(here.row(one_alarm(here.gateway.store, alarm), form), form, labels=HEADER)


@app.command()
def clear(
    context: typer.Context,
    alarm: Id,
    *,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the alarm.")] = None,
    dry_run: DryRun = False,
) -> None:
    """End an alarm that does not end by itself. The same cause does not ring again."""
    from gateway.desk.alarms import clear_alarm, one_alarm

    why = reason_of(reason, dry_run=dry_run)
    with opened(context) as here:
        sheet = one_alarm(here.gateway.store, alarm)
        cleared = clear_alarm(here.desk, alarm, reason=why, mode=mode_of(dry_run))
        say(here.retold(f"{'Would be ended' if dry_run else 'Ended'}: {sheet.why}") if cleared else f"Alarm {alarm} has ended already.")
