"""`gateway notice list | check | preview | test`: the e-mails that tell people what happened."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import to_builtins

from gateway.cli.exits import Exit
from gateway.cli.opened import Before, Limit, one_of, opened
from gateway.cli.output import Form, complain, say, show_json
from gateway.cli.session import AsJson, session_of
from gateway.domain.notice import NoticeKind

app = typer.Typer(help="The e-mails that tell people what happened.", no_args_is_help=True)

COLUMNS = {
    "id": "Id",
    "at": "Date and time",
    "kind": "Kind",
    "vendor": "Vendor",
    "about": "About",
    "told_at": "Told",
    "item": "Item",
    "state": "Mail",
}
Kind = Annotated[str, typer.Argument(metavar="KIND", help="The kind of notice, such as vendor_new_order.")]


@app.command("list")
def list_notices(
    context: typer.Context,
    *,
    kind: Annotated[str | None, typer.Option("--kind", help="Only this kind.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what is in no mail yet.")] = False,
    before: Before = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what is to be told and was told, the newest first; the mail itself: gateway outbox show ITEM."""
    from gateway.desk.notices import notice_page

    chosen = one_of(kind, NoticeKind, what="kind of notice")
    with opened(context) as here:
        page = notice_page(here.gateway.store, kind=chosen, waiting_only=waiting, before=before, limit=limit)
        here.show_page(
            page, Form.of(as_json), columns=COLUMNS, none="There is nothing to tell. Notices are switched on in organization.yaml."
        )


@app.command()
def check(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Check the texts in notices/ of the workspace: names, tags, and whether each can be rendered."""
    from gateway.config.workspace import examine
    from gateway.notices import Texts

    workspace = examine(session_of(context).root)[0]
    problems = list(Texts(workspace.paths.notices).problems())
    if as_json:
        show_json({"problems": to_builtins(problems)})
    else:
        for problem in problems:
            complain(str(problem))
        say(f"{len(problems)} problems.")
    if problems:
        raise typer.Exit(Exit.USAGE)


@app.command()
def preview(
    context: typer.Context,
    kind: Kind,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="As this vendor would read it.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML part instead of the plain text.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how a notice reads, with made-up things to tell; nothing is sent."""
    from gateway.desk.notices import preview as rendered_of

    wanted = one_of(kind, NoticeKind, what="kind of notice") or NoticeKind.VENDOR_NEW_ORDER
    with opened(context) as here:
        reference = here.gateway.mailroom.references.now(here.gateway.store, vendors=[vendor] if vendor else [])
        found = rendered_of(here.gateway.workspace, reference, wanted, vendor=vendor)
    if as_json:
        show_json({"kind": wanted.value, **to_builtins(found)})
    else:
        text = found.html if html else f"Subject: {found.subject}\n\n{found.text}"
        for line in text.rstrip("\n").split("\n"):
            say(line)


@app.command("test")
def send(
    context: typer.Context,
    *,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Who gets it.")],
    kind: Annotated[str | None, typer.Option("--kind", help="Send this kind, with made-up things to tell.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hand one mail to the mail server now; what the server says is told. Nothing else is sent or changed."""
    from gateway.desk.notices import mail_connector, send_test
    from gateway.desk.notices import preview as rendered_of

    wanted = one_of(kind, NoticeKind, what="kind of notice")
    workspace = session_of(context).legible
    connector = mail_connector(workspace)
    workspace.require_secrets(connector)
    with opened(context) as here:
        gateway = here.gateway
        rendered = rendered_of(workspace, workspace.reference, wanted, vendor=None) if wanted is not None else None
        message_id = send_test(connector, gateway.endpoints, gateway.clock, to=to, rendered=rendered)
    if as_json:
        show_json({"to": to, "message_id": message_id})
    else:
        say(f"The mail server has taken a message for {to}: {message_id}")
