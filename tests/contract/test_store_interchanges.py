"""Control numbers of interchanges: one content a number, between one pair, within the window."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.store import Store, interchanges, messages
from gateway.store.interchanges import WINDOW, Interchange, Seen, Told
from gateway.store.messages import NewMessage
from tests.storehouse import NOON, write


@pytest.fixture
def files(store: Store) -> list[int]:
    """Three received files."""
    common = {"connector": "edi", "channel": "orders", "size": 9, "archive_key": "k", "received_at": NOON}
    made = []
    for letter in "abc":
        recorded = write(store, lambda tx, sha=letter: messages.record(tx, NewMessage(file_name=b"x", sha256=sha * 64, **common)))
        made.append(recorded.message_id)
    return made


def an_interchange(message: int, **values: str) -> Interchange:
    told = {"pair": "VENDOR>RETAILER", "level": "ISA", "number": "000000074", "sha256": "a" * 64, **values}
    return Interchange(message_id=message, **told)


def note(store: Store, it: Interchange, *, days: int = 0) -> Told:
    return write(store, lambda tx: interchanges.note(tx, it, now=NOON + timedelta(days=days)))


def test_a_number_is_new_once(store: Store, files: list[int]) -> None:
    assert note(store, an_interchange(files[0])) == Told(Seen.NEW, files[0])
    assert note(store, an_interchange(files[1])) == Told(Seen.DUPLICATE, files[0])
    assert note(store, an_interchange(files[2], sha256="b" * 64)) == Told(Seen.CONFLICT, files[0])


def test_the_same_file_may_ask_again(store: Store, files: list[int]) -> None:
    note(store, an_interchange(files[0]))
    assert note(store, an_interchange(files[0])) == Told(Seen.NEW, files[0])
    assert note(store, an_interchange(files[0], sha256="b" * 64)).seen is Seen.CONFLICT


@pytest.mark.parametrize("other", [{"pair": "OTHER>RETAILER"}, {"level": "GS IN"}, {"number": "000000075"}])
def test_another_pair_level_or_number_is_another_one(store: Store, files: list[int], other: dict[str, str]) -> None:
    note(store, an_interchange(files[0]))
    assert note(store, an_interchange(files[1], **other)).seen is Seen.NEW


def test_after_the_window_a_number_may_come_again(store: Store, files: list[int]) -> None:
    note(store, an_interchange(files[0]))
    assert note(store, an_interchange(files[1], sha256="b" * 64), days=WINDOW.days - 1).seen is Seen.CONFLICT
    assert note(store, an_interchange(files[1], sha256="b" * 64), days=WINDOW.days) == Told(Seen.NEW, files[1])
    assert note(store, an_interchange(files[2], sha256="b" * 64), days=WINDOW.days + 1) == Told(Seen.DUPLICATE, files[1])


@pytest.mark.parametrize(("others", "seen"), [(2, Seen.CONFLICT), (3, Seen.NEW)])
def test_after_so_many_other_numbers_of_the_pair_a_number_may_come_again(store: Store, files: list[int], others: int, seen: Seen) -> None:
    note(store, an_interchange(files[0]))
    for number in range(others):
        for pair in ("VENDOR>RETAILER", "OTHER>RETAILER"):
            note(store, an_interchange(files[1], pair=pair, number=f"00000010{number}"), days=1)
    again = an_interchange(files[2], sha256="b" * 64)
    told = write(store, lambda tx: interchanges.note(tx, again, now=NOON + timedelta(days=2), most=3))
    assert told == Told(seen, files[2] if seen is Seen.NEW else files[0])


def test_of_two_nodes_that_take_a_number_at_once_one_has_it(store: Store, files: list[int]) -> None:
    found: list[Told] = []
    together = threading.Barrier(3)

    def node(message: int) -> None:
        together.wait()
        found.append(note(store, replace(an_interchange(message))))

    threads = [threading.Thread(target=node, args=(message,)) for message in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(it.seen for it in found) == ["duplicate", "duplicate", "new"]
    assert len({it.message_id for it in found}) == 1
