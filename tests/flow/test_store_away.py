"""A database that is away, full, read-only or in doubt: nothing is moved or deleted meanwhile, and nobody is needed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from gateway.kernel import SystemClock
from gateway.store import OutcomeUnknown, Store, StoreAway, Tx, pauses
from tests.chaos.peers.proxy import Proxy
from tests.fleet import Fleet, fleet
from tests.own_server import OwnServer, own_server
from tests.postgres import OPTIONS, PostgreSQL
from tests.storehouse import NOON, fresh_store
from tests.town import Town
from tests.waiting import PATIENCE, wait_until

FEW = OPTIONS.replace("max_connections=200", "max_connections=14")

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server(FEW) as found:
        found.execute("create database gateway")
        yield found


@pytest.fixture
def nodes(server: OwnServer, tmp_path: Path) -> Iterator[Fleet]:
    server.execute("drop database gateway with (force)")
    server.execute("create database gateway")
    with fleet(tmp_path, server.url("gateway")) as found:
        yield found


def one_node(nodes: Fleet) -> None:
    nodes.start("a", GATEWAY_NODE__WORKERS="1", GATEWAY_DATABASE__CONNECTIONS="4")


def entries(nodes: Fleet) -> set[str]:
    """Every file of the partners' folders."""
    return {
        str(path.relative_to(nodes.town.root)) for part in ("in", "out") for path in (nodes.town.root / part).rglob("*") if path.is_file()
    }


def test_nothing_is_touched_while_the_server_is_down_and_everything_goes_on_when_it_is_back(nodes: Fleet, server: OwnServer) -> None:
    one_node(nodes)
    nodes.orders(range(20001, 20004))
    nodes.wait_until_done(3)
    server.stop("immediate")
    nodes.orders(range(20004, 20007))
    before = entries(nodes)
    told = nodes.log("a").count("store_or_world_busy")
    wait_until(lambda: nodes.log("a").count("store_or_world_busy") > told + 5)
    assert entries(nodes) == before
    server.start()
    nodes.store.engine.dispose()
    nodes.wait_until_done(6)
    nodes.end()
    nodes.require_once(range(20001, 20007))


def test_a_server_without_free_connections_holds_up_and_breaks_nothing(nodes: Fleet, server: OwnServer) -> None:
    one_node(nodes)
    nodes.orders(range(20001, 20003))
    nodes.wait_until_done(2)
    nodes.store.engine.dispose()
    taken = []
    server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'gateway'")
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(host="127.0.0.1", port=server.port, user="gateway", dbname="postgres"))
    nodes.orders(range(20003, 20005))
    told = nodes.log("a").count("store_or_world_busy")
    wait_until(lambda: nodes.log("a").count("store_or_world_busy") > told + 3)
    for connection in taken:
        connection.close()
    nodes.wait_until_done(4)
    nodes.end()
    nodes.require_once(range(20001, 20005))


def test_a_database_that_refuses_writes_holds_up_and_moves_nothing(nodes: Fleet, server: OwnServer) -> None:
    one_node(nodes)
    nodes.orders(range(20001, 20003))
    nodes.wait_until_done(2)
    server.execute("alter database gateway set default_transaction_read_only = on")
    server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'gateway'")
    nodes.orders(range(20003, 20005))
    before = entries(nodes)
    told = nodes.log("a").count("read-only transaction")
    wait_until(lambda: nodes.log("a").count("read-only transaction") > told + 3)
    assert entries(nodes) == before
    server.execute("alter database gateway set default_transaction_read_only = off")
    server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'gateway'")
    nodes.store.engine.dispose()
    nodes.wait_until_done(4)
    nodes.end()
    nodes.require_once(range(20001, 20005))


