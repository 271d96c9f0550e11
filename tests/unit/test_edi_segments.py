"""Segments taken apart, places in words, and places in bytes."""

from __future__ import annotations

import pytest

from gateway.formats.edi import LENIENT, STRICT, Delimiters, Element, Spot, Treat, component, components, repetitions
from gateway.formats.edi.places import Places
from gateway.formats.edi.segments import as_text, element_of, tag_of, text_of

X12 = Delimiters("*", ":", "~", "^")
EDIFACT = Delimiters("+", ":", "'", "*", "?")


@pytest.mark.parametrize(
    ("element", "parts"),
    [
        ("", ("",)),
        ("EA", ("EA",)),
        ("a:b:", ["a", "b", ""]),
        ("a:b^c:d", ["a", "b"]),
        (("a:b",), ("a:b",)),
        ([("a", "b:"), ("c",)], ("a", "b:")),
    ],
)
def test_components_are_those_of_the_first_repetition(element: Element, parts: list[str]) -> None:
    assert components(element, X12) == parts


def test_nothing_is_split_where_no_separator_is_declared() -> None:
    bare = Delimiters("*", "", "~")
    assert components("a:b", bare) == ("a:b",)
    assert repetitions("a^b", bare) == ("a^b",)


def test_a_component_that_is_empty_or_not_there_is_none() -> None:
    assert [component("a::c", number, X12) for number in (1, 2, 3, 4)] == ["a", None, "c", None]


def test_repetitions_are_elements_of_their_own() -> None:
    assert list(repetitions("a:b^c", X12)) == ["a:b", "c"]
    assert list(repetitions([("x",), ("y", "z")], EDIFACT)) == [("x",), ("y", "z")]


def test_elements_left_out_are_empty_and_any_element_reads_as_text() -> None:
    segment = ["COM", [("a+", "TE"), ("b", "EM")], "plain"]
    assert tag_of(segment) == "COM"
    assert element_of(segment, 3) == ""
    assert text_of(segment, 1, EDIFACT) == "a+:TE*b:EM"
    assert as_text(("1", "2"), EDIFACT) == "1:2"


def test_a_place_reads_as_people_say_it() -> None:
    assert str(Spot(interchange="1", group="2", set="0001", position=5, tag="PO1", element=2, component=1, offset=1234)) == (
        "set 0001, segment 5 PO1, element 02 component 1, byte 1234"
    )
    assert str(Spot(interchange="1", tag="IEA", element=1)) == "interchange 1, IEA, element 01"


def test_bytes_are_counted_through_filler_empty_segments_and_repetitions() -> None:
    text = "ST*1~\r\n  PO1*a:b^c:d*e~~SE*1"
    places = Places(text, 100, X12)
    asked = ((0,), (1,), (1, 2), (1, 2, 2), (1, 1, 2), (2,))
    assert "".join(text[places.offset(2, *one) - 100] for one in asked) == "Pabdce"
    assert text[places.offset(3) - 100 :] == "SE*1"
    assert places.offset(4) == -1


def test_strict_and_lenient_are_the_two_ends() -> None:
    assert {getattr(STRICT, name) for name in STRICT.__struct_fields__} == {Treat.REJECT}
    assert LENIENT.padding is Treat.WARN
