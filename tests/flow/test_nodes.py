"""Several nodes are as one: they share everything, take over from who dies or hangs, and a late write of a zombie changes nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.store import tables
from tests.fleet import Fleet, fleet
from tests.town import OMS
from tests.waiting import PATIENCE, wait_until

ORDERS = range(20001, 20013)
LATER = range(20013, 20016)

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


@pytest.fixture
def nodes(tmp_path: Path, postgresql_url: str) -> Iterator[Fleet]:
    with fleet(tmp_path, postgresql_url) as found:
        yield found


def both(one: range, two: range) -> range:
    return range(one.start, two.stop)


def test_two_nodes_share_the_work_and_every_file_goes_through_once(nodes: Fleet) -> None:
    for name in ("a", "b"):
        nodes.start(name, GATEWAY_NODE__WORKERS="1")
    sent = range(ORDERS.start, ORDERS.start)
    while not {"a", "b"} <= bookers(nodes) & deliverers(nodes):
        assert len(sent) < 500, "one of them does nothing"
        nodes.orders(more := range(sent.stop, sent.stop + 20))
        sent = both(sent, more)
        nodes.wait_until_done(len(sent))
    nodes.end()
    nodes.require_once(sent)


def test_a_channel_that_is_looked_into_once_an_hour_is_taken_over_within_a_lease(nodes: Fleet) -> None:
    nodes.town.declare("oms", OMS.replace("watch: true", "watch: false"))
    holder = nodes.start("a")
    wait_until(lambda: looker(nodes, "oms/orders").startswith("a-"))
    nodes.start("b")
    nodes.orders(LATER)
    holder.kill()
    holder.wait()
    wait_until(lambda: booked(nodes) == len(LATER))
    assert looker(nodes, "oms/orders").startswith("b-")
    nodes.end()


def test_shares_of_the_work_on_nodes_of_their_own(nodes: Fleet) -> None:
    for role in ("poll", "book", "deliver"):
        nodes.start(role, "--only", role)
    nodes.orders(ORDERS)
    nodes.wait_until_done(len(ORDERS))
    nodes.end()
    nodes.require_once(ORDERS)
    told = {role: nodes.log(role) for role in ("poll", "book", "deliver")}
    for event, role in {"files_received": "poll", "file_booked": "book", "batch_cut": "book", "item_delivered": "deliver"}.items():
        assert {one for one, log in told.items() if event in log} == {role}


@pytest.mark.parametrize("point", ["in.take.after_rename", "schedule.start.after_commit", "out.rename.after"])
def test_a_node_that_is_killed_loses_its_work_to_the_other_within_a_lease(nodes: Fleet, point: str) -> None:
    dying = nodes.start("a", GATEWAY_FAILPOINT=f"{point}:1:kill")
    nodes.orders(ORDERS)
    assert dying.wait(PATIENCE) == -signal.SIGKILL
    nodes.start("b")
    nodes.wait_until_done(len(ORDERS))
    nodes.end()
    nodes.require_once(ORDERS)


@pytest.mark.parametrize("point", ["in.record.before_commit", "in.identify.after_commit", "out.rename.before"])
def test_a_node_that_hangs_past_its_lease_changes_nothing_when_it_comes_back(nodes: Fleet, point: str) -> None:
    zombie = nodes.start("a", GATEWAY_FAILPOINT=f"{point}:1:stop")
    nodes.orders(ORDERS)
    wait_until(lambda: state_of(zombie.pid) == "T")
    nodes.start("b")
    nodes.wait_until_done(len(ORDERS))
    before = beat_of(nodes, "a")
    zombie.send_signal(signal.SIGCONT)
    wait_until(lambda: beat_of(nodes, "a") > before)
    nodes.orders(LATER)
    nodes.wait_until_done(len(both(ORDERS, LATER)))
    nodes.end()
    nodes.require_once(both(ORDERS, LATER))


def test_a_due_time_makes_one_batch_whichever_node_sees_it(tmp_path: Path, postgresql_url: str) -> None:
    due, later = time.gmtime(time.time() - 120), time.gmtime(time.time() + 12 * 3600)
    with fleet(tmp_path, postgresql_url, gather=daily(later)) as nodes:
        holder = nodes.start("a")
        nodes.orders(ORDERS)
        wait_until(lambda: booked(nodes) == len(ORDERS))  # a batch takes what is booked when its time has come
        holder.terminate()
        assert holder.wait(PATIENCE) == 0
        nodes.town.declare("redpanda", (nodes.town.root / "connectors/redpanda.yaml").read_text().replace(daily(later), daily(due)))
        for name in ("b", "c"):
            nodes.start(name)
        wait_until(lambda: count(nodes, tables.batch) > 0 and nodes.is_done(len(ORDERS)))
        nodes.end()
        with nodes.store.reading() as connection:
            slot = tables.slot.c
            made = connection.execute(select(slot.state).where(slot.job == "redpanda/orders", slot.done > 0)).scalars().all()
        assert (made, count(nodes, tables.batch)) == (["success"], 1)
        nodes.require_once(ORDERS)


def daily(moment: time.struct_time) -> str:
    """Once a day at this time."""
    return f'at: "{moment.tm_hour:02}:{moment.tm_min:02} daily UTC"'


def bookers(nodes: Fleet) -> set[str]:
    """Who has booked files so far."""
    return {name for name in nodes.processes if "file_booked" in nodes.log(name)}


def deliverers(nodes: Fleet) -> set[str]:
    """Who has tried to deliver so far."""
    with nodes.store.reading() as connection:
        runs = connection.execute(select(tables.outbox_attempt.c.run).distinct()).scalars()
        return {run.split("-")[0] for run in runs}


def count(nodes: Fleet, table: object) -> int:
    with nodes.store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def beat_of(nodes: Fleet, name: str) -> int:
    with nodes.store.reading() as connection:
        return int(connection.execute(select(func.max(tables.node.c.beat)).where(tables.node.c.name == name)).scalar_one() or 0)


def state_of(process: int) -> str:
    """R, S, T (stopped) and so on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def booked(nodes: Fleet) -> int:
    """How many files are booked."""
    with nodes.store.reading() as connection:
        return connection.execute(select(func.count()).where(tables.message.c.state == "booked")).scalar_one()


def looker(nodes: Fleet, channel: str) -> str:
    """The run that looks into a channel."""
    with nodes.store.reading() as connection:
        return connection.execute(select(tables.lease.c.holder).where(tables.lease.c.name == f"poll:{channel}")).scalar_one_or_none() or ""
