"""A database that has forgotten commits is noticed before anything is sent again: all outbound is held, and somebody is called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from gateway.delivery import Witness, outbound_hold
from gateway.kernel import FixedClock
from gateway.kernel.database import Failover
from gateway.kernel.errors import OutboundHeld
from gateway.store import Store, Tx, installation, nodes, pauses, tables
from gateway.store.installation import Fact
from gateway.store.server import Server, server_of
from tests.own_server import OwnServer, own_server
from tests.storehouse import NOON, fresh_store, write

RUN = "node-1"
pytestmark = pytest.mark.postgresql


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    with fresh_store(postgresql_url) as opened:
        nodes.register(opened, run=RUN, name="node", version="1", now=NOON)
        yield opened


def arrived(store: Store, failover: Failover = Failover.HOLD) -> Witness:
    witness = Witness(store, FixedClock(NOON), failover=failover)
    witness.arrive()
    return witness


def why_held(store: Store) -> str:
    found = outbound_hold(store)
    return found.issue.text if found and found.issue else ""


def decide(store: Store, witness: Witness, mark: str) -> None:
    """A delivery's transaction, which leaves a mark."""
    with witness.deciding("out.bless", RUN) as tx:
        pauses.require_outbound(tx)
        pauses.stop(tx, mark, actor="test", now=NOON)


def marks(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(pauses.standing(connection)) - {pauses.OUTBOUND}


def test_a_database_that_went_back_holds_outbound_and_undoes_the_transaction_that_noticed(store: Store) -> None:
    witness = arrived(store)
    for mark in ("a", "b", "c"):
        decide(store, witness, mark)
    write(store, forgets(2))
    with pytest.raises(OutboundHeld):
        decide(store, witness, "d")
    assert marks(store) == {"a", "b", "c"}
    assert why_held(store).startswith("the database counts 2 signs of life of node-1, and had committed 3")


def test_what_has_happened_is_noted_before_the_hold(store: Store) -> None:
    witness = arrived(store)
    for _ in range(3):
        witness.live(RUN)
    write(store, forgets(2))
    with witness.recording("out.done", RUN) as tx:
        pauses.stop(tx, "sent", actor="test", now=NOON)
    assert marks(store) == {"sent"}
    assert why_held(store) != ""


def test_a_process_that_the_database_no_longer_knows_holds_outbound(store: Store) -> None:
    witness = arrived(store)
    witness.live(RUN)
    nodes.leave(store, RUN)
    with pytest.raises(OutboundHeld):
        decide(store, witness, "a")
    assert "does not know the process node-1 any more" in why_held(store)


def test_after_a_person_has_released_it_the_same_process_goes_on(store: Store) -> None:
    witness = arrived(store)
    for _ in range(3):
        witness.live(RUN)
    write(store, forgets(2))
    witness.live(RUN)
    write(store, lambda tx: pauses.go_on(tx, pauses.OUTBOUND))
    decide(store, witness, "a")
    witness.live(RUN)
    assert (marks(store), why_held(store)) == ({"a"}, "")


def test_a_store_that_comes_up_on_another_server_holds_outbound_once(store: Store) -> None:
    with store.reading() as connection:
        here = server_of(connection)
    assert here is not None
    write(store, lambda tx: installation.remember(tx, Fact.SERVER, Server("4711", here.timeline).words))
    arrived(store, Failover.SYNCHRONOUS)
    assert f"moved to another server (system {here.system}, before 4711)" in why_held(store)
    write(store, lambda tx: pauses.go_on(tx, pauses.OUTBOUND))
    arrived(store)
    assert why_held(store) == ""


@pytest.mark.slow
@pytest.mark.parametrize("failover", list(Failover))
def test_a_promoted_standby_holds_outbound_unless_it_has_every_commit(
    taken_over: tuple[OwnServer, str], failover: Failover, capsys: pytest.CaptureFixture[str]
) -> None:
    server, url = taken_over
    with fresh_store(url) as store:
        nodes.register(store, run=RUN, name="node", version="1", now=NOON)
        witness = arrived(store, failover)
        decide(store, witness, "a")
        server.take_over()
        store.engine.dispose()
        if failover is Failover.SYNCHRONOUS:
            decide(store, witness, "b")
            arrived(store)
            assert (marks(store), why_held(store)) == ({"a", "b"}, "")
            assert "failover_noticed" in capsys.readouterr().err
            return
        with pytest.raises(OutboundHeld):
            decide(store, witness, "b")
        assert (marks(store), "another server took over (timeline " in why_held(store)) == ({"a"}, True)
        write(store, lambda tx: pauses.go_on(tx, pauses.OUTBOUND))
        decide(store, witness, "b")
        arrived(store)
        assert (marks(store), why_held(store)) == ({"a", "b"}, "")


@pytest.fixture
def taken_over() -> Iterator[tuple[OwnServer, str]]:
    with own_server() as server:
        server.execute("create database gateway")
        yield server, server.url("gateway")


def test_a_sqlite_store_counts_only_the_life_of_its_process(sqlite_url: str) -> None:
    with fresh_store(sqlite_url) as store:
        nodes.register(store, run=RUN, name="node", version="1", now=NOON)
        witness = arrived(store)
        witness.live(RUN)
        decide(store, witness, "a")
        with store.reading() as connection:
            assert connection.execute(select(tables.node.c.beat)).scalar_one() == 1
            assert installation.recall(connection, Fact.SERVER) is None


def forgets(commits: int) -> object:
    """The database has lost so many commits of the process."""

    def act(tx: Tx) -> None:
        tx.connection.execute(update(tables.node).values(beat=tables.node.c.beat - commits))

    return act
