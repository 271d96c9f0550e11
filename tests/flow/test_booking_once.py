"""Whatever comes twice is booked once, and every file says how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.kernel import Issue
from gateway.store import Store, again, loads, messages, order_rows, tables
from gateway.store.messages import MessageState
from tests.business import KETTLE, ORDER, REFERENCE, TOTE
from tests.office import Office, orders
from tests.storehouse import NOON, fresh_store

DEARER = replace(ORDER, lines=(replace(TOTE, unit_cost=Decimal("9.00")), KETTLE))
UNREADABLE = Issue("DSO-102", "quantity is not a whole number", where="record 2", field="quantity", value="x")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    office = Office(store)
    yield office
    assert office.differences() == []


def test_an_order_is_booked_whole(office: Office) -> None:
    message = office.receive(ORDER)
    assert (message.state, message.total, message.booked) == (MessageState.BOOKED, 1, 1)
    order = office.order()
    assert [(line.number, line.ordered, line.status) for line in order.lines] == [(1, 3, "New Order"), (2, 1, "New Order")]
    assert (order.version, order.history_seq, str(order.total)) == (0, 2, "48.44")
    assert [(row.seq, row.line_no, row.event, row.message_id, row.place) for row in office.rows(tables.order_history)] == [
        (1, 1, "H1", message.id, 1),
        (2, 2, "H1", message.id, 1),
    ]


def test_a_stored_order_is_the_document_that_came(office: Office) -> None:
    office.receive(ORDER)
    with office.store.reading() as connection:
        key = office.rows(tables.order_key)[0]
        told = order_rows.documents(connection, [key.id])[key.id]
    told = replace(told, lines=tuple(replace(line, tax=line.tax or None) for line in told.lines))
    stored = replace(ORDER, number="AB10747", ship_to=replace(ORDER.ship_to, postal_code="SE1 9GF"), envelope=told.envelope)
    assert told == stored


def test_the_same_document_in_two_files_is_booked_once(office: Office) -> None:
    office.receive(ORDER)
    again = office.receive(replace(ORDER, freight=Decimal("6.950"), gift=False))
    assert (again.state, again.duplicate, office.codes(again.id)) == (MessageState.BOOKED, 1, [["DSO-110"]])
    assert office.count(tables.purchase_order) == 1
    assert office.count(tables.order_history) == 2


def test_the_same_document_twice_in_one_chunk_is_booked_once(office: Office) -> None:
    first, second = office.drop(ORDER, ORDER), office.drop(ORDER, DEARER)
    office.book()
    assert office.verdicts(first) == ["booked", "duplicate"]
    assert office.verdicts(second) == ["duplicate", "conflict"]
    assert office.count(tables.purchase_order) == 1


def test_the_same_bytes_are_a_duplicate_before_anything_is_booked(office: Office, store: Store) -> None:
    new = messages.NewMessage(connector="oms", channel="c", file_name=b"a", sha256="a" * 64, size=1, archive_key="k", received_at=NOON)
    with store.transaction() as tx:
        found = [it for it in (messages.record(tx, new), messages.record(tx, new)) if it is not None]
    assert [it.state for it in found] == [MessageState.RECEIVED, MessageState.DUPLICATE]
    assert [it.subject for it in office.claim()] == [found[0].message_id]


def test_a_conflict_shows_the_difference_field_by_field(office: Office) -> None:
    office.receive(ORDER)
    message = office.receive(DEARER)
    (receipt,) = [row for row in office.rows(tables.receipt) if row.message_id == message.id]
    assert (message.state, receipt.verdict, receipt.issue[0]["code"]) == (MessageState.REFUSED, "conflict", "DSO-111")
    assert "line 1 unit_cost: 8.98, now 9.00" in receipt.issue[0]["text"]
    assert str(office.order().total) == "48.44"


@pytest.mark.parametrize(
    ("contents", "state", "verdicts"),
    [
        ([ORDER], MessageState.BOOKED, ["booked"]),
        ([ORDER, ORDER], MessageState.BOOKED, ["booked", "duplicate"]),
        ([ORDER, UNREADABLE], MessageState.PARTLY_BOOKED, ["booked", "refused"]),
        ([ORDER, DEARER], MessageState.PARTLY_BOOKED, ["booked", "conflict"]),
        ([UNREADABLE, replace(ORDER, brand="9")], MessageState.REFUSED, ["refused", "refused"]),
        ([], MessageState.BOOKED, []),
    ],
)
def test_a_file_ends_as_its_documents_did(office: Office, contents: list[object], state: MessageState, verdicts: list[str]) -> None:
    message = office.receive(*contents)  # type: ignore[arg-type]
    assert (message.state, office.verdicts(message.id)) == (state, verdicts)
    assert message.total == len(contents) == message.booked + message.duplicate + message.conflict + message.refused
    assert [(row.kind, row.subject) for row in office.rows(tables.work)] == [("answer", message.id)]


def test_a_refused_order_leaves_only_its_receipt(office: Office) -> None:
    message = office.receive(replace(ORDER, brand="9"))
    assert office.codes(message.id) == [["DSO-103"]]
    assert office.count(tables.order_key) == office.count(tables.vendor_item) == office.count(tables.purchase_order) == 0


def test_what_was_refused_is_tried_again_by_a_replay_and_the_rest_stays(office: Office) -> None:
    message_id = office.receive(ORDER, replace(ORDER, number="B2", brand="9"), UNREADABLE).id
    office.run = "run-2"
    assert office.message(message_id).state is MessageState.PARTLY_BOOKED
    answered(office)
    with office.store.transaction() as tx:
        assert again.replay(tx, message_id, actor="ops", now=office.clock.now())
    mended = Office(office.store, reference=replace(REFERENCE, brands={**REFERENCE.brands, "9": REFERENCE.brands["1"]}))
    mended.files = office.files
    mended.book()
    message = mended.message(message_id)
    assert (message.state, message.booked, message.refused, message.total) == (MessageState.PARTLY_BOOKED, 2, 1, 3)
    assert mended.verdicts(message_id) == ["booked", "booked", "refused"]
    assert mended.count(tables.purchase_order) == 2
    assert mended.count(tables.order_history) == 4


def test_one_commit_holds_the_documents_of_many_small_files(office: Office) -> None:
    files = [office.drop(*orders(2, first=10 * n)) for n in range(1, 41)]
    tally = office.book()
    assert (tally.transactions, tally.documents) == (1, 80)
    assert {office.message(file).state for file in files} == {MessageState.BOOKED}
    assert office.count(tables.purchase_order) == 80


def test_a_file_begun_in_one_chunk_ends_in_another(office: Office) -> None:
    files = [office.drop(*orders(3, first=10 * n)) for n in range(1, 5)]
    tally = office.book(most=5)
    assert (tally.transactions, tally.documents, set(tally.finished)) == (3, 12, set(files))
    assert office.tallies()["booked"] == 12


def test_a_file_whose_reading_breaks_off_leaves_its_neighbours_alone(office: Office) -> None:
    broken, whole = office.drop(*orders(3)), office.drop(*orders(2, first=10))
    incoming = office.incoming(office.claim())

    def breaks_off() -> Iterator[object]:
        yield from list(incoming[0].readings)[:2]
        raise OSError("the archive is gone")

    from gateway.booking import book

    incoming[0] = replace(incoming[0], readings=breaks_off())
    tally = book(incoming, store=office.store, master=office.master, clock=office.clock)
    assert list(tally.broken) == [broken]
    assert (office.message(whole).state, office.message(broken).state) == (MessageState.BOOKED, MessageState.RECEIVED)


def test_what_a_document_brings_along_is_made_once_and_known_to_other_nodes(office: Office) -> None:
    strange = replace(ORDER, system="OMS", vendor="900", vendor_name="New Vendor", lines=(replace(TOTE, carrier="77"), KETTLE))
    office.receive(strange, replace(strange, number="B2"))
    Office(office.store).receive(replace(strange, number="B3"))
    assert [(row.code, row.name, row.active) for row in office.rows(tables.vendor)] == [("900", "New Vendor", True)]
    assert [row.code for row in office.rows(tables.carrier)] == ["77"]
    assert [(row.vendor, row.item, row.vendor_item) for row in office.rows(tables.vendor_item)] == [
        ("900", "BX100 RED", "V1000"),
        ("900", "KT200", "V2000"),
    ]


def test_loading_answers_only_what_is_stored(office: Office) -> None:
    with office.store.reading() as connection:
        assert loads.orders(connection, [1, 2]) == {}
        assert loads.shipments(connection, [1]) == {}
        assert loads.invoices(connection, [("257", "X")]) == {}


def answered(office: Office) -> None:
    """The answer of every finished file has been made."""
    from gateway.store import work
    from gateway.store.work import Kind

    claimed = office.claim(Kind.ANSWER)
    with office.store.transaction() as tx:
        work.finish(tx, *[it.lease for it in claimed])
