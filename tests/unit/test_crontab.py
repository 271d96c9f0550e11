"""The five columns of a crontab: what they say, when they are due, and what is told when they say nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.config.crontab import read_crontab


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "after", "due"),
    [
        ("0 6 * * mon-fri", "UTC", "2026-11-20T07:00", "2026-11-23T06:00"),
        ("*/20 * * * *", "UTC", "2026-11-20T07:20", "2026-11-20T07:40"),
        ("5,35 8-9 1 jan *", "UTC", "2026-11-20T07:00", "2027-01-01T08:05"),
        ("0 0 1 * sun", "UTC", "2026-11-20T07:00", "2026-11-22T00:00"),
        ("0 0 29 2 *", "UTC", "2026-11-20T07:00", "2028-02-29T00:00"),
        ("30 2 * * *", "America/New_York", "2026-03-07T12:00", "2026-03-08T07:00"),
        ("30 1 * * *", "America/New_York", "2026-11-01T05:30", "2026-11-02T06:30"),
        ("0 12 * * 7", "Europe/Berlin", "2026-11-20T07:00", "2026-11-22T11:00"),
    ],
    ids=["days", "steps", "lists", "either day", "leap day", "skipped by the clock change", "once in a doubled hour", "7 is Sunday"],
)
def test_columns_give_the_next_due_time(text: str, zone: str, after: str, due: str) -> None:
    assert read_crontab(text).due(zone=zone).after(utc(after)) == utc(due)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 6 * *", "4 columns of 5"),
        ("60 6 * * *", "60 is not between 0 and 59"),
        ("0 6 * * mond", "did you mean 'mon'"),
        ("0 6 30 feb *", "no such day"),
        ("0 9-6 * * *", "runs backwards"),
        ("*/0 6 * * *", "a step is a whole number"),
        ("x 6 * * *", "'x' is not a number"),
    ],
)
def test_what_is_no_crontab_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_crontab(text)
