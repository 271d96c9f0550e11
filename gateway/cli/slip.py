"""`gateway slip generate | list | show | fetch | void | reprint`: pack slips, pull sheets and CSV extracts on paper's terms."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exits import Exit
from gateway.cli.making import print_now
from gateway.cli.opened import HIGHEST, LARGEST, Before, DryRun, Limit, Opened, as_day, chosen, day, mode_of, one_of, opened
from gateway.cli.output import Form, complain, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.cli.taking_back import Orders, Reason, quantities_of, tell_taken_back
from gateway.kernel.errors import ConfigError

if TYPE_CHECKING:
    from gateway.desk.slips import DocumentSheet, SlipSheet

app = typer.Typer(help="Pack slips, pull sheets and CSV extracts.", no_args_is_help=True)

MADE = {"batch": "Batch", "vendor": "Vendor", "brand": "Brand", "orders": "Orders", "lines": "Lines", "quantity": "Quantity"}
DOCUMENTS = {
    "id": "Document",
    "batch": "Batch",
    "brand": "Brand",
    "kind": "Kind",
    "state": "State",
    "pages": "Pages",
    "made_at": "Made",
    "expires_at": "Expires",
    "issue": "Issue",
}
HEADER = {"batch": "Batch", "vendor": "Vendor", "channel": "Made by", "state": "State", "made_at": "Made", "replaces": "Replaces"}
FETCHED = {"file": "File", "kind": "Kind", "brand": "Brand", "pages": "Pages", "size": "Bytes"}

Number = Annotated[int, typer.Argument(metavar="BATCH", max=HIGHEST, help="The number of the batch.")]


@app.command()
def generate(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    vendor: Annotated[str, typer.Argument(metavar="VENDOR", help="Code of the vendor.")],
    *,
    order: Annotated[
        list[str] | None, typer.Option("--order", help="This purchase order; may be repeated. Without it all new ones.")
    ] = None,
    item: Annotated[str, typer.Option("--item", help="Orders with this item, by the retailer's number or the vendor's.")] = "",
    single_line: Annotated[bool, typer.Option("--single-line", help="Only orders of one line.")] = False,
    brand: Annotated[str, typer.Option("--brand", help="Code of the brand.")] = "",
    country: Annotated[str, typer.Option("--country", help="Only orders that go to this country.")] = "",
    region: Annotated[str, typer.Option("--state", help="Only orders that go to this state or province.")] = "",
    due_by: Annotated[datetime | None, day("--due-by", "A line is due on this day or before.")] = None,
    most: Annotated[int | None, typer.Option("--most", min=1, max=LARGEST, help="At most so many orders, the oldest first.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print pack slips of a vendor's new orders: one batch a brand, its lines In Process. The documents are made in the background."""
    from gateway.desk import slips
    from gateway.domain.slip import Selection

    form = Form.of(as_json)
    wanted = Selection(
        orders=tuple(order or ()),
        item=item,
        single_line=single_line,
        brand=brand,
        country=country,
        region=region,
        due_by=as_day(due_by),
        most=most,
    )
    with opened(context) as here:
        made = slips.generate(here.desk, vendor, wanted, mode=mode_of(dry_run))
        show_rows(here.rows(made, form), form, columns=MADE, none="Nothing waits to be printed.")
        if not made or dry_run:
            return
        print_now(here, [it.batch for it in made])
        sheets = [slips.show_slips(here.gateway.store, it.batch) for it in made]
        if form is Form.TABLE:
            say("")
            say(f"Fetch the documents with: gateway slip fetch {made[0].batch} --to FOLDER")
        _tell_failed(sheets)


