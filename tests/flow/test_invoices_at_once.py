"""People and files at the same invoices at the same time: what is billed is what has left, whoever was first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from gateway.desk import invoice_acts
from gateway.desk.acting import Desk
from gateway.documents import ShipmentLine
from gateway.domain.bill_shipments import Chosen
from gateway.domain.invoice_edit import InvoiceEdit
from gateway.kernel.errors import GatewayError, NotFound, RuleBroken, StoreBusy
from gateway.store import Store, tables
from tests.business import ORDER, TODAY, UPLOAD, a_shipment, with_vendor
from tests.office import Office
from tests.storehouse import fresh_store

ORDERS = 12
REFERENCE = with_vendor(require_acknowledgement=False)
PATIENCE = 60.0


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Office:
    office = Office(store, reference=REFERENCE)
    office.receive(*[replace(ORDER, number=f"PO{n}") for n in range(ORDERS)])
    return office


def desk(office: Office) -> Desk:
    return Desk(store=office.store, master=office.master, clock=office.clock, user="lee")


def together(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_shipments_join_an_invoice_that_somebody_shortens_and_deletes(office: Office) -> None:
    """The invoice bills more and other orders between a look at it and the locks: then all is done again."""
    strange: list[BaseException] = []
    is_done = threading.Event()

    def confirm() -> None:
        for n in range(ORDERS):
            parcel = ShipmentLine(number=1, quantity=3)
            office.receive(a_shipment(parcel, number=f"PO{n}", tracking=f"T{n}", invoice_number="RP-1"), origin=UPLOAD)
        is_done.set()

    def shorten() -> None:
        turn = 0
        while not is_done.is_set():
            turn += 1
            try:
                if turn % 5:
                    invoice_acts.edit(desk(office), "RP-1", InvoiceEdit(drop=(1,)))
                else:
                    invoice_acts.delete(desk(office), "RP-1")
            except (RuleBroken, NotFound, StoreBusy):
                continue
            except BaseException as error:  # noqa: BLE001 - told by the test, not by the thread
                strange.append(error)

    together(confirm, shorten)
    assert strange == []
    assert office.differences() == []
    billed = sum(row.quantity for row in office.rows(tables.invoice_line))
    assert billed == sum(office.order(f"PO{n}").line(1).invoiced for n in range(ORDERS))  # type: ignore[union-attr]  # each has a line 1
    assert all(office.order(f"PO{n}").line(1).shipped == 3 for n in range(ORDERS))  # type: ignore[union-attr]


def test_two_people_make_an_invoice_of_one_number(office: Office) -> None:
    shipments = [a_shipment(ShipmentLine(number=1, quantity=3), number=f"PO{n}", tracking=f"T{n}") for n in range(ORDERS)]
    office.receive(*shipments, origin=UPLOAD)
    ids = [row.id for row in office.rows(tables.shipment)]
    refused: list[GatewayError] = []

    def make(shipment: int) -> Callable[[], None]:
        def work() -> None:
            try:
                invoice_acts.make(desk(office), Chosen(number="RP-1", date=TODAY, shipments=(shipment,)), vendor="257")
            except (RuleBroken, StoreBusy) as error:
                refused.append(error)

        return work

    together(*[make(shipment) for shipment in ids[:6]])
    assert (office.count(tables.invoice), office.count(tables.invoice_line), len(refused)) == (1, 1, 5)
    assert office.differences() == []
