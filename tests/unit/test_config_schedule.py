"""Windows of a channel: what a text means, and what is told when it means nothing."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from gateway.config.channel import Gather
from gateway.config.schedule import EVERY_DAY, read_timetable
from gateway.kernel.schedule import At, Every

WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "times", "days", "zone"),
    [
        ("06:00,12:00 mon-fri America/New_York", (time(6), time(12)), WORKDAYS, "America/New_York"),
        ("06:00", (time(6),), EVERY_DAY, None),
        ("06:00 UTC", (time(6),), EVERY_DAY, "UTC"),
        ("23:30,00:15 daily Asia/Tokyo", (time(0, 15), time(23, 30)), EVERY_DAY, "Asia/Tokyo"),
        ("08:00 sat-mon", (time(8),), frozenset({5, 6, 0}), None),
        ("08:00 Mon,wed", (time(8),), frozenset({0, 2}), None),
    ],
)
def test_a_timetable_is_read_as_people_mean_it(text: str, times: tuple[time, ...], days: frozenset[int], zone: str | None) -> None:
    table = read_timetable(text)
    assert (table.times, table.days, table.zone) == (times, days, zone)
    assert table.due(zone="Europe/Berlin") == At(times, days, zone or "Europe/Berlin")


def test_a_channel_may_gather_at_times_and_every_so_often() -> None:
    gather = Gather.model_validate({"changes": "true", "at": "06:00", "every": "15m"})
    times, every = gather.schedules(zone="America/New_York")
    assert times.after(datetime(2026, 11, 21, 12, tzinfo=UTC)) == datetime(2026, 11, 22, 11, tzinfo=UTC)
    assert isinstance(every, Every)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "write times, days and a zone"),
        ("6:00", "'6:00' is not a time of day"),
        ("24:00", "'24:00' is not a time of day"),
        ("06:00 mon-fry", "unknown day 'fry'; did you mean 'fri'?"),
        ("06:00 mon-fri America/New_Yrok", "did you mean 'America/New_York'?"),
        ("06:00 mon-fri Mars/Olympus", "unknown time zone"),
        ("06:00 mon-fri UTC please", "'please' is too much"),
    ],
)
def test_a_timetable_that_means_nothing_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_timetable(text)
    assert told in str(caught.value)
