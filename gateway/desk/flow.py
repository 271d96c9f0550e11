"""What moves through the house: files in, documents booked and files out, hour by hour; how old what waits is; due dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from msgspec import Struct

from gateway.desk.vendor_home import SOON, WEEK
from gateway.store import Store
from gateway.store.messages import MessageState
from gateway.store.queries.flow import NEWEST, DueLines, Moved, came, due_lines, left, waiting_by_age

HOUR = timedelta(hours=1)
HOURS = 24
NOT_TAKEN = (MessageState.REFUSED, MessageState.PARTLY_BOOKED)
"""What of a file that is its partner's to mend. One that is parked needs a person here."""
AGES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(days=1))


class HourSheet(Struct, frozen=True):
    """One hour: files that came, documents of them that were booked, files that left."""

    at: datetime
    came: int
    booked: int
    left: int


class FlowSheet(Struct, frozen=True, kw_only=True):
    """The last day; `is_cut` where more files moved than were looked at, so that the first hours are not whole."""

    hours: tuple[HourSheet, ...]
    is_cut: bool
    waiting: tuple[int, ...]
    """By age: up to each of AGES, and longer."""
    due: DueLines
    not_taken: dict[MessageState, int]
    """How many of these files were refused, or taken in part; their partners were told why."""


def flow(store: Store, *, now: datetime, today: date) -> FlowSheet:
    """The last 24 hours, the present one last."""
    first = now.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR
    with store.reading() as connection:
        files, gone = came(connection, since=first), left(connection, since=first)
        waiting = waiting_by_age(connection, AGES, now=now)
        due = due_lines(connection, today=today, soon=today + SOON, very=today - WEEK)
    return FlowSheet(
        hours=tuple(_hour(first + number * HOUR, files, gone) for number in range(HOURS)),
        is_cut=max(len(files), len(gone)) >= NEWEST,
        waiting=tuple(waiting),
        due=due,
        not_taken={state: count for state in NOT_TAKEN if (count := sum(it.state is state for it in files))},
    )


def _hour(at: datetime, files: Iterable[Moved], gone: Iterable[Moved]) -> HourSheet:
    here = [it for it in files if at <= it.at < at + HOUR]
    return HourSheet(at, len(here), sum(it.documents for it in here), sum(at <= it.at < at + HOUR for it in gone))
