"""The acceptance vectors T1 to T8 of sdf 13 through the real store, then the invoice of what was shipped."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.booking import Concern, Known, act
from gateway.documents import BatchAcknowledgement, ShipmentLine
from gateway.domain import invoicing
from gateway.domain.outcome import Outcome, Verdict
from gateway.store import Store, tables
from gateway.store.messages import MessageState
from tests.business import ANVIL, HEADER, KETTLE, MESSAGE, ORDER, SCREEN, TOTE, UPLOAD, a_detail, a_shipment, an_invoice
from tests.office import Office
from tests.storehouse import NOON, fresh_store

TWO_OF_LINE_ONE = a_shipment(ShipmentLine(number=1, quantity=2))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    office = Office(store)
    yield office
    assert office.differences() == []


@pytest.fixture
def shipped(office: Office) -> Office:
    """T1, T3, T6 and everything shipped."""
    office.receive(ORDER)
    office.cut()
    office.receive(an_acknowledgement(), origin=MESSAGE)
    office.receive(a_shipment(ShipmentLine(number=1, quantity=3), ShipmentLine(number=2, quantity=1)), origin=MESSAGE)
    return office


def an_acknowledgement(vendor: str = "257", batch: int = 1) -> BatchAcknowledgement:
    return BatchAcknowledgement(vendor=vendor, batch=batch, vendor_system="VENDOR", envelope=HEADER)


def lines(office: Office) -> list[tuple[object, ...]]:
    return [(it.number, str(it.status), it.printed, it.shipped, it.batch) for it in office.order().lines]


def events(office: Office) -> list[tuple[str, int]]:
    return [(row.event, row.quantity) for row in office.rows(tables.order_history)]


def test_t1_to_t8(office: Office) -> None:
    office.receive(ORDER)
    assert (str(office.order().total), events(office)) == ("48.44", [("H1", 3), ("H1", 1)])

    again = office.receive(replace(ORDER, freight=Decimal("6.950")))
    dearer = office.receive(replace(ORDER, lines=(replace(TOTE, unit_cost=Decimal("9.00")), KETTLE)))
    assert (office.verdicts(again.id), office.codes(dearer.id)) == (["duplicate"], [["DSO-111"]])
    assert len(events(office)) == 2

    assert office.cut() == 1
    assert lines(office) == [(1, "New Order", 0, 0, 1), (2, "New Order", 0, 0, 1)]
    assert events(office)[2:] == [("H3", 3), ("H3", 1)]
    (batch,) = office.rows(tables.batch)
    assert (batch.state, batch.item_id is not None, office.order().version) == ("open", True, 1)

    anvil = replace(MESSAGE, vendor="11", user=ANVIL.code)
    stranger = office.receive(an_acknowledgement("11"), origin=anvil)
    assert office.codes(stranger.id) == [["3020"]]
    first, second = (office.receive(an_acknowledgement(), origin=MESSAGE) for _ in range(2))
    assert (first.state, office.codes(second.id)) == (MessageState.BOOKED, [["3021"]])
    assert lines(office) == [(1, "In Process", 3, 0, 1), (2, "In Process", 1, 0, 1)]
    assert events(office)[4:] == [("H4", 3), ("H4", 1)]
    assert [(row.type, row.line_no, row.seq) for row in office.rows(tables.change)] == [("PULLED", 1, None), ("PULLED", 2, None)]
    (batch,) = office.rows(tables.batch)
    assert (batch.state, batch.acknowledged_at) == ("acknowledged", NOON)

    assert office.receive(TWO_OF_LINE_ONE, origin=MESSAGE).state is MessageState.BOOKED
    assert lines(office)[0] == (1, "In Process", 1, 2, 1)
    assert events(office)[6:] == [("H6", 2)]
    assert str(office.order().status) == "In Process"

    more = office.receive(a_shipment(ShipmentLine(number=1, quantity=2), tracking="T2"), origin=MESSAGE)
    assert office.codes(more.id) == [["3044"]]
    assert office.count(tables.shipment) == 1


def test_a_shipment_told_twice_in_one_file_or_two_ships_once(shipped: Office) -> None:
    office = shipped
    again = a_shipment(ShipmentLine(number=1, quantity=3), ShipmentLine(number=2, quantity=1))
    message = office.receive(again, again, origin=MESSAGE)
    assert (office.verdicts(message.id), office.codes(message.id)[0]) == (["duplicate", "duplicate"], ["SHP-01", "SHP-01"])
    assert [line.shipped for line in office.order().lines] == [3, 1]


def test_rows_of_one_file_that_together_exceed_a_line_are_told_so(office: Office) -> None:
    office.receive(ORDER)
    rows = [a_shipment(ShipmentLine(number=1, quantity=2), tracking=f"T{n}") for n in (1, 2)]
    message = office.receive(*rows, origin=UPLOAD)
    assert (office.verdicts(message.id), office.codes(message.id)[1]) == (["booked", "refused"], ["3046"])


def test_a_batch_is_closed_by_the_shipment_of_its_last_line(shipped: Office) -> None:
    (batch,) = shipped.rows(tables.batch)
    assert (batch.state, [row.live for row in shipped.rows(tables.batch_line)]) == ("closed", [False, False])
    assert [row.state for row in shipped.rows(tables.order_key)] == ["closed"]


def test_an_invoice_is_booked_once_and_bills_its_shipments(shipped: Office) -> None:
    office = shipped
    bill = an_invoice(a_detail(1, 3, "8.98"), a_detail(2, 1, "21.50"), vendor="257")
    first, second = (office.receive(bill, origin=UPLOAD) for _ in range(2))
    assert (first.state, office.verdicts(second.id)) == (MessageState.BOOKED, ["duplicate"])
    (invoice,) = office.rows(tables.invoice)
    assert (invoice.state, invoice.number, invoice.version) == ("Approved", "RP-2201", 0)
    assert [(row.shipment_id, str(row.unit_cost)) for row in office.rows(tables.invoice_line)] == [(1, "8.9800"), (2, "21.5000")]
    assert [line.invoiced for line in office.order().lines] == [3, 1]
    other = office.receive(an_invoice(a_detail(1, 3, "8.98"), number="RP-2", vendor="257"), origin=UPLOAD)
    assert office.codes(other.id) == [["INV-13"]]


def test_two_invoices_of_one_shipment_in_one_chunk_bill_it_once(shipped: Office) -> None:
    bills = [an_invoice(a_detail(1, 3, "8.98"), number=f"RP-{n}", vendor="257") for n in (1, 2)]
    message = shipped.receive(*bills, origin=UPLOAD)
    assert shipped.verdicts(message.id) == ["booked", "refused"]


def approve(office: Office, reason: str) -> Outcome:
    (row,) = office.rows(tables.invoice)

    def rule(known: Known) -> Outcome:
        invoice = known.invoice(row.id)
        assert invoice is not None
        return invoicing.approve(invoice, reason=reason, origin=SCREEN, at=known.at)

    return act(Concern(invoices=(row.id,)), rule, origin=SCREEN, store=office.store, master=office.master, clock=office.clock)


def test_what_a_person_does_goes_the_same_way(shipped: Office) -> None:
    office = shipped
    office.receive(an_invoice(a_detail(1, 3, "9.98"), vendor="257"), origin=UPLOAD)
    assert [row.state for row in office.rows(tables.invoice)] == ["Held"]
    assert [it.code for it in approve(office, "").issues] == ["INV-21"]
    assert approve(office, "agreed by phone").verdict is Verdict.BOOKED
    (invoice,) = office.rows(tables.invoice)
    assert (invoice.state, invoice.version) == ("Approved", 1)
    dear = "out of balance: line 1 (order AB10747 line 1): unit cost 9.98 against 8.98"
    assert [(row.seq, row.to_state, row.reason) for row in office.rows(tables.invoice_history)] == [
        (1, "Held", dear),
        (2, "Approved", "agreed by phone"),
    ]


def test_a_deleted_invoice_frees_its_number_and_its_shipments(shipped: Office) -> None:
    office = shipped
    bill = an_invoice(a_detail(1, 3, "9.98"), vendor="257")
    office.receive(bill, origin=UPLOAD)
    (row,) = office.rows(tables.invoice)

    def reject(known: Known) -> Outcome:
        invoice = known.invoice(row.id)
        assert invoice is not None
        return invoicing.reject(invoice, reason="too dear", origin=SCREEN, at=known.at)

    def delete(known: Known) -> Outcome:
        invoice = known.invoice(row.id)
        assert invoice is not None
        return invoicing.delete(invoice, orders=known.orders, origin=SCREEN, at=known.at)

    for rule in (reject, delete):
        done = act(Concern(invoices=(row.id,)), rule, origin=SCREEN, store=office.store, master=office.master, clock=office.clock)
        assert done.verdict is Verdict.BOOKED
    assert office.count(tables.invoice) == office.count(tables.invoice_line) == 0
    assert [line.invoiced for line in office.order().lines] == [0, 0]
    cheaper = office.receive(an_invoice(a_detail(1, 3, "8.98"), vendor="257"), origin=UPLOAD)
    assert cheaper.state is MessageState.BOOKED
