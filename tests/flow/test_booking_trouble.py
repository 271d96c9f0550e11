"""Bad data is narrowed down to the guilty document; a busy world blames nobody; a lost lease costs that file alone."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, event, insert, update

from gateway.booking import book, chunk
from gateway.booking.entry import Chunk, Entry, Slice
from gateway.documents import ShipmentLine
from gateway.domain.parcels import shipment_key
from gateway.kernel import failpoints
from gateway.kernel.errors import StoreBusy
from gateway.mapping import Reading
from gateway.store import OutcomeUnknown, Store, StoreAway, tables
from gateway.store.messages import MessageState
from gateway.store.work import Kind, Lease, Work
from tests.business import MESSAGE, ORDER, RETAILER, TODAY, TOTE, a_shipment
from tests.office import Office, orders
from tests.storehouse import NOON, fresh_store

UNSTORABLE = replace(TOTE, unit_cost=Decimal("123456789012345.00"))
"""A cost that no rule of the business refuses and no column can hold."""


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    office = Office(store)
    yield office
    assert office.differences() == []


@pytest.mark.parametrize("place", [1, 77, 200])
def test_one_poisoned_document_of_two_hundred_leaves_the_others_booked(office: Office, place: int) -> None:
    found = orders(200)
    found[place - 1] = replace(ORDER, number="POISON", lines=(UNSTORABLE,))
    message_id = office.drop(*found)
    tally = office.book()
    message = office.message(message_id)
    assert tally.transactions <= 18
    assert (message.state, message.booked, message.refused) == (MessageState.PARTLY_BOOKED, 199, 1)
    assert office.codes(message_id)[place - 1] == ["GWY-03"]
    assert office.count(tables.purchase_order) == office.count(tables.order_key) == 199


def test_a_failure_of_the_database_keeps_its_traceback_in_the_story_of_the_message(office: Office) -> None:
    message_id = office.receive(replace(ORDER, lines=(UNSTORABLE,))).id
    (failed,) = [row for row in office.rows(tables.message_event) if row.event == "failed"]
    assert (failed.message_id, failed.detail["place"]) == (message_id, 1)
    assert "BadData" in failed.detail["trace"]


def test_a_rule_that_breaks_refuses_its_document_and_tells_the_operator(office: Office) -> None:
    nonsense = replace(ORDER, number="B2", lines=(replace(TOTE, quantity="three"),))
    message_id = office.drop(ORDER, nonsense)
    tally = office.book()
    assert (office.verdicts(message_id), office.codes(message_id)[1]) == (["booked", "refused"], ["GWY-01"])
    assert [(it.message_id, it.place) for it in tally.failures] == [(message_id, 2)]
    assert "TypeError" in tally.failures[0].trace
    assert tally.transactions == 1


def test_a_key_that_is_taken_against_all_rules_is_told_in_the_words_of_the_business(office: Office) -> None:
    first = office.receive(ORDER)
    shipment = a_shipment(ShipmentLine(number=1, quantity=2))
    key = shipment_key("AB10747", 1, 2, carrier="50", tracking=("Track12155",), shipped_on=TODAY)
    values = {"scope": "257", "kind": "shipment", "key": key, "digest": "x", "message_id": first.id, "place": 1, "seen_at": NOON}
    with office.store.transaction() as tx:
        tx.connection.execute(insert(tables.document_key).values(values))
    message = office.receive(shipment, origin=MESSAGE)
    assert (message.state, office.codes(message.id)) == (MessageState.REFUSED, [["SHP-01"]])
    assert office.order().lines[0].shipped == 0


def test_a_deadlock_or_time_out_is_tried_again_and_blames_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "FIRST_PAUSE", 0.0)
    message_id = office.drop(*orders(20))
    with failing(office.store, times=4, error=lambda: StoreBusy("deadlock detected")):
        tally = office.book()
    assert office.message(message_id).state is MessageState.BOOKED
    assert (tally.documents, tally.failures) == (20, [])


def test_a_database_that_stays_busy_is_left_for_later_with_nothing_half_done(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "FIRST_PAUSE", 0.0)
    message_id = office.drop(*orders(3))
    with failing(office.store, times=1000, error=lambda: StoreBusy("deadlock detected")), pytest.raises(StoreBusy):
        office.book()
    assert office.message(message_id).state is MessageState.RECEIVED
    assert office.count(tables.receipt) == office.count(tables.order_key) == 0


def test_a_database_that_is_away_is_not_asked_again_at_once(office: Office) -> None:
    office.drop(*orders(3))
    calls: list[int] = []
    with failing(office.store, times=1000, error=lambda: StoreAway("gone"), calls=calls), pytest.raises(StoreAway):
        office.book()
    assert len(calls) == 1


def test_a_commit_whose_answer_is_lost_is_read_back_and_not_repeated(office: Office) -> None:
    message_id = office.drop(*orders(5))
    claimed = office.incoming(office.claim())
    lost = LostAnswers(office.store, at={1})
    with lost:
        tally = book(claimed, store=office.store, master=office.master, clock=office.clock, most=2)
    message = office.message(message_id)
    assert (message.state, message.booked, lost.commits) == (MessageState.BOOKED, 5, 3)
    assert tally.transactions == 3


def test_a_commit_that_never_happened_is_done_again(office: Office) -> None:
    message_id = office.drop(*orders(5))
    claimed = office.incoming(office.claim())
    with LostAnswers(office.store, at={2}, before=True):
        tally = book(claimed, store=office.store, master=office.master, clock=office.clock, most=2)
    assert (office.message(message_id).booked, tally.documents, tally.transactions) == (5, 5, 4)


def test_a_lease_lost_in_the_middle_of_a_file_stops_it_and_the_next_holder_goes_on(office: Office) -> None:
    found = orders(300)
    message_id = office.drop(*found)
    other = Office(office.store, run="run-2")
    other.files = office.files
    taken: list[Any] = []

    def readings() -> Iterator[Reading]:
        for place, it in enumerate(found, 1):
            if place == 250:
                other.clock.advance(timedelta(minutes=5))
                taken.extend(other.claim())
            yield Reading(place, it)

    (incoming,) = office.incoming(office.claim())
    tally = book([replace(incoming, readings=readings())], store=office.store, master=office.master, clock=office.clock)
    assert (tally.documents, tally.lost) == (200, {message_id})
    assert [it.next_place for it in taken] == [201]
    rest = book(other.incoming(taken), store=other.store, master=other.master, clock=other.clock)
    assert (rest.documents, office.message(message_id).state) == (100, MessageState.BOOKED)
    assert office.count(tables.purchase_order) == office.message(message_id).booked == 300


def test_a_file_whose_lease_is_lost_leaves_the_group_and_the_others_are_booked(office: Office) -> None:
    lost, kept = office.drop(*orders(2)), office.drop(*orders(2, first=10))
    incoming = office.incoming(office.claim())
    with office.store.transaction() as tx:
        tx.connection.execute(update(tables.work).where(tables.work.c.subject == lost).values(holder="run-2", fence=2))
    tally = book(incoming, store=office.store, master=office.master, clock=office.clock)
    assert (tally.lost, tally.documents, tally.transactions) == ({lost}, 2, 1)
    assert (office.message(lost).state, office.message(kept).state) == (MessageState.RECEIVED, MessageState.BOOKED)


def test_a_zombie_of_the_same_file_books_nothing(office: Office) -> None:
    message_id = office.drop(*orders(3))
    stale = office.incoming(office.claim())
    office.clock.advance(timedelta(minutes=5))
    office.book()
    tally = book(stale, store=office.store, master=office.master, clock=office.clock)
    assert (tally.documents, tally.lost, office.message(message_id).booked) == (0, {message_id}, 3)


def test_halves_keep_the_order_and_a_cut_file_ends_in_the_second() -> None:
    chunk_of = _chunk([3, 1, 4])
    first, second = chunk_of.halves()
    assert [[entry.place for entry in part.entries] for part in first.slices] == [[1, 2, 3], [1]]
    assert [[entry.place for entry in part.entries] for part in second.slices] == [[1, 2, 3, 4]]
    left, right = second.halves()
    assert ([part.total for part in left.slices], [part.total for part in right.slices]) == ([None], [4])
    assert [entry.place for entry in (*left.entries, *right.entries)] == [1, 2, 3, 4]


@contextmanager
def failing(store: Store, *, times: int, error: Callable[[], Exception], calls: list[int] | None = None) -> Iterator[None]:
    """The database fails so many times when receipts are written."""
    left = [times]

    def fail(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith('insert into "order_key"') and left[0]:
            left[0] -= 1
            if calls is not None:
                calls.append(1)
            raise error()

    event.listen(store.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", fail)


class LostAnswers:
    """The connection breaks at some commits, after the database has committed or before."""

    def __init__(self, store: Store, *, at: set[int], before: bool = False) -> None:
        self.store = store
        self.at = at
        self.before = before
        self.commits = 0

    def __enter__(self) -> None:
        event.listen(self.store.engine, "commit", self._commit)

    def __exit__(self, *_: object) -> None:
        event.remove(self.store.engine, "commit", self._commit)

    def _commit(self, connection: Connection) -> None:
        self.commits += 1
        if self.commits in self.at:
            if not self.before:
                driver: Any = connection.connection.driver_connection
                driver.commit()
            connection.invalidate()
            raise OutcomeUnknown("the connection was lost while committing")


def _chunk(sizes: list[int]) -> Chunk:
    """A chunk of whole files of so many documents."""
    return Chunk(tuple(_slice(message_id, size) for message_id, size in enumerate(sizes, 1)))


def _slice(message_id: int, size: int) -> Slice:
    work = Work(
        lease=Lease(message_id, 1, "run-1"),
        kind=Kind.BOOK,
        subject=message_id,
        place=0,
        connector="oms",
        lane=None,
        due_at=NOON,
        until=NOON,
        attempts=1,
        next_place=0,
        waits_for=None,
        issue=None,
    )
    entries = [
        Entry(message_id=message_id, place=place, kind="order", reading=Reading(place, ORDER), origin=RETAILER)
        for place in range(1, size + 1)
    ]
    return Slice(work=work, entries=tuple(entries), total=size)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE, errno.EIO])
def test_what_this_machine_cannot_do_is_never_the_fault_of_a_document(office: Office, number: int) -> None:
    message = office.drop(*orders(3))
    failpoints.arm(f"in.apply.each_stmt:1:raise:OSError:{number}")
    try:
        office.book()
    finally:
        failpoints.disarm()
    assert office.verdicts(message) == ["booked"] * 3


def test_what_stays_impossible_waits_and_is_nobodys_fault(office: Office) -> None:
    message = office.drop(*orders(3))
    failpoints.arm(f"in.apply.each_stmt:1+:raise:OSError:{errno.ENOSPC}")
    try:
        with pytest.raises(StoreBusy, match="No space left"):
            office.book()
    finally:
        failpoints.disarm()
    office.clock.advance(timedelta(minutes=5))
    office.book()
    assert office.verdicts(message) == ["booked"] * 3
