"""How the acts about an order are done, and what each wants to know of the order it is about. Which there are is `order_acts`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.desk import again, drafts, telling
from gateway.desk.acting import Mode
from gateway.desk.again import Way
from gateway.desk.orders import LineSheet, OrderSheet
from gateway.desk.telling import Told
from gateway.documents import ChangeRequest, Party, VendorAction
from gateway.domain.access import Authority
from gateway.kernel.errors import ConfigError
from gateway.web.acts import Effect, Field
from gateway.web.routes import segment
from gateway.web.taken_back import effects_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

AMOUNT = 18
"""Characters of an amount."""
TEXT = 60
COST = re.compile(r"\d{1,9}(\.\d{1,4})?", re.ASCII)
PARTS = (
    *(("prefix", "Prefix"), ("first_name", "First name"), ("middle_name", "Middle name"), ("last_name", "Last name"), ("suffix", "Suffix")),
    *(("company", "Company"), ("address1", "Address line 1"), ("apartment", "Apt / Unit #"), ("address2", "Address line 2")),
    *(("address3", "Address line 3"), ("address4", "Address line 4"), ("city", "City"), ("region", "State or province")),
    *(("postal_code", "Postal code"), ("country", "Country code"), ("day_phone", "Day phone"), ("evening_phone", "Evening phone")),
    ("email", "E-mail"),
)
"""The parts of an address in the order in which people write them (sdf 2.2.3)."""
NEEDED = frozenset({"address1", "city", "postal_code", "country"})
REASON = Field(name="why", label="Reason")
Deed = Callable[["Visit", OrderSheet, "Mode"], tuple[Effect, ...]]


def say(action: str) -> Deed:
    """The vendor holds, notes, answers."""
    return lambda visit, sheet, mode: say_of(visit, action, sheet.number, whole(visit, "line"), mode)


def say_of(visit: Visit, action: str, number: str, line: int | None, mode: Mode) -> tuple[Effect, ...]:
    """The same of one line of an order, or of all, with day and reason of the form."""
    why = visit.field("why") or None
    said = VendorAction(action=action, order_number=number, line=line, on=day(visit, "on", "due date"), reason=why)
    return _told(telling.do(visit.desk, said, mode=mode), number)


def ask(kind: str) -> Deed:
    """The retailer cancels, or changes an address or a cost."""

    def deed(visit: Visit, sheet: OrderSheet, mode: Mode) -> tuple[Effect, ...]:
        request = ChangeRequest(
            kind=kind,
            order_number=sheet.number,
            line=whole(visit, "line"),
            quantity=whole(visit, "quantity"),
            unit_cost=amount(visit, "unit_cost", "unit cost"),
            ship_to=_party(visit) if kind == "address" else None,
            reason=visit.field("why") or None,
        )
        return _told(telling.ask(visit.desk, request, mode=mode), sheet.number)

    return deed


def address_fields(visit: Visit, sheet: OrderSheet) -> tuple[Field, ...]:
    """The whole new address, beginning with the one there is, for who may see it."""
    now = sheet.document.ship_to if visit.may(Authority.PERSONAL_DATA) else Party()
    return tuple(
        Field(name=name, label=label, most=254 if name == "email" else TEXT, required=name in NEEDED, default=getattr(now, name) or "")
        for name, label in PARTS
    )


def batches_of(sheet: OrderSheet) -> tuple[int, ...]:
    """The batches that hold open lines of the order."""
    on = {it.batch for it in sheet.lines if it.batch is not None and it.open}
    return tuple(it.number for it in sheet.batches if it.number in on)


def take_back(visit: Visit, sheet: OrderSheet, mode: Mode) -> tuple[Effect, ...]:
    """The order is taken out of its batch: its lines are New Order again, what was asked meanwhile applies."""
    batch, way = _batch(visit, sheet)
    why = visit.field("why")
    done = again.void(visit.desk, visit.gateway.tools, batch, way=way, orders=(sheet.number,), reason=why, mode=mode)
    return effects_of(done, room="/batches")


def take_back_fields(_: Visit, sheet: OrderSheet) -> tuple[Field, ...]:
    """From which batch, where there are several, and why."""
    return (*_batch_field(sheet), REASON)


def reissue(visit: Visit, sheet: OrderSheet, mode: Mode) -> tuple[Effect, ...]:
    """The order goes in a new batch, with new quantities where some are given; held lines are left out."""
    batch, way = _batch(visit, sheet)
    told = {it.number: whole(visit, f"line_{it.number}") for it in sheet.lines if it.batch == batch}
    quantities = {(sheet.number, number): n for number, n in told.items() if n is not None}
    why, tools = visit.field("why"), visit.gateway.tools
    done = again.make_again(visit.desk, tools, batch, quantities, way=way, orders=(sheet.number,), reason=why, mode=mode)
    return effects_of(done, room="/batches")


def reissue_fields(_: Visit, sheet: OrderSheet) -> tuple[Field, ...]:
    """The new quantity of each line that is on a batch."""
    lines = [it for it in sheet.lines if it.batch in batches_of(sheet) and it.printed]
    return (*_batch_field(sheet), *(_quantity(it) for it in lines), REASON)


def clone(visit: Visit, sheet: OrderSheet, mode: Mode) -> tuple[Effect, ...]:
    """A new draft like this order."""
    done = drafts.clone_draft(visit.desk, sheet.number, mode=mode)
    path = f"/drafts/{segment(done.number)}" if mode is Mode.EARNEST else ""
    return (Effect(name=f"draft {done.number}", path=path, told="; ".join(done.notes)),)


def whole(visit: Visit, name: str) -> int | None:
    """A whole number of the form."""
    text = visit.field(name)
    if text and not (text.isascii() and text.isdigit() and len(text) < AMOUNT):
        raise ConfigError(f"{name.replace('_', ' ')}: '{text}' is no whole number")
    return int(text) if text else None


def day(visit: Visit, name: str, label: str) -> date | None:
    """A day of the form."""
    text = visit.field(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigError(f"{label}: '{text}' is no day; write YYYY-MM-DD") from error


def amount(visit: Visit, name: str, label: str) -> Decimal | None:
    """An amount of the form."""
    text = visit.field(name)
    if text and not COST.fullmatch(text):
        raise ConfigError(f"{label}: '{text}' is no amount; write it like 9.98, with at most nine digits and four places")
    return Decimal(text) if text else None


def _quantity(it: LineSheet) -> Field:
    label = f"Line {it.number}, {it.item}: new quantity, now {it.printed} (0 takes it off)"
    return Field(name=f"line_{it.number}", label=label, kind="number", least=0, default=str(it.printed))


def _batch_field(sheet: OrderSheet) -> tuple[Field, ...]:
    """Which batch is meant, where it is not clear."""
    options = tuple((str(it), str(it)) for it in batches_of(sheet))
    return (Field(name="batch", label="Batch", kind="select", options=options, required=True),) if len(options) > 1 else ()


def _batch(visit: Visit, sheet: OrderSheet) -> tuple[int, Way]:
    found = {it.number: Way.PAPER if it.is_paper else Way.FILE for it in sheet.batches if it.number in batches_of(sheet)}
    chosen = whole(visit, "batch") if len(found) > 1 else next(iter(found), None)
    if chosen not in found:
        raise ConfigError(f"No open line of order {sheet.number} is on a batch any more.")
    return chosen, found[chosen]


def _party(visit: Visit) -> Party:
    """The address of the form, cut to nothing where a part is empty."""
    return Party(**{name: visit.field(name) or None for name, _ in PARTS})


def _told(told: Told, number: str) -> tuple[Effect, ...]:
    path = f"/orders/{segment(number)}?tab=history"
    issues = [str(issue) for issue in told.issues if issue.is_error]
    wrong = tuple(Effect(name=told.key, path="", told="", why_not=it) for it in issues)
    if told.is_rejected and not told.history:
        return wrong or (Effect(name=told.key, path=path, told="", why_not="it comes too late"),)
    late = f"; nothing is cancelled: {' '.join(issues)}" if told.is_rejected else ""
    done = tuple(
        Effect(
            name=f"line {it.line}" if it.line else number,
            path=path,
            told=f"{it.action}{f', {it.note}' if it.note else ''}{f'; then {it.status.value}' if it.status else ''}{late}",
        )
        for it in told.history
    )
    if told.is_rejected:
        return done
    return (*done, *wrong) or (Effect(name=number, path=path, told="nothing changes: it is so already"),)
