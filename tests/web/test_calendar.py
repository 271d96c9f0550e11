"""The calendar at the console: what was expected, what came and what is late, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gateway.desk.calendar import calendar_of
from gateway.domain.access import EVERYTHING
from gateway.store import arrivals
from tests.reader import add_people, console
from tests.town import Town


def test_days_are_complete_late_or_due(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    file = town.root / "connectors/oms.yaml"
    file.write_text(file.read_text().replace("    watch: true\n", '    watch: true\n    expect: {by: "23:59", zone: UTC}\n', 1))
    town.drop("in/oms/CDSO_1.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        today = datetime.now(UTC).date()
        noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
        with gateway.store.reading() as connection:
            assert arrivals.judged(connection, "oms", "orders") is not None

        def states(at: datetime, first: date, last: date) -> list[str]:
            (found,) = calendar_of(gateway.store, gateway.workspace, first, last, now=at, scope=EVERYTHING)
            return [it.state.value for it in found.days]

        tomorrow = today + timedelta(days=1)
        assert states(noon, today - timedelta(days=1), tomorrow) == ["nothing expected", "came", "expected"]
        assert states(noon + timedelta(days=2), today, tomorrow) == ["came", "late"]
        with console(gateway) as reader:
            reader.sign_in("operator.one")
            page = reader.get("/calendar").text
            assert 'href="/messages?connector=oms&amp;channel=orders"' in page
            assert "1/1" in page
            assert "a file by 23:59" in page
            assert reader.get("/calendar?day=9999-12-31").status_code == 200
            assert reader.get("/calendar?day=x").status_code == 200
        with console(gateway) as reader:
            reader.sign_in("vendor.257")
            assert "oms" not in reader.get("/calendar").text
