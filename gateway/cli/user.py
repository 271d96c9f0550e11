"""`gateway user list | show | add | set | activate | deactivate | invite | drop-factor | end-sessions | roles | role | keys | key`.

The people of the retailer and of whoever runs the gateway, how everybody logs in, roles, and keys of programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.master import Reason
from gateway.cli.opened import DryRun, mode_of, opened, reason_of
from gateway.cli.output import Form, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.cli.user_rights import key, keys, role, roles

if TYPE_CHECKING:
    from gateway.config.settings import WebSettings
    from gateway.desk.people import PersonEdit

app = typer.Typer(help="People who log in, roles, and keys of programs.", no_args_is_help=True)

COLUMNS = {"id": "User", "name": "Name", "email": "E-mail", "active": "Active", "roles": "Roles"}
SHEET = {
    "id": "User",
    "name": "Name",
    "vendor": "Vendor",
    "email": "E-mail",
    "active": "Active",
    "roles": "Roles",
    "may": "May",
    "password_at": "Password set",
    "factor_at": "Second factor since",
    "needs_second_factor": "Needs a second factor",
    "last_at": "Last login",
}
SESSIONS = {"made_at": "Since", "seen_at": "Last seen", "ends_at": "Ends", "source": "From", "agent": "Browser", "is_full": "Complete"}
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 (compared, not listened on)
SHOWN_ONLY = "Only shown; nothing was changed."

UserId = Annotated[str, typer.Argument(metavar="ID", help="The user id: 5 to 50 small letters, digits and . _ @ -")]
AnyId = Annotated[str, typer.Argument(metavar="ID", help="The user id, of the retailer's people or of a vendor's.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="A role (gateway user roles); may be repeated, or parted by commas.")]


@app.command("list")
def list_users(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the people of the retailer and of whoever runs the gateway; those of vendors: gateway vendor user list."""
    from gateway.desk import people

    form = Form.of(as_json)
    with opened(context) as here:
        rows = here.rows(people.list_people(here.gateway.store), form)
    show_rows(rows, form, columns=COLUMNS, none="There is nobody yet; add somebody with: gateway user add ID --name NAME --role ROLE")


@app.command()
def show(context: typer.Context, user: AnyId, *, as_json: AsJson = False) -> None:
    """Show a person, of a vendor too: what they may do, how they log in, and where they are logged in now."""
    from gateway.desk import people

    with opened(context) as here:
        sheet = people.show_person(here.gateway.store, user)
        if as_json:
            show_json(sheet)
            return
        told = {**here.row(sheet.person, Form.TABLE), **here.row(sheet.entrance, Form.TABLE)}
        told |= {"may": sheet.authorities, "needs_second_factor": sheet.needs_second_factor}
        show_record(told, Form.TABLE, labels={name: label for name, label in SHEET.items() if name in told})
        here.show_part("Sessions", sheet.sessions, columns=SESSIONS)


