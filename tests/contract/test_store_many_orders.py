"""What lists find among very many orders is what the orders say of themselves, and SQLite walks through no large table for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, event, select, text, update

from benchmarks.many_orders import fill
from gateway.domain.order import LineStatus, OrderStatus, PurchaseOrder
from gateway.store import Store, answers, counters, loads, tables
from gateway.store.dialects import among, among_either, among_known, begins
from gateway.store.queries import (
    BatchSearch,
    InvoiceSearch,
    OrderSearch,
    UninvoicedSearch,
    count_uninvoiced,
    invoices_by_state,
    items_with,
    lines_at_work,
    list_batches,
    list_invoices,
    list_items,
    list_messages,
    list_orders,
    list_uninvoiced,
    messages_with,
    order_view,
    page_of_invoices,
    page_of_orders,
    shipped_by_day,
)
from gateway.store.queries.controls import LEVELS
from tests.storehouse import fresh_store

TODAY = date(2022, 6, 21)
ORDERS = 600
LARGE = ("order_line", "purchase_order", "order_key", "shipment", "invoice", "invoice_line", "batch_line", "order_history", "order_party")
FILES = ("message", "message_event", "outbox", "outbox_number", "edi_interchange", "edi_control", "tracking_number")
MIXED = (
    "update order_line set status = 'Shipped', shipped = 3, cancelled = 0 where status = 'Cancelled' and line_no = 2 and order_id < 400",
    "update order_line set status = 'Cancelled', cancelled = 3, printed = 0 where status = 'In Process' and line_no + order_id % 2 = 1",
)
"""Orders that are Complete, and orders that are Open."""


@pytest.fixture
def filled(store: Store) -> Iterator[Connection]:
    with many_orders_in(store) as connection:
        yield connection


@contextmanager
def many_orders_in(store: Store) -> Iterator[Connection]:
    with store.transaction() as tx:
        fill(tx.connection, ORDERS, today=TODAY)
        counters.take(tx, "edi:x12:ZZ/A>ZZ/B:P:interchange")
        for statement in MIXED:
            tx.connection.execute(text(statement))
    with store.reading() as connection:
        yield connection


def ids(connection: Connection, search: OrderSearch) -> set[int]:
    rows, count = page_of_orders(connection, search, before=None, most=ORDERS, upto=ORDERS)
    first, of_all = page_of_orders(connection, search, before=None, most=1, upto=ORDERS)
    assert (first, of_all) == (rows[:1], count)
    assert count == len(rows)
    return {row.id for row in rows}


def has_line(wanted: Callable[[LineStatus], bool]) -> Callable[[PurchaseOrder], bool]:
    return lambda order: any(line.status is not None and wanted(line.status) for line in order.lines)


def test_lists_find_the_orders_that_say_so(filled: Connection) -> None:
    orders = loads.orders(filled, range(1, ORDERS + 1))
    by_status: dict[OrderStatus, set[int]] = {status: set() for status in OrderStatus}
    for order in orders.values():
        assert order.status is not None
        by_status[order.status].add(order.id)

    assert {status: ids(filled, OrderSearch(status=status)) for status in OrderStatus} == by_status
    assert all(by_status.values())
    mine = {order.id for order in orders.values() if order.vendor == "257"}
    assert ids(filled, OrderSearch(status=OrderStatus.SHIPPED, vendor="257")) == by_status[OrderStatus.SHIPPED] & mine
    for search, wanted in (
        (OrderSearch(line_status=LineStatus.SHIPPED), has_line(lambda it: it is LineStatus.SHIPPED)),
        (OrderSearch(line_status=LineStatus.CANCELLED), has_line(lambda it: it is LineStatus.CANCELLED)),
        (OrderSearch(due_to=TODAY), has_line(lambda it: it.is_open)),
        (OrderSearch(number="po1000"), lambda _: True),
        (OrderSearch(number="po10000017", org="1"), lambda it: it.id == 17),
        (OrderSearch(number="po1000001", vendor="257"), lambda it: it.id == 10),
        (OrderSearch(sales_order="so2000001"), lambda it: it.id in range(10, 20)),
        (OrderSearch(carrier="50"), lambda _: True),
        (OrderSearch(carrier="60"), lambda _: False),
        (OrderSearch(carrier="50", line_status=LineStatus.CANCELLED), has_line(lambda it: it is LineStatus.CANCELLED)),
        (OrderSearch(carrier="60", line_status=LineStatus.CANCELLED), lambda _: False),
        (OrderSearch(item="it100"), lambda it: any(line.item.startswith("IT100") for line in it.lines)),
        (OrderSearch(ship_to="byrd17", vendor="257"), lambda it: it.vendor == "257" and str(it.id * 17 % 40000).startswith("17")),
    ):
        assert ids(filled, search) == {order.id for order in orders.values() if wanted(order)}, search


def test_a_list_that_is_long_and_one_that_is_short_find_the_same(filled: Connection) -> None:
    head, line = tables.purchase_order, tables.order_line
    listed = select(line.c.order_id).where(begins(line.c.item, "it1"), line.c.status == "Cancelled")

    ways = [among(filled, head.c.id, listed, short=short) for short in (2, ORDERS)]

    looked_up, asked = ({*filled.execute(select(head.c.id).where(way)).scalars()} for way in ways)
    assert looked_up == asked == {*filled.execute(listed).scalars()}
    assert ["exists" in str(way).lower() for way in ways] == [filled.dialect.name == "sqlite", False]


def test_of_two_lists_either_is_enough_however_long_they_are(filled: Connection) -> None:
    head, key, line = tables.purchase_order, tables.order_key, tables.order_line
    numbered = select(key.c.id).where(begins(key.c.po_no, "po1000001"))
    cancelled = select(line.c.order_id).where(line.c.status == "Cancelled")

    ways = [among_either(filled, head.c.id, numbered, cancelled, short=short) for short in (2, ORDERS)]

    walked, looked_up = ({*filled.execute(select(head.c.id).where(way)).scalars()} for way in ways)
    assert walked == looked_up == {*range(10, 20), *filled.execute(cancelled).scalars()}
    assert ["exists" in str(way).lower() for way in ways] == [True, False]


def test_a_walk_goes_from_the_newest_that_is_listed_to_the_oldest(filled: Connection) -> None:
    head, key = tables.purchase_order, tables.order_key
    listed = select(key.c.id).where(begins(key.c.po_no, "po1000001"))

    ways = [among_known(filled, head.c.id, listed, short=short) for short in (2, ORDERS)]

    found = [[*filled.execute(select(head.c.id).where(way)).scalars()] for way in ways]
    assert sorted(found[0]) == sorted(found[1]) == list(range(10, 20))
    assert ["BETWEEN" in str(way) for way in ways] == [filled.dialect.name == "sqlite", False]


def test_invoices_are_found_by_their_lines(filled: Connection) -> None:
    billed = {it.id: it for it in loads.invoices_by_id(filled, range(1, ORDERS + 1)).values()}
    assert len(billed) > 100
    day = billed[min(billed)].lines[0].shipped_on
    for search, wanted in (
        (InvoiceSearch(), lambda _: True),
        (InvoiceSearch(order_number="po1000001"), lambda line: line.order_number.startswith("PO1000001")),
        (InvoiceSearch(sales_order="so2000001"), lambda line: line.order_number.startswith("PO1000001")),
        (InvoiceSearch(shipped_to=day), lambda line: line.shipped_on <= day),
        (InvoiceSearch(shipped_from=day, shipped_to=day, order_number="po1"), lambda line: line.shipped_on == day),
        (InvoiceSearch(item="it10"), lambda line: line.item.startswith("IT10")),
        (InvoiceSearch(number="inv3000001"), lambda line: line.order_id in range(10, 20)),
    ):
        rows, count = page_of_invoices(filled, search, before=None, most=ORDERS, upto=ORDERS)
        assert [row.id for row in rows] == sorted((key for key, it in billed.items() if any(map(wanted, it.lines))), reverse=True), search
        assert len(rows) == count > 0, search


def test_the_first_page_of_a_vendor_counts_what_there_is(filled: Connection) -> None:
    mine = [order for order in loads.orders(filled, range(1, ORDERS + 1)).values() if order.vendor == "257"]
    lines = [line for order in mine for line in order.lines]
    shipped = loads.shipments(filled, [order.id for order in mine])

    assert sum(it.lines for it in lines_at_work(filled, "257")) == len([it for it in lines if it.status is not None and it.status.is_open])
    assert sum(shipped_by_day(filled, "257", since=date.min).values()) == sum(3 * len(some) for some in shipped.values())
    assert sum(invoices_by_state(filled, "257").values()) == len([line for line in lines if line.invoiced]) // 2
    unbilled = list_uninvoiced(filled, UninvoicedSearch(), most=ORDERS)
    assert len(unbilled) == count_uninvoiced(filled, UninvoicedSearch())
    assert {row.order_number for row in unbilled} == {f"PO{10_000_000 + number}" for number in range(1, 583) if number % 2 and number % 23}
    assert count_uninvoiced(filled, UninvoicedSearch(vendor="257")) == 0


def test_sqlite_walks_through_no_large_table(tmp_path: Path) -> None:
    with fresh_store(f"sqlite:///{tmp_path / 'store.db'}") as store, many_orders_in(store) as filled:
        steps = steps_of_lists(filled)

    walks = {
        f"SCAN {name}{how}"
        for name in (*LARGE, *FILES)
        for how in ("", *(f" USING {kind} sqlite_autoindex_{name}_1" for kind in ("INDEX", "COVERING INDEX")))
    }
    assert steps
    assert not [step for step, statement in steps if "order_line.carrier" in statement and "order_line_carrier" in step]
    assert not [(step, statement) for step, statement in steps if step in walks]


def steps_of_lists(filled: Connection) -> list[tuple[str, str]]:
    """The plans of SQLite; PostgreSQL reads a small table as a whole, whatever indexes it has."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        asked.append((statement, values))

    event.listen(filled, "before_cursor_execute", note)

    list_orders(filled, OrderSearch(number="PO1", vendor="257"))
    list_orders(filled, OrderSearch(sales_order="SO1", vendor="257"))
    list_orders(filled, OrderSearch(tracking="1Z1", vendor="257"))
    for connectors in (None, {"redpanda"}):
        list_messages(filled, connectors=connectors, name=b"SHIP_1")
        list_items(filled, connectors=connectors, name=b"PO_1")
        messages_with(filled, "0001", levels=LEVELS, connectors=connectors, most=10)
        items_with(filled, "0001", levels=LEVELS, connectors=connectors, most=10)
    for status in set(OrderStatus) - {OrderStatus.SHIPPED}:
        list_orders(filled, OrderSearch(status=status))
    list_orders(filled, OrderSearch(due_to=TODAY, line_status=LineStatus.HELD))
    list_orders(filled, OrderSearch(carrier="50", line_status=LineStatus.CANCELLED))
    list_invoices(filled, InvoiceSearch(shipped_from=TODAY))
    list_invoices(filled, InvoiceSearch(order_number="PO1", vendor="257"))
    filled.execute(answers.without())
    order_view(filled, 7)
    list_batches(filled, BatchSearch(order_id=7))
    shipped_by_day(filled, "257", since=TODAY)
    count_uninvoiced(filled, UninvoicedSearch())
    invoices_by_state(filled, "257")

    event.remove(filled, "before_cursor_execute", note)
    plans = ((statement, filled.exec_driver_sql(f"explain query plan {statement}", values)) for statement, values in asked)  # type: ignore[arg-type]
    return [(str(row.detail), statement) for statement, rows in plans for row in rows]


