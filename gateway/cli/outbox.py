"""`gateway outbox list | show`: files on their way to partners and why they wait; what is done about them is `dispatch`."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import dispatch
from gateway.cli.opened import HIGHEST, Before, Limit, chosen, one_of, opened
from gateway.cli.output import Form, complain, copy_out, show_json, show_record
from gateway.cli.session import AsJson
from gateway.domain.access import EVERYTHING

app = typer.Typer(help="Files on their way to partners.", no_args_is_help=True)

COLUMNS = {
    "id": "Outbox",
    "kind": "Kind",
    "connector": "Connector",
    "channel": "Channel",
    "file": "File",
    "state": "State",
    "ack": "Acknowledgement",
    "attempts": "Tries",
    "next_try_at": "Next try",
    "sent_at": "Sent",
    "why": "Why",
}
HEADER = {
    "id": "Outbox",
    "cause": "Cause",
    "kind": "Kind",
    "connector": "Connector",
    "channel": "Channel",
    "file": "File",
    "size": "Bytes",
    "sha256": "SHA-256",
    "state": "State",
    "known": "Known by",
    "ack": "Acknowledgement",
    "ack_due_at": "Acknowledgement due",
    "made_at": "Made",
    "next_try_at": "Next try",
    "give_up_at": "Gives up",
    "sent_at": "Sent",
    "why": "Why",
}
SETS = {
    "group": "Group",
    "type": "Set",
    "number": "Number",
    "document": "Document",
    "ack": "Acknowledgement",
    "codes": "Partner's codes",
    "told_at": "Said",
    "told_by": "By message",
}
WARNINGS = {"code": "Code", "where": "Where", "field": "Field", "text": "What"}
ATTEMPTS = {"number": "#", "round": "Round", "started_at": "Started", "ended_at": "Ended", "result": "Result", "words": "What was said"}

Id = Annotated[int, typer.Argument(metavar="ID", max=HIGHEST, help="The id of the outgoing file.")]


@app.command("list")
def list_items(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    *,
    connector: Annotated[str | None, typer.Option("--connector", "-c", help="Files for this partner.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Files of this channel.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="batch, feed, posting or answer.")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", help="waiting, blessed, sent, conflict, held, parked or cancelled; may be repeated.")
    ] = None,
    ack: Annotated[
        list[str] | None,
        typer.Option("--ack", help="none, due, accepted, accepted_with_errors, rejected or overdue; may be repeated."),
    ] = None,
    name: Annotated[str | None, typer.Option("--file", help="The name of the file begins like this.")] = None,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Only files that are not with their partner yet.")] = False,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List outgoing files, the newest first."""
    from gateway.desk.outbox import UNFINISHED, ItemSearch, outbound_pause, search_items
    from gateway.store.outbox import Ack, ItemKind, ItemState
    from gateway.store.pauses import words

    states = chosen(state, ItemState, what="state")
    search = ItemSearch(
        connector=connector,
        channel=channel,
        kind=one_of(kind, ItemKind, what="kind"),
        states=tuple(one for one in states if one in UNFINISHED) if unfinished else states,
        acks=chosen(ack, Ack, what="acknowledgement"),
        name=name,
    )
    with opened(context) as here:
        here.require_partner(connector, channel)
        page = search_items(here.gateway.store, search, scope=EVERYTHING, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none="No outgoing file is like that.")
        stopped = outbound_pause(here.gateway.store)
        if stopped is not None:
            complain(here.retold(words(stopped)))


@app.command()
def show(
    context: typer.Context,
    item: Id,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="Print the bytes as they are sent, and nothing else.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show an outgoing file: what the partner says of each of its sets (X12, EDIFACT), every try to deliver it, and what happened to it."""
    from gateway.desk.kept import open_kept
    from gateway.desk.outbox import show_item

    with opened(context) as here:
        sheet = show_item(here.gateway.store, item, scope=EVERYTHING)
        if raw:
            what = f"outgoing file {item} ({sheet.file})"
            with open_kept(here.gateway.archive, sheet.archive_key, what=what, see=f"gateway outbox show {item}") as body:
                copy_out(body)
            return
        if as_json:
            show_json(sheet)
            return
        show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
        here.show_part("Sets", sheet.sets, columns=SETS)
        here.show_part("Written otherwise, or not at all", sheet.warnings, columns=WARNINGS)
        here.show_part("Tries", sheet.attempts, columns=ATTEMPTS)
        here.show_events(sheet.events)


dispatch.add_to(app)
