"""The queue: no row is claimed twice, no late finisher is believed, nobody starves, lanes keep their order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.kernel.errors import LeaseLost
from gateway.kernel.issues import Issue
from gateway.store import Store, tables, work
from gateway.store.dialects import insert_missing
from gateway.store.work import Kind, NewWork, Work
from tests.storehouse import NOON

MINUTE = timedelta(minutes=1)


def ask(
    store: Store, subjects: Iterable[int], *, connector: str = "oms", kind: Kind = Kind.BOOK, lane: str | None = None, priority: int = 5
) -> None:
    with store.transaction() as tx:
        for subject in subjects:
            work.add(tx, NewWork(kind=kind, subject=subject, connector=connector, due_at=NOON, lane=lane, priority=priority))


def claim(
    store: Store, *, run: str = "run-1", minutes: int = 0, most: int = 100, each: int = 100, connectors: Iterable[str] = ("oms",)
) -> list[Work]:
    now = NOON + minutes * MINUTE
    return work.claim(store, Kind.BOOK, run=run, connectors=list(connectors), now=now, until=now + 2 * MINUTE, most=most, each=each)


def subjects(found: Iterable[Work]) -> list[int]:
    return [one.subject for one in found]


def test_asking_twice_for_the_same_work_makes_one_row(store: Store) -> None:
    ask(store, [7, 7])
    assert subjects(claim(store)) == [7]


def test_claimed_work_is_not_claimed_again_before_its_lease_has_lapsed(store: Store) -> None:
    ask(store, [1])
    first = claim(store, run="run-1")
    assert claim(store, run="run-2", minutes=2) == []
    second = claim(store, run="run-2", minutes=3)
    assert (first[0].lease.fence, second[0].lease.fence, second[0].attempts) == (1, 2, 2)


def test_work_is_not_claimed_before_it_is_due_nor_by_strangers(store: Store) -> None:
    ask(store, [1], connector="vendor")
    assert claim(store) == []
    assert claim(store, minutes=-1, connectors=["vendor"]) == []
    assert subjects(claim(store, connectors=["oms", "vendor"])) == [1]


def test_the_urgent_goes_first(store: Store) -> None:
    ask(store, [1, 2])
    ask(store, [3], priority=1)
    assert subjects(claim(store, most=1)) == [3]


def test_a_busy_connector_leaves_room_for_the_others(store: Store) -> None:
    ask(store, range(50), connector="loud")
    ask(store, range(50, 52), connector="quiet")
    found = claim(store, connectors=["loud", "quiet"], most=10, each=5)
    assert Counter(one.connector for one in found) == {"loud": 5, "quiet": 2}


def test_only_the_head_of_a_lane_is_given_out(store: Store) -> None:
    ask(store, [1, 2, 3], lane="isa:oms")
    ask(store, [4])
    head = claim(store)
    assert subjects(head) == [1, 4]
    assert claim(store) == []
    with store.transaction() as tx:
        work.finish(tx, head[0].lease)
    assert subjects(claim(store)) == [2]


def test_a_row_given_back_for_later_keeps_its_place_in_the_lane(store: Store) -> None:
    ask(store, [1, 2], lane="isa:oms")
    first = claim(store)[0]
    with store.transaction() as tx:
        work.later(tx, first.lease, due_at=NOON + 5 * MINUTE, issue=Issue("X", text="busy"))
    assert claim(store, minutes=1) == []
    again = claim(store, minutes=5)
    assert (subjects(again), again[0].issue) == ([1], Issue("X", text="busy"))


def test_a_late_finisher_is_not_believed(store: Store) -> None:
    ask(store, [1])
    late = claim(store, run="run-1")[0].lease
    claim(store, run="run-2", minutes=3)
    for act in (
        lambda tx: work.require(tx, late),
        lambda tx: work.finish(tx, late),
        lambda tx: work.later(tx, late, due_at=NOON),
        lambda tx: work.progress(tx, late, next_place=9, until=NOON),
    ):
        with pytest.raises(LeaseLost), store.transaction() as tx:
            act(tx)
    assert work.renew(store, [late], until=NOON + 9 * MINUTE) == set()


def test_the_same_fence_of_another_run_is_not_ours(store: Store) -> None:
    """After a failover that lost commits a fence number may be given out again."""
    ask(store, [1])
    ours = claim(store, run="run-1")[0].lease
    stranger = work.Lease(ours.id, ours.fence, "run-2")
    with store.transaction() as tx:
        assert work.fence(tx, [stranger]) == set()
        assert work.fence(tx, [ours]) == {ours}


def test_an_id_is_never_given_out_again(store: Store) -> None:
    """A deleted row's id with the fence of a new row would let a zombie finish what it never claimed."""
    ask(store, [1])
    first = claim(store)[0].lease
    with store.transaction() as tx:
        work.finish(tx, first)
    ask(store, [2])
    second = claim(store)[0].lease
    assert second.id > first.id


