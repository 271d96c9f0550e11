"""Outgoing items: made once, every mark under its lease, numbers without gap or reuse, people's acts take the lease first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.kernel.errors import LeaseLost
from gateway.kernel.issues import Issue
from gateway.store import BadData, Store, Tx, counters, outbox, outbox_acts, tables, work
from gateway.store.counters import Outdated
from gateway.store.outbox import Ack, AlreadyMade, Item, ItemState, Known, NewItem
from gateway.store.outbox_acts import NotPossible
from gateway.store.queries import item_view, list_items
from gateway.store.work import Kind, Lease
from tests.storehouse import NOON, write

HOUR = timedelta(hours=1)
BUSY = Issue("OUT", text="server is away")


def new(idem: str = "batch:1", name: bytes = b"PO_1.csv", **others: object) -> NewItem:
    given = {
        "connector": "redpanda",
        "channel": "orders",
        "kind": "batch",
        "sha256": "a" * 64,
        "size": 9,
        "archive_key": "a" * 64,
        "made_at": NOON,
    }
    return NewItem(idem=idem, file_name=name, **{**given, **others})  # type: ignore[arg-type]


def make(store: Store, *, item: NewItem | None = None) -> int:
    with store.transaction() as tx:
        return outbox.make(tx, item or new())


def claim(store: Store, run: str = "run-1", hours: int = 0) -> Lease:
    now = NOON + hours * HOUR
    return work.claim(store, Kind.DELIVER, run=run, connectors=["redpanda"], now=now, until=now + HOUR / 2)[0].lease


def nothing_due(store: Store) -> bool:
    return not work.claim(store, Kind.DELIVER, run="x", connectors=["redpanda"], now=NOON + 99 * HOUR, until=NOON)


def stored(store: Store, item_id: int) -> Item:
    with store.reading() as connection:
        found = outbox.get(connection, item_id)
    assert found is not None
    return found


def do(store: Store, act: Callable[[Tx], object]) -> None:
    with store.transaction() as tx:
        act(tx)


def test_an_item_is_made_once_for_its_cause(store: Store) -> None:
    make(store)
    with pytest.raises(AlreadyMade):
        make(store, item=new(name=b"other.csv"))


def test_a_name_is_never_used_twice(store: Store) -> None:
    make(store)
    with pytest.raises(BadData) as caught:
        make(store, item=new("batch:2"))
    assert caught.value.constraint == "outbox_name"


def test_numbers_follow_each_other_and_belong_to_their_item(store: Store) -> None:
    for cause in ("a", "b"):
        with store.transaction() as tx:
            expected = counters.expect(tx.connection, "isa:redpanda", 2)
            item_id = outbox.make(tx, new(cause, cause.encode(), numbers=(expected,)))
    with store.reading() as connection:
        view = item_view(connection, item_id)
    assert view is not None
    assert view.numbers == {"isa:redpanda": (3, 4)}


def test_who_comes_second_renders_again(store: Store) -> None:
    with store.reading() as connection:
        expected = counters.expect(connection, "isa:redpanda")
    make(store, item=new("a", b"a", numbers=(expected,)))
    with pytest.raises(Outdated):
        make(store, item=new("b", b"b", numbers=(expected,)))
    with store.reading() as connection:
        assert counters.expect(connection, "isa:redpanda").numbers == (2,)
        assert [one.idem for one in list_items(connection)] == ["a"]


def test_after_the_highest_number_comes_one(store: Store) -> None:
    with store.transaction() as tx:
        counters.ensure(tx, "gs", last=998, most=999)
        expected = counters.expect(tx.connection, "gs", 3)
        counters.advance(tx, expected)
        assert (expected.numbers, counters.expect(tx.connection, "gs").numbers) == ((999, 1, 2), (3,))


def test_an_item_is_blessed_then_sent_and_its_work_is_gone(store: Store) -> None:
    item_id = make(store, item=new(ack=Ack.DUE))
    lease = claim(store)
    do(store, lambda tx: outbox.begin_attempt(tx, lease, item_id, now=NOON))
    do(store, lambda tx: outbox.bless(tx, lease, item_id, b".PO_1.csv.1.1.part"))
    do(store, lambda tx: outbox.sent(tx, lease, item_id, Known.SEEN, now=NOON, ack_due_at=NOON + HOUR))
    found = stored(store, item_id)
    assert (found.state, found.known, found.sent_at, found.ack, found.fence) == (ItemState.SENT, Known.SEEN, NOON, Ack.DUE, 1)
    assert nothing_due(store)
    with store.reading() as connection:
        view = item_view(connection, item_id)
    assert view is not None
    assert [(it.round, it.fence, it.result) for it in view.attempts] == [(1, 1, "sent")]


def test_no_mark_of_a_late_worker_counts(store: Store) -> None:
    item_id = make(store)
    late = claim(store, "run-1")
    now = claim(store, "run-2", hours=1)
    for act in (
        lambda tx: outbox.begin_attempt(tx, late, item_id, now=NOON),
        lambda tx: outbox.bless(tx, late, item_id, b"t"),
        lambda tx: outbox.sent(tx, late, item_id, Known.SEEN, now=NOON),
        lambda tx: outbox.conflict(tx, late, item_id, BUSY, now=NOON),
        lambda tx: outbox.park(tx, late, item_id, BUSY, now=NOON),
        lambda tx: outbox.retry(tx, late, item_id, BUSY, due_at=NOON, now=NOON),
    ):
        with pytest.raises(LeaseLost):
            do(store, act)
    assert stored(store, item_id).state is ItemState.WAITING
    do(store, lambda tx: outbox.bless(tx, now, item_id, b"t"))


def test_a_blessed_name_is_never_replaced(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox.bless(tx, lease, item_id, b"first"))
    with pytest.raises(LeaseLost):
        do(store, lambda tx: outbox.bless(tx, lease, item_id, b"second"))
    assert stored(store, item_id).blessed_name == b"first"


def test_a_failed_try_says_why_the_item_waits(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox.begin_attempt(tx, lease, item_id, now=NOON))
    do(store, lambda tx: outbox.retry(tx, lease, item_id, BUSY, due_at=NOON + HOUR, now=NOON))
    with store.reading() as connection:
        view = item_view(connection, item_id)
    assert view is not None
    assert view.work is not None
    assert (view.item.issue, view.work.due_at, view.work.issue, view.attempts[0].words) == (BUSY, NOON + HOUR, BUSY, "server is away")


def test_a_parked_item_keeps_its_blessed_name_and_goes_on_with_it(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox.bless(tx, lease, item_id, b"t"))
    do(store, lambda tx: outbox.park(tx, lease, item_id, BUSY, now=NOON))
    assert (stored(store, item_id).state, nothing_due(store)) == (ItemState.PARKED, True)
    do(store, lambda tx: outbox_acts.release(tx, item_id, actor="anna", now=NOON))
    assert stored(store, item_id).state is ItemState.BLESSED
    assert claim(store).fence == 2


def test_what_a_person_holds_is_taken_from_its_worker(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox_acts.hold(tx, item_id, actor="anna", now=NOON, reason="restored"))
    with pytest.raises(LeaseLost):
        do(store, lambda tx: outbox.bless(tx, lease, item_id, b"t"))
    assert (stored(store, item_id).state, nothing_due(store)) == (ItemState.HELD, True)
    do(store, lambda tx: outbox_acts.release(tx, item_id, actor="anna", now=NOON))
    assert stored(store, item_id).state is ItemState.WAITING
    assert claim(store).fence == 3


def test_an_unblessed_item_is_cancelled_and_its_name_is_free(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox_acts.cancel(tx, item_id, actor="anna", now=NOON))
    with pytest.raises(LeaseLost):
        do(store, lambda tx: outbox.sent(tx, lease, item_id, Known.SEEN, now=NOON))
    assert stored(store, item_id).state is ItemState.CANCELLED
    make(store, item=new("batch:2"))


def test_a_blessed_item_is_not_cancelled(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox.bless(tx, lease, item_id, b"t"))
    do(store, lambda tx: outbox_acts.hold(tx, item_id, actor="anna", now=NOON))
    with pytest.raises(NotPossible, match="may be on its way"):
        do(store, lambda tx: outbox_acts.cancel(tx, item_id, actor="anna", now=NOON))
    assert stored(store, item_id).state is ItemState.HELD


def test_a_sent_item_is_offered_again_as_it_was(store: Store) -> None:
    item_id = make(store, item=new(ack=Ack.DUE))
    first = claim(store)
    do(store, lambda tx: outbox.bless(tx, first, item_id, b"t1"))
    do(store, lambda tx: outbox.sent(tx, first, item_id, Known.INFERRED, now=NOON, ack_due_at=NOON))
    before = stored(store, item_id)
    do(store, lambda tx: outbox_acts.offer_again(tx, item_id, actor="anna", now=NOON))
    after = stored(store, item_id)
    assert (after.state, after.round, after.blessed_name, after.known, after.ack) == (ItemState.WAITING, 2, None, None, Ack.DUE)
    assert (after.file_name, after.sha256, after.archive_key) == (before.file_name, before.sha256, before.archive_key)
    assert claim(store).fence > first.fence
    with pytest.raises(LeaseLost):
        do(store, lambda tx: outbox.sent(tx, first, item_id, Known.SEEN, now=NOON))


def test_an_offer_that_is_taken_back_leaves_the_item_sent_as_it_was(store: Store) -> None:
    item_id = make(store, item=new(ack=Ack.DUE))
    first = claim(store)
    do(store, lambda tx: outbox.sent(tx, first, item_id, Known.INFERRED, now=NOON, ack_due_at=NOON + HOUR))
    before = stored(store, item_id)
    do(store, lambda tx: outbox_acts.offer_again(tx, item_id, actor="anna", now=NOON + HOUR, reason="lost"))
    late = claim(store, hours=2)
    assert write(store, lambda tx: outbox_acts.cancel(tx, item_id, actor="anna", now=NOON + HOUR)) is ItemState.SENT
    with pytest.raises(LeaseLost):
        do(store, lambda tx: outbox.bless(tx, late, item_id, b"t"))
    after = stored(store, item_id)
    told = ("state", "known", "sent_at", "ack", "ack_due_at", "file_name")
    assert [getattr(after, name) for name in told] == [getattr(before, name) for name in told]
    assert (after.round, nothing_due(store)) == (2, True)
    with pytest.raises(NotPossible):
        do(store, lambda tx: outbox_acts.cancel(tx, item_id, actor="anna", now=NOON))


def test_a_name_that_a_partner_has_seen_is_never_free_again(store: Store) -> None:
    item_id = make(store)
    first = claim(store)
    do(store, lambda tx: outbox.sent(tx, first, item_id, Known.SEEN, now=NOON))
    do(store, lambda tx: outbox_acts.offer_again(tx, item_id, actor="anna", now=NOON))
    do(store, lambda tx: outbox_acts.cancel(tx, item_id, actor="anna", now=NOON))
    with pytest.raises(BadData):
        make(store, item=new("batch:2"))


def test_a_try_that_a_person_ends_says_so(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox.begin_attempt(tx, lease, item_id, now=NOON))
    do(store, lambda tx: outbox_acts.hold(tx, item_id, actor="anna", now=NOON + HOUR))
    with store.reading() as connection:
        view = item_view(connection, item_id)
    assert view is not None
    assert [(it.result, it.ended_at) for it in view.attempts] == [("stopped", NOON + HOUR)]


IMPOSSIBLE = [
    ("hold what is sent", "sent", lambda tx, i: outbox_acts.hold(tx, i, actor="a", now=NOON)),
    ("release what waits", "waiting", lambda tx, i: outbox_acts.release(tx, i, actor="a", now=NOON)),
    ("cancel what is sent", "sent", lambda tx, i: outbox_acts.cancel(tx, i, actor="a", now=NOON)),
    ("offer again what waits", "waiting", lambda tx, i: outbox_acts.offer_again(tx, i, actor="a", now=NOON)),
    ("hold what is not there", "waiting", lambda tx, i: outbox_acts.hold(tx, 99, actor="a", now=NOON)),
]


@pytest.mark.parametrize(("what", "state", "act"), IMPOSSIBLE, ids=[row[0] for row in IMPOSSIBLE])
def test_what_cannot_be_done_is_said_and_changes_nothing(store: Store, what: str, state: str, act: Callable[[Tx, int], None]) -> None:
    item_id = make(store)
    if state == "sent":
        lease = claim(store)
        do(store, lambda tx: outbox.sent(tx, lease, item_id, Known.SEEN, now=NOON))
    before = stored(store, item_id)
    with pytest.raises(NotPossible):
        do(store, lambda tx: act(tx, item_id))
    assert stored(store, item_id) == before


def test_a_name_held_by_other_bytes_waits_for_a_person(store: Store) -> None:
    item_id = make(store)
    lease = claim(store)
    do(store, lambda tx: outbox.conflict(tx, lease, item_id, BUSY, now=NOON))
    assert (stored(store, item_id).state, stored(store, item_id).issue) == (ItemState.CONFLICT, BUSY)


def test_an_acknowledgement_is_due_until_it_comes_and_told_once_when_it_is_late(store: Store) -> None:
    item_id = make(store, item=new(ack=Ack.DUE))
    lease = claim(store)
    with store.transaction() as tx:
        assert not outbox.acknowledged(tx, item_id, Ack.ACCEPTED, now=NOON)
        outbox.sent(tx, lease, item_id, Known.SEEN, now=NOON, ack_due_at=NOON + HOUR)
    with store.transaction() as tx:
        assert outbox.overdue(tx, now=NOON) == []
        assert outbox.overdue(tx, now=NOON + HOUR) == [item_id]
        assert outbox.overdue(tx, now=NOON + HOUR) == []
        assert outbox.acknowledged(tx, item_id, Ack.ACCEPTED, now=NOON)
        assert not outbox.acknowledged(tx, item_id, Ack.REJECTED, now=NOON)
    assert stored(store, item_id).ack is Ack.ACCEPTED


def test_makers_in_a_race_take_every_number_once(store: Store) -> None:
    failed: list[BaseException] = []

    def maker(name: str) -> None:
        try:
            for n in range(10):
                while not _made(store, f"{name}:{n}"):
                    pass
        except BaseException as error:  # noqa: BLE001  a thread must not fail unseen
            failed.append(error)

    threads = [threading.Thread(target=maker, args=(f"m{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with store.reading() as connection:
        numbers = connection.execute(tables.outbox_number.select()).all()
    assert sorted(row.number for row in numbers) == list(range(1, 31))


def _made(store: Store, cause: str) -> bool:
    with store.reading() as connection:
        expected = counters.expect(connection, "isa")
    try:
        make(store, item=new(cause, cause.encode(), numbers=(expected,)))
    except Outdated:
        return False
    return True
