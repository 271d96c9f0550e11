"""`gateway message list | show`: received files and what became of them; reading them again is `rereading`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import rereading
from gateway.cli.findings import show_issues, show_receipts
from gateway.cli.opened import HIGHEST, Before, Limit, Opened, chosen, day, opened
from gateway.cli.output import Form, cell, copy_out, say, show_json, show_record
from gateway.cli.session import AsJson
from gateway.domain.access import EVERYTHING
from gateway.domain.outcome import Verdict

if TYPE_CHECKING:
    from gateway.desk.messages import MessageSheet

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
SOMETIMES = {"remarks": "Remarks", "unanswered": "No answer"}
"""Columns that stand only where one of the files has something there."""
HEADER = {
    "id": "Message",
    "connector": "Connector",
    "channel": "Channel",
    "file": "File",
    "size": "Bytes",
    "sha256": "SHA-256",
    "state": "State",
    "duplicate_of": "Duplicate of",
    "reprocess_of": "Made of",
    "reprocessed_as": "Made into",
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
PENDING = {"kind": "Work", "due_at": "Due", "attempts": "Tries", "issue": "Issue"}
ATTEMPTS = {
    "message": "Message",
    "number": "#",
    "act": "How",
    "at": "When",
    "actor": "By",
    "reason": "Why",
    "mapping": "Mapping",
    "mapping_version": "Version",
    "state": "Came to",
    "booked": "Booked",
    "duplicate": "Duplicate",
    "conflict": "Conflict",
    "refused": "Refused",
    "early": "Early",
}

Id = Annotated[int, typer.Argument(metavar="ID", max=HIGHEST, help="The id of the message.")]


@app.command("list")
def list_messages(  # noqa: PLR0913 (one argument for each option)
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
    unanswered: Annotated[
        bool, typer.Option("--unanswered", help="Only files whose answer could not be made: their senders were told nothing.")
    ] = False,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List received files, the newest first."""
    from gateway.desk.messages import MessageSearch, search_messages
    from gateway.store.messages import MessageState

    states = chosen(state, MessageState, what="state")
    with opened(context) as here:
        here.require_partner(connector, channel)
        search = MessageSearch(
            connector=connector, channel=channel, states=states, name=name, since=here.start_of(since), unanswered=unanswered
        )
        page = search_messages(here.gateway.store, search, scope=EVERYTHING, before=before, most=limit)
        further = {word: title for word, title in SOMETIMES.items() if any(getattr(row, word) for row in page.rows)}
        columns = {**COLUMNS, **further}
        here.show_page(page, Form.of(as_json), columns=columns, none="No received file is like that.")


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
    from gateway.desk.kept import open_kept
    from gateway.desk.messages import find_message, show_message

    verdicts = chosen(verdict, Verdict, what="verdict")
    with opened(context) as here:
        if raw:
            found = find_message(here.gateway.store, message)
            what = f"message {message} ({cell(found.file_name)})"
            with open_kept(here.gateway.archive, found.archive_key, what=what, see=f"gateway message show {message}") as body:
                copy_out(body)
            return
        sheet = show_message(here.gateway.store, message, scope=EVERYTHING, most=limit, verdicts=verdicts)
        if as_json:
            show_json(sheet)
        else:
            _show(here, sheet)


def _show(here: Opened, sheet: MessageSheet) -> None:
    show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
    show_issues("Issues of the file", sheet.issues)
    show_issues("No answer was made", sheet.unanswered)
    show_receipts("Documents", sheet.receipts)
    if sheet.more_receipts:
        say(f"{sheet.more_receipts} more; see them with --limit, or only some with --verdict.")
    here.show_part("Still to be done", sheet.pending, columns=PENDING)
    if len(sheet.attempts) > 1:
        here.show_part("Readings of these bytes", sheet.attempts, columns=ATTEMPTS)
    here.show_events(sheet.events)
    if sheet.unanswered:
        say(f"Once the cause is mended: gateway message replay {sheet.id} --reason TEXT")


rereading.add_to(app)
