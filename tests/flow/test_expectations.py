"""A calendar of what should come: told once for each cause, at its time, and quiet when it is mended; the clock is the test's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.app import Gateway
from gateway.jobs.expectations import judge_expectations, plan_expectations
from gateway.kernel import FixedClock
from gateway.store import alarms
from gateway.store.alarms import About, Alarm
from tests.town import OMS, Town
from tests.web_client import served

NEW_YORK = ZoneInfo("America/New_York")
HOLIDAYS = "2026-11-26  # Thanksgiving\n\n2026-12-25\n"
BUSINESS = 'expect: {by: "14:00", days: business, zone: America/New_York, holidays: us}'
SHIP = """\
connector: redpanda
partner: {name: Red Panda Outfitters, vendor: "257"}
endpoint: {transport: folder}
receive:
  - channel: shipments
    folder: in/redpanda
    files: "SHIP_{number}.csv"
    mapping: shipments-csv
    every: 1h
    ready: {stable_for: 0s}
    EXPECT
"""


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


class Days:
    """A town whose clock a test turns on, looking into its folders and judging what should have come."""

    def __init__(self, town: Town, gateway: Gateway, clock: FixedClock) -> None:
        self.town = town
        self.gateway = gateway
        self.clock = clock
        self._node = gateway.node()
        self._place = gateway.place

    def at(self, text: str, *, look: bool = True) -> list[Alarm]:
        """It is that time in New York: look into the folders, judge; answers the alarms that stand."""
        self.clock.advance(new_york(text) - self.clock.now())
        if look:
            self.look()
        judge_expectations(self._place)
        return self.standing()

    def look(self) -> None:
        for spot in self._node.engine.spots:
            self._node.engine.poll(spot)
        self._node.engine.book()

    def standing(self) -> list[Alarm]:
        with self.gateway.store.reading() as connection:
            return alarms.standing(connection, *About)

    def drop(self, number: str) -> None:
        self.town.drop(f"in/redpanda/SHIP_{number}.csv", f"po_number,po_line_number,ship_qty\nAB{number},1,1\n")


@contextmanager
def days(town: Town, expect: str, *, start: str = "2026-10-25T12:00") -> Iterator[Days]:
    (town.root / "calendars").mkdir()
    (town.root / "calendars/us.txt").write_text(HOLIDAYS)
    town.declare("redpanda", SHIP.replace("EXPECT", expect))
    clock = FixedClock(new_york(start))
    with town.gateway(clock) as gateway:
        found = Days(town, gateway, clock)
        found.at(start)
        yield found


def test_over_weeks_with_a_clock_change_and_a_holiday_only_the_missing_file_rings_and_once(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    rang = []
    with days(town, BUSINESS) as here:
        day = datetime(2026, 10, 26, tzinfo=NEW_YORK)
        while day < datetime(2026, 12, 1, tzinfo=NEW_YORK):
            if day.weekday() < 5 and f"{day:%m-%d}" not in {"11-26", "11-04"}:
                here.drop(f"{day:%m%d}")
                here.at(f"{day:%Y-%m-%d}T13:50")
            before = len(here.at(f"{day:%Y-%m-%d}T13:59"))
            after = here.at(f"{day:%Y-%m-%d}T14:00")
            rang += [f"{day:%m-%d}"] if len(after) > before else []
            day += timedelta(days=1)
        (alarm,) = here.standing()
        assert rang == ["11-04"]
        assert alarm.issue.text == ("a file was expected from redpanda/shipments by 14:00 on 2026-11-04 (America/New_York), none came")
        assert (alarm.vendor, alarm.missing, alarm.raised_at) == ("257", 1, datetime(2026, 11, 4, 19, tzinfo=UTC))
    assert capsys.readouterr().err.count('"alarm_raised"') == 1


def test_a_late_file_ends_the_alarm_and_so_does_one_that_comes_with_the_next(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    with days(town, BUSINESS) as here:
        here.at("2026-10-26T13:00")
        assert len(here.at("2026-10-26T14:00")) == 1
        here.drop("1")
        assert here.at("2026-10-26T16:00") == []
        assert len(here.at("2026-10-27T14:05")) == 1
        here.drop("2")
        assert len(here.at("2026-10-28T10:00")) == 1
        here.drop("3")
        assert here.at("2026-10-28T11:00") == []
        assert here.at("2026-10-28T14:00") == []
    assert capsys.readouterr().err.count('"alarm_cleared"') == 2


def test_a_part_of_what_is_missing_makes_the_alarm_less(town: Town) -> None:
    with days(town, 'expect: {by: "14:00", zone: America/New_York, at_least: 3}') as here:
        here.drop("1")
        (alarm,) = here.at("2026-10-26T14:00")
        assert (alarm.missing, alarm.issue.text.rpartition(", ")[2]) == (2, "1 came")
        here.drop("2")
        assert [one.missing for one in here.at("2026-10-26T15:00")] == [1]
        here.drop("3")
        assert here.at("2026-10-26T16:00") == []


def test_nothing_rings_for_days_that_had_begun_before_the_channel_was_watched(town: Town) -> None:
    with days(town, BUSINESS, start="2026-10-26T09:00") as here:
        assert here.at("2026-10-26T15:00") == []
        assert len(here.at("2026-10-27T15:00")) == 1


def test_what_was_there_in_time_while_we_were_away_is_not_missed(town: Town) -> None:
    with days(town, BUSINESS) as here:
        here.at("2026-10-26T01:00")
        here.drop("1")
        assert here.at("2026-10-26T14:30", look=False) == []
        assert here.at("2026-10-26T14:40") == []


def test_a_channel_that_cannot_be_looked_through_rings_an_hour_later_and_says_so(town: Town) -> None:
    with days(town, BUSINESS) as here:
        here.at("2026-10-26T09:00")
        assert here.at("2026-10-26T14:59", look=False) == []
        (alarm,) = here.at("2026-10-26T15:00", look=False)
        assert "could not be looked through since" in alarm.issue.text


def test_a_number_left_out_rings_until_it_comes(town: Town) -> None:
    with days(town, "expect: {sequence: number}") as here:
        for number in ("0007", "0008", "0011"):
            here.drop(number)
        (gap,) = here.at("2026-10-26T10:00")
        assert (gap.missing, gap.issue.text) == (2, "numbers 9 to 10 of redpanda/shipments have not come, though later ones have")
        here.drop("0010")
        assert [one.missing for one in here.at("2026-10-26T11:00")] == [1]
        here.drop("0012")
        assert [one.missing for one in here.at("2026-10-26T12:00")] == [1]
        here.drop("0009")
        assert here.at("2026-10-26T13:00") == []
        here.drop("0001")
        (restart,) = here.at("2026-10-26T14:00")
        assert "went back from 12 to 1" in restart.issue.text
        here.drop("0002")
        assert here.at("2026-10-26T15:00") == [restart]


def test_a_number_left_out_where_a_row_is_first_watched_rings_too(town: Town) -> None:
    town.declare("redpanda", SHIP.replace("EXPECT", ""))
    clock = FixedClock(new_york("2026-10-25T09:00"))
    with town.gateway(clock) as gateway:
        here = Days(town, gateway, clock)
        for number in ("0006", "0008"):
            here.drop(number)
        assert here.at("2026-10-25T10:00") == []
        here.drop("0007")
        assert here.at("2026-10-25T11:00") == []
    with days(town, "expect: {sequence: number}") as here:
        here.drop("0010")
        here.clock.advance(timedelta(hours=1))
        (gap,) = here.at("2026-10-25T13:00")
        assert gap.issue.text == "number 9 of redpanda/shipments has not come, though later ones have"


def test_a_run_can_be_asked_beforehand_what_it_would_tell(town: Town) -> None:
    with days(town, "expect: {sequence: number}") as here:
        here.drop("0007")
        here.at("2026-10-26T10:00")
        here.drop("0009")
        here.clock.advance(timedelta(hours=1))
        here.look()
        told = ("would ring: number 8 of redpanda/shipments has not come, though later ones have",)
        assert [plan_expectations(here.gateway.place) for _ in range(2)] == [told, told]
        assert here.standing() == []


def test_a_volume_out_of_range_rings_and_ends_when_the_rest_has_come(town: Town) -> None:
    volume = 'expect: {by: "14:00", zone: America/New_York, volume: {max: 4, days: 5, least: 50, most: 300}}'
    town.declare("oms", OMS.replace("    watch: true\n", f"    {volume}\n"))
    clock = FixedClock(new_york("2026-10-25T12:00"))
    sample, numbers = town.sample("createdsorder.xml"), iter(range(100))

    def orders(count: int) -> None:
        for number, _ in zip(numbers, range(count), strict=False):
            town.drop(f"in/oms/{number}.xml", sample.replace(b"ab10747", b"ab2%04d" % number))

    with town.gateway(clock) as gateway:
        here = Days(town, gateway, clock)
        here.at("2026-10-25T12:00")
        for day in range(26, 31):
            orders(4)
            assert here.at(f"2026-10-{day}T14:00") == []
        orders(1)
        (low,) = here.at("2026-10-31T14:00")
        assert low.issue.text == "oms/orders brought 1 documents on 2026-10-31, fewer than 2"
        orders(1)
        assert here.at("2026-10-31T18:00") == []
        orders(5)
        (high,) = here.at("2026-11-01T14:00")
        assert high.issue.text == "oms/orders brought 5 documents on 2026-11-01, more than 4"


def test_what_is_no_longer_expected_rings_no_longer(town: Town) -> None:
    with days(town, BUSINESS) as here:
        assert len(here.at("2026-10-26T14:00")) == 1
        now = here.clock.now()
    town.declare("redpanda", SHIP.replace("    EXPECT\n", ""))
    clock = FixedClock(now)
    with town.gateway(clock) as gateway:
        assert Days(town, gateway, clock).at("2026-10-26T15:00") == []


def test_people_and_programs_see_what_is_missing(town: Town) -> None:
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write("[web]\nport = 0\n")
    with days(town, BUSINESS) as here:
        assert len(here.at("2026-10-26T14:00")) == 1
        with served(here.gateway) as web:
            (expected,) = [channel["expected"] for it in web.json("/health/partners") for channel in it["channels"] if channel["expected"]]
            assert (expected["files_missing"], len(expected["alarms"])) == (1, 1)
            page = web.ask("/metrics").text
        assert 'gateway_expected_files_missing{channel="shipments",connector="redpanda"} 1.0' in page
        assert 'gateway_alarms_open{about="file"} 1.0' in page
    (listed,) = json.loads(town.command("alarm", "list", "--json").out)
    assert (listed["about"], listed["code"], listed["missing"], listed["cleared_at"]) == ("file", "GWY-33", 1, None)
    assert "redpanda/shipments" in town.command("alarm", "list", "--about", "file").out
    (sheet,) = json.loads(town.command("expectation", "list", "--json").out)
    assert (sheet["missing"], sheet["expects"]) == (1, ["a file by 14:00 business America/New_York"])
    number = str(listed["id"])
    assert "What to do" in town.command("alarm", "show", number).out
    town.command("alarm", "clear", number, ends=2)
    assert "Would be ended" in town.command("alarm", "clear", number, "--dry-run").out
    assert "Ended: a file was expected" in town.command("alarm", "clear", number, "--reason", "a public holiday there").out
    assert "ended already" in town.command("alarm", "clear", number, "--reason", "again").out
    assert "No alarm stands." in town.command("alarm", "list").out
    (ended,) = json.loads(town.command("alarm", "list", "--all", "--json").out)
    assert ended["reason"] == "a public holiday there"
    town.command("alarm", "show", "999", ends=2)


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("expect: {}", "nothing is expected: give by, sequence or both"),
        ('expect: {by: "25:00"}', "'25:00' is not a time of day"),
        ('expect: {by: "14:00", days: mondays}', "unknown day 'mondays'"),
        ('expect: {by: "14:00", days: business}', "business days need 'holidays'"),
        ('expect: {by: "14:00", zone: America/New_Yrok}', "did you mean 'America/New_York'"),
        ('expect: {by: "14:00", holidays: uk}', "put its days into calendars/uk.txt"),
        ("expect: {sequence: nummer}", "unknown word of 'files' 'nummer'; did you mean 'number'?"),
        ("expect: {sequence: number, at_least: 2}", "'at_least' needs 'by'"),
        ('expect: {by: "14:00", since: "14:00"}', "nothing could come between them"),
        ('expect: {by: "14:00", volume: {}}', "nothing says how much"),
        ('expect: {by: "14:00", volume: {least: 50}}', "give 'days' and one of them"),
        ('expect: {by: "14:00", volume: {days: 2, least: 50}}', "'days' must be at least 5"),
        ('expect: {by: "14:00", volume: {min: 5, max: 2}}', "'min' 5 is above 'max' 2"),
        ('expect: {by: "14:00", until: "15:00"}', "unknown word 'until'"),
    ],
)
def test_a_wrong_expectation_is_told_with_file_and_line(tmp_path: Any, expect: str, told: str) -> None:
    town = Town(tmp_path / "town", f"sqlite:///{tmp_path / 'x.db'}")
    (town.root / "calendars").mkdir()
    (town.root / "calendars/us.txt").write_text(HOLIDAYS)
    town.declare("redpanda", SHIP.replace("EXPECT", expect))
    said = town.command("connector", "check", ends=2)
    assert told in said.out + said.err
    assert "connectors/redpanda.yaml:" in said.out + said.err


def test_a_calendar_that_there_is_not_is_told_beside_other_faults(tmp_path: Any) -> None:
    town = Town(tmp_path / "town", f"sqlite:///{tmp_path / 'x.db'}")
    town.declare("redpanda", SHIP.replace("EXPECT", 'expect: {by: "25:00", holidays: uk}'))
    said = town.command("connector", "check", ends=2)
    assert "'25:00' is not a time of day" in said.err
    assert "connectors/redpanda.yaml:11: receive > 1 > expect > holidays: there is no calendar 'uk'" in said.err


def test_a_wrong_day_in_a_calendar_is_told_with_its_line(tmp_path: Any) -> None:
    town = Town(tmp_path / "town", f"sqlite:///{tmp_path / 'x.db'}")
    (town.root / "calendars").mkdir()
    (town.root / "calendars/us.txt").write_text("2026-12-25\n2026-13-01\n")
    said = town.command("connector", "check", ends=2)
    assert "calendars/us.txt:2: '2026-13-01' is not a day of the calendar" in said.out + said.err
