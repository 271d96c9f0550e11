"""Several nodes book at once: shared orders in opposite order wait in line, and every quantity adds up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from msgspec.structs import replace

from gateway.booking import Incoming, Tally, book
from gateway.documents import Document, ShipmentLine
from gateway.domain.origin import Origin
from gateway.store import Store, tables
from gateway.store.work import Work
from tests.business import MESSAGE, ORDER, RETAILER, TOTE, UPLOAD, a_detail, a_shipment, an_invoice
from tests.office import Office, orders
from tests.storehouse import fresh_store, opened

COUNT = 120


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


def shipments(numbers: range, tracking: str) -> list[Document]:
    return [a_shipment(ShipmentLine(number=1, quantity=1), number=f"PO{number}", tracking=f"{tracking}{number}") for number in numbers]


def at_once(*works: Callable[[], None]) -> None:
    """Run these in threads that begin together."""
    gate = threading.Barrier(len(works))
    failed: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
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


def two_nodes(store: Store, url: str, first: Sequence[Document], second: Sequence[Document], *, origin: Origin, most: int) -> list[Tally]:
    """Each file is claimed by a node of its own, with a store of its own; both book at once."""
    tallies: list[Tally] = []
    with opened(url) as other:
        nodes = [Office(store, run="run-1"), Office(other, run="run-2")]
        claimed = []
        for office, documents in zip(nodes, (first, second), strict=True):
            office.drop(*documents, origin=origin)
            claimed.append(office.incoming(office.claim()))

        def booking(office: Office, incoming: list[Incoming]) -> Callable[[], None]:
            return lambda: tallies.append(book(incoming, store=office.store, master=office.master, clock=office.clock, most=most))

        at_once(*(booking(office, incoming) for office, incoming in zip(nodes, claimed, strict=True)))
    return tallies


@pytest.mark.postgresql
def test_two_nodes_ship_the_same_orders_in_opposite_order_without_a_deadlock(postgresql_url: str) -> None:
    with fresh_store(postgresql_url) as store:
        Office(store).receive(*orders(COUNT))
        up, down = shipments(range(1, COUNT + 1), "U"), shipments(range(COUNT, 0, -1), "D")
        tallies = two_nodes(store, postgresql_url, up, down, origin=MESSAGE, most=20)
        office = Office(store)
        assert [tally.transactions for tally in tallies] == [COUNT // 20, COUNT // 20]
        assert office.tallies()["booked"] == 3 * COUNT
        assert {row.shipped for row in office.rows(tables.order_line)} == {2}
        assert {row.history_seq for row in office.rows(tables.order_key)} == {3}
        assert office.count(tables.shipment) == office.count(tables.document_key) == 2 * COUNT


@pytest.mark.postgresql
def test_the_same_orders_from_two_nodes_at_once_are_stored_once(postgresql_url: str) -> None:
    with fresh_store(postgresql_url) as store:
        backwards = orders(COUNT)[::-1]
        tallies = two_nodes(store, postgresql_url, orders(COUNT), backwards, origin=RETAILER, most=20)
        office = Office(store)
        total = office.tallies()
        assert (total["booked"], total["duplicate"]) == (COUNT, COUNT)
        assert office.count(tables.purchase_order) == office.count(tables.order_history) == COUNT
        assert sum(tally.documents for tally in tallies) == 2 * COUNT


@pytest.mark.postgresql
def test_the_last_two_lines_of_a_batch_shipped_at_once_close_it(postgresql_url: str) -> None:
    with fresh_store(postgresql_url) as store:
        office = Office(store)
        for round_ in range(1, 9):
            office.receive(*orders(2, first=10 * round_))
            number = office.cut()
            files = tuple([a_shipment(ShipmentLine(number=1, quantity=3), number=f"PO{10 * round_ + n}")] for n in (0, 1))
            two_nodes(store, postgresql_url, *files, origin=MESSAGE, most=20)
            (batch,) = [row for row in office.rows(tables.batch) if row.number == number]
            assert batch.state == "closed"


def test_one_number_for_two_invoices_at_once_is_given_once(store: Store, database_url: str) -> None:
    office = Office(store)
    office.receive(replace(ORDER, lines=(TOTE,)), replace(ORDER, number="B2", lines=(TOTE,)))
    office.receive(*[a_shipment(ShipmentLine(number=1, quantity=3), number=number) for number in ("AB10747", "B2")], origin=MESSAGE)
    bills = tuple([an_invoice(a_detail(1, 3, "8.98", number=number), vendor="257")] for number in ("AB10747", "B2"))
    two_nodes(store, database_url, *bills, origin=UPLOAD, most=20)
    assert office.count(tables.invoice) == 1
    total = office.tallies()
    assert total["booked"] - 4 == 1
    assert total["conflict"] + total["refused"] == 1


def test_threads_of_one_node_book_side_by_side(store: Store) -> None:
    office = Office(store)
    for number in range(1, 13):
        office.drop(*orders(3, first=10 * number))
    works = office.claim()
    tallies: list[Tally] = []

    def booking(part: list[Work]) -> Callable[[], None]:
        return lambda: tallies.append(book(office.incoming(part), store=store, master=office.master, clock=office.clock, most=5))

    at_once(booking(works[:6]), booking(works[6:]))
    assert sum(tally.documents for tally in tallies) == office.tallies()["booked"] == office.count(tables.purchase_order) == 36
