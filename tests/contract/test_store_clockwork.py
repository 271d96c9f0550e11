"""Leases, slots, nodes and pauses: one holder, one run of each due time, and nothing that rests on a clock being right."""

from __future__ import annotations

import threading
from datetime import timedelta

from gateway.kernel.issues import Issue
from gateway.store import Store, leases, nodes, pauses, slots, work
from gateway.store.leases import Held
from gateway.store.slots import SlotState
from gateway.store.work import Kind
from tests.storehouse import NOON

MINUTE = timedelta(minutes=1)


def take(store: Store, run: str, *, minutes: int = 0, name: str = "poll:orders") -> Held | None:
    now = NOON + minutes * MINUTE
    return leases.take(store, name, run=run, now=now, until=now + 2 * MINUTE)


def test_a_lease_has_one_holder_until_it_lapses(store: Store) -> None:
    assert take(store, "run-1") == Held("poll:orders", "run-1", 1)
    assert take(store, "run-2", minutes=2) is None
    assert take(store, "run-2", minutes=3) == Held("poll:orders", "run-2", 2)


def test_a_lapsed_holder_can_neither_renew_nor_release(store: Store) -> None:
    old = take(store, "run-1")
    assert old is not None
    new = take(store, "run-2", minutes=3)
    assert new is not None
    assert not leases.renew(store, old, until=NOON + 9 * MINUTE)
    assert not leases.release(store, old)
    assert leases.renew(store, new, until=NOON + 9 * MINUTE)
    assert take(store, "run-3", minutes=8) is None


def test_a_released_lease_is_free_at_once(store: Store) -> None:
    held = take(store, "run-1")
    assert held is not None
    assert leases.release(store, held)
    assert not leases.release(store, held)
    assert take(store, "run-2") is not None


def test_only_so_many_talk_to_a_host_at_once(store: Store) -> None:
    names = [f"host:sftp:{n}" for n in range(2)]
    found = [leases.take_any(store, names, run=run, now=NOON, until=NOON + MINUTE) for run in ("a", "b", "c")]
    assert [one and one.name for one in found] == ["host:sftp:0", "host:sftp:1", None]


def test_a_run_that_ends_gives_back_what_it_held(store: Store) -> None:
    take(store, "run-1", name="poll:a")
    take(store, "run-2", name="poll:b")
    leases.lapse_all(store, "run-1")
    assert take(store, "run-3", name="poll:a") is not None
    assert take(store, "run-3", name="poll:b") is None


def test_of_many_takers_one_wins(store: Store) -> None:
    found: list[Held | None] = []
    together = threading.Barrier(6)

    def node(run: str) -> None:
        together.wait()
        found.append(take(store, run))

    threads = [threading.Thread(target=node, args=(f"run-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in found if one is not None]) == 1


def test_a_due_time_exists_once_however_many_clocks_strike(store: Store) -> None:
    for _ in range(2):
        with store.transaction() as tx:
            slots.open_slot(tx, "cut:redpanda/orders", NOON, kind=Kind.CUT, connector="redpanda", lane="isa:redpanda", now=NOON)
    found = work.claim(store, Kind.CUT, run="r", connectors=["redpanda"], now=NOON, until=NOON + MINUTE, most=5, each=5)
    assert [one.lane for one in found] == ["isa:redpanda"]
    with store.reading() as connection:
        slot = slots.get(connection, found[0].subject)
        assert (slot.job, slot.due_at, slot.state) == ("cut:redpanda/orders", NOON, SlotState.WAITING)


def test_a_slot_tells_how_it_went(store: Store) -> None:
    with store.transaction() as tx:
        made = slots.open_slot(tx, "housekeeping", NOON, connector="gateway", now=NOON)
        assert made is not None
        slots.start(tx, made, now=NOON)
        assert slots.get(tx.connection, made).state is SlotState.RUNNING
        slots.end(tx, made, SlotState.FAILED, now=NOON + MINUTE, done=3, failed=1, issue=Issue("X", text="one failed"))
        slots.start(tx, made, now=NOON + MINUTE)
        assert slots.get(tx.connection, made).state is SlotState.FAILED


def test_a_node_is_alive_while_it_beats_and_gone_when_it_leaves(store: Store) -> None:
    nodes.register(store, run="run-1", name="a", version="1", now=NOON)
    nodes.register(store, run="run-2", name="b", version="1", now=NOON)
    with store.transaction() as tx:
        assert nodes.beat(tx, "run-1", now=NOON + 5 * MINUTE) == 1
        assert nodes.beat(tx, "run-1", now=NOON + 6 * MINUTE) == 2
        assert nodes.beat(tx, "stranger", now=NOON) is None
    with store.reading() as connection:
        assert [one.run for one in nodes.alive(connection, since=NOON + MINUTE)] == ["run-1"]
    nodes.leave(store, "run-1")
    with store.transaction() as tx:
        assert nodes.forget(tx, silent_since=NOON + MINUTE) == 1


def test_what_stands_still_goes_on_when_a_person_says_so(store: Store) -> None:
    why = Issue("LOGIN", text="the server refuses the login")
    with store.transaction() as tx:
        assert pauses.stop(tx, "endpoint:redpanda", actor="SYSTEM", now=NOON, issue=why)
        assert not pauses.stop(tx, "endpoint:redpanda", actor="SYSTEM", now=NOON)
    with store.reading() as connection:
        assert pauses.standing(connection) == {"endpoint:redpanda": pauses.Pause("endpoint:redpanda", NOON, "SYSTEM", why)}
    with store.transaction() as tx:
        assert pauses.go_on(tx, "endpoint:redpanda")
        assert not pauses.go_on(tx, "endpoint:redpanda")
