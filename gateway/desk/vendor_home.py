"""What a vendor sees first: what is new, late, asked, refused; and how its week was (sdf 9.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

from gateway.domain.access import Scope
from gateway.domain.order import LineStatus
from gateway.domain.outcome import InvoiceState
from gateway.store import Store
from gateway.store.messages import MessageState
from gateway.store.queries import (
    PendingSearch,
    UninvoicedSearch,
    count_messages,
    count_pending,
    count_uninvoiced,
    invoices_by_state,
    lines_at_work,
    received_by_day,
    shipped_by_day,
)
from gateway.store.queries.counting import ENOUGH

WEEK = timedelta(days=7)
SOON = timedelta(days=2)
TROUBLED = (MessageState.PARKED, MessageState.REFUSED, MessageState.PARTLY_BOOKED)


class Due(Struct, frozen=True, kw_only=True):
    """Open lines by how near their due day is."""

    very_late: int = 0
    """By more than a week."""
    late: int = 0
    soon: int = 0
    """Today, or within two days."""
    later: int = 0
    undated: int = 0


class Day(Struct, frozen=True):
    """One day of the week behind us."""

    on: date
    received: int
    """Orders."""
    shipped: int
    """Pieces."""


class Home(Struct, frozen=True, kw_only=True):
    """The first page of a vendor; lines, requests, files and invoices are counted."""

    lines: Mapping[LineStatus, int]
    due: Due
    requests: int
    refused_files: int
    """Within the last week."""
    invoices: Mapping[InvoiceState, int]
    uninvoiced: int
    week: tuple[Day, ...]

    @property
    def late(self) -> int:
        """Lines whose day has passed."""
        return self.due.very_late + self.due.late


def vendor_home(store: Store, vendor: str, *, scope: Scope, partial: bool, today: date, now: datetime, brand: str | None = None) -> Home:
    """What this vendor has to do; `partial` is whether it may bill lines of which a part is still to ship.

    A brand narrows lines, requests and the week; files and invoices have none.
    """
    first = today - timedelta(days=6)
    with store.reading() as connection:
        found = lines_at_work(connection, vendor, brand=brand)
        received, shipped = (by_day(connection, vendor, since=first, brand=brand) for by_day in (received_by_day, shipped_by_day))
        return Home(
            lines={status: sum(it.lines for it in found if it.status is status) for status in LineStatus},
            due=_due(((it.due_on, it.lines) for it in found), today),
            requests=count_pending(connection, PendingSearch(vendor=vendor, brand=brand), most=ENOUGH),
            refused_files=count_messages(connection, connectors=scope.connectors, states=TROUBLED, since=now - WEEK, most=ENOUGH),
            invoices=invoices_by_state(connection, vendor),
            uninvoiced=count_uninvoiced(connection, UninvoicedSearch(vendor=vendor, partial=(vendor,) if partial else ())),
            week=tuple(
                Day(on, received.get(on, 0), shipped.get(on, 0)) for on in (first + timedelta(days=number) for number in range(WEEK.days))
            ),
        )


def _due(lines: Iterable[tuple[date | None, int]], today: date) -> Due:
    told = {"very_late": 0, "late": 0, "soon": 0, "later": 0, "undated": 0}
    for due_on, count in lines:
        if due_on is None:
            told["undated"] += count
        elif due_on < today - WEEK:
            told["very_late"] += count
        elif due_on < today:
            told["late"] += count
        else:
            told["soon" if due_on <= today + SOON else "later"] += count
    return Due(**told)
