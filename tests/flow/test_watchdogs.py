"""Watchdogs: a batch that nobody acknowledges and a line past its date are told once each, until that is mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy import text as sqltext

from gateway.app import Gateway
from gateway.config.jobs import DueDatesSettings
from gateway.jobs import due_dates
from gateway.jobs.acknowledgements import plan_acknowledgements, watch_acknowledgements
from gateway.jobs.due_dates import plan_due_dates, watch_due_dates
from gateway.kernel import FixedClock, Issue
from gateway.store import alarms, outbox, pauses, tables
from gateway.store.alarms import About, Alarm
from gateway.store.outbox import Ack, Item
from tests.storehouse import fresh_store
from tests.town import RED_PANDA, Town

SENT = datetime(2022, 6, 21, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACK = "vendor_code,batch_id\n257,1\n"


class Watch:
    """A town with one batch that left at SENT."""

    def __init__(self, town: Town, gateway: Gateway, clock: FixedClock) -> None:
        self.town = town
        self.gateway = gateway
        self.clock = clock
        self.node = gateway.node()
        self.place = gateway.place

    def round(self) -> None:
        """Look, book, make, deliver, watch; whatever is due."""
        for spot in self.node.engine.spots:
            self.node.engine.poll(spot)
        engine = self.node.engine
        while engine.book() + engine.answer() + engine.open_due() + engine.make() + engine.deliver():
            pass
        engine.watch()

    def standing(self, about: About) -> list[Alarm]:
        with self.gateway.store.reading() as connection:
            return alarms.standing(connection, about)

    @property
    def batch(self) -> Item:
        with self.gateway.store.reading() as connection:
            number = connection.execute(select(tables.batch.c.item_id)).scalar_one()
            found = outbox.get(connection, number)
        assert found is not None
        return found


@contextmanager
def watch(town: Town, acknowledge: str = "") -> Iterator[Watch]:
    text = RED_PANDA.replace("GATHER", "now: true")
    town.declare("redpanda", text.replace("within: 24h", f"within: 24h{acknowledge}"))
    clock = FixedClock(SENT)
    with town.gateway(clock) as gateway:
        found = Watch(town, gateway, clock)
        with found.node.engaged():
            town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
            found.round()
            yield found


def test_a_batch_without_acknowledgement_is_told_once_until_it_comes(town: Town) -> None:
    with watch(town) as here:
        watch_acknowledgements(here.place)
        assert here.standing(About.ACKNOWLEDGEMENT) == []
        here.clock.advance(25 * HOUR)
        for _ in range(3):
            here.round()
            watch_acknowledgements(here.place)
        (alarm,) = here.standing(About.ACKNOWLEDGEMENT)
        assert alarm.issue == Issue(
            "GWY-36", "batch 1 for redpanda is not acknowledged: sent 2022-06-21 09:00:00 UTC, due 2022-06-22 09:00:00 UTC"
        )
        assert (alarm.vendor, alarm.detail) == ("257", {"item": here.batch.id, "batch": 1})
        assert here.batch.round == 1
        here.town.drop("in/redpanda/ACK_1.csv", ACK)
        here.round()
        watch_acknowledgements(here.place)
        assert (here.batch.ack, here.standing(About.ACKNOWLEDGEMENT)) == (Ack.ACCEPTED, [])


def test_a_batch_is_sent_again_so_many_times_and_rings_once(town: Town) -> None:
    with watch(town, ", resend: 2") as here:
        rounds = []
        for _ in range(4):
            here.clock.advance(25 * HOUR)
            here.round()
            planned = plan_acknowledgements(here.place)
            assert [line.split()[1] for line in planned] == [["ring:", "send"], ["send"], [], []][len(rounds)]
            watch_acknowledgements(here.place)
            (here.town.root / "out/redpanda/orders/PO_000001.csv").unlink(missing_ok=True)
            here.round()
            rounds.append(here.batch.round)
            assert list(here.town.files("out/redpanda/orders")) == (["PO_000001.csv"] if len(rounds) < 3 else [])
        assert rounds == [2, 3, 3, 3]
        assert len(here.standing(About.ACKNOWLEDGEMENT)) == 1


def test_nothing_is_sent_again_while_everything_is_held(town: Town) -> None:
    with watch(town, ", resend: 1") as here:
        with here.gateway.store.transaction() as tx:
            pauses.stop(tx, pauses.OUTBOUND, actor="ann", now=SENT)
        here.clock.advance(25 * HOUR)
        here.round()
        assert watch_acknowledgements(here.place).done == 1
        assert here.batch.round == 1
        with here.gateway.store.transaction() as tx:
            pauses.go_on(tx, pauses.OUTBOUND)
        assert watch_acknowledgements(here.place).done == 1
        assert here.batch.round == 2


def test_a_line_past_its_date_is_told_once_for_each_date(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    with watch(town) as here:
        watch_due_dates(here.place)
        assert here.standing(About.DUE_DATE) == []
        here.clock.advance(8 * 24 * HOUR)
        planned = ("would ring: line 1 of AB10747 was due on 2022-06-28 and is New Order",)
        assert [plan_due_dates(here.place) for _ in range(2)] == [planned, planned]
        assert watch_due_dates(here.place).done == 1
        assert watch_due_dates(here.place).done == 0
        assert plan_due_dates(here.place) == ()
        (alarm,) = here.standing(About.DUE_DATE)
        assert (alarm.issue.text, alarm.vendor) == ("line 1 of AB10747 was due on 2022-06-28 and is New Order", "257")
        with here.gateway.store.transaction() as tx:
            tx.connection.execute(tables.order_line.update().where(tables.order_line.c.line_no == 1).values(due_on=date(2022, 7, 9)))
        assert watch_due_dates(here.place).done == 1
        assert here.standing(About.DUE_DATE) == []
        here.clock.advance(20 * 24 * HOUR)
        watch_due_dates(here.place)
        assert {one.issue.text.partition(" and")[0] for one in here.standing(About.DUE_DATE)} >= {"line 1 of AB10747 was due on 2022-07-09"}
    assert capsys.readouterr().err.count('"lines_due"') >= 2


def test_lines_that_are_due_soon_are_told_where_that_is_wanted(town: Town) -> None:
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write('[jobs.due_dates]\nahead = "3d"\n')
    with watch(town) as here:
        assert isinstance(here.gateway.workspace.settings.jobs.due_dates, DueDatesSettings)
        here.clock.advance(4 * 24 * HOUR)
        watch_due_dates(here.place)
        assert [one.issue.text.partition(" and")[0] for one in here.standing(About.DUE_DATE)] == ["line 1 of AB10747 is due on 2022-06-28"]


def test_the_watchdogs_are_jobs(town: Town) -> None:
    for job in ("acknowledgements", "due_dates", "expectations"):
        assert "Nothing would be done." in town.command("job", "run", job, "--dry-run").out
        assert "Success" in town.command("job", "run", job).out


def test_who_runs_a_watchdog_sees_the_alarms_that_it_raised_and_ended(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.command("serve", "--once")
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        tx.connection.execute(tables.alarm.delete())
    done = town.command("job", "run", "due_dates")
    assert "Alarms raised" in done.out
    assert "line 1 of AB10747 was due on 2022-06-28 and is" in done.out
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        tx.connection.execute(tables.order_line.update().where(tables.order_line.c.line_no == 1).values(due_on=date(2099, 7, 9)))
    done = town.command("job", "run", "due_dates")
    assert "Alarms ended, since their cause is mended" in done.out
    assert "Alarms raised" not in done.out
    assert "No alarm was raised or ended." in town.command("job", "run", "due_dates").out
    assert town.command("job", "run", "due_dates", "--json").json["alarms"] == []
    assert "alarms" not in town.command("job", "run", "documents", "--json").json


def test_late_lines_are_found_by_an_index_and_not_among_all_there_ever_were(database_url: str) -> None:
    with fresh_store(database_url) as store, store.reading() as connection:
        statement = str(due_dates._late(date(2022, 7, 1)).compile(connection, compile_kwargs={"literal_binds": True}))
        if store.is_sqlite:
            steps = [str(row.detail) for row in connection.execute(sqltext(f"explain query plan {statement}"))]
        else:
            connection.execute(sqltext("set local enable_seqscan = off"))  # a table of no rows is read whole, index or not
            steps = [str(row[0]) for row in connection.execute(sqltext(f"explain {statement}"))]
    open_lines = ("order_line_due", "order_line_open")  # both hold open lines alone; in an empty table either is as good
    assert any(index in step for step in steps for index in (open_lines[:1] if store.is_sqlite else open_lines)), steps
