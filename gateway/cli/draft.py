"""`gateway order draft ...`: purchase orders made by hand, from the first save to the vendor's batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from gateway.cli.opened import HIGHEST, LARGEST, Before, DryRun, Limit, Opened, as_day, at_work, chosen, day, mode_of, opened, reason_of
from gateway.cli.output import Form, complain, flat, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.domain.byhand import HandAct
from gateway.domain.order import OrderStatus, Stage
from gateway.kernel.codes import CODES
from gateway.kernel.errors import Refused, RuleBroken

if TYPE_CHECKING:
    from gateway.desk.acting import Mode
    from gateway.desk.drafts import DraftSheet, DraftStep
    from gateway.desk.forms import Told
    from gateway.kernel.issues import Issue

app = typer.Typer(help="Purchase orders made by hand.", no_args_is_help=True)

COLUMNS = {
    "number": "PO",
    "stage": "Stage",
    "status": "Status",
    "vendor": "Vendor",
    "lines": "Lines",
    "cancel_after": "Cancel after",
    "made_by": "Made by",
    "made_at": "Made",
    "changed_at": "Changed",
    "cloned_from": "Cloned from",
}
HEADER = {
    "number": "PO",
    "stage": "Stage",
    "next": "Next in the pipeline",
    "status": "Status",
    "version": "Version",
    "cloned_from": "Cloned from",
}
LINES = {
    "number": "Line",
    "item": "Item",
    "variant": "Variant",
    "lot": "Lot",
    "serial": "Serial",
    "quantity": "Quantity",
    "unit_cost": "Unit cost",
    "carrier": "Carrier",
    "due_on": "Due",
}
REFERENCES = {"name": "Reference", "value": "Number"}
RECEIPTS = {
    "id": "Receipt",
    "line": "Line",
    "quantity": "Quantity",
    "lot": "Lot",
    "serial": "Serial",
    "received_on": "Received",
    "reference": "Reference",
    "actor": "By",
    "withdrawn_by": "Withdrawn by",
    "reason": "Reason",
}
WORKFLOW = {"place": "#", "step": "Step", "state": "State", "at": "Date and time", "words": "Result"}
HISTORY = {"at": "Date and time", "user": "User", "action": "Action", "note": "Notes"}
LACKS = {"code": "Code", "where": "Where", "text": "What"}

OF_FILES = "DSO-"
"""The codes of orders by file, whose advice is for the sender."""

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The PO number.")]
From = Annotated[Path | None, typer.Option("--from", metavar="FILE", help="A .yaml, .json or .csv file with fields of the form.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="FIELD=VALUE", help="One field, such as vendor=257, ship_to.city=London or lines.1.quantity=3; may be repeated."
    ),
]
Version = Annotated[
    int | None, typer.Option("--version", max=HIGHEST, help="Only if nobody has changed the order since it was shown with this version.")
]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; mandatory, stands in the history.")]


@app.command()
def new(
    context: typer.Context,
    *,
    file: From = None,
    settings: Set = None,
    number: Annotated[str | None, typer.Option("--number", help="A number of your own; else the next of the gateway's.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Begin a draft from a file, single fields, or empty; nothing has to be complete."""
    from gateway.desk.drafts import new_draft

    words = [*(settings or ()), *([f"number={number}"] if number else ())]
    with opened(context) as here, _advising(""):
        done = _filled(lambda told, mode: new_draft(here.desk, told, mode=mode), file, words, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


@app.command("list")
def list_drafts(
    context: typer.Context,
    *,
    stage: Annotated[
        list[str] | None, typer.Option("--stage", help="draft, approved, released or cancelled (also after its release); may be repeated.")
    ] = None,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="The PO number begins like this.")] = None,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List orders made by hand, the newest first."""
    from gateway.desk.drafts import search_drafts
    from gateway.store.queries import HandSearch

    search = HandSearch(stages=chosen(stage, Stage, what="stage") if stage else (), vendor=vendor, number=number)
    with opened(context) as here:
        page = search_drafts(here.desk, search, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none=here.nothing("No order made by hand is like that.", vendor))


@app.command()
def show(context: typer.Context, number: Number, *, as_json: AsJson = False) -> None:
    """Show an order made by hand: the form, what still lacks, goods received, workflow and history."""
    from gateway.desk.drafts import show_draft

    with opened(context) as here:
        sheet = show_draft(here.desk, number)
        if as_json:
            show_json(sheet)
        else:
            _show(here, sheet)


@app.command()
def save(
    context: typer.Context,
    number: Number,
    *,
    file: From = None,
    settings: Set = None,
    renumber: Annotated[str | None, typer.Option("--number", metavar="OTHER", help="Give the draft this number instead.")] = None,
    version: Version = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change what a file or single fields tell, and only that; an empty value clears a field, `remove: true` takes a line out."""
    from gateway.desk.drafts import save_draft

    words = [*(settings or ()), *([f"number={renumber}"] if renumber else ())]
    with opened(context) as here, _advising(number):
        done = _filled(
            lambda told, mode: save_draft(here.desk, number, told, version=version, mode=mode), file, words, mode=mode_of(dry_run)
        )
    _tell(done, Form.of(as_json))


