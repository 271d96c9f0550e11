"""Nodes go by the database's clock; and where clocks disagree all the same, only the time is wrong, never the result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.kernel import FixedClock
from gateway.store import Store, tables
from gateway.store.clock import StoreClock
from gateway.store.work import Kind
from tests.storehouse import fresh_store
from tests.town import Town

HOUR = timedelta(hours=1)
A_MINUTE = timedelta(minutes=1)


class Machine(FixedClock):
    """A machine with a wrong clock and a count of seconds that a test turns on."""

    def __init__(self, at: datetime, *, an_answer_takes: float = 0.0) -> None:
        super().__init__(at)
        self.elapsed = 0.0
        self.an_answer_takes = an_answer_takes

    def seconds(self) -> float:
        self.elapsed += self.an_answer_takes
        return self.elapsed


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    with fresh_store(postgresql_url) as opened:
        yield opened


def server_time(store: Store) -> datetime:
    with store.statement() as connection:
        told: datetime = connection.exec_driver_sql("select clock_timestamp()").scalar_one()
    return told


@pytest.mark.postgresql
@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_a_machine_with_a_wrong_clock_has_the_servers_time_and_says_so_once(
    store: Store, off: timedelta, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(datetime.now(UTC) + off)
    clock = StoreClock(store, machine=machine, seconds=machine.seconds)
    assert abs(clock.now() - server_time(store)) < A_MINUTE
    clock.sync()
    assert capsys.readouterr().err.count("clock_differs") == 1


@pytest.mark.postgresql
def test_between_two_looks_the_time_goes_on_with_the_seconds_of_the_machine(store: Store) -> None:
    machine = Machine(datetime.now(UTC))
    clock = StoreClock(store, machine=machine, seconds=machine.seconds)
    before = clock.now()
    machine.advance(-HOUR)
    machine.elapsed += 25
    assert clock.now() - before == timedelta(seconds=25)


@pytest.mark.postgresql
def test_an_answer_that_took_long_says_nothing_about_the_time(store: Store) -> None:
    machine = Machine(datetime.now(UTC))
    clock = StoreClock(store, machine=machine, seconds=machine.seconds)
    before = clock.now()
    machine.an_answer_takes = 600.0
    clock.sync()
    machine.an_answer_takes = 0.0
    assert clock.now() - before == timedelta(seconds=machine.elapsed)


@pytest.mark.postgresql
def test_nodes_whose_clocks_are_an_hour_apart_take_each_others_leases_and_still_do_everything_once(
    tmp_path: Path, postgresql_url: str
) -> None:
    town = Town(tmp_path / "town", postgresql_url)
    now = datetime.now(UTC)
    behind, ahead = FixedClock(now), FixedClock(now + HOUR)
    with town.gateway(behind) as one, town.gateway(ahead) as two, one.node().engaged() as slow, two.node().engaged() as fast:
        for number in (20001, 20002):
            town.drop(f"in/oms/{number}.xml", town.sample("createdsorder.xml").replace(b"ab10747", b"ab%d" % number))
        for engine in (slow, fast):
            for spot in engine.spots:
                engine.poll(spot)
        with slow.claims.some(Kind.BOOK, most=10, each=10) as works:
            assert len(works) == 2
            assert fast.book() == 2
            assert one.node().parts.processor.book(works).documents == 0
        behind.advance(2 * HOUR)
        for engine in (slow, fast, slow, fast):
            engine.open_due()
            while engine.redo() + engine.answer() + engine.make() + engine.deliver():
                pass
    with town.gateway() as gateway, gateway.store.reading() as connection:
        assert connection.execute(select(tables.message.c.state)).scalars().all() == ["booked", "booked"]
        assert set(connection.execute(select(tables.outbox.c.state)).scalars()) == {"sent"}
    (batch,) = town.files("out/redpanda/orders").values()
    assert (batch.count("AB20001"), batch.count("AB20002")) == (2, 2)
