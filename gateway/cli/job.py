"""`gateway job list | show | history | run | pause | resume`: what is done by the clock, and what a person asks for now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.making import engaged, make_now, wait_for
from gateway.cli.opened import Before, DryRun, Limit, Opened, mode_of, opened, reason_of
from gateway.cli.output import Form, complain, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.kernel.errors import AlreadyRunning, ConfigError

if TYPE_CHECKING:
    from gateway.desk.jobs import RunSheet

app = typer.Typer(help="Timed jobs: when they run, how they went, run one now.", no_args_is_help=True)

COLUMNS = {
    "name": "Job",
    "title": "What",
    "state": "Status",
    "last_ended_at": "Last end",
    "done": "Ok",
    "failed": "Failed",
    "next_at": "Next",
    "is_late": "Late",
    "why": "Why",
}
HEADER = {
    "name": "Job",
    "title": "What",
    "state": "Status",
    "times": "Times",
    "last_started_at": "Last start",
    "last_ended_at": "Last end",
    "done": "Ok",
    "failed": "Failed",
    "why": "Why",
    "last_success_at": "Last success",
    "next_at": "Next",
    "is_late": "Late",
}
RUNS = {
    "id": "Run",
    "due_at": "Due",
    "state": "Status",
    "started_at": "Start",
    "ended_at": "End",
    "done": "Ok",
    "failed": "Failed",
    "asked_by": "Asked by",
    "run": "Process",
    "why": "Why",
}
ALARMS = {"id": "Alarm", "connector": "Connector", "channel": "Channel", "vendor": "Vendor", "why": "Why"}
SHOWN = 5
MOST = 50
"""So many alarms of each kind are listed after a run."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The job: a name of gateway job list.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the history.")]


