"""A document that comes before what it needs waits where the channel allows it, and is woken by whoever brings it (decision 0017)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.booking import early
from gateway.documents import BatchAcknowledgement, ShipmentLine
from gateway.domain.outcome import Verdict
from gateway.store import Store, consistency, tables
from gateway.store.messages import MessageState
from tests.business import HEADER, MESSAGE, ORDER, UPLOAD, a_detail, a_shipment, an_invoice
from tests.office import Office
from tests.storehouse import NOON, fresh_store

WAIT = {"order": timedelta(hours=4), "batch": timedelta(hours=1), "shipment": timedelta(hours=24)}
SHIPMENT = a_shipment(ShipmentLine(number=1, quantity=3))
BILL = an_invoice(a_detail(1, 3, "8.98"), vendor="257")
ACKNOWLEDGEMENT = BatchAcknowledgement(vendor="257", batch=1, vendor_system="VENDOR", envelope=HEADER)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    office = Office(store)
    yield office
    assert office.differences() == []


def waiting(office: Office) -> list[object]:
    return [(row.subject, row.place, row.due_at, row.waits_for) for row in office.rows(tables.work) if row.kind == "redo"]


def test_without_permission_to_wait_an_early_shipment_is_refused_at_once(office: Office) -> None:
    message = office.receive(SHIPMENT, origin=MESSAGE)
    assert (message.state, office.codes(message.id)) == (MessageState.REFUSED, [["3031"]])
    assert office.count(tables.order_key) == 0


def test_an_early_shipment_waits_with_its_reason_told(office: Office) -> None:
    message = office.receive(SHIPMENT, origin=MESSAGE, wait=WAIT)
    (key,) = office.rows(tables.order_key)
    assert (message.state, message.early, office.codes(message.id)) == (MessageState.PARTLY_BOOKED, 1, [["3031"]])
    assert (key.po_no, key.state, key.waiting) == ("AB10747", "expected", 1)
    assert waiting(office) == [(message.id, 1, NOON + WAIT["order"], key.id)]


def test_an_early_shipment_is_woken_by_the_transaction_that_brings_its_order(office: Office) -> None:
    first = office.receive(SHIPMENT, origin=MESSAGE, wait=WAIT).id
    assert office.redo().documents == 0
    office.receive(ORDER)
    tally = office.redo()
    message = office.message(first)
    assert (tally.documents, message.state, message.booked, message.early) == (1, MessageState.BOOKED, 1, 0)
    assert office.order().lines[0].shipped == 3
    (key,) = office.rows(tables.order_key)
    assert (key.waiting, waiting(office)) == (0, [])


def test_an_order_and_its_early_shipment_in_one_chunk_find_each_other(office: Office) -> None:
    first = office.drop(SHIPMENT, origin=MESSAGE, wait=WAIT)
    office.drop(ORDER)
    assert office.book().transactions == 1
    office.redo()
    assert office.message(first).state is MessageState.BOOKED
    assert office.order().lines[0].shipped == 3


def test_a_shipment_after_its_order_in_one_chunk_sees_it(office: Office) -> None:
    office.drop(ORDER)
    shipped = office.drop(SHIPMENT, origin=MESSAGE)
    office.book()
    assert office.verdicts(shipped) == ["booked"]


def test_at_its_deadline_an_early_shipment_is_refused_and_its_key_goes(office: Office) -> None:
    first = office.receive(SHIPMENT, origin=MESSAGE, wait=WAIT).id
    office.clock.advance(WAIT["order"])
    office.redo()
    message = office.message(first)
    assert (message.state, message.refused, message.early) == (MessageState.REFUSED, 1, 0)
    assert office.codes(first) == [["3031"]]
    assert (office.count(tables.order_key), waiting(office)) == (0, [])


def test_woken_too_early_again_it_waits_until_the_same_deadline(office: Office) -> None:
    office.receive(ORDER)
    first = office.receive(BILL, origin=UPLOAD, wait=WAIT).id
    assert office.codes(first) == [["INV-13"]]
    office.clock.advance(timedelta(hours=1))
    office.receive(a_shipment(ShipmentLine(number=1, quantity=1)), origin=MESSAGE)
    assert office.redo().verdicts[Verdict.EARLY] == 1
    (key,) = office.rows(tables.order_key)
    assert (key.waiting, waiting(office)) == (1, [(first, 1, NOON + WAIT["shipment"], key.id)])
    office.receive(a_shipment(ShipmentLine(number=1, quantity=2), tracking="T2"), origin=MESSAGE)
    office.redo()
    assert office.message(first).state is MessageState.BOOKED
    assert office.order().lines[0].invoiced == 3


def test_an_acknowledgement_of_an_unknown_batch_is_looked_at_every_minute(office: Office) -> None:
    office.receive(ORDER)
    first = office.receive(ACKNOWLEDGEMENT, origin=MESSAGE, wait=WAIT).id
    assert waiting(office) == [(first, 1, NOON + timedelta(minutes=1), None)]
    office.clock.advance(timedelta(minutes=1))
    assert office.redo().verdicts[Verdict.EARLY] == 1
    assert office.cut() == 1
    office.clock.advance(timedelta(minutes=1))
    office.redo()
    assert office.message(first).state is MessageState.BOOKED
    assert [line.status for line in office.order().lines] == ["In Process", "In Process"]


def test_an_acknowledgement_of_a_batch_that_never_comes_is_refused_in_the_end(office: Office) -> None:
    first = office.receive(ACKNOWLEDGEMENT, origin=MESSAGE, wait=WAIT).id
    office.clock.advance(WAIT["batch"])
    office.redo()
    assert (office.verdicts(first), office.codes(first)) == (["refused"], [["3020"]])


def test_two_early_documents_of_a_file_close_it_when_the_last_is_decided(office: Office) -> None:
    other = replace(SHIPMENT, order_number="B2")
    first = office.receive(SHIPMENT, other, origin=MESSAGE, wait=WAIT).id
    office.receive(ORDER)
    office.redo()
    message = office.message(first)
    assert (message.state, message.booked, message.early) == (MessageState.PARTLY_BOOKED, 1, 1)
    office.clock.advance(WAIT["order"])
    office.redo()
    message = office.message(first)
    assert (message.state, message.booked, message.refused, message.early) == (MessageState.PARTLY_BOOKED, 1, 1, 0)


def test_a_document_that_was_decided_otherwise_meanwhile_is_not_looked_at_again(office: Office) -> None:
    first = office.receive(SHIPMENT, origin=MESSAGE, wait=WAIT).id
    with office.store.transaction() as tx:
        tx.connection.exec_driver_sql("update receipt set body = null, order_id = null, verdict = 'refused' where verdict = 'early'")
        tx.connection.exec_driver_sql("update message set early = 0, refused = 1, state = 'refused'")
    office.clock.advance(WAIT["order"])
    assert office.redo().documents == 0
    assert (waiting(office), office.verdicts(first), office.count(tables.order_key)) == ([], ["refused"], 0)


def test_work_that_was_lost_is_asked_for_again_on_the_same_order(office: Office) -> None:
    first = office.receive(SHIPMENT, origin=MESSAGE, wait=WAIT).id
    with office.store.transaction() as tx:
        tx.connection.exec_driver_sql("delete from work where kind = 'redo'")
    with office.store.transaction() as tx:
        assert len(consistency.mend(tx, now=office.clock.now())) == 1
    assert office.redo().verdicts[Verdict.EARLY] == 1
    office.receive(ORDER)
    office.redo()
    assert office.message(first).state is MessageState.BOOKED


def test_a_connector_may_let_only_so_many_documents_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "MOST_WAITING", 2)
    many = [replace(SHIPMENT, order_number=f"B{number}") for number in range(4)]
    message = office.receive(*many, origin=MESSAGE, wait=WAIT)
    assert office.verdicts(message.id) == ["early", "early", "refused", "refused"]
    assert office.count(tables.order_key) == 2