@app.command("list")
def list_documents(
    context: typer.Context,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    state: Annotated[list[str] | None, typer.Option("--state", help="waiting, ready, failed, expired or void; may be repeated.")] = None,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List printed documents, the newest first."""
    from gateway.desk.slips import search_documents
    from gateway.store.slips import DocumentSearch, DocumentState

    states = chosen(state, DocumentState, what="state")
    with opened(context) as here:
        page = search_documents(here.gateway.store, DocumentSearch(vendor=vendor, states=states), before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=DOCUMENTS, none=here.nothing("No document is like that.", vendor))


@app.command()
def show(context: typer.Context, number: Number, *, as_json: AsJson = False) -> None:
    """Show the documents of a batch, and what went wrong with them."""
    from gateway.desk.slips import show_slips

    with opened(context) as here:
        sheet = show_slips(here.gateway.store, number)
        if as_json:
            show_json(sheet)
            return
        show_record(here.row(sheet, Form.TABLE), Form.TABLE, labels=HEADER)
        here.show_part("Documents", sheet.documents, columns=DOCUMENTS)


@app.command()
def fetch(
    context: typer.Context,
    number: Number,
    *,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="The folder to write the files to.", file_okay=False)],
    kind: Annotated[str | None, typer.Option("--kind", help="Only slips, pull_sheet or csv.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the documents of a batch into a folder: slips and pull sheet as PDF, the extract as CSV.

    What is not there yet, or not any more, is made first: of a batch that went out as a file too.
    """
    from gateway.desk.slips import ask, show_slips
    from gateway.store.slips import DocumentKind, DocumentState

    wanted, form = one_of(kind, DocumentKind, what="kind"), Form.of(as_json)
    with opened(context) as here:
        ask(here.desk, number, archive=here.gateway.archive)
        print_now(here, [number])
        sheet = show_slips(here.gateway.store, number)
        found = [it for it in sheet.documents if wanted in {None, it.kind} and it.state is DocumentState.READY]
        for it in found:
            _write(here, it, to)
        none = f"The preferences of vendor {sheet.vendor} ask for no such document."
        show_rows(here.rows(tuple(found), form), form, columns=FETCHED, none=none)
        _tell_failed([sheet])


@app.command()
def void(
    context: typer.Context, number: Number, *, order: Orders = None, reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Take pack slips back: their lines are New Order again, what the retailer asked meanwhile applies, held lines stay Held."""
    from gateway.desk import again

    mode = mode_of(dry_run)
    with opened(context) as here:
        done = again.void(here.desk, here.gateway.tools, number, way=again.Way.PAPER, orders=order or (), reason=reason, mode=mode)
        tell_taken_back(done, Form.of(as_json))


@app.command()
def reprint(
    context: typer.Context,
    number: Number,
    *,
    line: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="PO:LINE=QTY", help="Print so much of a line, 0 takes it off; may be repeated. Others stay."),
    ] = None,
    order: Orders = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print slips anew under a new batch number, with new quantities where they are given; held lines are left out."""
    from gateway.desk import again
    from gateway.desk.slips import show_slips

    mode = mode_of(dry_run)
    with opened(context) as here:
        quantities = quantities_of(line)
        done = again.make_again(
            here.desk, here.gateway.tools, number, quantities, way=again.Way.PAPER, orders=order or (), reason=reason, mode=mode
        )
        tell_taken_back(done, Form.of(as_json))
        if done.replaced_by is not None and not dry_run:
            print_now(here, [done.replaced_by])
            _tell_failed([show_slips(here.gateway.store, done.replaced_by)])


def _write(here: Opened, document: DocumentSheet, folder: Path) -> None:
    """One file, whole or not at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{document.file}.part"
        with here.gateway.archive.open(document.archive_key or "") as source, part.open("wb") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
        part.replace(folder / document.file)
    except OSError as error:
        raise ConfigError(f"{folder}: {document.file} cannot be written: {error.strerror}") from error


def _tell_failed(sheets: list[SlipSheet]) -> None:
    from gateway.store.slips import DocumentState

    for it in (it for sheet in sheets for it in sheet.documents if it.state is DocumentState.READY and it.issue is not None):
        complain(f"{it.file}: {it.issue}")
    failed = [it for sheet in sheets for it in sheet.documents if it.state is DocumentState.FAILED]
    for it in failed:
        complain(f"{it.file}: {it.issue}")
    if failed:
        complain(f"The batch stays as it is. Mend what is named above, then: gateway slip fetch {failed[0].batch} --to FOLDER")
        raise typer.Exit(Exit.DATA_REFUSED)
