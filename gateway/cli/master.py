"""`gateway vendor | carrier | brand | location | system | organization`: master data, listed, shown and changed (sdf 8.1, 8.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.exits import Exit
from gateway.cli.opened import DryRun, Opened, mode_of, opened
from gateway.cli.output import Form, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.domain.master import MasterKind
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.desk.master import Books, Edited

COLUMNS = {"code": "Code", "name": "Name", "active": "Active", "declared": "In organization.yaml", "changed": "Changed here"}
WORDS = {"word": "Word", "value": "Value", "origin": "From"}
HISTORY = {
    "at": "Date and time",
    "actor": "User",
    "source": "Source",
    "action": "Action",
    "word": "Word",
    "before": "Before",
    "after": "After",
    "reason": "Reason",
}
GAPS = {"code": "Vendor", "name": "Name", "lacks": "Its address lacks"}
NO_SYSTEMS = "No shipping system is in use (shipping_integration), so no vendor needs an address as origin."
CHANGES = {"kind": "Table", "code": "Code", "word": "Word", "before": "Before", "after": "After"}
WITHOUT_ACTIVE = {key: heading for key, heading in COLUMNS.items() if key != "active"}

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code.")]
Values = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[WORD=VALUE]...",
        help="Words of organization.yaml; lists are parted by commas, parts of a table are named like address.city.",
    ),
]
Reset = Annotated[list[str] | None, typer.Option("--reset", help="This word goes back to what it is without the store; may be repeated.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; stands in the history.")]

organization = typer.Typer(help="The retailer's organization.", no_args_is_help=True)
system = typer.Typer(help="Order-management systems.", no_args_is_help=True)
location = typer.Typer(help="Locations, where sales orders originate.", no_args_is_help=True)
brand = typer.Typer(help="Retail brands.", no_args_is_help=True)
carrier = typer.Typer(help="Carriers (ship via).", no_args_is_help=True)
vendor = typer.Typer(help="Vendors, their preferences and their users.", no_args_is_help=True)

APPS: Mapping[MasterKind, typer.Typer] = {
    MasterKind.SYSTEM: system,
    MasterKind.LOCATION: location,
    MasterKind.BRAND: brand,
    MasterKind.CARRIER: carrier,
    MasterKind.VENDOR: vendor,
}


def _add_commands(app: typer.Typer, kind: MasterKind) -> None:
    """The commands that every table has."""

    @app.command("list", help=f"List every {kind}: those of organization.yaml, those that orders brought, those that were added here.")
    def list_entries(context: typer.Context, *, as_json: AsJson = False) -> None:
        from gateway.desk import master

        form = Form.of(as_json)
        with opened(context) as here:
            rows = here.rows(master.list_entries(books_of(here), kind), form)
        columns = COLUMNS if kind in {MasterKind.CARRIER, MasterKind.VENDOR} else WITHOUT_ACTIVE
        show_rows(rows, form, columns=columns, none=f"There is no {kind} yet.")

    @app.command(help=f"Show a {kind}: every value with where it comes from, and who changed what when.")
    def show(context: typer.Context, code: Code, *, as_json: AsJson = False) -> None:
        with opened(context) as here:
            _show(here, kind, code, as_json=as_json)

    @app.command(help=f"Add a {kind} to the store. A connector can name it once organization.yaml has a line for its code.")
    def add(
        context: typer.Context, code: Code, values: Values = None, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False
    ) -> None:
        from gateway.desk import master

        with opened(context) as here:
            books, mode = books_of(here), mode_of(dry_run)
            done = master.add_entry(books, kind, code, _read(books, kind, code, values), reason=reason, mode=mode)
        _tell(done, Form.of(as_json))

    @app.command("set", help=f"Change values of a {kind}; a value that organization.yaml states is changed there.")
    def set_words(
        context: typer.Context,
        code: Code,
        values: Values = None,
        *,
        reset: Reset = None,
        reason: Reason = "",
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        with opened(context) as here:
            done = _set(here, kind, code, values, reset=reset, reason=reason, dry_run=dry_run)
        _tell(done, Form.of(as_json))


def _add_activity(app: typer.Typer, kind: MasterKind, *, on: str, off: str) -> None:
    """What is active or not."""

    @app.command(help=f"Make a {kind} active. {on}")
    def activate(context: typer.Context, code: Code, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
        with opened(context) as here:
            done = _set(here, kind, code, ["active=true"], reason=reason, dry_run=dry_run)
        _tell(done, Form.of(as_json))

    @app.command(help=f"Make a {kind} inactive. {off}")
    def deactivate(context: typer.Context, code: Code, *, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
        with opened(context) as here:
            done = _set(here, kind, code, ["active=false"], reason=reason, dry_run=dry_run)
        _tell(done, Form.of(as_json))


for _kind, _app in APPS.items():
    _add_commands(_app, _kind)
_add_activity(
    carrier,
    MasterKind.CARRIER,
    on="It is assigned to all vendors.",
    off="It cannot be chosen on the shipping screen any more; uploads and orders may still name it.",
)
_add_activity(vendor, MasterKind.VENDOR, on="It gets orders again.", off="It gets no new orders (DSO-105); what it has goes on.")


@vendor.command()
def check(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Tell which vendors lack an address that shipping systems need as origin; 7 when there are some."""
    from gateway.desk.master import vendor_gaps

    form = Form.of(as_json)
    with opened(context) as here:
        found = vendor_gaps(books_of(here))
        rows = here.rows(found or (), form)
    show_rows(rows, form, columns=GAPS, none=NO_SYSTEMS if found is None else "Every active vendor has an address.")
    if found:
        raise typer.Exit(Exit.DIFFERENCES)


