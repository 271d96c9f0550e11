"""Received files: once by their bytes, finished by their tally, decided again when a person replays them."""

from __future__ import annotations

import threading

import pytest

from gateway.kernel.errors import LeaseLost
from gateway.kernel.issues import Issue
from gateway.store import BadData, Rule, Store, again, answers, events, messages, tables, work
from gateway.store.messages import Count, Message, MessageState, NewMessage, Recorded
from gateway.store.queries import list_messages, message_view
from gateway.store.tables import message_event
from gateway.store.work import Kind, Work
from tests.storehouse import NOON, write

TOO_ODD = Issue("MAP-001", text="no layout fits", where="row 1")


def file(name: bytes = b"PO_1.xml", *, sha: str = "a", size: int = 2000, connector: str = "oms", lane: str | None = None) -> NewMessage:
    return NewMessage(
        connector=connector, channel="orders", file_name=name, sha256=sha * 64, size=size, archive_key=sha * 64, received_at=NOON, lane=lane
    )


def record(store: Store, new: NewMessage) -> Recorded:
    with store.transaction() as tx:
        return messages.record(tx, new)


def stored(store: Store, message_id: int) -> Message:
    with store.reading() as connection:
        found = messages.get(connection, message_id)
    assert found is not None
    return found


def claim(store: Store, kind: Kind = Kind.BOOK) -> list[Work]:
    return work.claim(store, kind, run="run-1", connectors=["oms", "other"], now=NOON, until=NOON, most=10, each=10)


def test_a_new_file_is_received_and_somebody_is_asked_to_book_it(store: Store) -> None:
    recorded = record(store, file(b"PO\xff.xml", lane="orders"))
    assert recorded.state is MessageState.RECEIVED
    assert stored(store, recorded.message_id).file_name == b"PO\xff.xml"
    assert [(one.subject, one.lane) for one in claim(store)] == [(recorded.message_id, "orders")]


@pytest.mark.parametrize(("size", "kind"), [(256 * 1024, Kind.BOOK), (256 * 1024 + 1, Kind.BULK)])
def test_a_large_file_is_booked_by_itself(store: Store, size: int, kind: Kind) -> None:
    record(store, file(size=size))
    assert len(claim(store, kind)) == 1


def test_the_same_bytes_again_are_a_duplicate_whatever_they_are_called(store: Store) -> None:
    first = record(store, file(b"PO_1.xml"))
    second = record(store, file(b"PO_1_again.xml"))
    assert second == Recorded(second.message_id, MessageState.DUPLICATE, first.message_id)
    (issue,) = stored(store, second.message_id).issues
    assert (issue.code, issue.text) == ("DSO-006", f"the same bytes were received before, as message {first.message_id} (PO_1.xml)")
    assert [one.subject for one in claim(store)] == [first.message_id]
    assert [one.subject for one in claim(store, Kind.ANSWER)] == [second.message_id]


def test_the_same_bytes_from_another_partner_are_no_duplicate(store: Store) -> None:
    assert {record(store, file(connector=connector)).state for connector in ("oms", "other")} == {MessageState.RECEIVED}


def test_the_same_name_with_other_bytes_is_a_new_file(store: Store) -> None:
    assert {record(store, file(sha=sha)).state for sha in "abc"} == {MessageState.RECEIVED}


def test_two_nodes_that_record_the_same_bytes_at_once_make_one_message_and_duplicates(store: Store) -> None:
    found: list[Recorded] = []
    together = threading.Barrier(4)

    def node() -> None:
        together.wait()
        found.append(record(store, file()))

    threads = [threading.Thread(target=node) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.state for one in found) == ["duplicate"] * 3 + ["received"]
    assert len({one.first_message_id for one in found if one.first_message_id}) == 1


TALLIES = [
    ("all booked", Count(0, booked=3), MessageState.BOOKED),
    ("booked or known", Count(0, booked=2, duplicate=1), MessageState.BOOKED),
    ("all known", Count(0, duplicate=3), MessageState.BOOKED),
    ("one refused", Count(0, booked=2, refused=1), MessageState.PARTLY_BOOKED),
    ("one in conflict", Count(0, booked=2, conflict=1), MessageState.PARTLY_BOOKED),
    ("one too early", Count(0, booked=2, early=1), MessageState.PARTLY_BOOKED),
    ("all too early", Count(0, early=3), MessageState.PARTLY_BOOKED),
    ("nothing accepted", Count(0, refused=2, conflict=1), MessageState.REFUSED),
    ("one not decided yet", Count(0, booked=2), MessageState.RECEIVED),
]


