"""The store agrees with itself, says where it does not, and asks again for work that is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from gateway.domain.order import OrderStatus
from gateway.store import Store, Tx, batches, consistency, feed, messages, outbox, tables, work
from gateway.store.messages import NewMessage
from gateway.store.outbox import NewItem
from gateway.store.queries import (
    BatchSearch,
    InvoiceSearch,
    OrderSearch,
    batch_view,
    find_order,
    invoice_view,
    list_batches,
    list_invoices,
    list_orders,
    order_view,
    work_counts,
)
from gateway.store.work import Kind
from tests.storehouse import NOON, keep_invoice, keep_order

NUMBERED = {"connector": "c", "channel": "c", "sha256": "a" * 64, "size": 1, "archive_key": "a" * 64}


def everything(tx: Tx) -> None:
    """A message, an item, two orders, an invoice and a batch that agree with each other."""
    messages.record(tx, NewMessage(file_name=b"f", received_at=NOON, **NUMBERED))  # type: ignore[arg-type]
    expected = outbox.counters.expect(tx.connection, "isa", 2)
    outbox.make(tx, NewItem(idem="i", kind="k", file_name=b"f", made_at=NOON, numbers=(expected,), **NUMBERED))  # type: ignore[arg-type]
    keep_invoice(tx, "RP-1", keep_order(tx, "AB1", lines=2))
    keep_order(tx, "AB2")
    number = batches.reserve(tx, channel="c", vendor="257", now=NOON)
    row = {"batch_number": number, "order_id": 2, "line_no": 1, "quantity": 3, "live": True}
    tx.connection.execute(tables.batch_line.insert().values(row))
    line = (tables.order_line.c.order_id == 2) & (tables.order_line.c.line_no == 1)
    tx.connection.execute(tables.order_line.update().where(line).values(batch_number=number, printed=3, status="In Process"))
    feed_of = {"system": "OMS", "order_id": 2, "type": "PULLED", "at": NOON - timedelta(days=1), "body": {}}
    tx.connection.execute(tables.change.insert().values(feed_of))
    feed.number(tx, "OMS")
    tx.connection.execute(tables.change.insert().values(feed_of))  # for the file of this evening


def keep_receipt(tx: Tx, **values: object) -> None:
    tx.connection.execute(tables.receipt.insert().values({"message_id": 1, "place": 0, "kind": "order", **values}))


def test_a_store_that_was_only_written_by_the_gateway_shows_no_difference(store: Store) -> None:
    with store.transaction() as tx:
        everything(tx)
    with store.reading() as connection:
        assert consistency.differences(connection) == []
    with store.transaction() as tx:
        assert consistency.mend(tx, now=NOON) == []


DAMAGE: list[tuple[str, str, Callable[[Tx], object]]] = [
    ("message without work", "1", lambda tx: tx.connection.execute(tables.work.delete().where(tables.work.c.kind == "book"))),
    ("outgoing item without work", "1", lambda tx: tx.connection.execute(tables.work.delete().where(tables.work.c.kind == "deliver"))),
    (
        "waiting documents of an order",
        "AB1",
        lambda tx: tx.connection.execute(tables.order_key.update().where(tables.order_key.c.id == 1).values(waiting=1)),
    ),
    ("tally of a message", "1", lambda tx: keep_receipt(tx, verdict="booked")),
    ("printed quantity of a line", "AB2 line 1", lambda tx: tx.connection.execute(tables.batch_line.update().values(quantity=2))),
    ("shipped quantity of a line", "AB1 line 1", lambda tx: tx.connection.execute(tables.shipment.update().values(quantity=2))),
    ("invoiced quantity of a line", "AB1 line 1", lambda tx: tx.connection.execute(tables.invoice_line.update().values(quantity=2))),
    (
        "history of an order",
        "AB2",
        lambda tx: tx.connection.execute(tables.order_key.update().where(tables.order_key.c.id == 2).values(history_seq=5)),
    ),
    (
        "numbers of a counter",
        "isa",
        lambda tx: tx.connection.execute(tables.outbox_number.delete().where(tables.outbox_number.c.number == 2)),
    ),
    (
        "numbers of a counter",
        "batch",
        lambda tx: tx.connection.execute(tables.counter.update().where(tables.counter.c.name == "batch").values(last=2)),
    ),
    ("numbers of a feed", "OMS", lambda tx: tx.connection.execute(tables.change.update().where(tables.change.c.seq == 1).values(seq=2))),
    ("numbers of a feed", "OMS", lambda tx: tx.connection.execute(tables.feed.update().values(last=3))),
]


@pytest.mark.parametrize(("check", "subject", "damage"), DAMAGE, ids=[f"{row[0]} {row[1]}" for row in DAMAGE])
def test_every_disagreement_is_told_with_what_it_is_about(store: Store, check: str, subject: str, damage: Callable[[Tx], object]) -> None:
    with store.transaction() as tx:
        everything(tx)
        damage(tx)
    with store.reading() as connection:
        found = consistency.differences(connection)
    assert [(one.check, one.subject) for one in found] == [(check, subject)]
    assert found[0].text


def test_missing_work_is_asked_for_again_and_nothing_else_is_touched(store: Store) -> None:
    with store.transaction() as tx:
        everything(tx)
        keep_receipt(tx, verdict="early", body=b"{}", order_id=2)
        tx.connection.execute(tables.message.update().values(early=1))
        tx.connection.execute(tables.order_key.update().where(tables.order_key.c.id == 2).values(waiting=1))
        tx.connection.execute(tables.work.delete())
    with store.transaction() as tx:
        found = consistency.mend(tx, now=NOON)
    assert [one.check for one in found] == ["message without work", "outgoing item without work", "early document without work"]
    with store.reading() as connection:
        assert consistency.differences(connection) == []
        assert {(it.kind, it.rows) for it in work_counts(connection)} == {(Kind.BOOK, 1), (Kind.DELIVER, 1), (Kind.REDO, 1)}


def test_work_that_somebody_is_at_is_left_alone_when_what_came_before_it_is_restored(store: Store) -> None:
    with store.transaction() as tx:
        for name in "abc":
            given = {**NUMBERED, "idem": name, "kind": "k", "file_name": name.encode(), "made_at": NOON, "lane": "c/c"}
            outbox.make(tx, NewItem(**given))  # type: ignore[arg-type]
        tx.connection.execute(tables.work.delete().where(tables.work.c.subject == 1))
    (held,) = work.claim(store, Kind.DELIVER, run="r", connectors=["c"], now=NOON, until=NOON + timedelta(minutes=1))
    with store.transaction() as tx:
        consistency.mend(tx, now=NOON, lanes={(Kind.DELIVER, "c", "c"): "c/c"})
    with store.transaction() as tx:
        work.require(tx, held.lease)
        rows = tx.connection.execute(select(tables.work.c.subject, tables.work.c.lane).order_by(tables.work.c.id)).all()
    assert [tuple(row) for row in rows] == [(2, "c/c"), (1, "c/c"), (3, "c/c")]


def test_what_a_wrong_clock_put_off_is_due_now_and_a_document_may_wait_for_days(store: Store) -> None:
    with store.transaction() as tx:
        everything(tx)
        tx.connection.execute(tables.work.update().values(due_at=NOON + timedelta(days=30)))
        waiting = tx.connection.execute(select(tables.work.c.id).where(tables.work.c.kind != Kind.REDO)).scalars().all()
    with store.transaction() as tx:
        found = consistency.mend(tx, now=NOON)
    assert waiting
    assert [(one.check, one.subject) for one in found] == [("work beyond every retry", str(row)) for row in sorted(waiting)]
    with store.transaction() as tx:
        assert consistency.mend(tx, now=NOON) == []


def test_an_order_shows_everything_that_belongs_to_it(store: Store) -> None:
    with store.transaction() as tx:
        everything(tx)
        keep_receipt(tx, verdict="booked", order_id=1)
    with store.reading() as connection:
        found = find_order(connection, "ab1")
        assert found is not None
        view = order_view(connection, found)
        assert order_view(connection, 99) is None
        assert find_order(connection, "nothing") is None
    assert view is not None
    assert (view.order.number, view.order.status, view.document.ship_to.city) == ("AB1", OrderStatus.OPEN, "London")
    assert [(it.seq, it.entry.event) for it in view.history] == [(1, "H1"), (2, "H1")]
    assert [(it.quantity, it.tracking, it.weight, it.invoice) for it in view.shipments] == [(3, ("T1",), Decimal(2), "RP-1")]
    assert (view.invoices, view.messages) == (("RP-1",), (1,))


def test_orders_are_found_by_what_people_ask_for(store: Store) -> None:
    with store.transaction() as tx:
        everything(tx)
        keep_order(tx, "ZZ_1", vendor="other")
    asked = [
        ({}, ["ZZ_1", "AB2", "AB1"]),
        ({"vendor": "257"}, ["AB2", "AB1"]),
        ({"number": "ab"}, ["AB2", "AB1"]),
        ({"number": "ZZ_"}, ["ZZ_1"]),
        ({"number": "A_"}, []),
        ({"sales_order": "00012025-001"}, ["ZZ_1", "AB2", "AB1"]),
        ({"item": "BX100", "vendor": "other"}, ["ZZ_1"]),
        ({"status": OrderStatus.OPEN}, ["AB1"]),
        ({"status": OrderStatus.IN_PROCESS}, ["AB2"]),
        ({"status": OrderStatus.NEW}, ["ZZ_1"]),
        ({"status": OrderStatus.COMPLETE}, []),
    ]
    with store.reading() as connection:
        for given, numbers in asked:
            assert [row.number for row in list_orders(connection, OrderSearch(**given))] == numbers, given  # type: ignore[arg-type]
        assert [row.number for row in list_orders(connection, before=3, most=1)] == ["AB2"]


def test_batches_and_invoices_are_shown(store: Store) -> None:
    with store.transaction() as tx:
        everything(tx)
    with store.reading() as connection:
        (batch,) = list_batches(connection, BatchSearch(vendor="257"))
        view = batch_view(connection, 1)
        (invoice,) = list_invoices(connection, InvoiceSearch(vendor="257", number="RP-1"))
        bill = invoice_view(connection, invoice.id)
        assert (batch_view(connection, 9), invoice_view(connection, 9)) == (None, None)
    assert (batch.orders, batch.lines, batch.quantity) == (1, 1, 3)
    assert view is not None
    assert [(it.order_number, it.line_no, it.quantity, it.live) for it in view.lines] == [("AB2", 1, 3, True)]
    assert bill is not None
    assert (invoice.total, bill.total, bill.runs, bill.history) == (Decimal("26.94"), Decimal("26.94"), (), ())


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_work_can_be_asked_for(store: Store, kind: Kind) -> None:
    with store.transaction() as tx:
        order_id = keep_order(tx, "AB1")
        work.add(tx, work.NewWork(kind=kind, subject=1, connector="c", due_at=NOON, waits_for=order_id if kind is Kind.REDO else None))
    assert len(work.claim(store, kind, run="r", connectors=["c"], now=NOON, until=NOON)) == 1
