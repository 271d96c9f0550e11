"""Whether an invoice balances with the orders it bills, and what it amounts to (sdf 4.5, 4.7)."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.digest import shown
from gateway.domain.outcome import InvoiceDocument, InvoiceLineState, InvoiceState
from gateway.domain.reference import Vendor
from gateway.kernel.money import ZERO, cents

NAMED = 5
"""So many lines stand in the sentence that says why an invoice is held; its sheet marks all."""


def is_out_of_balance(po_unit_cost: Decimal, unit_cost: Decimal, threshold: Decimal | None) -> bool:
    """Whether the costs differ by more than `threshold` percent; None means no check, 0 that any difference is too much.

    >>> is_out_of_balance(Decimal("10.00"), Decimal("11.00"), Decimal(10))
    False
    >>> is_out_of_balance(Decimal("10.00"), Decimal("11.0001"), Decimal(10))
    True
    """
    if threshold is None:
        return False
    if po_unit_cost == 0:
        return unit_cost != 0
    return abs(unit_cost - po_unit_cost) * 100 > threshold * po_unit_cost


def state_when_submitted(invoice: InvoiceDocument, vendor: Vendor) -> InvoiceState:
    """Approved; Held if a single line is out of balance. Charges do not count."""
    return InvoiceState.HELD if _out(invoice, vendor) else InvoiceState.APPROVED


def why_held(invoice: InvoiceDocument, vendor: Vendor) -> str:
    """The lines that hold the invoice, in a sentence for its history; nothing when it is in balance.

    How much may differ is not told: the vendor reads the history, and the threshold is the retailer's.
    """
    out = _out(invoice, vendor)
    if not out:
        return ""
    lines = [
        f"line {line.line_no} (order {line.order_number} line {line.order_line}): "
        f"unit cost {shown(line.unit_cost)} against {shown(line.po_unit_cost)}"
        for line in out[:NAMED]
    ]
    more = f"; and {len(out) - NAMED} more" if len(out) > NAMED else ""
    return f"out of balance: {'; '.join(lines)}{more}"


def total_of(invoice: InvoiceDocument) -> Decimal:
    """Sum of quantity times unit cost, plus the charges of lines and header, two places."""
    lines = sum((line.quantity * line.unit_cost + line.freight + line.handling + line.other for line in invoice.lines), ZERO)
    return cents(lines + invoice.freight + invoice.handling + invoice.other)


def _out(invoice: InvoiceDocument, vendor: Vendor) -> list[InvoiceLineState]:
    threshold = vendor.unit_cost_threshold
    return [line for line in invoice.lines if is_out_of_balance(line.po_unit_cost, line.unit_cost, threshold)]
