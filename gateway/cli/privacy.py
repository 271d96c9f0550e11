"""`gateway privacy get | forget | purge | runs | log`: the personal data of customers, vendors and their users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.opened import DryRun, Limit, Opened, mode_of, opened, reason_of
from gateway.cli.output import Form, complain, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.kernel.errors import AlreadyRunning, ConfigError

if TYPE_CHECKING:
    from gateway.store.privacy_log import Subject

app = typer.Typer(help="Personal data: shown, erased on demand, and by age.", no_args_is_help=True)

ANSWERS = {"kind": "Kind", "subject": "Whose", "answer": "Answer", "why": "Why", "copies": "Partners that have copies"}
RUNS = {
    "id": "Run",
    "state": "State",
    "started_at": "Began",
    "ended_at": "Ended",
    "actor": "By",
    "cutoff": "Orders from before",
    "done": "Orders",
    "failed": "Failed",
    "files": "Files",
    "issue": "Why",
}
LOG = {"at": "Date and time", "actor": "By", "act": "Did", "kind": "Kind", "subject": "Whose", "answer": "Answer", "reason": "Why"}
PURGED = {"run": "Run", "state": "State", "done": "Orders", "failed": "Failed", "files": "Files", "waiting": "Files that must wait"}

ORDERS_OPEN = "What is open keeps its data, and so do the other orders of the same sales order: close them, then ask again."
VENDOR_OPEN = "A vendor keeps its data while one of its orders is open: close those that are named, then ask again."

Order = Annotated[
    str | None,
    typer.Option("--order", help="Number of a purchase order, which goes with all others of its sales order, or of the sales order."),
]
Customer = Annotated[
    str | None, typer.Option("--customer", help="E-mail address, phone, company, or first and last name of a buyer or receiver.")
]
Vendor = Annotated[str | None, typer.Option("--vendor", help="Code of a vendor.")]
User = Annotated[str | None, typer.Option("--user", help="Login of a vendor's user.")]


@app.command()
def get(
    context: typer.Context,
    *,
    order: Order = None,
    customer: Customer = None,
    vendor: Vendor = None,
    user: User = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; mandatory, stands in the log.")] = None,
) -> None:
    """Print everything that is kept of somebody, as JSON. That you looked, and why, is written down; see it with: gateway privacy log."""
    from gateway.desk.erasure import show

    kind, name = _whose(order=order, customer=customer, vendor=vendor, user=user)
    with opened(context) as here:
        show_json(show(here.office, here.desk, here.gateway.privacy, kind, name, reason=reason_of(reason)))


@app.command()
def forget(
    context: typer.Context,
    *,
    order: Order = None,
    customer: Customer = None,
    vendor: Vendor = None,
    user: User = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it could be done; nothing is changed.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; mandatory but with --check, stands in the log.")] = None,
    as_json: AsJson = False,
) -> None:
    """Erase the personal data of a customer's closed orders, of a vendor without open orders, or of a vendor's user. It cannot be undone.

    Answers ELIGIBLE (with --check), DONE, ALREADY_ANONYMIZED, OPEN_ORDERS or NOT_FOUND for each object. Ends with 3 when something
    must stay because of open orders, and with 2 when nothing was found.
    """
    from gateway.desk import erasure
    from gateway.domain.privacy import Answer

    kind, name = _whose(order=order, customer=customer, vendor=vendor, user=user)
    why, form = reason_of(reason, dry_run=check), Form.of(as_json)
    with opened(context) as here:
        told = erasure.forget(here.office, here.desk, here.gateway.privacy, kind, name, reason=why, mode=mode_of(check))
        show_rows(here.rows(told, form), form, columns=ANSWERS, none="")
        if not check and form is Form.TABLE and any(it.answer is Answer.DONE for it in told):
            say("Backups made before now still hold it until you remove them; a restore from one erases it again.")
            if not user:
                say(
                    "Copies in .taken/done at partners' servers go within the hour, those that hold other orders too a day after they came."
                )
    if any(it.answer is Answer.NOT_FOUND for it in told):
        raise typer.Exit(Exit.USAGE)
    if any(it.answer is Answer.OPEN_ORDERS for it in told):
        complain(VENDOR_OPEN if vendor else ORDERS_OPEN)
        raise typer.Exit(Exit.DATA_REFUSED)


@app.command()
def purge(context: typer.Context, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Erase the personal data of all closed orders that are older than `retention_days` of the organization, now and in this process."""
    from gateway.privacy import plan
    from gateway.privacy import purge as run_purge
    from gateway.store.privacy_log import RunState

    form = Form.of(as_json)
    with opened(context) as here:
        if dry_run:
            rows: list[dict[str, object]] = [{"what": told} for told in plan(here.gateway.privacy)]
            show_rows(rows, form, columns={"what": "Would lose their personal data"}, none="Nothing is old enough.")
            return
        done = run_purge(here.gateway.privacy, actor=here.desk.user)
        if done.run is None:
            raise AlreadyRunning("another run of the purge is at work; see it with: gateway privacy runs")
        show_record(here.row(done, form), form, labels=PURGED)
    if done.state is not RunState.SUCCESS:
        complain(f"{done.issue.text if done.issue else 'Not everything was done'}. The next run tries it again.")
        raise typer.Exit(Exit.DATA_REFUSED)


@app.command()
def runs(context: typer.Context, *, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List the runs of the purge, the newest first."""
    from gateway.desk.privacy import runs as list_runs

    form = Form.of(as_json)
    with opened(context) as here:
        _show(here, tuple(list_runs(here.gateway.store, most=limit)), form, RUNS, "The purge has not run yet.")


@app.command("log")
def show_log(
    context: typer.Context,
    *,
    subject: Annotated[str | None, typer.Option("--subject", help="Of this order, customer, vendor or user.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List who looked at or erased whose data and why, the newest first; never the data itself."""
    from gateway.desk.privacy import acts

    form = Form.of(as_json)
    with opened(context) as here:
        _show(here, tuple(acts(here.gateway.store, subject=subject, most=limit)), form, LOG, "Nobody has looked at or erased anything.")


def _show(here: Opened, found: tuple[object, ...], form: Form, columns: dict[str, str], none: str) -> None:
    show_rows(here.rows(found, form), form, columns=columns, none=none)


def _whose(*, order: str | None, customer: str | None, vendor: str | None, user: str | None) -> tuple[Subject, str]:
    from gateway.store.privacy_log import Subject

    told = {Subject.ORDER: order, Subject.CUSTOMER: customer, Subject.VENDOR: vendor, Subject.USER: user}
    found = [(kind, name.strip()) for kind, name in told.items() if name and name.strip()]
    if len(found) != 1:
        raise ConfigError("name one of --order, --customer, --vendor and --user")
    return found[0]
