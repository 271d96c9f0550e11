"""`gateway message list | show | replay`: received files, what became of them, and reading them again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import asdict

from gateway.cli.exits import Exit
from gateway.cli.making import book_now
from gateway.cli.opened import HIGHEST, Before, DryRun, Limit, Opened, chosen, day, opened, reason_of
from gateway.cli.output import Form, complain, copy_out, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.domain.outcome import Verdict
from gateway.kernel.errors import NotFound

if TYPE_CHECKING:
    from gateway.desk.messages import MessageSheet
    from gateway.desk.replay import Replay
    from gateway.store.queries import ReceiptRow

app = typer.Typer(help="Received files.", no_args_is_help=True)

COLUMNS = {
    "id": "Message",
    "connector": "Connector",
    "channel": "Channel",
    "file": "File",
    "state": "State",
    "documents": "Documents",
    "booked": "Booked",
    "duplicate": "Duplicate",
    "conflict": "Conflict",
    "refused": "Refused",
    "early": "Early",
    "received_at": "Received",
    "first": "Issue",
}
HEADER = {
    "id": "Message",
    "connector": "Connector",
    "channel": "Channel",
    "file": "File",
    "size": "Bytes",
    "sha256": "SHA-256",
    "state": "State",
    "duplicate_of": "Duplicate of",
    "mapping": "Mapping",
    "mapping_version": "Version",
    "documents": "Documents",
    "booked": "Booked",
    "duplicate": "Duplicate",
    "conflict": "Conflict",
    "refused": "Refused",
    "early": "Early",
    "received_at": "Received",
    "decided_at": "Decided",
}
ISSUES = {"code": "Code", "where": "Where", "field": "Field", "value": "Value", "text": "What is wrong"}
RECEIPTS = {"place": "#", "kind": "Document", "key": "Key", "order_number": "PO", "verdict": "Verdict", "codes": "Issues"}
FINDINGS = {"place": "#", "key": "Key", **ISSUES}
PENDING = {"kind": "Work", "due_at": "Due", "attempts": "Tries", "issue": "Issue"}
REDECIDED = {"place": "#", "key": "Key", "before": "Was", "after": "Would be", "issues": "Issues"}

Id = Annotated[int, typer.Argument(metavar="ID", max=HIGHEST, help="The id of the message.")]


@app.command("list")
def list_messages(
    context: typer.Context,
    *,
    connector: Annotated[str | None, typer.Option("--connector", "-c", help="Files of this partner.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Files of this channel.")] = None,
    name: Annotated[str | None, typer.Option("--file", help="The name of the file begins like this.")] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="received, duplicate, parked, booked, partly_booked or refused; may be repeated."),
    ] = None,
    since: Annotated[datetime | None, day("--since", "Received on this day or later.")] = None,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List received files, the newest first."""
    from gateway.desk.messages import MessageSearch, search_messages
    from gateway.store.messages import MessageState

    states = chosen(state, MessageState, what="state")
    with opened(context) as here:
        search = MessageSearch(connector=connector, channel=channel, states=states, name=name, since=here.start_of(since))
        page = search_messages(here.gateway.store, search, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none="No received file is like that.")


@app.command()
def show(
    context: typer.Context,
    message: Id,
    *,
    verdict: Annotated[
        list[str] | None,
        typer.Option("--verdict", help="Only documents that are booked, duplicate, conflict, refused or early; may be repeated."),
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Print the bytes as they were received, and nothing else.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show a received file: what became of each document, every issue, and what happened to the file."""
    from gateway.desk.messages import find_message, show_message

    verdicts = chosen(verdict, Verdict, what="verdict")
    with opened(context) as here:
        if raw:
            with here.gateway.archive.open(find_message(here.gateway.store, message).archive_key) as body:
                copy_out(body)
            return
        sheet = show_message(here.gateway.store, message, most=limit, verdicts=verdicts)
        if as_json:
            show_json(sheet)
        else:
            _show(here, sheet)


@app.command()
def replay(
    context: typer.Context,
    message: Id,
    *,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; mandatory, stands in the file's events.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Read a file again after something was mended. What is booked stays; the other documents are decided again.

    A node that serves this workspace does it; when none does, this command does.
    """
    from gateway.desk import replay as replays
    from gateway.desk.messages import show_message

    with opened(context) as here:
        _require_bytes(here, message)
        if dry_run:
            _tell(replays.preview(here.desk, here.gateway.workspace, here.gateway.reader, message), here, Form.of(as_json))
            return
        replays.ask(here.desk, message, reason=reason_of(reason))
        book_now(here, message)
        sheet = show_message(here.gateway.store, message, most=50, verdicts=(Verdict.CONFLICT, Verdict.REFUSED, Verdict.EARLY))
        if as_json:
            show_json(sheet)
        else:
            counts = f"{sheet.booked} booked, {sheet.refused} refused, {sheet.conflict} in conflict, {sheet.early} early"
            say(f"Message {sheet.id} ({sheet.file}) is {sheet.state}: {counts}.")
            here.show_part("Issues of the file", sheet.issues, columns=ISSUES)
            _show_receipts("Documents that were not taken", sheet.receipts)


def _require_bytes(here: Opened, message: int) -> None:
    """A file whose bytes are lost stays as it is: reading it again could only fail."""
    from gateway.desk.messages import find_message

    if not here.gateway.archive.has(find_message(here.gateway.store, message).archive_key):
        raise NotFound(
            f"the archive has not the bytes of message {message}; nothing was changed",
            remedy=f"Bring {here.gateway.archive.folder} back from the backup, then replay the message",
        )


def _show(here: Opened, sheet: MessageSheet) -> None:
    show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
    here.show_part("Issues of the file", sheet.issues, columns=ISSUES)
    _show_receipts("Documents", sheet.receipts)
    if sheet.more_receipts:
        say(f"{sheet.more_receipts} more; see them with --limit, or only some with --verdict.")
    here.show_part("Still to be done", sheet.pending, columns=PENDING)
    here.show_events(sheet.events)


def _show_receipts(title: str, receipts: Sequence[ReceiptRow]) -> None:
    """What became of the documents, then what is wrong with them, an issue a line."""
    rows = [{**asdict(it), "codes": [issue.code for issue in it.issues]} for it in receipts]
    findings = [{**asdict(issue), "place": it.place, "key": it.key} for it in receipts for issue in it.issues]
    for heading, found, columns in ((title, rows, RECEIPTS), ("Issues of documents", findings, FINDINGS)):
        if found:
            say("")
            say(heading)
            show_rows(found, Form.TABLE, columns=columns, none="")


def _tell(found: Replay, here: Opened, form: Form) -> None:
    """What a replay would do; a file that would not be read ends like one that was refused."""
    if form is Form.JSON:
        show_json(found)
    else:
        if found.mapping:
            say(f"{found.file} would be read by {found.mapping}.")
        here.show_part("The file would not be read", found.issues, columns=ISSUES)
        show_rows(here.rows(found.documents, form), form, columns=REDECIDED, none="No document would be decided.")
        if found.more:
            say("Further documents of the file were not tried.")
    if found.issues:
        complain("Mend the mapping or the connector, and look again.")
        raise typer.Exit(Exit.DATA_REFUSED)
