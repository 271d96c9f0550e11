"""Timed jobs: each due time runs once over all nodes, whatever dies; people see how they went, run, pause and resume them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.config import Timed
from gateway.desk.jobs import JobState, all_jobs, job_history
from gateway.kernel import FixedClock, Issue
from gateway.kernel.errors import OutboundHeld
from gateway.kernel.schedule import Every
from gateway.runtime import Job, Jobs, Ran
from gateway.store import Store, pauses, slots, work
from gateway.store.work import HOUSE, Kind
from tests.storehouse import NOON, opened
from tests.town import Town
from tests.turns import in_turns

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Shop:
    """A store with one job, and nodes that run it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FixedClock(NOON + MINUTE)
        self.timed = (Timed(name="count", title="Counting", schedules=(Every(HOUR),)),)
        self.runs: list[datetime] = []
        self.does: Callable[[], Ran] = lambda: Ran(done=1)

    def node(self) -> Jobs:
        return Jobs([Job(name="count", title="Counting", run=self._run)], self.timed, store=self.store, clock=self.clock)

    def _run(self) -> Ran:
        self.runs.append(self.clock.now())
        return self.does()

    def claimed(self, run: str = "run-1") -> list[work.Work]:
        now = self.clock.now()
        return work.claim(self.store, Kind.JOB, run=run, connectors=[HOUSE], now=now, until=now + 2 * MINUTE, most=5, each=5)

    def turn(self, node: Jobs, run: str = "run-1") -> int:
        """What a node does at every look."""
        node.open_due()
        found = self.claimed(run)
        for it in found:
            node.work(it)
        return len(found)

    @property
    def sheet(self) -> Any:
        return all_jobs(self.store, self.timed, now=self.clock.now())[0]


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with opened(database_url) as store:
        yield Shop(store)


def test_a_due_time_runs_once_over_all_nodes(shop: Shop) -> None:
    nodes = [shop.node() for _ in range(3)]
    for _ in range(5):
        for number, node in enumerate(nodes):
            shop.turn(node, f"run-{number}")
    assert len(shop.runs) == 1
    shop.clock.advance(HOUR)
    for number, node in enumerate(nodes):
        shop.turn(node, f"run-{number}")
    assert len(shop.runs) == 2
    assert (shop.sheet.state, shop.sheet.done, shop.sheet.next_at) == (JobState.SUCCESS, 1, NOON + 2 * HOUR)


def test_of_nodes_that_strike_at_once_one_opens_the_slot(shop: Shop) -> None:
    together = threading.Barrier(4)
    opened: list[int] = []

    def node() -> None:
        jobs = shop.node()
        together.wait()
        opened.append(jobs.open_due())

    threads = [threading.Thread(target=node) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened) == [0, 0, 0, 1]
    assert len(shop.claimed()) == 1


