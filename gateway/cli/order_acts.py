"""`gateway order hold | release | due-date | note | cancel | address | cost | accept | decline | …`: what people do to an order.

What the retailer asks is decided as its files are; what the vendor answers, notes or ships is done in the vendor's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from gateway.cli.exits import Exit
from gateway.cli.opened import HIGHEST, LARGEST, DryRun, amount_of, as_day, day, mode_of, needed_reason, opened, read_day
from gateway.cli.output import Form, say, show_json, show_rows
from gateway.cli.session import AsJson
from gateway.kernel.errors import ConfigError, RuleBroken

if TYPE_CHECKING:
    from gateway.desk.telling import Told
    from gateway.documents import ShipmentLine

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The PO number.")]
Line = Annotated[int | None, typer.Option("--line", min=1, max=LARGEST, help="The line; every line that can be when it is absent.")]
OneLine = Annotated[int, typer.Option("--line", min=1, max=LARGEST, help="The line.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; stands in the history and goes to the other side.")]
NeededReason = Annotated[str | None, typer.Option("--reason", help="Why; mandatory, stands in the history and goes to the other side.")]
RequestId = Annotated[str | None, typer.Option("--request-id", help="The number of the request, where only that one is meant.")]
OwnId = Annotated[str | None, typer.Option("--request-id", help="A number for this request: asked again with it, it counts once.")]
COLUMNS = {
    "line": "Line",
    "quantity": "Quantity",
    "action": "Action",
    "status": "Status",
    "user": "User",
    "source": "Source",
    "note": "Notes",
}
IS = {"APPLIED": "is done", "PENDING": "waits for the vendor", "REJECTED": "is rejected", "DUPLICATE": "was done before"}
WOULD = {**IS, "APPLIED": "would be done", "PENDING": "would wait for the vendor", "REJECTED": "would be rejected"}
OF_LINE = re.compile(r"(?P<line>[1-9]\d{0,5})=(?P<quantity>[1-9]\d{0,8})")


class Waiting(StrEnum):
    """What may wait for the vendor's answer."""

    CANCEL = "cancel"
    ADDRESS = "address"


What = Annotated[Waiting, typer.Argument(metavar="WHAT", help="cancel or address.")]


