"""What a vendor may change of an invoice while it is New or Rejected, and what is wrong with such a change (sdf 4.4, 9.3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.invoice_values import CHARGES, charge_issues, date_issues
from gateway.domain.outcome import InvoiceDocument
from gateway.kernel.issues import Issue
from gateway.kernel.money import CENT, UNIT_COST

_RANGES = (("discount_days", 999, "INV-01"), ("gross_days", 999, "INV-02"), ("discount_percent", 100, "INV-03"))
_MOST = Decimal(10) ** 11
LONGEST = 80
"""Characters of a description."""


class LineEdit(Struct, frozen=True, kw_only=True, gc=False):
    """New values for one line of an invoice; None leaves a value as it is."""

    line_no: int
    unit_cost: Decimal | None = None
    freight: Decimal | None = None
    handling: Decimal | None = None
    other: Decimal | None = None
    other_description: str | None = None


class InvoiceEdit(Struct, frozen=True, kw_only=True, gc=False):
    """What may be changed while an invoice is New or Rejected; `drop` names lines to delete."""

    date: date | None = None
    description: str | None = None
    other_description: str | None = None
    freight: Decimal | None = None
    handling: Decimal | None = None
    other: Decimal | None = None
    discount_percent: Decimal | None = None
    discount_days: int | None = None
    gross_days: int | None = None
    lines: tuple[LineEdit, ...] = ()
    drop: tuple[int, ...] = ()


NOTHING = InvoiceEdit()


def edited(invoice: InvoiceDocument, changes: InvoiceEdit) -> InvoiceDocument:
    """The invoice with these values, which `faults` has found no fault with."""
    edits = {it.line_no: it for it in changes.lines}
    lines = [
        replace(line, **_told(edits[line.line_no], skip=("line_no",))) if line.line_no in edits else line
        for line in invoice.lines
        if line.line_no not in changes.drop
    ]
    return replace(invoice, lines=tuple(lines), **_told(changes, skip=("lines", "drop")))


def faults(invoice: InvoiceDocument, changes: InvoiceEdit, *, latest: date) -> list[Issue]:
    """Everything that is wrong with these changes, in one pass; `latest` is the last day that the invoice may be dated on."""
    numbers = {line.line_no for line in invoice.lines}
    unknown = sorted({*changes.drop, *(it.line_no for it in changes.lines)} - numbers)
    issues = [*_of_header(changes), *_of_charges(changes, "header")]
    issues += date_issues(changes.date, latest) if changes.date is not None else []
    issues += [Issue("INV-12", f"the invoice has no line {number}", field="lines", value=str(number)) for number in unknown]
    for line in changes.lines:
        where = f"line {line.line_no}"
        issues += [*_of_cost(line, where), *_of_charges(line, where)]
    if numbers and numbers <= set(changes.drop):
        issues.append(Issue("INV-14", "an invoice keeps at least one line; delete the invoice instead", field="lines"))
    return issues


def _of_header(changes: InvoiceEdit) -> list[Issue]:
    return [
        Issue(code, f"{name} is {value}; 0 to {most} are possible", field=name, value=str(value))
        for name, most, code in _RANGES
        if (value := getattr(changes, name)) is not None and not (_fits(Decimal(value), CENT) and 0 <= value <= most)
    ]


def _of_cost(line: LineEdit, where: str) -> list[Issue]:
    cost = line.unit_cost
    if cost is None or (_fits(cost, UNIT_COST) and cost >= 0):
        return []
    text = f"the unit cost is {cost}; 0 or more with at most four places is possible"
    return [Issue("INV-10", text, where=where, field="unit_cost", value=str(cost))]


def _of_charges(part: InvoiceEdit | LineEdit, where: str) -> list[Issue]:
    issues = charge_issues(part, where)
    issues += [
        Issue(code, f"the {name} charges are {value}; an amount with at most two places is possible", where=where, field=name)
        for name, code in CHARGES
        if (value := getattr(part, name)) is not None and not value < 0 and not _fits(value, CENT)
    ]
    texts = {name: getattr(part, name, None) or "" for name in ("description", "other_description")}
    issues += [
        Issue("INV-17", f"the {name.replace('_', ' ')} is longer than {LONGEST}", where=where, field=name)
        for name, value in texts.items()
        if len(value) > LONGEST
    ]
    return issues


def _fits(amount: Decimal, smallest: Decimal) -> bool:
    """Whether the store keeps the amount as it is."""
    return amount.is_finite() and abs(amount) < _MOST and amount % smallest == 0


def _told(changes: Struct, *, skip: tuple[str, ...]) -> dict[str, object]:
    values = {name: getattr(changes, name) for name in changes.__struct_fields__ if name not in skip}
    return {name: value for name, value in values.items() if value is not None}
