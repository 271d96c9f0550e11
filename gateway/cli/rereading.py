"""`gateway message replay | reprocess | take`: a received file is read once more, looked at first; or one is handed in by a person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import asdict

from gateway.cli.exits import Exit
from gateway.cli.findings import show_findings, show_issues, show_receipts
from gateway.cli.making import book_now
from gateway.cli.opened import HIGHEST, DryRun, Opened, opened, reason_of
from gateway.cli.output import Form, complain, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.domain.access import EVERYTHING
from gateway.kernel.errors import NotFound

if TYPE_CHECKING:
    from gateway.desk.replay import Replay, Verb

REDECIDED = {"place": "#", "key": "Key", "before": "Was", "after": "Would be", "codes": "Issues"}
ANSWER_ONLY = "No document would be decided; the answer, which could not be made before, would be made again."

Id = Annotated[int, typer.Argument(metavar="ID", max=HIGHEST, help="The id of the message.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; mandatory, stands in the file's events.")]
Picked = Annotated[
    str | None, typer.Option("--mapping", help="Read it with this layout, as it is now; else with the first of the channel's that fits.")
]


def replay(
    context: typer.Context, message: Id, *, reason: Reason = None, mapping: Picked = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Read a file again after something was mended. What is booked stays; the other documents are decided again.

    Where nothing is left to decide and only the answer could not be made, the answer is made again.
    A node that serves this workspace does it; when none does, this command does. Ends with 3 when something is not taken even so.
    """
    from gateway.desk.replay import Verb

    _again(context, message, Verb.REPLAY, reason=reason, picked=mapping, dry_run=dry_run, form=Form.of(as_json))


def reprocess(
    context: typer.Context, message: Id, *, reason: Reason = None, mapping: Picked = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Make a new message of the bytes of any file, booked or not. Each document is judged by its key: what is booked is a duplicate.

    What a changed layout reads otherwise than it was booked is a conflict, shown field by field, and changes nothing.
    A node that serves this workspace does it; when none does, this command does. Ends with 3 when something is not taken.
    """
    from gateway.desk.replay import Verb

    _again(context, message, Verb.REPROCESS, reason=reason, picked=mapping, dry_run=dry_run, form=Form.of(as_json))


def take(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="The receive channel, CONNECTOR/CHANNEL.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The file.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Hand in a file for a partner, as if it had left it in that channel's folder: read, decided and answered like any other.

    Look at it first with `gateway inspect FILE`. Ends with 3 when something is not taken.
    """
    from gateway.desk.uploads import hand_in, spot_of

    with opened(context) as here:
        here.require_right(channel.partition("/")[0])
        spot = spot_of(here.gateway.workspace, channel)
        with file.open("rb") as source:
            made = hand_in(here.desk, here.gateway.archive, spot, file.name, source)
        book_now(here, made.message_id)
        _tell_reached(here, made.message_id, made.message_id, Form.of(as_json))


def add_to(app: typer.Typer) -> None:
    """The verbs, as commands of `gateway message`."""
    for command in (replay, reprocess, take):
        app.command()(command)


def _again(context: typer.Context, message: int, verb: Verb, *, reason: str | None, picked: str | None, dry_run: bool, form: Form) -> None:
    from gateway.desk import replay as replays

    with opened(context) as here:
        _require_bytes(here, message)
        workspace = here.gateway.workspace
        if dry_run:
            found = replays.preview(here.desk, workspace, here.gateway.reader, message, verb=verb, picked=picked)
            _tell(found, form)
            return
        asked = replays.ask(here.desk, workspace, message, reason=reason_of(reason), verb=verb, picked=picked)
        reached = asked.made or message
        book_now(here, reached)
        _tell_reached(here, reached, message, form)


def _tell_reached(here: Opened, reached: int, asked: int, form: Form) -> None:
    """What came of it; a file of which something is not taken ends like one that was refused."""
    from gateway.desk.messages import NOT_TAKEN, show_message
    from gateway.store.messages import MessageState
    from gateway.store.work import Kind

    sheet = show_message(here.gateway.store, reached, scope=EVERYTHING, most=50, verdicts=NOT_TAKEN)
    if form is Form.JSON:
        show_json(sheet)
    else:
        counts = ", ".join(
            f"{count} {word}"
            for count, word in (
                (sheet.booked, "booked"),
                (sheet.duplicate, "duplicate"),
                (sheet.refused, "refused"),
                (sheet.conflict, "in conflict"),
                (sheet.early, "early"),
            )
            if count or word == "booked"
        )
        of = "" if reached == asked else f", made of message {asked},"
        say(f"Message {sheet.id} ({sheet.file}){of} is {sheet.state}: {counts}.")
        show_issues("Issues of the file", sheet.issues)
        show_receipts("Documents that were not taken", sheet.receipts)
        show_issues("No answer was made", sheet.unanswered)
    if sheet.state in {MessageState.PARKED, MessageState.REFUSED} or sheet.refused or sheet.conflict:
        complain(f"Not everything was taken; see: gateway message show {sheet.id}")
        raise typer.Exit(Exit.DATA_REFUSED)
    if sheet.unanswered:
        complain("The sender has no answer; mend what is named above and ask again.")
        raise typer.Exit(Exit.DATA_REFUSED)
    if any(it.kind is Kind.ANSWER and it.issue is not None for it in sheet.pending):
        complain(f"The answer cannot be made now and is tried again by itself; see: gateway message show {sheet.id}")
        raise typer.Exit(Exit.UNAVAILABLE)


def _tell(found: Replay, form: Form) -> None:
    """What it would do."""
    if form is Form.JSON:
        show_json(found)
    else:
        if found.mapping:
            say(f"{found.file} would be read by {found.mapping}.")
        show_issues("The file would not be read", found.issues)
        rows = [{**asdict(it), "codes": [issue.code for issue in it.issues]} for it in found.documents]
        show_rows(rows, form, columns=REDECIDED, none=ANSWER_ONLY if found.answer_only else "No document would be decided.")
        show_findings([(it.place, it.key, issue) for it in found.documents for issue in it.issues])
        if found.more:
            say("Further documents of the file were not tried.")
        say("Nothing was changed; the sender would be answered again.")
    if found.issues:
        complain("Mend the mapping or the connector, and look again.")
    elif found.is_refused:
        complain("Not everything would be taken; mend what the issues above name, here or with the sender, and look again.")
    if found.is_refused:
        raise typer.Exit(Exit.DATA_REFUSED)


def _require_bytes(here: Opened, message: int) -> None:
    """A file whose bytes are lost, or whose connector is wrong, stays as it is: reading it again could only fail."""
    from gateway.desk.messages import find_message

    found = find_message(here.gateway.store, message)
    here.require_right(found.connector)
    archive, key = here.gateway.archive, found.archive_key
    if not archive.has(key) and not archive.is_erased(key):
        raise NotFound(
            f"the archive has not the bytes of message {message}; nothing was changed",
            remedy=f"Bring {here.gateway.archive.folder} back from the backup, then ask again",
        )