def test_the_step_that_keeps_tracking_numbers_finds_those_of_shipments_that_are_there(store: Store) -> None:
    step = import_module("gateway.store.migrations.versions.0027_found_by_any_number")
    with store.transaction() as tx:
        fill(tx.connection, ORDERS, today=TODAY)
        tx.connection.execute(delete(tables.tracking_number))  # as before the step
        ids = list(tx.connection.execute(select(tables.shipment.c.id).order_by(tables.shipment.c.id).limit(3)).scalars())
        for shipment_id, numbers in zip(ids, (["A1", "B2", "C,3"], ["D,4"], ["E5", "F6"]), strict=True):
            tx.connection.execute(update(tables.shipment).where(tables.shipment.c.id == shipment_id).values(tracking=numbers))
        tx.connection.execute(text(step.OF_SQLITE if tx.is_sqlite else step.OF_POSTGRESQL))
        c = tables.tracking_number.c
        kept = tx.connection.execute(select(c.shipment_id, c.place, c.number).order_by(c.shipment_id, c.place)).all()
        orders = set(tx.connection.execute(select(c.order_id)).scalars())

    assert [(ids.index(row.shipment_id), row.place, row.number) for row in kept] == [(0, 1, "B2"), (0, 2, "C,3"), (2, 1, "F6")]
    with store.reading() as connection:
        assert ids_of(connection, "f6") < orders
        assert ids_of(connection, "e5") == ids_of(connection, "f6")


def ids_of(connection: Connection, tracking: str) -> set[int]:
    return ids(connection, OrderSearch(tracking=tracking))
