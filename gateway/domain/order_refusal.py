"""Answers to orders of a retailer that were not taken, in the form that vendors use for theirs (855, ORDRSP; sdf 2.5, edi 5.1).

What was taken is answered by its vendor, in time. Not for: what is wrong with a set as X12 or EDIFACT, which its acknowledgement tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from textwrap import wrap

from msgspec import Struct

from gateway.documents import OrderAnswer
from gateway.domain.change_answer import LONGEST
from gateway.kernel.issues import Issue


class Unbooked(Struct, frozen=True, kw_only=True):
    """An order of a file that was refused, and why."""

    number: str
    entered_on: date | None
    issues: tuple[Issue, ...]


def refusals(orders: Iterable[Unbooked], *, known: Collection[str], on: date) -> list[OrderAnswer]:
    """One answer for each order that was refused; none where its number is that of an order that was taken, before or since."""
    return [
        OrderAnswer(
            order_number=it.number, about="order", answered_on=on, status="rejected", entered_on=it.entered_on, reasons=_reasons(it)
        )
        for it in orders
        if it.number and it.number not in known
    ]


def _reasons(it: Unbooked) -> tuple[str, ...]:
    told = dict.fromkeys(f"{_line(issue)}{issue.code} {issue.text}" for issue in it.issues if issue.is_error)
    return tuple(piece for text in told for piece in wrap(text, LONGEST))


def _line(issue: Issue) -> str:
    return f"line {issue.line}: " if issue.line is not None else ""
