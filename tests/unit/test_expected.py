"""What should have come by when, over clock changes and holidays; gaps in running numbers; volumes out of range."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from gateway.domain.expected import Calendar, Gap, Range, follow, limits, next_window, received, window_of, windows

WEEKDAYS = frozenset(range(5))
THANKSGIVING = date(2026, 11, 26)
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(*, by: str = "14:00", since: str = "00:00", zone: str = "America/New_York", weekdays: frozenset[int] = WEEKDAYS) -> Calendar:
    holidays = frozenset({THANKSGIVING})
    return Calendar(by=time.fromisoformat(by), since=time.fromisoformat(since), weekdays=weekdays, zone=zone, holidays=holidays)


def test_the_due_time_keeps_to_the_wall_clock_of_the_partner_over_a_clock_change() -> None:
    found = windows(calendar(), after=utc("2026-10-29T00:00"), until=utc("2026-11-03T23:00"))
    assert [f"{one.due:%m-%d %H:%M}" for one in found] == ["10-29 18:00", "10-30 18:00", "11-02 19:00", "11-03 19:00"]
    assert found[1].end == found[2].start == utc("2026-11-02T05:00")


def test_a_due_time_that_a_clock_change_skips_is_due_at_the_next_instant() -> None:
    every_day = calendar(by="02:30", weekdays=frozenset(range(7)))
    assert window_of(every_day, date(2026, 3, 8)).due == utc("2026-03-08T07:00")
    assert window_of(every_day, date(2026, 11, 1)).due == utc("2026-11-01T07:30")


def test_a_holiday_belongs_to_the_day_before_it() -> None:
    before = window_of(calendar(), date(2026, 11, 25))
    assert before.end == window_of(calendar(), date(2026, 11, 27)).start == utc("2026-11-27T05:00")
    following = next_window(calendar(), after=before.due)
    assert following is not None
    assert following.day == date(2026, 11, 27)


def test_a_window_may_begin_on_the_evening_before() -> None:
    overnight = window_of(calendar(by="06:00", since="20:00", zone="UTC"), date(2026, 11, 24))
    assert (overnight.start, overnight.due) == (utc("2026-11-23T20:00"), utc("2026-11-24T06:00"))


def test_in_ninety_days_with_holidays_and_a_clock_change_one_missing_file_is_missed_once() -> None:
    found = windows(calendar(), after=utc("2026-09-01T00:00"), until=utc("2026-11-30T23:00"))
    lost = date(2026, 10, 14)
    arrivals = [one.due - timedelta(minutes=5) for one in found if one.day != lost]
    missed: list[date] = []
    for number, window in enumerate(found, start=1):
        seen = [at for at in arrivals if at <= window.due]
        missed += [window.day] if received(found[:number], seen, at_least=1)[window.day] < 1 else []
    assert (len(found), missed) == (64, [lost])
    assert received(found, arrivals, at_least=1)[lost] == 0


@pytest.mark.parametrize(
    ("times", "counted"),
    [
        (["11-23T15:00", "11-24T15:00"], [1, 1]),
        (["11-24T15:00"], [0, 1]),
        (["11-24T15:00", "11-24T16:00"], [1, 1]),
        (["11-23T23:00", "11-24T15:00"], [1, 1]),
        (["11-23T15:00", "11-23T16:00"], [1, 0]),
    ],
    ids=["both came", "the first is missing", "it came with the second", "it came late", "two on one day are not two days"],
)
def test_a_file_counts_for_its_own_day_first_and_then_for_the_oldest_that_lacks_one(times: list[str], counted: list[int]) -> None:
    found = windows(calendar(), after=utc("2026-11-23T00:00"), until=utc("2026-11-24T23:00"))
    assert list(received(found, [utc(f"2026-{at}") for at in times], at_least=1).values()) == counted


@pytest.mark.parametrize(
    ("highest", "numbers", "reached", "gaps"),
    [
        (None, [7, 8], 8, []),
        (8, [10, 9], 10, []),
        (8, [11], 11, [Gap(9, 10)]),
        (8, [10, 13], 13, [Gap(9, 9), Gap(11, 12)]),
        (8, [5], 8, []),
        (8, [], 8, []),
        (812, [1, 2], 2, [Gap(812, 1)]),
        (999, [1], 1, []),
        (998, [999, 1], 1, []),
        (0, [1], 1, []),
    ],
    ids=["begin", "out of order together", "gap", "two gaps", "repeated", "none", "restart", "wrap", "wrap together", "from nought"],
)
def test_a_row_of_numbers_is_followed(highest: int | None, numbers: list[int], reached: int, gaps: list[Gap]) -> None:
    wraps_at = 999 if highest in {998, 999} else None
    assert follow(highest, numbers, wraps_at=wraps_at) == (reached, gaps)


def test_a_volume_is_compared_with_the_median_once_there_are_enough_days() -> None:
    wanted = Range(minimum=2, least=50, most=300)
    assert limits(wanted, [10, 10, 10, 10], enough=5) == (2, None)
    assert limits(wanted, [9, 10, 11, 10, 500], enough=5) == (5, 30)
    assert limits(Range(maximum=20, most=300), [10] * 5, enough=5) == (None, 20)
