"""An endpoint that cannot be reached is cut off after five failures in a row and probed once an interval, by all nodes together."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from gateway.cli.exits import Exit
from gateway.config.settings import RetrySettings
from gateway.delivery import Reach, closed_endpoints, let_through
from gateway.delivery.circuit import FAILURES
from gateway.kernel import FixedClock
from gateway.kernel.errors import (
    Answered,
    CutOff,
    EndpointDown,
    GatewayError,
    LoginRefused,
    PlacesTaken,
    StandsStill,
    StoreBusy,
)
from gateway.runtime import Node
from gateway.store import Store, breakers, outbox, tables
from gateway.store.outbox import ItemState
from gateway.transports import FolderMissing
from tests.flow.test_node import serving, wait_until
from tests.flow.test_standstill import BY_SFTP
from tests.harbor import Dead, Harbor, send
from tests.sftp_server import MuteServer
from tests.storehouse import NOON, fresh_store
from tests.town import Town

LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)


class Coast:
    """A store, and nodes that try to reach one partner; every wait is as long as it may be."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FixedClock(NOON)
        self.nodes = {run: Reach(store, self.clock, retry=RetrySettings(), lease=LEASE, chance=lambda: 1.0) for run in ("one", "two")}

    def fail(self, run: str = "one", error: GatewayError | None = None) -> None:
        """A try that ends so."""
        told = error or EndpointDown("redpanda port 22 refuses the connection")
        self.nodes[run].admit("redpanda", run=run)
        with pytest.raises(type(told)), self.nodes[run].heard("redpanda", run=run):
            raise told

    def succeed(self, run: str = "one") -> None:
        """A try that goes well."""
        self.nodes[run].admit("redpanda", run=run)
        with self.nodes[run].heard("redpanda", run=run):
            pass

    def cut_off(self) -> None:
        """Five failures in a row, by both nodes."""
        for n in range(FAILURES):
            self.fail(("one", "two")[n % 2])

    @property
    def known(self) -> breakers.Breaker | None:
        with self.store.reading() as connection:
            return breakers.get(connection, "redpanda")

    @property
    def seconds_to_probe(self) -> float:
        """From now on."""
        assert self.known is not None
        assert self.known.probe_at is not None
        return (self.known.probe_at - self.clock.now()).total_seconds()


@pytest.fixture
def coast(database_url: str) -> Iterator[Coast]:
    with fresh_store(database_url) as store:
        yield Coast(store)


def test_five_failures_in_a_row_by_all_nodes_together_cut_it_off(coast: Coast) -> None:
    for _ in range(FAILURES - 1):
        coast.fail("one")
    coast.nodes["two"].admit("redpanda", run="two")
    coast.fail("two")
    for run, node in coast.nodes.items():
        with pytest.raises(
            CutOff, match="cannot be reached since 2026-11-21 12:00:00 UTC: redpanda port 22 refuses the connection; next probe"
        ):
            node.admit("redpanda", run=run)
        node.admit("anvil", run=run)


def test_a_late_failure_of_another_thread_is_not_taken_for_the_end_of_the_probe(coast: Coast) -> None:
    """It had set out before the partner was cut off, in the process that probes now."""
    node = coast.nodes["one"]
    node.admit("redpanda", run="one")
    coast.cut_off()
    coast.clock.advance(timedelta(minutes=20))
    probing = Thread(target=node.admit, args=("redpanda",), kwargs={"run": "one"})
    probing.start()
    probing.join()
    with pytest.raises(EndpointDown), node.heard("redpanda", run="one"):
        raise EndpointDown("the line is dead")
    assert coast.known is not None
    assert (coast.known.holder, coast.known.failures) == ("one", FAILURES)
    with pytest.raises(CutOff, match="a probe is under way"):
        node.admit("redpanda", run="one")


def test_a_success_in_between_counts_from_zero(coast: Coast) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            coast.fail("one")
        coast.succeed("two")
    assert coast.known is None


@pytest.mark.parametrize("error", [LoginRefused("no"), Answered("disk full"), FolderMissing("no folder")])
def test_an_answer_however_unkind_is_an_answer(coast: Coast, error: GatewayError) -> None:
    for _ in range(FAILURES - 1):
        coast.fail()
    coast.fail(error=error)
    assert coast.known is None