@organization.command("list")
def list_organizations(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the organization of this workspace."""
    from gateway.desk import master

    form = Form.of(as_json)
    with opened(context) as here:
        rows = here.rows(master.list_entries(books_of(here), MasterKind.ORGANIZATION), form)
    show_rows(rows, form, columns=WITHOUT_ACTIVE, none="There is no organization.")


@organization.command("show")
def show_organization(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the organization: every value with where it comes from, and who changed what when."""
    with opened(context) as here:
        _show(here, MasterKind.ORGANIZATION, _own(here), as_json=as_json)


@organization.command("set")
def set_organization(
    context: typer.Context,
    values: Values = None,
    *,
    reset: Reset = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change values of the organization that organization.yaml does not state.

    What the console shows counts from the next page on; all else when a node starts.
    """
    from gateway.config.portal_words import AT_ONCE

    with opened(context) as here:
        done = _set(here, MasterKind.ORGANIZATION, _own(here), values, reset=reset, reason=reason, dry_run=dry_run)
    _tell(done, Form.of(as_json))
    later = [it.word for it in done.changes if it.word not in AT_ONCE]
    if later and not (as_json or dry_run):
        say(f"Nodes that run take {', '.join(later)} at their next start.")


@organization.command()
def export(
    context: typer.Context,
    *,
    whole: Annotated[bool, typer.Option("--whole", help="With what organization.yaml declares: the result can be that file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the master data of the store as YAML, in the words of organization.yaml."""
    import yaml

    from gateway.desk import master

    with opened(context) as here:
        told = master.export(books_of(here), whole=whole)
    if as_json:
        show_json(told)
        return
    text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, default_flow_style=False, width=1_000) if told else "# nothing\n"
    for line in text.splitlines():
        say(line)


def _show(here: Opened, kind: MasterKind, code: str, *, as_json: bool) -> None:
    from gateway.desk import master

    sheet = master.show_entry(books_of(here), kind, code)
    if as_json:
        show_json(sheet)
        return
    say(f"{kind.value.capitalize()} {sheet.code}")
    show_rows([{"word": it.word, "value": shown(it.value), "origin": it.origin} for it in sheet.words], Form.TABLE, columns=WORDS, none="")
    if sheet.history:
        say("")
        say("History")
        told = [{**here.row(it, Form.TABLE), "before": shown(it.before), "after": shown(it.after)} for it in sheet.history]
        show_rows(told, Form.TABLE, columns=HISTORY, none="")


def _set(
    here: Opened,
    kind: MasterKind,
    code: str,
    values: Iterable[str] | None,
    *,
    reset: Iterable[str] | None = None,
    reason: str,
    dry_run: bool,
) -> Edited:
    from gateway.desk import master

    books, mode = books_of(here), mode_of(dry_run)
    given = _read(books, kind, code, values)
    if not given and not reset:
        raise ConfigError("nothing to change: give WORD=VALUE, or --reset WORD")
    return master.set_words(books, kind, code, given, reset=reset or (), reason=reason, mode=mode)


def _read(books: Books, kind: MasterKind, code: str, values: Iterable[str] | None) -> dict[str, Any]:
    from gateway.desk.master import read_values

    return read_values(books, kind, code, values or ())


def _tell(done: Edited, form: Form) -> None:
    if form is Form.JSON:
        show_json(done)
        return
    rows = [
        {"kind": it.kind, "code": it.code, "word": it.word, "before": shown(it.before), "after": shown(it.after)} for it in done.changes
    ]
    show_rows(rows, Form.TABLE, columns=CHANGES, none="Nothing is different: it is like that already.")
    for note in done.notes:
        say(note[:1].upper() + note[1:] + ".")
    if done.changes and done.mode.value == "rehearsal":
        say("Only shown; nothing was changed.")


def shown(value: Any) -> Any:
    """A table of an address on one line."""
    return ", ".join(f"{word} {inner}" for word, inner in value.items() if inner) if isinstance(value, dict) else value


def books_of(here: Opened) -> Books:
    """The books of the workspace, for whoever called the command."""
    from gateway.desk.master import Books

    return Books.of(here.desk, here.gateway.workspace)


def _own(here: Opened) -> str:
    return here.gateway.workspace.reference.organization.code
