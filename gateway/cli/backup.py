"""`gateway backup`, `restore` and `reconcile`: a copy of everything, putting it back, and finding out what it has forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from gateway.cli.exits import Exit
from gateway.cli.opened import DryRun, at_work, user_name
from gateway.cli.output import Form, complain, local_row, progress, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson, session_of
from gateway.kernel.errors import ConfigError

BACKUP = {"made_at": "Made at", "schema": "Schema", "database": "Database", "blobs": "Files in the archive", "missing": "Missing"}
RESTORE = {
    "backup_of": "Backup of",
    "schema": "Schema",
    "blobs": "Files in the archive",
    "missing_blobs": "Missing since before",
    "replaced_rows": "Rows that give way",
    "kept": "Database before",
}
STEPS = {
    "kind": "What",
    "connector": "Connector",
    "name": "Name",
    "outcome": "Outcome",
    "needs_a_person": "Needs a person",
    "remedy": "What to do",
}

RELEASE = "gateway outbox release --all-outbound --reason TEXT"


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A folder that is new or empty.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Back up database, archive and configuration into a folder, while the service runs or not. Secrets are not in it.

    Exits with 7 when the archive lacks a file that the database names; the backup is made all the same.
    """
    from gateway.kernel.clock import SystemClock
    from gateway.recovery import back_up

    with progress("Copying the archive") as advance:
        made = back_up(session_of(context).legible, target, now=SystemClock().now(), advance=advance)
    record = {"made_at": made.made_at, "schema": made.schema, "database": made.database, "blobs": len(made.blobs), "missing": made.missing}
    show_record(record if as_json else local_row(record, session_of(context).zone), Form.of(as_json), labels=BACKUP)
    if made.missing:
        complain(f"{len(made.missing)} files that the database names are not in the archive: gateway verify")
        raise typer.Exit(Exit.DIFFERENCES)


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The folder of a backup.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a store that is not empty.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back into this workspace: database and archive; the configuration stays as it is here.

    Afterwards nothing goes out and nothing is made until `gateway reconcile` has found out what the backup does not know.
    """
    from gateway.kernel.clock import SystemClock
    from gateway.recovery import Restored, plan, require_alone
    from gateway.recovery import restore as put_back
    from gateway.runtime.exclusive import only_one
    from gateway.store import Store

    workspace = session_of(context).workspace
    store = Store(workspace.database_url)
    with only_one(workspace, store):
        if not store.is_sqlite:
            require_alone(workspace)
        store.close()
        if dry_run:
            manifest, rows = plan(workspace, source, force=force)
            found = Restored(
                backup_of=manifest.made_at,
                schema=manifest.schema,
                blobs=len(manifest.blobs),
                missing_blobs=len(manifest.missing),
                replaced_rows=rows,
                kept=None,
            )
        else:
            with progress("Bringing back the archive") as advance:
                found = put_back(workspace, source, now=SystemClock().now(), force=force, advance=advance)
    if as_json:
        show_json(found)
        return
    record = local_row({name: getattr(found, name) for name in RESTORE}, session_of(context).zone)
    show_record(record, Form.TABLE, labels=RESTORE)
    say("Nothing was changed." if dry_run else "Nothing goes out now. Find out what was forgotten: gateway reconcile --dry-run")


def reconcile(context: typer.Context, *, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Find out what a restored store has forgotten, from the partners' folders and the journal, and enter it; sends nothing.

    Files taken since the backup are read again, files that left are entered as sent. Exits with 7 while something needs a person.
    """
    from gateway.recovery import Reconciler, Search, let_make
    from gateway.store import pauses

    with at_work(context) as shop:
        gateway = shop.gateway
        with gateway.store.reading() as connection:
            held = pauses.find(connection, pauses.OUTBOUND)
        if held is None:
            raise ConfigError("deliveries go on; first: gateway outbox hold --all-outbound --reason TEXT")
        search = Search(gateway.workspace, gateway.endpoints, store=gateway.store, archive=gateway.archive, clock=gateway.clock)
        reconciler = Reconciler(gateway.tools, gateway.endpoints, search, effect=gateway.effect, actor=user_name())
        if dry_run:
            found = search.look()
            steps = reconciler.rehearse(found)
        else:
            node = gateway.node()
            with node.engaged():
                found = search.look()
                steps = reconciler.catch_up(found, node.work_until_idle)
            if not found.unreachable:
                with gateway.store.transaction() as tx:
                    let_make(tx, actor=user_name(), now=gateway.clock.now())
    rows = [asdict(step) if as_json else local_row(asdict(step), session_of(context).zone) for step in steps]
    show_rows(rows, Form.of(as_json), columns=STEPS, none="Nothing was forgotten: store and partners agree.")
    open_matters = sum(step.needs_a_person for step in steps)
    if dry_run and not as_json:
        say("Nothing was changed.")
    if open_matters:
        then = "gateway reconcile" if dry_run or found.unreachable else RELEASE
        needs = "need" if open_matters > 1 else "needs"
        complain(f"{open_matters} of these {needs} a person first: do what stands under '{STEPS['remedy']}'. Only then: {then}")
        raise typer.Exit(Exit.DIFFERENCES)
    if not dry_run and not as_json:
        say(f"Let it go out again: {RELEASE}")