@app.command()
def add(
    context: typer.Context,
    user: UserId,
    *,
    name: Annotated[str, typer.Option("--name", help="The person's name, at most 60 characters.")],
    email: Annotated[str, typer.Option("--email", help="The person's address.")] = "",
    roles: Roles = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add a person, who sets a password with the link of: gateway user invite."""
    from gateway.desk import people
    from gateway.domain.access import Staff

    with opened(context) as here:
        new = Staff(id=user, name=name, email=email.strip(), roles=_roles(roles) or ())
        done = people.add_person(here.office, new, reason=reason, mode=mode_of(dry_run))
    if as_json:
        show_json(done)
        return
    say(f"User {done.id}, {done.name}, has {_having(done.roles)}. Now: gateway user invite {done.id}")
    _tell_rehearsal(dry_run=dry_run)


@app.command("set")
def set_user(
    context: typer.Context,
    user: UserId,
    *,
    name: Annotated[str | None, typer.Option("--name", help="The person's name, at most 60 characters.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="The person's address.")] = None,
    roles: Roles = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change a person; --role replaces the roles, and ends the sessions there are. No role at all: --role ""."""
    from msgspec import UNSET

    from gateway.desk.people import PersonEdit

    chosen = _roles(roles)
    edit = PersonEdit(
        name=UNSET if name is None else name,
        email=UNSET if email is None else email,
        roles=UNSET if chosen is None else chosen,
    )
    _edit(context, user, edit, reason=reason, dry_run=dry_run, as_json=as_json)


@app.command()
def activate(context: typer.Context, user: UserId, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Let a person in again."""
    from gateway.desk.people import PersonEdit

    _edit(context, user, PersonEdit(active=True), reason=reason, dry_run=dry_run, as_json=as_json)


@app.command()
def deactivate(context: typer.Context, user: UserId, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Let a person do nothing any more, at once; every history keeps the name."""
    from gateway.desk.people import PersonEdit

    _edit(context, user, PersonEdit(active=False), reason=reason, dry_run=dry_run, as_json=as_json)


@app.command()
def invite(context: typer.Context, user: AnyId, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Make a link with which somebody, of a vendor too, sets a password, once, within two days.

    A link that was made before works no more. A password that is set holds until the new link is used.
    """
    from gateway.desk import invitations

    with opened(context) as here:
        made = invitations.invite(here.office, user, reason=reason, mode=mode_of(dry_run))
        address = f"{address_of(here.gateway.workspace.settings.web)}/password/{made.token}"
        ends = here.local(made.ends_at)
    if as_json:
        show_json({"user_id": made.user_id, "link": None if dry_run else address, "ends_at": made.ends_at})
    elif dry_run:
        say(f"{made.user_id} would get a link that works once, until {ends}.")
        _tell_rehearsal(dry_run=True)
    else:
        say(f"{made.user_id} sets a password, once, until {ends}, at:")
        say(address)
        if address.startswith("/"):
            say("Before it stands the address that the service listens on: web_listening in its log.")
        say("Whoever has this link can do so: give it to nobody else.")


@app.command("drop-factor")
def drop_factor(
    context: typer.Context,
    user: AnyId,
    *,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why, and how you know who asks; it is kept.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Forget the second factor of somebody who has lost the device; all sessions end, the next login sets up a new one."""
    from gateway.desk import people

    why = reason_of(reason, dry_run=dry_run)
    with opened(context) as here:
        ended = people.drop_factor(here.office, user, reason=why, mode=mode_of(dry_run))
    if as_json:
        show_json({"user_id": user.lower(), "ended": ended})
        return
    say(f"{user.lower()} has no second factor any more; {_sessions(ended)} ended.")
    _tell_rehearsal(dry_run=dry_run)


@app.command("end-sessions")
def end_sessions(context: typer.Context, user: AnyId, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Log somebody out everywhere, at once."""
    from gateway.desk import people

    with opened(context) as here:
        ended = people.end_sessions(here.office, user, reason=reason, mode=mode_of(dry_run))
    if as_json:
        show_json({"user_id": user.lower(), "ended": ended})
        return
    say(f"{_sessions(ended)} of {user.lower()} ended.")
    _tell_rehearsal(dry_run=dry_run)


app.command("roles")(roles)
app.add_typer(role, name="role")
app.command("keys")(keys)
app.add_typer(key, name="key")


def address_of(web: WebSettings) -> str:
    """Where people find the pages, as far as gateway.toml says it; empty where only the log of the service does."""
    if web.proxies and web.hosts:
        return f"https://{web.hosts[0]}"
    if not web.port:
        return ""
    name = web.hosts[0] if web.hosts else "localhost" if web.host in ANYWHERE else web.host
    host = f"[{name}]" if ":" in name else name
    return f"{'https' if web.certificate else 'http'}://{host}:{web.port}"


def _edit(context: typer.Context, user: str, edit: PersonEdit, *, reason: str, dry_run: bool, as_json: bool) -> None:
    from gateway.desk import people

    with opened(context) as here:
        done = people.edit_person(here.office, user, edit, reason=reason, mode=mode_of(dry_run))
    if as_json:
        show_json(done)
        return
    it = done.person
    state = f"User {it.id}, {it.name}, is {'active' if it.active else 'not active'} and has {_having(it.roles)}."
    ended = f" {_sessions(done.ended)} ended." if done.ended else ""
    say(f"{state} Changed: {', '.join(done.changed)}.{ended}" if done.changed else f"{state} Nothing is different.")
    if done.changed:
        _tell_rehearsal(dry_run=dry_run)


def _roles(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(name.strip() for one in given for name in one.split(",") if name.strip())


def _having(roles: tuple[str, ...]) -> str:
    return f"the role{'s' if len(roles) > 1 else ''} {', '.join(roles)}" if roles else "no role"


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"


def _tell_rehearsal(*, dry_run: bool) -> None:
    if dry_run:
        say(SHOWN_ONLY)
