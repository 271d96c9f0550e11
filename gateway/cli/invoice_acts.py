"""`gateway invoice create | edit | submit | approve | reject | delete | repost`: what people do with an invoice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.opened import HIGHEST, LARGEST, DryRun, Opened, amount_of, as_day, day, mode_of, needed_reason, opened
from gateway.cli.output import Form, say, show_json
from gateway.cli.session import AsJson
from gateway.kernel.errors import ConfigError, RuleBroken
from gateway.kernel.issues import Issue

if TYPE_CHECKING:
    from datetime import date

    from gateway.desk.invoice_acts import InvoiceStep
    from gateway.domain.invoice_edit import InvoiceEdit, LineEdit

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The number of the invoice.")]
Whose = Annotated[str | None, typer.Option("--vendor", help="Code of the vendor, where several have used the number.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; mandatory, stands in the history and is shown to the vendor.")]
Dated = Annotated[datetime | None, day("--date", "The date of the invoice.")]
Description = Annotated[str | None, typer.Option("--description", help="Description of the invoice; '' takes it away.")]
OtherDescription = Annotated[str | None, typer.Option("--other-description", help="What the other charges are.")]
Freight = Annotated[str | None, typer.Option("--freight", metavar="AMOUNT", help="Freight charges of the header.")]
Handling = Annotated[str | None, typer.Option("--handling", metavar="AMOUNT", help="Handling charges of the header.")]
Other = Annotated[str | None, typer.Option("--other", metavar="AMOUNT", help="Other charges of the header.")]
DiscountPercent = Annotated[str | None, typer.Option("--discount-percent", metavar="PERCENT", help="Discount when paid early, 0 to 100.")]
DiscountDays = Annotated[int | None, typer.Option("--discount-days", help="Days within which the discount is given, 0 to 999.")]
GrossDays = Annotated[int | None, typer.Option("--gross-days", help="Days within which all is due, 0 to 999.")]
Lines = Annotated[
    list[str] | None,
    typer.Option("--line", metavar="N.FIELD=VALUE", help="A value of line N, such as 1.unit_cost=8.98 or 2.freight=1.50; may be repeated."),
]
ASSIGNMENT = re.compile(r"(?P<line>\d{1,6})\.(?P<field>[a-z_]+)=(?P<value>.*)", re.DOTALL)
AMOUNTS = frozenset({"unit_cost", "freight", "handling", "other"})


def create(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    number: Number,
    *,
    vendor: Annotated[str, typer.Option("--vendor", help="Code of the vendor.")],
    shipment: Annotated[
        list[int] | None, typer.Option("--shipment", max=HIGHEST, help="A shipment to bill, by its id; may be repeated.")
    ] = None,
    order: Annotated[list[str] | None, typer.Option("--order", help="Bill what is uninvoiced of this PO; may be repeated.")] = None,
    dated: Dated = None,
    description: Description = None,
    other_description: OtherDescription = None,
    freight: Freight = None,
    handling: Handling = None,
    other: Other = None,
    discount_percent: DiscountPercent = None,
    discount_days: DiscountDays = None,
    gross_days: GrossDays = None,
    line: Lines = None,
    submit: Annotated[bool, typer.Option("--submit", help="Hand it in at once; without this it is saved as New, for changes.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make an invoice from shipments that are not invoiced: those of `gateway invoice uninvoiced`."""
    from gateway.desk.invoice_acts import make
    from gateway.domain.bill_shipments import Chosen, Ending

    changes = _changes(
        dated=None,
        description=description,
        other_description=other_description,
        amounts=_amounts(freight, handling, other, discount_percent),
        discount_days=discount_days,
        gross_days=gross_days,
        lines=line,
        drop=(),
    )
    if not shipment and not order:
        nothing = Issue("INV-14", "the invoice has no lines: choose what it bills, with --shipment ID or --order PO", field="lines")
        raise RuleBroken((nothing,), remedy=f"See what waits for an invoice: gateway invoice uninvoiced --vendor {vendor}")
    with opened(context) as here:
        chosen = Chosen(
            number=number,
            date=as_day(dated) or _today(here),
            shipments=(*(shipment or ()), *_of_orders(here, vendor, order or ())),
            changes=changes,
            ending=Ending.SUBMIT if submit else Ending.SAVE,
        )
        done = make(here.desk, chosen, vendor=vendor, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


def edit(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    number: Number,
    *,
    vendor: Whose = None,
    dated: Dated = None,
    description: Description = None,
    other_description: OtherDescription = None,
    freight: Freight = None,
    handling: Handling = None,
    other: Other = None,
    discount_percent: DiscountPercent = None,
    discount_days: DiscountDays = None,
    gross_days: GrossDays = None,
    line: Lines = None,
    drop: Annotated[
        list[int] | None, typer.Option("--drop", metavar="N", max=LARGEST, help="Take line N off the invoice; may be repeated.")
    ] = None,
    submit: Annotated[bool, typer.Option("--submit", help="Hand it in with these changes: both, or neither.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change a new or rejected invoice; hand it in with the changes, or afterwards with `gateway invoice submit`."""
    from gateway.desk.invoice_acts import edit as do
    from gateway.domain.bill_shipments import Ending
    from gateway.domain.invoice_edit import NOTHING

    changes = _changes(
        dated=as_day(dated),
        description=description,
        other_description=other_description,
        amounts=_amounts(freight, handling, other, discount_percent),
        discount_days=discount_days,
        gross_days=gross_days,
        lines=line,
        drop=drop or (),
    )
    if changes == NOTHING:
        raise ConfigError("nothing is to be changed: say what, such as --freight 4.50 or --line 1.unit_cost=8.98")
    with opened(context) as here:
        ending = Ending.SUBMIT if submit else Ending.SAVE
        done = do(here.desk, number, changes, vendor=vendor, ending=ending, mode=mode_of(dry_run))
    if submit or as_json:
        _tell(done, Form.of(as_json))
    elif not done.changed:
        say(f"Invoice {done.number} of vendor {done.vendor} says so already; nothing is changed.")
    else:
        say(f"Invoice {done.number} of vendor {done.vendor} {'would be' if dry_run else 'is'} changed: {done.why}.")
        say(
            f"It {'would come' if dry_run else 'comes'} to {done.total} {done.currency} and stays {done.after}; hand it in: {_submit(done)}"
        )


def submit(context: typer.Context, number: Number, *, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Hand in a new or rejected invoice: it is Approved when it balances with its orders, else Held."""
    from gateway.desk.invoice_acts import submit as do

    with opened(context) as here:
        done = do(here.desk, number, vendor=vendor, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


def approve(
    context: typer.Context, number: Number, *, reason: Reason = None, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Approve a held invoice; it goes out with the next posting."""
    from gateway.desk.invoice_acts import approve as do

    with opened(context) as here:
        done = do(here.desk, number, reason=needed_reason(reason, dry_run=dry_run), vendor=vendor, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


def reject(
    context: typer.Context, number: Number, *, reason: Reason = None, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Reject a held invoice; the vendor mends and sends it again, or deletes it."""
    from gateway.desk.invoice_acts import reject as do

    with opened(context) as here:
        done = do(here.desk, number, reason=needed_reason(reason, dry_run=dry_run), vendor=vendor, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


def repost(
    context: typer.Context, number: Number, *, reason: Reason = None, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Send a posted invoice again with the next posting, marked as sent before."""
    from gateway.desk.invoice_acts import repost as do

    with opened(context) as here:
        done = do(here.desk, number, reason=needed_reason(reason, dry_run=dry_run), vendor=vendor, mode=mode_of(dry_run))
    if as_json:
        show_json(done)
    else:
        say(f"Invoice {done.number} of vendor {done.vendor} {'would go' if dry_run else 'goes'} out again with the next posting.")


def delete(context: typer.Context, number: Number, *, vendor: Whose = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Delete a new or rejected invoice; its number and its shipments are free again."""
    from gateway.desk.invoice_acts import delete as do

    with opened(context) as here:
        done = do(here.desk, number, vendor=vendor, mode=mode_of(dry_run))
    _tell(done, Form.of(as_json))


def _today(here: Opened) -> date:
    return here.gateway.clock.now().astimezone(here.zone).date()


def _of_orders(here: Opened, vendor: str, orders: Iterable[str]) -> list[int]:
    """The uninvoiced shipments of these orders."""
    from gateway.desk.invoices import uninvoiced
    from gateway.store.queries import UninvoicedSearch

    found: list[int] = []
    for order in orders:
        rows = uninvoiced(here.desk, UninvoicedSearch(vendor=vendor, order_number=order)).rows
        ids = [row.id for row in rows if row.order_number == order.upper()]
        if not ids:
            raise ConfigError(f"nothing of order {order} waits for an invoice of vendor {vendor}: see gateway invoice uninvoiced")
        found += ids
    return found


def _changes(
    *,
    dated: date | None,
    description: str | None,
    other_description: str | None,
    amounts: dict[str, Decimal],
    discount_days: int | None,
    gross_days: int | None,
    lines: list[str] | None,
    drop: Iterable[int],
) -> InvoiceEdit:
    from gateway.domain.invoice_edit import InvoiceEdit

    return InvoiceEdit(
        date=dated,
        description=description,
        other_description=other_description,
        discount_days=discount_days,
        gross_days=gross_days,
        lines=_lines(lines or ()),
        drop=tuple(drop),
        **amounts,
    )


def _amounts(freight: str | None, handling: str | None, other: str | None, discount_percent: str | None) -> dict[str, Decimal]:
    told = {"freight": freight, "handling": handling, "other": other, "discount_percent": discount_percent}
    return {name: _amount(text, f"--{name.replace('_', '-')}") for name, text in told.items() if text is not None}


def _amount(text: str, what: str) -> Decimal:
    return amount_of(text, what, like="4.50", digits=11)


def _lines(told: Iterable[str]) -> tuple[LineEdit, ...]:
    """The values of lines, those of one line together."""
    from gateway.domain.invoice_edit import LineEdit

    found: dict[int, dict[str, str | Decimal]] = {}
    for text in told:
        match = ASSIGNMENT.fullmatch(text)
        field = match["field"] if match else ""
        if match is None or field not in {*AMOUNTS, "other_description"}:
            fields = ", ".join(sorted({*AMOUNTS, "other_description"}))
            raise ConfigError(f"--line {text}: write the line, a field and its value, such as 1.unit_cost=8.98; fields are {fields}")
        value = match["value"]
        found.setdefault(int(match["line"]), {})[field] = _amount(value, f"--line {text}") if field in AMOUNTS else value
    return tuple(LineEdit(line_no=line, **values) for line, values in found.items())  # type: ignore[arg-type]  # by the kind of the field


def _submit(done: InvoiceStep) -> str:
    return f"gateway invoice submit {done.number} --vendor {done.vendor}"


def _tell(done: InvoiceStep, form: Form) -> None:
    from gateway.desk.acting import Mode
    from gateway.domain.outcome import InvoiceState

    if form is Form.JSON:
        show_json(done)
        return
    verb = "would be" if done.mode is Mode.REHEARSAL else "is"
    reached = f"{verb} {done.after}" if done.after else f"{verb} deleted"
    was = f", it was {done.before}" if done.before else f", {done.total} {done.currency}"
    say(f"Invoice {done.number} of vendor {done.vendor} {reached}{was}.")
    if done.after is InvoiceState.HELD:
        say(f"It is {done.why}. The retailer approves it, or rejects it so that it can be mended.")
    if done.after is InvoiceState.NEW:
        say(f"Change it with gateway invoice edit, then hand it in: {_submit(done)}")