def test_whoever_answers_only_to_refuse_us_is_not_told_to_be_back(coast: Coast) -> None:
    coast.cut_off()
    coast.clock.advance(timedelta(minutes=20))
    with capture_logs() as logs:
        coast.fail("one", LoginRefused("no"))
    assert [line["event"] for line in logs if line["event"].startswith("endpoint_") and line["event"] != "endpoint_probed"] == [
        "endpoint_answers_refusing"
    ]


@pytest.mark.parametrize("error", [PlacesTaken("all busy"), StoreBusy("away")])
def test_what_is_not_the_partners_fault_counts_for_nothing(coast: Coast, error: GatewayError) -> None:
    for _ in range(FAILURES):
        coast.fail(error=error)
    assert coast.known is None


def test_one_probe_an_interval_by_all_nodes_and_the_interval_doubles_to_a_quarter_of_an_hour(coast: Coast) -> None:
    coast.cut_off()
    waits = []
    for _ in range(10):
        waits.append(coast.seconds_to_probe)
        coast.clock.advance(timedelta(seconds=waits[-1]))
        coast.nodes["one"].admit("redpanda", run="one")  # this is the probe
        with pytest.raises(CutOff, match="a probe is under way"):
            coast.nodes["two"].admit("redpanda", run="two")
        with pytest.raises(EndpointDown), coast.nodes["one"].heard("redpanda", run="one"):
            raise EndpointDown("no")
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_a_probe_that_succeeds_closes_the_breaker_for_everybody(coast: Coast) -> None:
    coast.cut_off()
    coast.clock.advance(timedelta(seconds=5))
    coast.succeed("two")
    assert coast.known is None
    coast.nodes["one"].admit("redpanda", run="one")
    assert closed_endpoints(coast.store) == {}


def test_a_node_that_dies_over_its_probe_is_followed_after_a_lease(coast: Coast) -> None:
    coast.cut_off()
    coast.clock.advance(timedelta(seconds=5))
    coast.nodes["one"].admit("redpanda", run="one")
    coast.clock.advance(LEASE - SECOND)
    with pytest.raises(CutOff):
        coast.nodes["two"].admit("redpanda", run="two")
    coast.clock.advance(SECOND)
    coast.nodes["two"].admit("redpanda", run="two")


def test_a_probe_that_found_nothing_out_is_repeated_soon(coast: Coast) -> None:
    coast.cut_off()
    coast.clock.advance(timedelta(seconds=5))
    coast.fail(error=StoreBusy("away"))
    assert coast.seconds_to_probe == 5


def test_a_failure_that_comes_late_does_not_put_the_probe_off(coast: Coast) -> None:
    coast.nodes["two"].admit("redpanda", run="two")
    coast.cut_off()
    with pytest.raises(EndpointDown), coast.nodes["two"].heard("redpanda", run="two"):
        raise EndpointDown("no answer within 60 s")
    assert coast.known is not None
    assert (coast.known.failures, coast.known.reason, coast.seconds_to_probe) == (FAILURES, "no answer within 60 s", 5)


def test_a_person_who_has_reached_it_opens_the_way(coast: Coast) -> None:
    coast.cut_off()
    assert (let_through(coast.store, "redpanda", coast.clock), let_through(coast.store, "redpanda", coast.clock)) == (True, False)
    coast.nodes["one"].admit("redpanda", run="one")


def test_a_refused_login_behind_an_outage_still_ends_in_a_standstill(coast: Coast) -> None:
    coast.cut_off()
    coast.clock.advance(timedelta(seconds=5))
    for _ in range(3):
        coast.fail(error=LoginRefused("redpanda refuses gateway"))
    assert coast.known is None
    with pytest.raises(StandsStill, match="gateway connector test redpanda"):
        coast.nodes["two"].admit("redpanda", run="two")


@pytest.fixture
def harbor(database_url: str, tmp_path: Path) -> Harbor:
    return Harbor(tmp_path / "harbor", database_url, "redpanda", "anvil")


def cut_off(node: Node) -> None:
    """Polls until the breaker is open."""
    spot = next(it for it in node.engine.spots if it.names[0] == "redpanda")
    for _ in range(FAILURES):
        node.engine.poll(spot)


