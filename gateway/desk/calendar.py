"""The calendar of what should come: for each channel and day what was expected by when, what came, and whether it is late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection

from gateway.config import Workspace
from gateway.desk.expectations import expecting
from gateway.domain.access import Scope
from gateway.domain.expected import Calendar, Window, received, window_of
from gateway.store import Store, arrivals


class DayState(StrEnum):
    """How a day of a channel stands."""

    COMPLETE = "came"
    LATE = "late"
    DUE = "due"
    AHEAD = "expected"
    FREE = "nothing expected"


class DaySheet(Struct, frozen=True, kw_only=True):
    """One day of one channel; `came` and `due_at` where something is expected."""

    day: date
    state: DayState
    came: int = 0
    at_least: int = 0
    due_at: datetime | None = None


class ChannelDays(Struct, frozen=True, kw_only=True):
    """One channel with its days, and in words what is expected of it."""

    connector: str
    partner: str
    channel: str
    days: tuple[DaySheet, ...]


def calendar_of(store: Store, workspace: Workspace, first: date, last: date, *, now: datetime, scope: Scope) -> tuple[ChannelDays, ...]:
    """Every channel that files are expected from by a time of day, on these days."""
    zone = workspace.reference.organization.zone
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = []
    with store.reading() as connection:
        for connector, channel, expect in expecting(workspace):
            calendar = expect.calendar(zone=zone, calendars=workspace.calendars)
            if calendar is None or not scope.covers_files_of(connector.connector):
                continue
            names = (connector.connector, channel.channel)
            told = _days(connection, names, calendar, days, at_least=expect.at_least, now=now)
            found.append(ChannelDays(connector=names[0], partner=connector.partner.name, channel=names[1], days=told))
    return tuple(found)


def _days(
    connection: Connection, names: tuple[str, str], calendar: Calendar, days: list[date], *, at_least: int, now: datetime
) -> tuple[DaySheet, ...]:
    wanted = {day: window_of(calendar, day) for day in days if calendar.has(day)}
    started = [window for window in wanted.values() if window.start <= now]
    came = arrivals.came_since(connection, *names, started[0].start) if started else []
    counted = received(started, [one.received_at for one in came], at_least=at_least)
    judged = arrivals.judged(connection, *names)
    since = judged.since if judged is not None else now
    return tuple(_day(day, wanted.get(day), counted.get(day, 0), at_least=at_least, now=now, since=since) for day in days)


def _day(day: date, window: Window | None, came: int, *, at_least: int, now: datetime, since: datetime) -> DaySheet:
    """Nothing is late that was due before the channel was watched."""
    if window is None:
        return DaySheet(day=day, state=DayState.FREE)
    if came >= at_least:
        state = DayState.COMPLETE
    elif window.due <= now:
        state = DayState.LATE if window.due > since else DayState.FREE
    else:
        state = DayState.DUE if window.start <= now else DayState.AHEAD
    return DaySheet(day=day, state=state, came=came, at_least=at_least, due_at=window.due)