def test_of_a_group_only_the_lost_lease_drops_out(store: Store) -> None:
    ask(store, [1, 2, 3])
    leases = [one.lease for one in claim(store)]
    with store.transaction() as tx:
        tx.connection.execute(tables.work.update().where(tables.work.c.subject == 2).values(fence=9, holder="run-2"))
    with store.transaction() as tx:
        assert work.fence(tx, leases) == {leases[0], leases[2]}


def test_a_renewed_lease_lasts_longer(store: Store) -> None:
    ask(store, [1])
    lease = claim(store)[0].lease
    assert work.renew(store, [lease], until=NOON + 10 * MINUTE) == {lease}
    assert claim(store, run="run-2", minutes=9) == []


def test_progress_survives_the_worker(store: Store) -> None:
    ask(store, [1])
    lease = claim(store)[0].lease
    with store.transaction() as tx:
        work.progress(tx, lease, next_place=400, until=NOON + 2 * MINUTE)
    assert claim(store, run="run-2", minutes=3)[0].next_place == 400


def test_work_given_back_untouched_counts_no_attempt(store: Store) -> None:
    ask(store, [1])
    work.give_back(store, [one.lease for one in claim(store)])
    assert [one.attempts for one in claim(store, run="run-2")] == [1]


def test_documents_that_wait_for_an_order_are_woken_by_it(store: Store) -> None:
    with store.transaction() as tx:
        (row,) = insert_missing(tx, tables.order_key, ("org", "po_no"), [("org", "PO1")], key=("org", "po_no"), returning=("id",))
        due = NOON + 60 * MINUTE
        work.add(tx, NewWork(kind=Kind.REDO, subject=1, place=3, connector="oms", due_at=due, waits_for=row.id))
    with store.transaction() as tx:
        assert work.wake_waiting(tx, [row.id, 99], now=NOON) == 1
    found = work.claim(store, Kind.REDO, run="r", connectors=["oms"], now=NOON, until=NOON + MINUTE)
    assert [(one.subject, one.place, one.waits_for) for one in found] == [(1, 3, row.id)]


def test_many_threads_share_the_work_without_taking_anything_twice(store: Store) -> None:
    ask(store, range(120), connector="a")
    ask(store, range(120, 240), connector="b")
    done: list[int] = []
    failed: list[BaseException] = []

    def worker(run: str) -> None:
        try:
            while found := claim(store, run=run, connectors=["a", "b"], most=5, each=3):
                with store.transaction() as tx:
                    assert work.fence(tx, [one.lease for one in found]) == {one.lease for one in found}
                    work.finish(tx, *(one.lease for one in found))
                done.extend(subjects(found))
        except BaseException as error:  # noqa: BLE001  a thread must not fail unseen
            failed.append(error)

    threads = [threading.Thread(target=worker, args=(f"run-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(done) == list(range(240))
    with store.reading() as connection:
        assert connection.execute(select(tables.work.c.id)).all() == []