def test_items_of_a_dead_partner_wait_without_a_try_and_leave_when_it_is_back(harbor: Harbor) -> None:
    dead = harbor.servers["redpanda"].knock = Dead()
    with harbor.gateway() as gateway:
        node = gateway.node()
        node.work_until_idle()  # the timed jobs that are due
        cut_off(node)
        items = send(gateway, "redpanda", *(f"PO_{n:06}.csv" for n in range(20)))
        send(gateway, "anvil", "PO_000001.csv")
        tries = dead.tries
        assert node.work_until_idle() == 1
        assert (dead.tries, harbor.collected("anvil")) == (tries, ["PO_000001.csv"])
        with gateway.store.reading() as connection:
            assert connection.execute(select(tables.work.c.attempts).distinct()).scalars().all() == [0]
        harbor.clock.advance(timedelta(seconds=5))
        node.work_until_idle()
        assert dead.tries == tries + 1  # one item was the probe
        dead.is_back = True
        harbor.clock.advance(timedelta(minutes=15))
        node.work_until_idle()
        assert len(harbor.collected("redpanda")) == len(items)
        assert closed_endpoints(gateway.store) == {}


def test_two_nodes_probe_once_between_them(harbor: Harbor) -> None:
    dead = harbor.servers["redpanda"].knock = Dead()
    with harbor.gateway() as one, harbor.gateway() as two:
        nodes = [one.node(), two.node()]
        send(one, "redpanda", *(f"PO_{n:06}.csv" for n in range(8)))
        cut_off(nodes[0])
        for _ in range(6):
            harbor.clock.advance(timedelta(minutes=15))
            before = dead.tries
            for node in (*nodes, *nodes):
                node.work_until_idle()
                for spot in node.engine.spots:
                    node.engine.poll(spot)
            assert dead.tries == before + 1


def test_the_time_for_delivery_runs_on_while_the_endpoint_is_cut_off(harbor: Harbor) -> None:
    harbor.servers["redpanda"].knock = Dead()
    with harbor.gateway() as gateway:
        node = gateway.node()
        cut_off(node)
        items = send(gateway, "redpanda", "PO_000001.csv", "PO_000002.csv")
        node.engine.watch()
        assert _states(gateway.store, items) == {ItemState.WAITING}
        harbor.clock.advance(timedelta(hours=2))
        node.engine.watch()
        assert _states(gateway.store, items) == {ItemState.PARKED}
        with gateway.store.reading() as connection:
            found = outbox.get(connection, items[0])
            assert connection.execute(select(tables.work.c.id)).all() == []
    assert found is not None
    assert found.issue is not None
    assert found.issue.code == "GWY-13"
    assert found.issue.text.startswith(
        "not delivered until 2026-11-21 14:00:00 UTC; redpanda cannot be reached since 2026-11-21 12:00:00 UTC"
    )


def test_the_time_for_delivery_runs_on_while_the_endpoint_stands_still(harbor: Harbor) -> None:
    dead = harbor.servers["redpanda"].knock = Dead(lambda: LoginRefused("redpanda refuses gateway"))
    with harbor.gateway() as gateway:
        items = send(gateway, "redpanda", "PO_000001.csv", "PO_000002.csv", "PO_000003.csv", "PO_000004.csv")
        node = gateway.node()
        node.work_until_idle()
        harbor.clock.advance(timedelta(minutes=30))
        node.work_until_idle()
        assert dead.tries == 3
        harbor.clock.advance(timedelta(hours=2))
        node.engine.watch()
        assert _states(gateway.store, items) == {ItemState.PARKED}
        with gateway.store.reading() as connection:
            found = outbox.get(connection, items[-1])
    assert found is not None
    assert "stands still since" in str(found.issue)


def test_a_single_run_after_the_outage_began_says_who_cannot_be_reached(harbor: Harbor) -> None:
    dead = harbor.servers["redpanda"].knock = Dead()
    with harbor.gateway() as gateway:
        for _ in range(FAILURES):
            summary = gateway.node().once()
    with harbor.gateway() as gateway:
        tries = dead.tries
        summary = gateway.node().once()
    assert dead.tries == tries
    assert set(summary.unreachable) == {"redpanda/shipments", "redpanda/invoices"}
    assert "redpanda cannot be reached since 2026-11-21 12:00:00 UTC" in summary.unreachable["redpanda/invoices"]