def hold(
    context: typer.Context,
    number: Number,
    *,
    line: Line = None,
    reason: NeededReason = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put a line, or the order, on hold; it is neither sent nor shipped until it is released."""
    _do(context, "hold", number, line=line, reason=needed_reason(reason, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


def release(context: typer.Context, number: Number, *, line: Line = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """End a hold: back into the status before it; cancels and addresses that waited apply to a line that is new again."""
    _do(context, "release", number, line=line, dry_run=dry_run, as_json=as_json)


def due_date(
    context: typer.Context,
    number: Number,
    on: Annotated[datetime, typer.Argument(metavar="DATE", parser=read_day, help="The new due date, such as 2026-11-21.")],
    *,
    line: Line = None,
    reason: NeededReason = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a line, or the order, another due date."""
    why = needed_reason(reason, dry_run=dry_run)
    _do(context, "due_date", number, line=line, on=on, reason=why, dry_run=dry_run, as_json=as_json)


def note(
    context: typer.Context,
    number: Number,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; '' takes it away.")],
    *,
    line: Line = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write a note on a line, or on the order, and tell the originating system."""
    _do(context, "reason", number, line=line, reason=text, dry_run=dry_run, as_json=as_json)


def accept(
    context: typer.Context,
    number: Number,
    what: What,
    *,
    line: Line = None,
    request_id: RequestId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say yes to a cancel or an address that waits for the vendor."""
    _do(context, f"accept_{what}", number, line=line, request_id=request_id, dry_run=dry_run, as_json=as_json)


def decline(
    context: typer.Context,
    number: Number,
    what: What,
    *,
    line: Line = None,
    request_id: RequestId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say no to a cancel or an address that waits for the vendor."""
    _do(context, f"decline_{what}", number, line=line, request_id=request_id, dry_run=dry_run, as_json=as_json)


def acknowledge(context: typer.Context, number: Number, *, line: OneLine, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """The vendor takes a line of a batch that waits for its acknowledgement (a whole batch: gateway batch acknowledge)."""
    _do(context, "accept_line", number, line=line, dry_run=dry_run, as_json=as_json)


def reject(
    context: typer.Context, number: Number, *, line: OneLine, reason: NeededReason = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """The vendor cannot deliver a line: it is on hold, and the retailer cancels it or waits."""
    _do(context, "reject_line", number, line=line, reason=needed_reason(reason, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


def backorder(
    context: typer.Context,
    number: Number,
    *,
    line: OneLine,
    on: Annotated[datetime | None, day("--date", "When it can leave.")] = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """The vendor cannot deliver a line yet: it is on hold, with another due date where one is known."""
    _do(context, "backorder_line", number, line=line, on=on, reason=reason, dry_run=dry_run, as_json=as_json)


def cancel(
    context: typer.Context,
    number: Number,
    *,
    line: Line = None,
    quantity: Annotated[
        int | None, typer.Option("--quantity", min=1, max=LARGEST, help="How many; all that is open when it is absent.")
    ] = None,
    reason: Reason = None,
    request_id: OwnId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Cancel a line, or the order: at once where it is new, else when the vendor agrees; ends with 3 when it comes too late."""
    from gateway.desk.telling import ask
    from gateway.documents import ChangeRequest

    request = ChangeRequest(kind="cancel", order_number=number, line=line, quantity=quantity, reason=reason, request_id=request_id)
    with opened(context) as here:
        tell(ask(here.desk, request, mode=mode_of(dry_run)), Form.of(as_json))


def cost(
    context: typer.Context,
    number: Number,
    unit_cost: Annotated[str, typer.Argument(metavar="COST", help="The new unit cost, such as 9.98.")],
    *,
    line: OneLine,
    request_id: OwnId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change what a unit of a line costs."""
    from gateway.desk.telling import ask
    from gateway.documents import ChangeRequest

    request = ChangeRequest(kind="cost", order_number=number, line=line, unit_cost=_amount(unit_cost, "COST"), request_id=request_id)
    with opened(context) as here:
        tell(ask(here.desk, request, mode=mode_of(dry_run)), Form.of(as_json))


def address(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    number: Number,
    *,
    address1: Annotated[str, typer.Option("--address1", help="Street and number.")],
    city: Annotated[str, typer.Option("--city", help="City.")],
    postal_code: Annotated[str, typer.Option("--postal-code", help="Postal code.")],
    country: Annotated[str, typer.Option("--country", help="Code of the country, such as GB.")],
    company: Annotated[str | None, typer.Option("--company", help="Company; this, or both names.")] = None,
    prefix: Annotated[str | None, typer.Option("--prefix", help="Prefix of the name, such as Dr.")] = None,
    first_name: Annotated[str | None, typer.Option("--first-name", help="First name.")] = None,
    middle_name: Annotated[str | None, typer.Option("--middle-name", help="Middle name.")] = None,
    last_name: Annotated[str | None, typer.Option("--last-name", help="Last name.")] = None,
    suffix: Annotated[str | None, typer.Option("--suffix", help="Suffix of the name, such as Jr.")] = None,
    apartment: Annotated[str | None, typer.Option("--apartment", help="Apartment, unit or suite.")] = None,
    address2: Annotated[str | None, typer.Option("--address2", help="Second line of the street.")] = None,
    address3: Annotated[str | None, typer.Option("--address3", help="Third line of the street.")] = None,
    address4: Annotated[str | None, typer.Option("--address4", help="Fourth line of the street.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="State or province.")] = None,
    day_phone: Annotated[str | None, typer.Option("--day-phone", help="Phone by day.")] = None,
    evening_phone: Annotated[str | None, typer.Option("--evening-phone", help="Phone in the evening.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="E-mail address.")] = None,
    request_id: OwnId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send the order elsewhere: the whole new ship-to address; each line is decided by its own status."""
    from gateway.desk.telling import ask
    from gateway.documents import ChangeRequest, Party

    party = Party(
        company=company,
        prefix=prefix,
        first_name=first_name,
        middle_name=middle_name,
        last_name=last_name,
        suffix=suffix,
        address1=address1,
        apartment=apartment,
        address2=address2,
        address3=address3,
        address4=address4,
        city=city,
        region=region,
        postal_code=postal_code,
        country=country,
        day_phone=day_phone,
        evening_phone=evening_phone,
        email=email,
    )
    request = ChangeRequest(kind="address", order_number=number, ship_to=party, request_id=request_id)
    with opened(context) as here:
        tell(ask(here.desk, request, mode=mode_of(dry_run)), Form.of(as_json))


def ship(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    number: Number,
    *,
    line: Annotated[list[str], typer.Option("--line", metavar="LINE=QUANTITY", help="What has left, such as 1=2; may be repeated.")],
    carrier: Annotated[str, typer.Option("--carrier", help="Code of the carrier.")],
    shipped_on: Annotated[datetime, day("--date", "The day it left.")],
    tracking: Annotated[list[str] | None, typer.Option("--tracking", help="Tracking number; may be repeated.")] = None,
    weight: Annotated[str | None, typer.Option("--weight", help="Weight, such as 2.34.")] = None,
    freight: Annotated[str | None, typer.Option("--freight", metavar="AMOUNT", help="What the carrier takes, such as 1.23.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", max=HIGHEST, help="The batch it was on, where several are open.")] = None,
    invoice: Annotated[str | None, typer.Option("--invoice", help="Bill it at once under this number.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Confirm what the vendor has shipped of one order."""
    from gateway.desk.telling import ship as do
    from gateway.documents import Shipment

    shipment = Shipment(
        order_number=number,
        lines=tuple(_of_line(text) for text in line),
        carrier=carrier,
        tracking=tuple(tracking or ()),
        shipped_on=as_day(shipped_on),
        weight=_amount(weight, "--weight") if weight is not None else None,
        freight=_amount(freight, "--freight") if freight is not None else None,
        batch=batch,
        invoice_number=invoice,
    )
    with opened(context) as here:
        tell(do(here.desk, shipment, mode=mode_of(dry_run)), Form.of(as_json))


NOT_ALLOWED = "ACT-303"
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "reason": "note",
        "due_date": "due-date",
        "accept_line": "acknowledge",
        "reject_line": "reject",
        "backorder_line": "backorder",
        "accept_cancel": "accept cancel",
        "accept_address": "accept address",
        "decline_cancel": "decline cancel",
        "decline_address": "decline address",
    }
)
"""The commands for actions that are called otherwise in files."""
NOT_NEEDED = "3021"
"""The batch is acknowledged already, or needs no acknowledgement."""


def tell(told: Told, form: Form, *, what: str = "", none: str = "Nothing is written into the history.") -> None:
    """What became of an act, why, and what it has written into the history; ends with 3 when nothing of it could be done."""
    if form is Form.JSON:
        show_json(told)
    else:
        _say(told, what or told.key, none)
    if told.is_rejected:
        raise typer.Exit(Exit.DATA_REFUSED)


def _say(told: Told, what: str, none: str) -> None:
    from gateway.desk.acting import Mode

    is_tried = told.mode is Mode.REHEARSAL
    said = (WOULD if is_tried else IS).get(told.result, told.result)
    if told.result == "DUPLICATE" and any(issue.code == NOT_NEEDED for issue in told.issues):
        said = "there is nothing to do"
    say(f"{what}: {said}.")
    for issue in told.issues:
        say(f"  {issue}")
    if told.is_rejected:
        changed, kept = ("would change", "would be") if is_tried else ("has changed", "is")
        say(f"Nothing of the order {changed}; that it was asked {kept} kept.")
    show_rows([{name: getattr(it, name) for name in COLUMNS} for it in told.history], Form.TABLE, columns=COLUMNS, none=none)


def _do(
    context: typer.Context,
    action: str,
    number: str,
    *,
    line: int | None = None,
    on: datetime | None = None,
    reason: str | None = None,
    request_id: str | None = None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from gateway.desk.telling import do
    from gateway.documents import VendorAction

    said = VendorAction(action=action, order_number=number, line=line, on=as_day(on), reason=reason, request_id=request_id)
    with opened(context) as here, _in_their_words(action, number):
        tell(do(here.desk, said, mode=mode_of(dry_run)), Form.of(as_json))


@contextmanager
def _in_their_words(action: str, number: str) -> Iterator[None]:
    """What is refused is told by the name of the command, and where to look: the words of rows in files are not those of people here."""
    try:
        yield
    except RuleBroken as error:
        name = COMMANDS.get(action, action)
        issues = [replace(it, text=re.sub(rf"^{re.escape(action)}(?= )", name, it.text)) for it in error.issues]
        is_stage = {it.code for it in issues} <= {NOT_ALLOWED}
        raise RuleBroken(issues, remedy=f"See how the order stands: gateway order show {number}" if is_stage else error.remedy) from error


def _of_line(text: str) -> ShipmentLine:
    from gateway.documents import ShipmentLine

    match = OF_LINE.fullmatch(text)
    if match is None:
        raise ConfigError(f"--line {text}: write the line and how many, such as 1=2")
    return ShipmentLine(number=int(match["line"]), quantity=int(match["quantity"]))


def _amount(text: str, what: str) -> Decimal:
    return amount_of(text, what, like="9.98", digits=9)