@pytest.mark.parametrize(("what", "count", "state"), TALLIES, ids=[row[0] for row in TALLIES])
def test_the_tally_decides_how_a_file_ends(store: Store, what: str, count: Count, state: MessageState) -> None:
    recorded = record(store, file())
    with store.transaction() as tx:
        messages.set_totals(tx, [(recorded.message_id, 3)])
        messages.count(tx, [Count(recorded.message_id, count.booked, count.duplicate, count.conflict, count.refused, count.early)])
        settled = messages.settle(tx, [recorded.message_id], now=NOON)
    assert stored(store, recorded.message_id).state is state
    assert settled == ({} if state is MessageState.RECEIVED else {recorded.message_id: state})
    assert len(claim(store, Kind.ANSWER)) == len(settled)


def test_the_last_early_document_ends_its_file(store: Store) -> None:
    recorded = record(store, file())
    with store.transaction() as tx:
        messages.set_totals(tx, [(recorded.message_id, 2)])
        messages.count(tx, [Count(recorded.message_id, booked=1, early=1)])
        messages.settle(tx, [recorded.message_id], now=NOON)
    with store.transaction() as tx:
        messages.count(tx, [Count(recorded.message_id, booked=1, early=-1)])
        assert messages.settle(tx, [recorded.message_id], now=NOON) == {recorded.message_id: MessageState.BOOKED}


def test_the_last_early_document_is_answered_although_the_state_of_its_file_stays(store: Store) -> None:
    recorded = record(store, file())
    with store.transaction() as tx:
        messages.set_totals(tx, [(recorded.message_id, 3)])
        messages.count(tx, [Count(recorded.message_id, booked=1, early=2)])
        messages.settle(tx, [recorded.message_id], now=NOON)
    (first,) = claim(store, Kind.ANSWER)
    with store.transaction() as tx:
        messages.count(tx, [Count(recorded.message_id, refused=1, early=-1)])
        assert messages.settle(tx, [recorded.message_id], now=NOON) == {}
        work.require(tx, first.lease)
        messages.count(tx, [Count(recorded.message_id, booked=1, early=-1)])
        assert messages.settle(tx, [recorded.message_id], now=NOON) == {recorded.message_id: MessageState.PARTLY_BOOKED}
    with pytest.raises(LeaseLost), store.transaction() as tx:
        work.require(tx, first.lease)
    assert len(claim(store, Kind.ANSWER)) == 1


def test_an_answer_about_the_form_of_a_file_is_counted_by_its_readings(store: Store) -> None:
    recorded = record(store, file())
    (one,) = claim(store)
    told = []
    with store.transaction() as tx:
        messages.park(tx, one.lease, recorded.message_id, [TOO_ODD], now=NOON)
        for event in ("answered", "answered", "replayed", "answered"):
            events.of_message(tx, recorded.message_id, event, actor="SYSTEM", at=NOON)
            told.append(answers.before_reading(tx.connection, recorded.message_id))
    assert told == [0, 0, 2, 2]


def test_more_documents_than_the_file_holds_are_refused_by_the_database(store: Store) -> None:
    recorded = record(store, file())
    write(store, lambda tx: messages.set_totals(tx, [(recorded.message_id, 1)]))
    with pytest.raises(BadData) as caught:
        write(store, lambda tx: messages.count(tx, [Count(recorded.message_id, booked=2)]))
    assert caught.value.constraint == "ck_message_total"


def test_a_file_nobody_can_read_is_parked_and_its_work_is_gone(store: Store) -> None:
    recorded = record(store, file())
    (one,) = claim(store)
    with store.transaction() as tx:
        messages.park(tx, one.lease, recorded.message_id, [TOO_ODD], now=NOON)
    assert (stored(store, recorded.message_id).state, stored(store, recorded.message_id).issues) == (MessageState.PARKED, (TOO_ODD,))
    assert claim(store) == []
    assert claim(store, Kind.ANSWER) == []


def test_a_file_that_is_refused_whole_is_answered(store: Store) -> None:
    recorded = record(store, file())
    (one,) = claim(store)
    with store.transaction() as tx:
        messages.refuse(tx, one.lease, recorded.message_id, [TOO_ODD], now=NOON)
    assert stored(store, recorded.message_id).state is MessageState.REFUSED
    assert [answer.subject for answer in claim(store, Kind.ANSWER)] == [recorded.message_id]