def test_a_commit_whose_answer_is_lost_is_told_as_unknown_and_nothing_else(server: OwnServer) -> None:
    server.execute("drop database if exists doubt with (force)")
    server.execute("create database doubt")
    with fresh_store(server.url("doubt")) as store:

        def cut(tx: Tx) -> None:
            pauses.stop(tx, "a", actor="test", now=NOON)
            (mine,) = tx.connection.exec_driver_sql("select pg_backend_pid()").scalars()
            with psycopg.connect(host="127.0.0.1", port=server.port, user="gateway", dbname="postgres", autocommit=True) as other:
                other.execute("select pg_terminate_backend(%s)", [mine])
                while other.execute("select 1 from pg_stat_activity where pid = %s", [mine]).fetchone():
                    pass

        with pytest.raises(OutcomeUnknown), store.transaction() as tx:
            cut(tx)
        assert standing(store) == set()

        def cut_early(tx: Tx) -> None:
            cut(tx)
            tx.connection.exec_driver_sql("select 1")

        with pytest.raises(StoreAway), store.transaction() as tx:
            cut_early(tx)
        assert standing(store) == set()


def test_commits_whose_answers_are_lost_are_read_back_and_not_repeated(tmp_path: Path, postgresql: PostgreSQL, postgresql_url: str) -> None:
    with Proxy(postgresql.port) as proxy, fleet(tmp_path, postgresql_url) as nodes:
        nodes.start("a", GATEWAY_DATABASE__URL=postgresql_url.replace(f":{postgresql.port}/", f":{proxy.port}/"))
        for number in range(20001, 20009):
            proxy.swallow_after(b"COMMIT")
            nodes.order(number)
            assert proxy.swallowed.wait(PATIENCE)
            proxy.cut()
        nodes.wait_until_done(8)
        proxy.clear()
        nodes.end()
        nodes.require_once(range(20001, 20009))


def test_a_node_that_loses_the_ear_for_its_neighbours_finds_work_by_looking(tmp_path: Path, postgresql_url: str) -> None:
    with fleet(tmp_path, postgresql_url) as nodes:
        nodes.start("ear", "--only", "book,deliver")
        nodes.start("deaf", "--only", "poll", GATEWAY_DATABASE__POOLING="transaction")
        listening = "select pid from pg_stat_activity where datname = current_database() and query like 'listen %%'"
        with nodes.store.reading() as connection:
            ears = connection.exec_driver_sql(listening).scalars().all()
        assert len(ears) == 1
        with nodes.store.statement() as connection:
            connection.exec_driver_sql("select pg_terminate_backend(%s)", (ears[0],))
        nodes.orders(range(20001, 20004))
        nodes.wait_until_done(3)

        def is_listening_again() -> bool:
            with nodes.store.reading() as connection:
                return bool(set(connection.exec_driver_sql(listening).scalars()) - set(ears))

        wait_until(is_listening_again)
        nodes.end()
        nodes.require_once(range(20001, 20004))


def test_nothing_is_taken_by_a_node_whose_channel_went_to_another(tmp_path: Path, postgresql_url: str) -> None:
    town = Town(tmp_path / "town", postgresql_url)
    with town.gateway() as gateway, gateway.node().engaged() as engine, gateway.node().engaged() as another:
        spot = engine.spots[0]
        assert engine.poll(spot) is not None
        gateway.store.attempt(lambda tx: tx.connection.exec_driver_sql("update lease set until = now() - interval '1 hour'"))
        assert another.poll(spot) is not None
        town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
        assert engine.poll(spot) is None
        assert "orders.xml" in town.files("in/oms")
        found = another.poll(spot)
        assert found is not None
        assert found.recorded == 1


def standing(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(pauses.standing(connection))


def test_the_time_of_the_nodes_is_the_servers(tmp_path: Path, postgresql_url: str) -> None:
    town = Town(tmp_path / "town", postgresql_url)
    with town.gateway() as gateway, gateway.store.reading() as connection:
        told = connection.exec_driver_sql("select clock_timestamp()").scalar_one()
        assert abs((gateway.clock.now() - told).total_seconds()) < 60
        assert type(gateway.clock) is not SystemClock