def _states(store: Store, items: list[int]) -> set[ItemState]:
    with store.reading() as connection:
        return {found.state for it in items if (found := outbox.get(connection, it)) is not None}


def test_people_see_who_is_cut_off_and_what_waits_for_it_and_may_try_at_once(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    town.declare("redpanda", BY_SFTP.format(port=port, pin="SHA256:" + "A" * 43))
    (town.root / "var/secrets").mkdir(parents=True)
    (town.root / "var/secrets/panda").write_text("secret")
    (town.root / "var/secrets/panda").chmod(0o600)
    with town.gateway() as gateway:
        send(gateway, "redpanda", "PO_000001.csv")
        reach = Reach(gateway.store, gateway.clock, retry=RetrySettings(), lease=LEASE, chance=lambda: 1.0)
        for _ in range(FAILURES):
            with pytest.raises(EndpointDown), reach.heard("redpanda", run="one"):
                raise EndpointDown("redpanda port 22 refuses the connection")
    listed = {row["connector"]: row for row in town.command("connector", "list", "--json").json}
    assert (listed["redpanda"]["state"], listed["oms"]["state"], listed["redpanda"]["failures"]) == ("cut_off", "fine", FAILURES)
    assert listed["redpanda"]["why"] == "redpanda port 22 refuses the connection"
    table = town.command("connector", "list").out
    assert "Since" in table
    assert "Next probe" in table
    (item,) = town.command("outbox", "list", "--json").json
    assert "redpanda cannot be reached since" in item["why"]
    assert item["next_try_at"] == listed["redpanda"]["next_probe_at"]
    assert "next probe" in town.command("outbox", "retry", "1", ends=Exit.UNAVAILABLE).out
    with town.gateway() as gateway, gateway.store.reading() as connection:
        (attempt,) = connection.execute(select(tables.outbox_attempt)).all()
    assert "refuses the connection; is the server running" in attempt.words


def test_a_clock_that_was_wrong_cuts_nobody_off_for_long(harbor: Harbor) -> None:
    dead = harbor.servers["redpanda"].knock = Dead()
    harbor.clock.advance(timedelta(days=30))
    with harbor.gateway() as gateway:
        cut_off(gateway.node())
    harbor.clock.advance(timedelta(days=-30))
    dead.is_back = True
    with harbor.gateway() as gateway:
        gateway.node().once()
        assert closed_endpoints(gateway.store) == {}


@pytest.mark.postgresql
def test_two_nodes_that_want_to_probe_at_once_make_one_probe(postgresql_url: str) -> None:
    with fresh_store(postgresql_url) as store:
        coast = Coast(store)
        coast.cut_off()
        coast.clock.advance(timedelta(seconds=5))
        together = threading.Barrier(8)
        taken: list[bool] = []

        def probe(run: str) -> None:
            together.wait()
            taken.append(breakers.take_probe(store, "redpanda", run=run, now=coast.clock.now(), until=coast.clock.now() + LEASE))

        threads = [threading.Thread(target=probe, args=[f"run-{n}"]) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == [False] * 7 + [True]


def test_a_real_server_that_never_greets_is_cut_off_and_left_alone(tmp_path: Path, sqlite_url: str) -> None:
    with MuteServer() as mute:
        town = Town(tmp_path / "town", sqlite_url)
        slow = BY_SFTP.format(port=mute.port, pin="SHA256:" + "A" * 43).replace("endpoint: {", "endpoint: {deadlines: {connect: 1s}, ")
        town.declare("redpanda", slow.replace("    ready:", "    every: 1s\n    ready:"))
        (town.root / "var/secrets").mkdir(parents=True)
        (town.root / "var/secrets/panda").write_text("secret")
        (town.root / "var/secrets/panda").chmod(0o600)
        with (town.root / "gateway.toml").open("a") as settings:
            settings.write('[retry]\nfirst = "1h"\nlongest = "1h"\n')
        with town.gateway() as gateway:
            send(gateway, "redpanda", *(f"PO_{n:06}.csv" for n in range(20)))
            with serving(gateway):
                wait_until(lambda: "redpanda" in closed_endpoints(gateway.store))
            with gateway.store.reading() as connection:
                tried = {row.item_id for row in connection.execute(select(tables.outbox_attempt))}
            assert len(tried) <= FAILURES + gateway.endpoints.cap(gateway.workspace.connector("redpanda"))
