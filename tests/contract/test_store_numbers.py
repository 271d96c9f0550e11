"""Batch and posting numbers are reserved and never lost; the change feed is numbered late, without gap and in order."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.store import BadData, Store, Tx, batches, feed, outbox, postings, tables
from gateway.store.counters import Outdated
from gateway.store.outbox import NewItem
from tests.storehouse import NOON, keep_invoice, keep_order


def reserve(store: Store, channel: str = "redpanda/orders") -> int:
    with store.transaction() as tx:
        return batches.reserve(tx, channel=channel, vendor="257", now=NOON)


def item(tx: Tx, cause: str) -> int:
    new = NewItem(
        idem=cause,
        connector="oms",
        channel="c",
        kind="k",
        file_name=cause.encode(),
        sha256="a" * 64,
        size=1,
        archive_key="a" * 64,
        made_at=NOON,
    )
    return outbox.make(tx, new)


def keep_changes(store: Store, order_id: int, count: int, system: str = "OMS") -> None:
    with store.transaction() as tx:
        rows = [
            {"system": system, "order_id": order_id, "line_no": 1, "type": "PULLED", "at": NOON, "body": {"n": n}} for n in range(count)
        ]
        tx.connection.execute(tables.change.insert(), rows)


@pytest.fixture
def order_id(store: Store) -> int:
    with store.transaction() as tx:
        return keep_order(tx, "AB10747")


def test_batch_numbers_follow_each_other_and_a_reservation_left_by_a_crash_is_used_first(store: Store) -> None:
    assert [reserve(store, "a"), reserve(store, "b"), reserve(store, "a")] == [1, 2, 1]
    with store.transaction() as tx:
        tx.connection.execute(tables.batch.update().where(tables.batch.c.number == 1).values(state="open"))
    assert reserve(store, "a") == 3


def test_nodes_that_reserve_at_once_share_one_reservation_a_channel(store: Store) -> None:
    found: list[int] = []
    together = threading.Barrier(4)

    def node(channel: str) -> None:
        together.wait()
        found.append(reserve(store, channel))

    threads = [threading.Thread(target=node, args=("ab"[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [1, 1, 2, 2]


def test_what_waits_for_a_batch_is_found_oldest_first(store: Store) -> None:
    with store.transaction() as tx:
        ids = {
            number: keep_order(tx, number, entered_on=NOON.date() - timedelta(days=age))
            for number, age in (("P3", 1), ("P2", 1), ("P1", 0), ("P4", 9))
        }
        keep_order(tx, "Q1", vendor="other")
        held = tables.order_line.c.order_id == ids["P4"]
        tx.connection.execute(tables.order_line.update().where(held).values(status="Held", pre_hold="New Order"))
    with store.reading() as connection:
        found = [one.order_id for one in batches.candidates(connection, "257", most=2)]
    assert found == [ids["P2"], ids["P3"]]


def test_an_order_that_changed_while_it_was_rendered_is_seen(store: Store, order_id: int) -> None:
    with store.transaction() as tx:
        assert list(batches.lock_unchanged(tx, {order_id: 1})) == [order_id]
    with store.transaction() as tx:
        tx.connection.execute(tables.order_key.update().values(version=2))
    with pytest.raises(Outdated), store.transaction() as tx:
        batches.lock_unchanged(tx, {order_id: 1})


def test_a_line_is_in_one_live_batch(store: Store, order_id: int) -> None:
    first, second = reserve(store, "a"), reserve(store, "b")
    row = {"order_id": order_id, "line_no": 1, "quantity": 3, "live": True}
    with store.transaction() as tx:
        tx.connection.execute(tables.batch_line.insert().values(batch_number=first, **row))
    with pytest.raises(BadData) as caught, store.transaction() as tx:
        tx.connection.execute(tables.batch_line.insert().values(batch_number=second, **row))
    assert caught.value.constraint == "batch_line_live"


def test_changes_are_numbered_in_the_order_they_came_system_by_system(store: Store, order_id: int) -> None:
    keep_changes(store, order_id, 3)
    keep_changes(store, order_id, 2, system="WEB")
    with store.transaction() as tx:
        assert feed.number(tx, "OMS", most=2).last == 2
        assert feed.number(tx, "OMS").last == 3
        assert feed.number(tx, "OMS").last == 3
        assert feed.number(tx, "WEB").last == 2
    with store.reading() as connection:
        entries = feed.entries(connection, "OMS", after=1, most=10)
    assert [(it.seq, it.order_number, it.body) for it in entries] == [(2, "AB10747", {"n": 1}), (3, "AB10747", {"n": 2})]


def test_a_range_is_exported_once_and_confirmed_no_further_than_exported(store: Store, order_id: int) -> None:
    keep_changes(store, order_id, 5)
    with store.transaction() as tx:
        feed.number(tx, "OMS")
        feed.exported(tx, "OMS", first=1, last=3)
    for first, last in ((1, 3), (5, 5), (4, 9)):
        with pytest.raises(Outdated), store.transaction() as tx:
            feed.exported(tx, "OMS", first=first, last=last)
    with store.transaction() as tx:
        assert not feed.confirmed(tx, "OMS", up_to=4)
        assert feed.confirmed(tx, "OMS", up_to=3)
        assert not feed.confirmed(tx, "OMS", up_to=2)
        assert feed.of(tx.connection, "OMS") == feed.Feed("OMS", 5, 3, 3)
        assert feed.of(tx.connection, "nobody") == feed.Feed("nobody", 0, 0, 0)
        feed.exported(tx, "OMS", first=4, last=5)


def test_writers_and_exporters_at_once_leave_no_gap_and_lose_nothing(store: Store) -> None:
    with store.transaction() as tx:
        orders = [keep_order(tx, f"P{n}") for n in range(3)]
    seen: list[int] = []
    failed: list[BaseException] = []
    writing = threading.Event()

    def writer(order_id: int) -> None:
        for _ in range(10):
            keep_changes(store, order_id, 7)

    def exporter() -> None:
        try:
            last = 0
            while not writing.is_set() or last < 210:
                with store.transaction() as tx:
                    feed.number(tx, "OMS", most=50)
                with store.reading() as connection:
                    numbers = [it.seq for it in feed.entries(connection, "OMS", after=last, most=1000)]
                seen.extend(numbers)
                last = numbers[-1] if numbers else last
        except BaseException as error:  # noqa: BLE001  a thread must not fail unseen
            failed.append(error)

    reader = threading.Thread(target=exporter)
    writers = [threading.Thread(target=writer, args=(order_id,)) for order_id in orders]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    writing.set()
    reader.join()
    assert failed == []
    assert seen == list(range(1, 211))


def test_an_invoice_is_in_one_unsent_run_and_posted_again_when_its_date_is_cleared(store: Store, order_id: int) -> None:
    with store.transaction() as tx:
        invoice_id = keep_invoice(tx, "RP-2201", order_id)
        keep_order(tx, "X")
    with store.transaction() as tx:
        assert [postings.reserve(tx, system="OMS", now=NOON), postings.reserve(tx, system="OMS", now=NOON)] == [1, 1]
    with store.transaction() as tx:
        due = postings.due(tx.connection, "OMS", most=10)
        assert due == [postings.Due(invoice_id, 0, resend=False)]
        postings.made(tx, 1, due, item_id=(made := item(tx, "post:1")), now=NOON)
    with store.transaction() as tx:
        assert postings.due(tx.connection, "OMS", most=10) == []
        assert postings.of_item(tx.connection, made) == 1
        assert postings.settled(tx, 1) == [invoice_id]
        assert postings.settled(tx, 1) == []
        tx.connection.execute(tables.invoice.update().values(state="Posted", posted_at=NOON, version=1))
        assert postings.due(tx.connection, "OMS", most=10) == []
        tx.connection.execute(tables.invoice.update().values(posted_at=None, version=2))
        assert postings.due(tx.connection, "OMS", most=10) == [postings.Due(invoice_id, 2, resend=True)]
        assert postings.reserve(tx, system="OMS", now=NOON) == 2


def test_an_invoice_that_changed_while_its_posting_was_rendered_is_seen(store: Store, order_id: int) -> None:
    with store.transaction() as tx:
        keep_invoice(tx, "RP-2201", order_id)
        run = postings.reserve(tx, system="OMS", now=NOON)
        due = postings.due(tx.connection, "OMS", most=10)
        tx.connection.execute(tables.invoice.update().values(version=1))
    with pytest.raises(Outdated), store.transaction() as tx:
        postings.made(tx, run, due, item_id=item(tx, "post:1"), now=NOON)
    with store.reading() as connection:
        assert connection.execute(select(tables.outbox.c.id)).all() == []


def test_a_shipment_is_billed_once(store: Store, order_id: int) -> None:
    with store.transaction() as tx:
        invoice_id = keep_invoice(tx, "RP-2201", order_id)
        row = dict(tx.connection.execute(select(tables.invoice_line)).one()._mapping)
    with pytest.raises(BadData) as caught, store.transaction() as tx:
        tx.connection.execute(tables.invoice_line.insert().values({**row, "invoice_id": invoice_id, "line_no": 2}))
    assert caught.value.constraint == "uq_invoice_line_shipment_id"
