"""`gateway vendor user list | show | add | set | activate | deactivate`: the people of a vendor (sdf 1, 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.master import HISTORY, Reason, books_of, shown
from gateway.cli.opened import DryRun, mode_of, opened
from gateway.cli.output import Form, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson

if TYPE_CHECKING:
    from gateway.desk.vendor_users import UserEdit, UserEdited

app = typer.Typer(help="Users of vendors.", no_args_is_help=True)

COLUMNS = {"id": "User", "vendor": "Vendor", "name": "Name", "email": "E-mail", "active": "Active", "authorities": "May"}

UserId = Annotated[str, typer.Argument(metavar="ID", help="The user id: 5 to 50 small letters, digits and . _ @ -")]
Name = Annotated[str | None, typer.Option("--name", help="The person's name, at most 30 characters.")]
Email = Annotated[str | None, typer.Option("--email", help="The person's address; notices go to the vendor's.")]
Authorities = Annotated[
    list[str] | None,
    typer.Option(
        "--may",
        help="orders, pack_slips, shipping, shipping_upload, maintenance, change_requests, invoices, invoice_maintenance, configuration, "
        "own_users; "
        "several parted by commas.",
    ),
]


@app.command("list")
def list_users(
    context: typer.Context,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the users of vendors."""
    from gateway.desk import vendor_users

    form = Form.of(as_json)
    with opened(context) as here:
        rows = here.rows(vendor_users.list_users(here.gateway.store, vendor=vendor), form)
    show_rows(rows, form, columns=COLUMNS, none="There is no such user; add one with: gateway vendor user add ID --vendor CODE --name NAME")


@app.command()
def show(context: typer.Context, user: UserId, *, as_json: AsJson = False) -> None:
    """Show a user, and who changed what when."""
    from gateway.desk import vendor_users

    with opened(context) as here:
        sheet = vendor_users.show_user(here.gateway.store, user)
        if as_json:
            show_json(sheet)
            return
        show_record(here.row(sheet.user, Form.TABLE), Form.TABLE, labels=COLUMNS)
        say("")
        say("History")
        told = [{**here.row(it, Form.TABLE), "before": shown(it.before), "after": shown(it.after)} for it in sheet.history]
        show_rows(told, Form.TABLE, columns=HISTORY, none="")


@app.command()
def add(
    context: typer.Context,
    user: UserId,
    *,
    vendor: Annotated[str, typer.Option("--vendor", help="Code of the vendor, whose orders alone the user sees.")],
    name: Annotated[str, typer.Option("--name", help="The person's name, at most 30 characters.")],
    email: Annotated[str, typer.Option("--email", help="The person's address; notices go to the vendor's.")] = "",
    may: Authorities = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add a user of a vendor, who may look through the orders unless --may says more."""
    from gateway.desk import vendor_users
    from gateway.domain.authority import VendorUser

    chosen, strange = vendor_users.read_authorities(may if may is not None else ["orders"])
    new = VendorUser(id=user, vendor=vendor, name=name, email=email, authorities=chosen)
    with opened(context) as here:
        mode = mode_of(dry_run)
        done = vendor_users.add_user(books_of(here), new, strange=strange, reason=reason, mode=mode)
    _tell(done, Form.of(as_json))


@app.command("set")
def set_user(
    context: typer.Context,
    user: UserId,
    *,
    name: Name = None,
    email: Email = None,
    may: Authorities = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change a user; --may replaces what the user might do."""
    from msgspec import UNSET

    from gateway.desk.vendor_users import UserEdit, read_authorities

    chosen, strange = read_authorities(may or ())
    edit = UserEdit(
        name=UNSET if name is None else name,
        email=UNSET if email is None else email,
        authorities=UNSET if may is None else chosen,
    )
    _edit(context, user, edit, strange=strange, reason=reason, dry_run=dry_run, as_json=as_json)


@app.command()
def activate(context: typer.Context, user: UserId, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Let a user in again."""
    from gateway.desk.vendor_users import UserEdit

    _edit(context, user, UserEdit(active=True), reason=reason, dry_run=dry_run, as_json=as_json)


@app.command()
def deactivate(context: typer.Context, user: UserId, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Let a user do nothing any more; the history keeps the name."""
    from gateway.desk.vendor_users import UserEdit

    _edit(context, user, UserEdit(active=False), reason=reason, dry_run=dry_run, as_json=as_json)


def _edit(
    context: typer.Context, user: str, edit: UserEdit, *, strange: tuple[str, ...] = (), reason: str, dry_run: bool, as_json: bool
) -> None:
    from gateway.desk import vendor_users

    with opened(context) as here:
        mode = mode_of(dry_run)
        done = vendor_users.edit_user(books_of(here), user, edit, strange=strange, reason=reason, mode=mode)
    _tell(done, Form.of(as_json))


def _tell(done: UserEdited, form: Form) -> None:
    if form is Form.JSON:
        show_json(done)
        return
    it = done.user
    may = ", ".join(it.authorities) or "nothing"
    state = f"User {it.id} of vendor {it.vendor}, {it.name}, is {'active' if it.active else 'not active'} and may: {may}."
    say(f"{state} Changed: {', '.join(done.changed)}." if done.changed else f"{state} Nothing is different.")
    if done.changed and done.mode.value == "rehearsal":
        say("Only shown; nothing was changed.")
