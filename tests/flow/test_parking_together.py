"""Early documents under several nodes: no wake-up is lost between who sets aside and who brings, and the last one closes the file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from gateway.booking import book, redo
from gateway.documents import Document, ShipmentLine
from gateway.store import Store, tables, work
from gateway.store.messages import MessageState
from gateway.store.work import Kind
from tests.business import MESSAGE, RETAILER, a_shipment
from tests.office import LEASE, Office, orders
from tests.storehouse import fresh_store, opened

WAIT = {"order": timedelta(hours=4)}
COUNT = 40
ROUNDS = 6


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


def shipments(numbers: range) -> list[Document]:
    return [a_shipment(ShipmentLine(number=1, quantity=3), number=f"PO{number}", tracking=f"T{number}") for number in numbers]


def at_once(*works: Callable[[], object]) -> None:
    gate = threading.Barrier(len(works))
    failed: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001  told by the test
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def claimed(office: Office, *contents: Document, most: int, early: bool) -> Callable[[], object]:
    """A file that this node has in hand; the call books it."""
    office.drop(*contents, origin=MESSAGE if early else RETAILER, wait=WAIT if early else None)
    incoming = office.incoming(office.claim())
    return lambda: book(incoming, store=office.store, master=office.master, clock=office.clock, most=most)


def test_no_wake_up_is_lost_while_orders_and_their_shipments_are_booked_at_once(store: Store, database_url: str) -> None:
    with opened(database_url) as second, opened(database_url) as third:
        ours, theirs, looking = Office(store, run="run-1"), Office(second, run="run-2"), Office(third, run="run-3")
        ship = claimed(ours, *shipments(range(1, COUNT + 1)), most=3, early=True)
        bring = claimed(theirs, *orders(COUNT)[::-1], most=2, early=False)

        def look() -> None:
            for _ in range(COUNT):
                looking.redo()

        at_once(ship, bring, look)
        looking.redo()  # nobody's deadline has come: only who was woken is due
    assert ours.tallies() == {"booked": 2 * COUNT, "duplicate": 0, "conflict": 0, "refused": 0, "early": 0}
    assert {row.shipped for row in ours.rows(tables.order_line)} == {3}
    assert {row.waiting for row in ours.rows(tables.order_key)} == {0}
    assert [row for row in ours.rows(tables.work) if row.kind == "redo"] == []
    assert ours.differences() == []


def test_the_last_two_early_documents_of_a_file_decided_at_once_close_it(store: Store, database_url: str) -> None:
    office = Office(store)
    with opened(database_url) as other:
        for nth in range(1, ROUNDS + 1):
            numbers = range(10 * nth, 10 * nth + 2)
            message = office.receive(*shipments(numbers), origin=MESSAGE, wait=WAIT).id
            office.receive(*orders(2, first=numbers.start))
            now = office.clock.now()
            nodes = [(Office(store, run="run-1"), 1), (Office(other, run="run-2"), 1)]
            works = [
                (node, work.claim(node.store, Kind.REDO, run=node.run, connectors=["redpanda"], now=now, until=now + LEASE, most=most))
                for node, most in nodes
            ]
            assert [len(found) for _, found in works] == [1, 1]
            at_once(*[lambda n=node, w=found: redo(w, store=n.store, master=n.master, clock=n.clock) for node, found in works])
            done = office.message(message)
            assert (done.state, done.booked, done.early) == (MessageState.BOOKED, 2, 0)
    assert office.differences() == []
