"""What should come through channels, and how it stands today: what is here for the day, when it is judged, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection

from gateway.config import Connector, Expect, Workspace
from gateway.config.channel import Receive
from gateway.config.expect import Volume
from gateway.domain.expected import Calendar, next_window
from gateway.store import Store, alarms, arrivals
from gateway.store.alarms import EXPECTED, Alarm


class ExpectationSheet(Struct, frozen=True, kw_only=True):
    """One channel that something is expected from. `here` counts the files of the day that is judged next."""

    connector: str
    channel: str
    expects: tuple[str, ...]
    day: date | None
    here: int | None
    at_least: int | None
    due_at: datetime | None
    watched_since: datetime | None
    missing: int
    alarms: tuple[str, ...]


def all_expectations(store: Store, workspace: Workspace, *, now: datetime) -> tuple[ExpectationSheet, ...]:
    """Every channel at work that something is expected from."""
    zone = workspace.reference.organization.zone
    with store.reading() as connection:
        standing = alarms.standing(connection, *sorted(EXPECTED))
        return tuple(
            _sheet(connection, (connector.connector, channel.channel), expect, calendar, standing, now)
            for connector, channel, expect in expecting(workspace)
            for calendar in [expect.calendar(zone=zone, calendars=workspace.calendars)]
        )


def expecting(workspace: Workspace) -> Iterator[tuple[Connector, Receive, Expect]]:
    """The channels at work with what is expected of them."""
    for connector in workspace.enabled:
        for channel in connector.receive:
            if channel.enabled and channel.expect is not None:
                yield connector, channel, channel.expect


def _sheet(
    connection: Connection,
    names: tuple[str, str],
    expect: Expect,
    calendar: Calendar | None,
    standing: Sequence[Alarm],
    now: datetime,
) -> ExpectationSheet:
    mine = [one for one in standing if (one.connector, one.channel) == names]
    window = next_window(calendar, after=now - timedelta(microseconds=1)) if calendar else None
    judged = arrivals.judged(connection, *names)
    return ExpectationSheet(
        connector=names[0],
        channel=names[1],
        expects=tuple(_words(expect, calendar)),
        day=window.day if window else None,
        here=len(arrivals.came_since(connection, *names, window.start)) if window else None,
        at_least=expect.at_least if window else None,
        due_at=window.due if window else None,
        watched_since=judged.since if judged else None,
        missing=sum(one.missing or 0 for one in mine),
        alarms=tuple(one.issue.text for one in mine),
    )


def _words(expect: Expect, calendar: Calendar | None) -> Iterator[str]:
    """What is expected, in words."""
    if calendar is not None:
        files = f"{expect.at_least} files" if expect.at_least > 1 else "a file"
        yield f"{files} by {calendar.by:%H:%M} {expect.days} {calendar.zone}"
    if expect.sequence is not None:
        yield f"{{{expect.sequence}}} without a gap"
    if expect.volume is not None:
        yield f"documents a day: {', '.join(_range(expect.volume))}"


def _range(volume: Volume) -> Iterator[str]:
    if volume.min is not None:
        yield f"at least {volume.min}"
    if volume.max is not None:
        yield f"at most {volume.max}"
    if volume.days is not None:
        least, most = (f"{percent}%" if percent else "" for percent in (volume.least, volume.most))
        yield f"{' to '.join(filter(None, (least, most)))} of the median of {volume.days} days"
