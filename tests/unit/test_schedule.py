"""Due times are the same on every node, once in a doubled hour and at the next instant in a skipped one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from gateway.config.crontab import read_crontab
from gateway.kernel.schedule import At, Every, Schedule, latest

EVERY_DAY = frozenset(range(7))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-03-07T12:00", "2026-03-08T07:00"),
        ("2026-10-31T12:00", "2026-11-01T07:30"),
        ("2026-06-01T06:29", "2026-06-01T06:30"),
        ("2026-06-01T06:30", "2026-06-02T06:30"),
    ],
    ids=["skipped by the clock change", "after the doubled hour", "the same morning", "never the instant itself"],
)
def test_a_time_of_day_is_due_once_a_day_whatever_the_clock_does(after: str, due: str) -> None:
    schedule = At((time(2, 30),), EVERY_DAY, "America/New_York")
    assert schedule.after(utc(after)) == utc(due)


def test_a_doubled_hour_is_due_once() -> None:
    schedule = At((time(1, 30),), EVERY_DAY, "America/New_York")
    first = schedule.after(utc("2026-10-31T12:00"))
    assert (first, schedule.after(first)) == (utc("2026-11-01T05:30"), utc("2026-11-02T06:30"))


def test_only_the_named_days_count() -> None:
    schedule = At((time(6),), frozenset({0}), "UTC")
    assert schedule.after(utc("2026-11-21T00:00")) == utc("2026-11-23T06:00")


def test_an_interval_is_the_same_on_every_node() -> None:
    schedule = Every(timedelta(minutes=15))
    assert {schedule.after(utc(f"2026-11-21T10:{minute:02}")) for minute in (0, 7, 14)} == {utc("2026-11-21T10:15")}


def test_only_the_latest_missed_time_is_owed() -> None:
    schedule = Every(timedelta(minutes=15))
    assert latest(schedule, since=utc("2026-11-21T10:01"), until=utc("2026-11-21T11:20")) == utc("2026-11-21T11:15")
    assert latest(schedule, since=utc("2026-11-21T10:01"), until=utc("2026-11-21T10:14")) is None


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        (Every(timedelta(minutes=5)), "every 5 minutes"),
        (Every(timedelta(hours=1)), "every hour"),
        (Every(timedelta(hours=1, minutes=30)), "every 1 hour 30 minutes"),
        (At((time(6), time(12)), EVERY_DAY, "UTC"), "at 06:00, 12:00 UTC"),
        (At((time(6),), frozenset(range(5)), "Europe/Berlin"), "at 06:00 mon-fri Europe/Berlin"),
        (At((time(6),), frozenset({0, 2}), "UTC"), "at 06:00 mon,wed UTC"),
        (read_crontab("30 3 * * sun").due(zone="UTC"), "cron 30 3 * * sun UTC"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_a_schedule_is_told_as_people_say_it(schedule: Schedule, told: str) -> None:
    assert str(schedule) == told
