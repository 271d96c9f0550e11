"""Documents of files in chunks: every document once, in order, whatever the sizes; halves lose nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.booking.blame import blame
from gateway.booking.entry import Broken, Chunk, Incoming, chunks
from gateway.kernel.codes import CODES
from gateway.mapping import Reading
from gateway.store import BadData, Rule
from gateway.store.work import Kind, Lease, Work
from tests.business import RETAILER
from tests.storehouse import NOON


def a_file(message_id: int, size: int, *, next_place: int = 0, breaks_at: int | None = None) -> Incoming:
    def readings() -> Iterator[Reading]:
        for place in range(1, size + 1):
            if place == breaks_at:
                raise OSError("gone")
            yield Reading(place, None)

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
        next_place=next_place,
        waits_for=None,
        issue=None,
    )
    return Incoming(work=work, kind="order", origin=RETAILER, readings=readings())


def places(chunk: Chunk) -> list[tuple[int, int]]:
    return [(entry.message_id, entry.place) for entry in chunk.entries]


def totals(chunk: Chunk) -> dict[int, int]:
    return {part.message_id: part.total for part in chunk.slices if part.total is not None}


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 12))
def test_every_document_is_in_one_chunk_and_every_file_ends_once(sizes: list[int], most: int) -> None:
    found = list(chunks([a_file(n, size) for n, size in enumerate(sizes, 1)], most=most))
    whole = [it for it in found if isinstance(it, Chunk)]
    assert [place for chunk in whole for place in places(chunk)] == [
        (n, place) for n, size in enumerate(sizes, 1) for place in range(1, size + 1)
    ]
    assert [it for chunk in whole for it in totals(chunk).items()] == list(enumerate(sizes, 1))
    assert all(chunk.size <= most for chunk in whole)
    assert all(chunk.size == most for chunk in whole[:-1])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(lambda sizes: sum(sizes) > 1))
def test_halves_are_the_whole_and_neither_is_all_of_it(sizes: list[int]) -> None:
    (whole,) = chunks([a_file(n, size) for n, size in enumerate(sizes, 1)], most=1000)
    assert isinstance(whole, Chunk)
    first, second = whole.halves()
    assert places(first) + places(second) == places(whole)
    assert 0 < first.size <= second.size < whole.size
    assert totals(first) | totals(second) == totals(whole)
    assert not totals(first).keys() & totals(second).keys()
    assert all(part.next_place == part.entries[-1].place + 1 for part in first.slices if part.entries)


def test_a_file_goes_on_where_it_was_left() -> None:
    (chunk,) = chunks([a_file(1, 5, next_place=4)])
    assert isinstance(chunk, Chunk)
    assert (places(chunk), totals(chunk)) == ([(1, 4), (1, 5)], {1: 5})


def test_a_file_of_which_nothing_is_left_ends_without_a_document() -> None:
    (chunk,) = chunks([a_file(1, 5, next_place=6)])
    assert isinstance(chunk, Chunk)
    assert (places(chunk), totals(chunk), chunk.slices[0].next_place) == ([], {1: 5}, 6)


def test_a_reading_that_breaks_off_takes_only_its_own_documents_out() -> None:
    found = list(chunks([a_file(1, 2), a_file(2, 9, breaks_at=2), a_file(3, 1)], most=10))
    assert [type(it) for it in found] == [Broken, Chunk]
    assert isinstance(found[1], Chunk)
    assert places(found[1]) == [(1, 1), (1, 2), (3, 1)]


@pytest.mark.parametrize(
    ("error", "code", "has_trace"),
    [
        (BadData("x", rule=Rule.CHECK, table="order_line", constraint="ck_order_line_quantities"), "3044", False),
        (BadData("x", rule=Rule.CHECK, table="order_line", constraint="ck_order_line_invoiced"), "INV-13", False),
        (BadData("x", rule=Rule.UNIQUE, table="invoice", constraint="uq_invoice_vendor_number"), "INV-08", False),
        (BadData("x", rule=Rule.UNIQUE, table="document_key", constraint="pk_document_key"), "SHP-01", False),
        (BadData("x", rule=Rule.VALUE, table="order_line"), "GWY-03", True),
        (BadData("x", rule=Rule.NOT_NULL, table="order_party"), "GWY-03", True),
        (ValueError("x"), "GWY-01", True),
    ],
)
def test_a_constraint_speaks_in_the_words_of_the_business(error: Exception, code: str, has_trace: bool) -> None:
    found = blame(error)
    assert (found.issue.code, bool(found.trace), found.issue.code in CODES) == (code, has_trace, True)
