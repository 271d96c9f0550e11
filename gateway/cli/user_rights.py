"""`gateway user roles | role set | role drop | keys | key add | key revoke`: what people and programs may do."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.master import Reason, books_of
from gateway.cli.opened import HIGHEST, DryRun, mode_of, opened
from gateway.cli.output import Form, say, show_json, show_rows
from gateway.cli.session import AsJson

role = typer.Typer(help="Roles of one's own.", no_args_is_help=True)
key = typer.Typer(help="Keys of programs.", no_args_is_help=True)

ROLES = {"name": "Role", "meaning": "What for", "authorities": "May", "built_in": "Built in"}
KEYS = {
    "id": "Key",
    "head": "Begins with",
    "name": "Program",
    "vendor": "Vendor",
    "authorities": "May",
    "made_by": "Made by",
    "ends_at": "Ends",
    "used_at": "Last used",
    "revoked_at": "Revoked",
}

RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="The name of the role: 3 to 30 small letters, digits and _.")]
May = Annotated[list[str], typer.Option("--may", help="An authority (docs/reference/access.md); may be repeated, or parted by commas.")]


def roles(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the roles: those that are built in, and those of one's own."""
    from gateway.desk import people

    form = Form.of(as_json)
    with opened(context) as here:
        show_rows(here.rows(people.list_roles(here.gateway.store), form), form, columns=ROLES, none="")


@role.command("set")
def set_role(
    context: typer.Context,
    name: RoleName,
    *,
    may: May,
    meaning: Annotated[str, typer.Option("--meaning", help="What the role is for, in a line.")] = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a role, or replace what it may do; the sessions of whoever has it end."""
    from gateway.desk import people
    from gateway.domain.access import Role

    new = Role(name=name, meaning=meaning, authorities=people.read_authorities(may))
    with opened(context) as here:
        done = people.make_role(here.office, new, reason=reason, mode=mode_of(dry_run))
    if as_json:
        show_json(done)
        return
    say(f"Whoever has the role {done.name} may: {', '.join(done.authorities)}.")
    _tell_rehearsal(dry_run=dry_run)


@role.command("drop")
def drop_role(context: typer.Context, name: RoleName, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Forget a role of one's own that nobody has."""
    from gateway.desk import people

    with opened(context) as here:
        people.drop_role(here.office, name, reason=reason, mode=mode_of(dry_run))
    if as_json:
        show_json({"role": name})
        return
    say(f"The role {name} is forgotten.")
    _tell_rehearsal(dry_run=dry_run)


def keys(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the keys of programs, the newest first; a key itself is shown once, when it is made."""
    from gateway.desk import keys as desk

    form = Form.of(as_json)
    with opened(context) as here:
        rows = here.rows(desk.list_keys(here.gateway.store), form)
    show_rows(rows, form, columns=KEYS, none="There is no key yet; make one with: gateway user key add NAME --may AUTHORITY")


@key.command("add")
def add_key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the program is called; stands in every history.")],
    *,
    may: May,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor that alone is seen; without it everything is.")] = None,
    days: Annotated[int, typer.Option("--days", help="So many days it holds.", min=1, max=730)] = 365,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a key for a program. It is shown this once; what is kept is its hash."""
    from gateway.desk import keys as desk
    from gateway.desk.master import all_codes
    from gateway.desk.people import read_authorities
    from gateway.domain.master import MasterKind

    given = read_authorities(may)
    with opened(context) as here:
        with here.gateway.store.reading() as connection:
            vendors = all_codes(connection, books_of(here).declared, MasterKind.VENDOR)
        office, mode = here.office, mode_of(dry_run)
        made = desk.make_key(office, name, given, vendor=vendor, vendors=vendors, days=days, reason=reason, mode=mode)
        ends = here.local(made.key.ends_at)
    if as_json:
        show_json({"key": None if dry_run else made.secret, **here.row(made.key, Form.JSON)})
        return
    whose = f"vendor {vendor} alone" if vendor else "every vendor"
    if dry_run:
        say(f"{made.key.name} would get a key until {ends}, for {whose}, and may: {', '.join(made.key.authorities)}.")
        _tell_rehearsal(dry_run=True)
        return
    say(f"Key {made.key.id} of {made.key.name} holds until {ends}, sees {whose}, and may: {', '.join(made.key.authorities)}.")
    say(made.secret)
    say("It is shown this once. Keep it where the program keeps its secrets.")


@key.command("revoke")
def revoke_key(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", max=HIGHEST, help="The number of the key: gateway user keys")],
    *,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a key work no more, at once."""
    from gateway.desk import keys as desk

    with opened(context) as here:
        done = desk.revoke_key(here.office, number, reason=reason, mode=mode_of(dry_run))
    if as_json:
        show_json(done)
        return
    say(f"Key {number} of {done.name} works no more.")
    _tell_rehearsal(dry_run=dry_run)


def _tell_rehearsal(*, dry_run: bool) -> None:
    if dry_run:
        say("Only shown; nothing was changed.")