@app.command("list")
def list_jobs(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List what is done by the clock: the gateway's own jobs, and the files that send channels make."""
    from gateway.desk.jobs import all_jobs

    form = Form.of(as_json)
    with opened(context) as here:
        sheets = all_jobs(here.gateway.store, here.gateway.timed, now=here.gateway.clock.now())
        show_rows(here.rows(sheets, form), form, columns=COLUMNS, none="There is no job.")


@app.command()
def show(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Show a job: its times, its last runs, when it runs next."""
    from gateway.desk.jobs import job_history, one_job

    form = Form.of(as_json)
    with opened(context) as here:
        now = here.gateway.clock.now()
        sheet = one_job(here.gateway.store, here.gateway.timed, name, now=now)
        runs = job_history(here.gateway.store, name, now=now, most=SHOWN).rows
        if form is Form.JSON:
            show_json({**here.row(sheet, form), "runs": here.rows(runs, form)})
            return
        show_record(here.row(sheet, form), form, labels=HEADER)
        here.show_part("Last runs", runs, columns=RUNS)


@app.command()
def history(context: typer.Context, name: Name, *, limit: Limit = 50, before: Before = None, as_json: AsJson = False) -> None:
    """List the runs of a job, the newest first."""
    from gateway.desk.jobs import job_history, one_job

    with opened(context) as here:
        now = here.gateway.clock.now()
        one_job(here.gateway.store, here.gateway.timed, name, now=now)
        page = job_history(here.gateway.store, name, now=now, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=RUNS, none="It has not run yet.")


@app.command()
def run(context: typer.Context, name: Name, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Run a job now, whatever its times say, paused or not.

    A node that serves this workspace does the work; when none does, this command does it. With --dry-run it says what the job
    would do, where the job can tell. Exits with 3 when records of the run failed, or the run broke off.
    """
    from gateway.desk.jobs import one_job

    form = Form.of(as_json)
    with opened(context) as here:
        here.require_right(name.partition("/")[0])
        one_job(here.gateway.store, here.gateway.timed, name, now=here.gateway.clock.now())
        channel = here.gateway.gatherer.find(name)
        if channel is not None and not dry_run:
            if channel not in here.gateway.gatherer.active:
                raise ConfigError(f"{name} is switched off: set enabled to true in connectors/{channel.connector.connector}.yaml")
            make_now(here, [channel], form, none="Nothing waits to be sent.")
        elif dry_run:
            _plan(here, name, form)
        else:
            _run(here, name, form)


@app.command()
def pause(context: typer.Context, name: Name, *, reason: Reason = None, dry_run: DryRun = False) -> None:
    """Let the clock start a job no more, until it is resumed. A run that is under way ends as it will."""
    from gateway.desk.jobs import one_job, pause_job

    why = reason_of(reason, dry_run=dry_run)
    with opened(context) as here:
        one_job(here.gateway.store, here.gateway.timed, name, now=here.gateway.clock.now())
        paused = pause_job(here.desk, name, reason=why, mode=mode_of(dry_run))
        say(f"{name} {'would be' if dry_run else 'is'} paused." if paused else f"{name} is paused already.")


@app.command()
def resume(context: typer.Context, name: Name, *, reason: Reason = None, dry_run: DryRun = False) -> None:
    """Let the clock start a paused job again; a time of the last day that was missed is made up for at once."""
    from gateway.desk.jobs import one_job, resume_job

    why = reason_of(reason, dry_run=dry_run)
    with opened(context) as here:
        one_job(here.gateway.store, here.gateway.timed, name, now=here.gateway.clock.now())
        resumed = resume_job(here.desk, name, reason=why, mode=mode_of(dry_run))
        say(f"{name} {'would run' if dry_run else 'runs'} at its times again." if resumed else f"{name} is not paused.")


def _run(here: Opened, name: str, form: Form) -> None:
    """Ask for a run, have it done by whoever serves this workspace or by ourselves, say how it went."""
    from gateway.desk.jobs import one_run

    gateway = here.gateway
    is_own = gateway.jobs.find(name) is not None
    slot = gateway.jobs.open_now(name, actor=here.desk.user) if is_own else gateway.gatherer.open_mail_now()
    if slot is None:
        raise AlreadyRunning(f"{name} runs already, or is about to; see it with: gateway job show {name}")
    with engaged(here) as engine:
        while engine is not None and (engine.run_jobs() if is_own else engine.make() + engine.deliver()):
            pass

    def look() -> RunSheet | None:
        return one_run(gateway.store, slot, now=gateway.clock.now())

    wait_for(lambda: (found := look()) is not None and found.has_ended, name)
    ended = look()
    if ended is not None:
        _tell(here, name, ended, form)
        if ended.why:
            complain(here.retold(f"{name}: {ended.why}"))
        if ended.state.value != "Success":
            raise typer.Exit(Exit.DATA_REFUSED)


def _tell(here: Opened, name: str, run: RunSheet, form: Form) -> None:
    """How a run went, and the alarms that it has raised or ended."""
    from gateway.desk.alarms import alarms_of

    found = None
    if run.started_at is not None and run.ended_at is not None:
        found = alarms_of(here.gateway.store, name, since=run.started_at, until=run.ended_at)
    row = here.row(run, form)
    if found is None:
        show_record(row, form, labels=RUNS)
        return
    if form is Form.JSON:
        show_json({**row, "alarms": here.rows(found, form)})
        return
    show_record(row, form, labels={**RUNS, "done": "Alarms changed"} if name != "acknowledgements" else RUNS)
    raised, ended = tuple(it for it in found if it.cleared_at is None), tuple(it for it in found if it.cleared_at is not None)
    here.show_part("Alarms raised", raised[:MOST], columns=ALARMS)
    here.show_part("Alarms ended, since their cause is mended", ended[:MOST], columns=ALARMS)
    if not found:
        say("No alarm was raised or ended.")
    if max(len(raised), len(ended)) > MOST:
        say("There are more; see them with: gateway alarm list")


def _plan(here: Opened, name: str, form: Form) -> None:
    """What the job would do now."""
    job = here.gateway.jobs.find(name)
    if job is None:
        raise ConfigError(
            f"{name} is a channel; see what waits with --dry-run of gateway batch cut or invoice post, or gateway notice list"
        )
    if job.plan is None:
        raise ConfigError(f"{name} cannot tell beforehand what it would do; leave --dry-run away to run it")
    lines = job.plan()
    if form is Form.JSON:
        show_json({"job": name, "would": lines})
        return
    for line in lines:
        say(here.retold(line))
    say(f"{len(lines)} in all; nothing was changed." if lines else "Nothing would be done.")