def test_records_in_error_fail_the_run_and_a_fault_breaks_it_off(shop: Shop) -> None:
    node = shop.node()
    shop.does = lambda: Ran(done=2, failed=1, issue=Issue("GWY-30", "order AB1 is locked"))
    shop.turn(node)
    assert (shop.sheet.state, shop.sheet.done, shop.sheet.failed, shop.sheet.why) == (JobState.FAILED, 2, 1, "GWY-30 order AB1 is locked")
    shop.clock.advance(HOUR)
    shop.does = lambda: Ran(done=1 // 0)
    shop.turn(node)
    assert (shop.sheet.state, shop.sheet.last_success_at) == (JobState.ERROR, None)
    assert "ZeroDivisionError" in shop.sheet.why
    shop.clock.advance(HOUR)
    shop.does = Ran
    shop.turn(node)
    assert (shop.sheet.state, shop.sheet.why) == (JobState.SUCCESS, "")


def test_a_run_that_dies_with_its_node_is_an_error_and_the_next_time_runs_again(shop: Shop) -> None:
    first, second = shop.node(), shop.node()
    first.open_due()
    (it,) = shop.claimed("run-1")
    with shop.store.transaction() as tx:
        slots.start(tx, it.subject, now=shop.clock.now(), run="run-1")  # and here its process is killed
    assert shop.sheet.state is JobState.RUNNING
    shop.clock.advance(5 * MINUTE)
    assert (shop.sheet.state, "ended in the middle" in shop.sheet.why) == (JobState.ERROR, True)
    assert shop.turn(second, "run-2") == 1
    assert shop.runs == []
    assert (shop.sheet.state, shop.sheet.why.partition(" ")[0]) == (JobState.ERROR, "GWY-31")
    shop.clock.advance(HOUR)
    assert shop.turn(second, "run-2") == 1
    assert (len(shop.runs), shop.sheet.state) == (1, JobState.SUCCESS)


def test_a_job_that_still_runs_is_not_started_again(shop: Shop) -> None:
    node = shop.node()
    node.open_due()
    (it,) = shop.claimed()
    shop.clock.advance(HOUR)
    assert shop.node().open_due() == 0
    node.work(it)
    assert node.open_due() == 1


def test_a_time_that_nobody_was_up_for_is_made_up_for_once(shop: Shop) -> None:
    shop.turn(shop.node())
    shop.clock.advance(9 * HOUR)
    node = shop.node()
    assert shop.turn(node) + shop.turn(node) == 1


def test_a_paused_job_waits_for_a_person_and_may_be_run_by_one(shop: Shop) -> None:
    node = shop.node()
    with shop.store.transaction() as tx:
        pauses.stop(tx, "job:count", actor="ann", now=NOON, issue=Issue("GWY-32", "ann has paused it: a stocktake"))
    assert shop.turn(node) == 0
    assert (shop.sheet.state, shop.sheet.next_at, shop.sheet.why) == (JobState.PAUSED, None, "ann has paused it: a stocktake")
    assert node.open_now("count", actor="bob") is not None
    assert node.open_now("count", actor="bob") is None
    (it,) = shop.claimed()
    node.work(it)
    (run,) = job_history(shop.store, "count", now=shop.clock.now()).rows
    assert (run.asked_by, run.state, run.run) == ("bob", JobState.SUCCESS, "run-1")
    with shop.store.transaction() as tx:
        pauses.go_on(tx, "job:count")
    assert shop.turn(node) == 1


def test_a_job_without_success_for_two_of_its_times_is_late(shop: Shop) -> None:
    node = shop.node()
    shop.turn(node)
    shop.clock.advance(HOUR)
    assert not shop.sheet.is_late
    shop.clock.advance(HOUR)
    assert shop.sheet.is_late
    shop.turn(node)
    assert not shop.sheet.is_late


def test_the_log_of_runs_forgets_all_but_the_last_run_and_the_last_success(shop: Shop) -> None:
    node = shop.node()
    shop.turn(node)
    shop.does = lambda: Ran(failed=1)
    for _ in range(3):
        shop.clock.advance(HOUR)
        shop.turn(node)
    with shop.store.transaction() as tx:
        assert slots.forget(tx, ended_before=shop.clock.now() + HOUR) == 2
    assert [run.state for run in job_history(shop.store, "count", now=shop.clock.now()).rows] == [JobState.FAILED, JobState.SUCCESS]


def test_no_job_runs_while_it_is_not_known_what_partners_have_got(shop: Shop) -> None:
    with shop.store.transaction() as tx:
        pauses.stop(tx, pauses.GATHERING, actor="SYSTEM", now=NOON)
    with pytest.raises(OutboundHeld, match="gateway reconcile"):
        shop.node().open_now("count", actor="ann")


def test_people_see_run_pause_and_resume_jobs(town: Town) -> None:
    listed = json.loads(town.command("job", "list", "--json").out)
    assert {it["name"]: it["state"] for it in listed} | {"archive": "Not Run", "oms/changes": "Not Run"} == {
        it["name"]: it["state"] for it in listed
    }
    ran = json.loads(town.command("job", "run", "archive", "--json").out)
    assert (ran["state"], ran["done"], ran["failed"]) == ("Success", 0, 0)
    assert ran["asked_by"]
    town.command("job", "pause", "archive", ends=2)
    assert "would be paused" in town.command("job", "pause", "archive", "--dry-run").out
    assert "is paused." in town.command("job", "pause", "archive", "--reason", "moving the disk").out
    assert "paused already" in town.command("job", "pause", "archive", "--reason", "again").out
    shown = json.loads(town.command("job", "show", "archive", "--json").out)
    assert (shown["state"], "moving the disk" in shown["why"], len(shown["runs"])) == ("Paused", True, 1)
    assert "runs at its times" in town.command("job", "resume", "archive", "--reason", "done").out
    assert "Success" in town.command("job", "history", "archive").out
    assert "did you mean 'archive'" in town.command("job", "show", "archiv", ends=2).err


def test_what_a_channel_makes_is_a_job_too(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    assert "is paused." in town.command("job", "pause", "redpanda/orders", "--reason", "they move house").out
    town.once()
    assert town.files("out/redpanda/orders") == {}
    (made,) = json.loads(town.command("job", "run", "redpanda/orders", "--json").out)
    assert (made["channel"], made["slot"]["state"]) == ("redpanda/orders", "success")
    assert list(town.files("out/redpanda/orders")) == ["PO_000001.csv"]
    town.command("job", "resume", "redpanda/orders", "--reason", "they have moved")
    (run,) = json.loads(town.command("job", "history", "redpanda/orders", "--json").out)
    assert (run["state"], run["done"]) == ("Success", 1)


def test_a_job_is_timed_by_gateway_toml(town: Town) -> None:
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write('[jobs.archive]\ncron = "30 4 * * sun"\nzone = "Europe/Berlin"\n')
    clock = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    with town.gateway(clock) as gateway:
        sheet = next(it for it in all_jobs(gateway.store, gateway.timed, now=clock.now()) if it.name == "archive")
        assert (sheet.times, sheet.next_at) == (("cron 30 4 * * sun Europe/Berlin",), datetime(2026, 11, 22, 3, 30, tzinfo=UTC))
        node = gateway.node()
        with node.engaged():
            node.work_until_idle()
            clock.advance(timedelta(days=1))
            node.work_until_idle()
        assert all_jobs(gateway.store, gateway.timed, now=clock.now())[0].last_success_at == clock.now()


@in_turns(
    ("text", "told"),
    [
        ('[jobs.archiv]\nevery = "1h"\n', "unknown word 'archiv'; did you mean 'archive'?"),
        ('[jobs.archive]\nevery = "1s"\n', "'every' must be at least 10s"),
        ('[jobs.archive]\nevery = "1h"\nat = "06:00"\n', "give one of every and at, not both"),
        ('[jobs.archive]\nenabled = true\ncron = "61 * * * *"\n', "61 is not between 0 and 59"),
    ],
)
def test_a_wrong_time_is_told_with_its_line(town: Town, text: str, told: str) -> None:
    lines = (town.root / "gateway.toml").read_text().count("\n")
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write(text)
    said = town.command("job", "list", ends=2).err
    assert told in said
    line = lines + (3 if "cron" in text else 1 if "must be" not in text else 2)
    assert f"gateway.toml:{line}: jobs > archiv" in said
