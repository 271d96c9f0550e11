"""A file with barred spans reads like the file with line ends in their place, however it is read."""

from __future__ import annotations

from io import SEEK_END, BytesIO

from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.blanked import blanked

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=3)


@given(content=st.binary(max_size=60), spans=SPANS, sizes=st.lists(st.integers(1, 20), max_size=20))
def test_any_way_of_reading_gives_the_same(content: bytes, spans: list[tuple[int, int]], sizes: list[int]) -> None:
    expected = bytearray(content)
    for begins, ends in spans:
        for at in range(begins, min(ends, len(content))):
            expected[at] = ord("\n")
    source = blanked(BytesIO(content), [(begins, ends) for begins, ends in spans if begins < ends])
    assert b"".join([source.read(size) for size in sizes]) + source.read() == bytes(expected)
    source.seek(0)
    assert source.read() == bytes(expected)


def test_a_place_may_be_sought() -> None:
    source = blanked(BytesIO(b"abcdef"), [(1, 3)])
    source.seek(2)
    assert source.read(2) == b"\nd"
    assert source.seek(0, SEEK_END) == 6


def test_nothing_to_blank_leaves_the_source_as_it_is() -> None:
    source = BytesIO(b"abc")
    assert blanked(source, ()) is source
