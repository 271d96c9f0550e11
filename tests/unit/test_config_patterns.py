"""Which files a channel takes, whether two channels would fight for one, and how our own files are named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.names import Marker, NameValues, read_file_name, read_marker
from gateway.config.patterns import Many, intersects, read_pattern

AT = datetime(2026, 11, 21, 6, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "name", "caught"),
    [
        ("*.xml", b"CDSO_1.xml", {}),
        ("*.xml", b".xml", {}),
        ("*.xml", b"CDSO_1.XML", {}),
        ("ship_{batch}.CSV", b"SHIP_a7B.csv", {"batch": "a7B"}),
        ("ship_?.json", b"ship_7.json", {}),
        ("ship_?.json", b"ship_.json", None),
        ("ACK_{batch}.csv", b"ACK_74.csv", {"batch": "74"}),
        ("ACK_{batch}.csv", b"ACK_.csv", None),
        ("{type}_{batch}.csv", b"ACK_74.csv", {"type": "ACK", "batch": "74"}),
        ("SHIP+1.csv", b"SHIP+1.csv", {}),
        ("SHIP.csv", b"SHIPxcsv", None),
        ("*", b"caf\xe9\n.csv", {}),
        ("{name}.csv", b"caf\xe9.csv", None),
        ("grün_*", "grün_1".encode(), {}),
    ],
)
def test_a_pattern_takes_what_it_says(pattern: str, name: bytes, caught: dict[str, str] | None) -> None:
    assert read_pattern(pattern).match(name) == caught


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("", "a pattern of 1 to 255 bytes"),
        ("in/*.csv", "holds a slash"),
        ("[a-z].csv", "'[' has no meaning here"),
        ("{Batch}.csv", "a placeholder is a word of small letters"),
        ("{batch.csv", "a placeholder is a word of small letters"),
        ("batch}.csv", "'}' has no meaning here"),
        ("{n}_{n}.csv", "'{n}' stands twice"),
    ],
)
def test_a_pattern_that_means_nothing_is_refused(pattern: str, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_pattern(pattern)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("*.csv", "*.xml", False),
        ("ship_*", "*.CSV", True),
        ("SHIP_1.csv", "ship_1.CSV", True),
        ("*.csv", "SHIP_*", True),
        ("SHIP_*.csv", "ACK_*.csv", False),
        ("a*b", "*ab", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("{x}", "", False),
        ("{x}.csv", ".csv", False),
        ("*a*a*a*a*a*a*b", "*a*a*a*a*a*a*c", False),
    ],
)
def test_two_patterns_meet_when_one_name_fits_both(one: str, other: str, meet: bool) -> None:
    left = read_pattern(one)
    right = read_pattern(other).tokens if other else ()
    assert intersects(left.tokens, right) is meet
    assert intersects(right, left.tokens) is meet


@given(
    pattern=st.text("abA*?", min_size=1, max_size=7),
    other=st.text("abB*?", min_size=1, max_size=7),
    name=st.text("abAB", max_size=7),
)
def test_a_name_that_fits_both_is_never_overlooked(pattern: str, other: str, name: str) -> None:
    one, two = read_pattern(pattern), read_pattern(other)
    if one.match(name.encode()) is not None and two.match(name.encode()) is not None:
        assert intersects(one.tokens, two.tokens)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("PO_{batch:06}.csv", b"PO_000074.csv"),
        ("PO_{batch}.csv", b"PO_74.csv"),
        ("INV_{sequence:08}.xml", b"INV_00000012.xml"),
        ("{file}.resp.xml", b"CDSO \xe9.xml.resp.xml"),
        ("A_{message}_{partner.vendor}.json", b"A_4711_257.json"),
        ("DSBAT_{made_at:%Y%m%d_%H%M%S}_{sequence:06}.csv", b"DSBAT_20261121_060005_000012.csv"),
    ],
)
def test_a_name_is_made_of_its_values(template: str, name: bytes) -> None:
    values = NameValues(made_at=AT, batch=74, sequence=12, message=4711, file=b"CDSO \xe9.xml", partner={"vendor": "257"})
    assert read_file_name(template).render(values) == name


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("", "is not a file name"),
        ("out/PO_{batch}.csv", "is not a file name"),
        (".PO_{batch}.csv", "begins with '.'"),
        ("PO_{batsh}.csv", "unknown placeholder 'batsh'; did you mean 'batch'?"),
        ("PO_{batch:x}.csv", "the form of a number is its width"),
        ("PO_{made_at}.csv", "needs a form of %Y"),
        ("PO_{made_at:%c}.csv", "needs a form of %Y"),
        ("PO_{file:3}.csv", "takes no form"),
        ("PO_{batch.csv", "'{' stands alone"),
        ("PO_}.csv", "'}' stands alone"),
        ("PO_{batch.real}.csv", "unknown placeholder"),
    ],
)
def test_a_name_with_unknown_parts_is_refused(template: str, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_file_name(template)
    assert told in str(caught.value)


@pytest.mark.parametrize("file", [b"../../etc/passwd", b"a\0b"])
def test_a_name_never_becomes_a_path(file: bytes) -> None:
    with pytest.raises(ValueError):
        read_file_name("{file}.resp").render(NameValues(made_at=AT, file=file))


def test_the_name_of_a_received_file_is_cut_where_it_leaves_no_room() -> None:
    name = read_file_name("{file}.resp.xml").render(NameValues(made_at=AT, file=b"y" * 100 + b"x" * 151 + b".xml"))
    assert (len(name), name[:101], name[-10:]) == (200, b"y" * 100 + b"x", b"x.resp.xml")


def test_a_name_of_our_own_making_is_never_too_long() -> None:
    with pytest.raises(ValueError, match="at most 200"):
        read_file_name("{partner.vendor}.csv").render(NameValues(made_at=AT, partner={"vendor": "x" * 250}))


def test_a_missing_value_is_told() -> None:
    with pytest.raises(ValueError, match="no batch number"):
        read_file_name("PO_{batch}.csv").render(NameValues(made_at=AT))


def test_a_marker_stands_beside_its_file() -> None:
    assert read_marker("{file}.done").beside(b"A.csv") == b"A.csv.done"
    assert read_marker("{stem}.ok").beside(b"A.b.csv") == b"A.b.ok"
    assert Marker("{stem}.ok").tokens(read_pattern("*.csv").tokens)[0] == Many()


@pytest.mark.parametrize("text", ["{file}", "done", "{file}.{stem}", "{file}/done", "{file}.{x}"])
def test_a_marker_that_names_no_other_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="marker"):
        read_marker(text)
