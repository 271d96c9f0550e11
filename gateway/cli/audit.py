"""`gateway audit list | verify`: who did what that concerns security, and whether that record is whole."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.exits import Exit
from gateway.cli.opened import Before, Limit, day, opened
from gateway.cli.output import Form, cell, complain, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.store.audit import Chain

app = typer.Typer(help="The record of what concerns security.", no_args_is_help=True)

COLUMNS = {
    "id": "Entry",
    "at": "Date and time",
    "event": "Event",
    "actor": "By",
    "source": "From",
    "about": "About",
    "detail": "Detail",
    "reason": "Reason",
}
DIGEST = 64


@app.command("list")
def list_entries(
    context: typer.Context,
    *,
    event: Annotated[str | None, typer.Option("--event", help="Such as login, login_failed, person_changed, role_set.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who did it: a user id, key:NAME, or a user of the system.")] = None,
    about: Annotated[str | None, typer.Option("--about", help='Whom or what it concerns, such as "user anna.k" or "key 3".')] = None,
    since: Annotated[datetime | None, day("--since", "From this day on.")] = None,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List who did what, the newest first."""
    from gateway.desk import trail
    from gateway.store.audit import AuditSearch

    with opened(context) as here:
        search = AuditSearch(event=event, actor=actor, about=about, since=here.start_of(since))
        page = trail.list_entries(here.gateway.store, search, most=limit, before=before)
        form = Form.of(as_json)
        if form is Form.TABLE:
            rows = [{**here.row(it, form), "detail": _brief(it.detail)} for it in page.rows]
            show_rows(rows, form, columns=COLUMNS, none="There is no such entry.")
        else:
            show_rows(here.rows(page.rows, form), form, columns=COLUMNS, none="")
        here.tell_more(page, form)


@app.command()
def verify(
    context: typer.Context,
    *,
    digest: Annotated[
        str | None, typer.Option("--digest", help="One that was noted elsewhere before (audit_head in the log): it must be in the record.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow the record from its beginning: each entry must follow from the one before. Exit with 7 when one does not.

    Keep what it prints in another place: it proves later that nothing before it was changed or taken away.
    """
    from gateway.desk import trail

    if digest is not None and (len(digest) != DIGEST or set(digest.lower()) - set("0123456789abcdef")):
        raise ConfigError(f"'{digest}' is no digest: 64 letters and figures, as audit_head in the log or this command prints them")
    with opened(context) as here:
        chain = trail.verify(here.gateway.store, digest=None if digest is None else digest.lower())
    if as_json:
        show_json(chain)
    elif chain.holds:
        say(f"{chain.entries} entries, each follows from the one before. The digest of the newest: {chain.head}")
    if not chain.holds:
        complain(_wrong(chain))
        complain("Somebody has changed the database past the gateway. Keep a copy of it, and compare with a backup.")
        raise typer.Exit(Exit.DIFFERENCES)


def _brief(detail: dict[str, Any]) -> str:
    """The detail of an entry in a line, what has changed as before and after."""
    told = []
    for name, value in detail.items():
        match value:
            case {"before": before, "after": after}:
                told.append(f"{name} {cell(before) or '-'} → {cell(after) or '-'}")
            case _:
                told.append(f"{name} {cell(value)}")
    return "; ".join(told)


def _wrong(chain: Chain) -> str:
    if chain.broken_at is not None:
        return f"Entry {chain.broken_at} does not follow from the one before: it was changed, or what stood before it was taken away."
    if chain.missing:
        return f"{chain.missing} entries at the end were taken away." if chain.missing > 0 else f"{-chain.missing} entries were slipped in."
    return (
        "The digest that was noted elsewhere is not in this record: it was written anew from some entry on, or an older state was restored."
    )