@app.command()
def pipeline(context: typer.Context, number: Number, *, version: Version = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Take the order one step on: a draft is approved, an approved order released to its vendor."""
    from gateway.desk import handover

    with opened(context) as here, _advising(number):
        done = handover.pipeline(here.desk, number, version=version, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


@app.command()
def approve(context: typer.Context, number: Number, *, version: Version = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Approve the order and release it: its lines are New Order, and the next batch of its vendor holds it."""
    from gateway.desk import handover

    with opened(context) as here, _advising(number):
        done = handover.approve(here.desk, number, version=version, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


@app.command("run")
def run_workflow(context: typer.Context, number: Number, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Run the vendor's workflow (`workflow` in organization.yaml): each step once; after a stop or crash it goes on where it was."""
    from gateway.cli.making import have_made
    from gateway.desk import workflow
    from gateway.desk.drafts import show_draft
    from gateway.domain.workflow import StepState

    form = Form.of(as_json)
    with at_work(context) as here, _advising(number):
        batches = workflow.Batches(here.gateway.workspace, here.gateway.gatherer.open_now)
        steps = workflow.run(here.desk, number, batches, mode=mode_of(dry_run))
        if not dry_run and any(it.state is StepState.ASKED for it in steps):
            have_made(here, batches.jobs(show_draft(here.desk, number).form.vendor or ""))
            steps = workflow.run(here.desk, number, batches)
        show_rows(here.rows(steps, form), form, columns=WORKFLOW, none="")


@app.command()
def cancel(
    context: typer.Context,
    number: Number,
    *,
    reason: Reason = None,
    version: Version = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Cancel the order; of a released one new lines are cancelled at once, and the vendor is asked about the others."""
    from gateway.desk import handover

    with opened(context) as here, _advising(number):
        done = handover.cancel(here.desk, number, reason=reason_of(reason, dry_run=dry_run), version=version, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


@app.command()
def clone(context: typer.Context, number: Number, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Make a new draft like this order, made by hand or not; days and serial numbers stay behind."""
    from gateway.desk.drafts import clone_draft

    with opened(context) as here:
        done = clone_draft(here.desk, number, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


@app.command()
def receive(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    number: Number,
    *,
    line: Annotated[int, typer.Option("--line", help="The line that came in.", min=1, max=LARGEST)],
    quantity: Annotated[int, typer.Option("--quantity", help="How many.", min=1, max=LARGEST)] = 1,
    lot: Annotated[str, typer.Option("--lot", help="Lot number.")] = "",
    serial: Annotated[str, typer.Option("--serial", help="Serial number of the one piece.")] = "",
    received_on: Annotated[datetime | None, day("--received-on", "The day; today when it is not told.")] = None,
    reference: Annotated[str, typer.Option("--reference", help="Such as the number of the delivery note.")] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Note goods that came in; it moves no quantity of the order."""
    from gateway.desk import handover
    from gateway.domain.goods import Arrival

    said = Arrival(line=line, quantity=quantity, lot=lot, serial=serial, received_on=as_day(received_on), reference=reference)
    with opened(context) as here:
        done = handover.receive(here.desk, number, said, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


@app.command()
def withdraw(
    context: typer.Context,
    number: Number,
    *,
    receipt: Annotated[int, typer.Option("--receipt", help="The number of the receipt.", min=1, max=HIGHEST)],
    reason: Reason = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw a receipt that was noted by mistake; it stays, marked."""
    from gateway.desk import handover

    with opened(context) as here:
        done = handover.withdraw(here.desk, number, receipt, reason=reason_of(reason, dry_run=dry_run), mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


def _filled(deed: Callable[[Told, Mode], DraftStep], file: Path | None, settings: Sequence[str], *, mode: Mode) -> DraftStep:
    """Do it with what a file and settings tell; where these have slips, say also what the rules find wrong with the rest."""
    from gateway.desk.acting import Mode
    from gateway.desk.forms import Misfilled, told_by

    try:
        told = told_by(file, settings)
    except Misfilled as error:
        found: tuple[Issue, ...] = ()
        try:
            deed(error.told, Mode.REHEARSAL)
        except Refused as refusal:
            found = refusal.issues
        raise RuleBroken((*error.slips, *found)) from error
    return deed(told, mode)


@contextmanager
def _advising(number: str) -> Iterator[None]:
    """What is wrong with an order is mended in its form: nobody can send it again, as the codes of files advise."""
    try:
        yield
    except Refused as error:
        ours = [CODES[issue.code].remedy for issue in error.issues if issue.code in CODES and not issue.code.startswith(OF_FILES)]
        if len(ours) == len(error.issues):
            raise
        save = f"correct the form: gateway order draft save {number} --set FIELD=VALUE" if number else "correct what you tell"
        told = "; ".join(dict.fromkeys([save, *ours]))
        raise RuleBroken(error.issues, remedy=f"{told[0].upper()}{told[1:]}.") from error


def _tell(done: DraftStep, form: Form) -> None:
    from gateway.desk.acting import Mode

    if form is Form.JSON:
        show_json(done)
        return
    verb = "would be" if done.mode is Mode.REHEARSAL else "is"
    after: str = done.after
    if HandAct.CANCELLED in done.acts and done.status is OrderStatus.CANCELLED:
        after = Stage.CANCELLED
    elif done.waits:
        after = f"{done.after}, {done.status}" if done.status else done.after
    was = f", it was {done.before}" if done.before not in {None, after} and not done.waits else ""
    say(f"Order {done.number} {verb} {after}{was}." if done.notes else f"Order {done.number} is {done.after}; nothing has changed.")
    for note in done.notes:
        say(f"  {note}")
    if done.waits:
        say(f"  Its vendor must answer about line {', '.join(map(str, done.waits))}: gateway order accept {done.number}, or decline")
    for issue in done.issues:
        complain(str(issue))


def _show(here: Opened, sheet: DraftSheet) -> None:
    show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
    form = to_builtins(sheet.form)
    fields = flat({name: value for name, value in form.items() if name not in {"number", "lines", "references"}})
    if fields:
        say("")
        show_record(fields, Form.TABLE, labels={name: name for name in fields})
    here.show_part("Lines", sheet.form.lines, columns=LINES)
    here.show_part("References", sheet.form.references, columns=REFERENCES)
    here.show_part("Still needed for approval", sheet.lacks, columns=LACKS)
    here.show_part("Goods received", sheet.receipts, columns=RECEIPTS)
    here.show_part("Workflow", sheet.workflow, columns=WORKFLOW)
    here.show_part("By hand", sheet.history, columns=HISTORY)