def test_whoever_lost_the_lease_can_neither_park_nor_refuse(store: Store) -> None:
    recorded = record(store, file())
    (one,) = claim(store)
    stale = work.Lease(one.lease.id, one.lease.fence, "run-2")
    for act in (
        lambda tx: messages.park(tx, stale, recorded.message_id, [TOO_ODD], now=NOON),
        lambda tx: messages.refuse(tx, stale, recorded.message_id, [TOO_ODD], now=NOON),
    ):
        with pytest.raises(LeaseLost), store.transaction() as tx:
            act(tx)
    assert stored(store, recorded.message_id).state is MessageState.RECEIVED


def test_the_mapping_that_reads_a_file_is_noted_by_whoever_holds_it(store: Store) -> None:
    ours, lost = record(store, file(sha="a")).message_id, record(store, file(sha="b")).message_id
    leases = {one.subject: one.lease for one in claim(store)}
    with store.transaction() as tx:
        tx.connection.execute(tables.work.update().where(tables.work.c.subject == lost).values(fence=9))
    with store.transaction() as tx:
        found = [messages.Identified(leases[one], one, "createdsorder", 3) for one in (ours, lost)]
        assert messages.identified(tx, found) == {leases[ours]}
    assert (stored(store, ours).mapping, stored(store, ours).mapping_version) == ("createdsorder", 3)
    assert stored(store, lost).mapping is None


def test_a_parked_file_is_read_again_when_a_person_says_so(store: Store) -> None:
    recorded = record(store, file())
    (one,) = claim(store)
    with store.transaction() as tx:
        assert not again.replay(tx, recorded.message_id, actor="anna", now=NOON)
        messages.park(tx, one.lease, recorded.message_id, [TOO_ODD], now=NOON)
    with store.transaction() as tx:
        assert again.replay(tx, recorded.message_id, actor="anna", now=NOON)
    with store.transaction() as tx:
        assert not again.replay(tx, recorded.message_id, actor="anna", now=NOON)
    assert [one.next_place for one in claim(store)] == [0]
    assert stored(store, recorded.message_id).state is MessageState.RECEIVED


def test_neither_a_booked_file_nor_a_duplicate_is_replayed(store: Store) -> None:
    first, second = record(store, file()), record(store, file())
    with store.transaction() as tx:
        messages.set_totals(tx, [(first.message_id, 1)])
        messages.count(tx, [Count(first.message_id, booked=1)])
        messages.settle(tx, [first.message_id], now=NOON)
        tx.connection.execute(tables.work.delete())
    with store.transaction() as tx:
        assert not again.replay(tx, first.message_id, actor="anna", now=NOON)
        assert not again.replay(tx, second.message_id, actor="anna", now=NOON)


def test_a_file_shows_what_happened_to_it(store: Store) -> None:
    recorded = record(store, file())
    (one,) = claim(store)
    with store.transaction() as tx:
        messages.park(tx, one.lease, recorded.message_id, [TOO_ODD], now=NOON)
        again.replay(tx, recorded.message_id, actor="anna", now=NOON)
    with store.reading() as connection:
        view = message_view(connection, recorded.message_id)
        assert message_view(connection, 99) is None
    assert view is not None
    assert [(it.event, it.actor) for it in view.events] == [("received", "SYSTEM"), ("parked", "SYSTEM"), ("replayed", "anna")]
    assert [row.kind for row in view.work] == [Kind.BOOK]


def test_lists_are_filtered_and_go_on_where_the_last_page_ended(store: Store) -> None:
    ids = [record(store, file(sha=sha)).message_id for sha in "abcd"]
    record(store, file(sha="a"))
    with store.reading() as connection:
        page = list_messages(connection, states=[MessageState.RECEIVED], most=3)
        rest = list_messages(connection, states=[MessageState.RECEIVED], before=page[-1].id)
        assert list_messages(connection, connectors=["nobody"]) == []
        assert len(list_messages(connection, connectors=["oms"], channel="orders")) == 5
    assert [one.id for one in page + rest] == ids[::-1]


@pytest.mark.parametrize("act", [message_event.update().values(event="never"), message_event.delete()], ids=["changed", "removed"])
def test_what_happened_can_be_neither_changed_nor_removed(store: Store, act) -> None:  # noqa: ANN001
    recorded = record(store, file())
    with pytest.raises(BadData) as caught, store.transaction() as tx:
        tx.connection.execute(act)
    assert (caught.value.rule, caught.value.table) == (Rule.APPEND_ONLY, "message_event")
    with store.reading() as connection:
        assert [it.event for it in events.message_events(connection, recorded.message_id)] == ["received"]
