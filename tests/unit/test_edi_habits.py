"""What is agreed with a partner about reading: each standard for itself, and text in another character set than the agreed one."""

from __future__ import annotations

from io import BytesIO

import pytest

from gateway.formats.edi import STRICT, Closed, Finding, Stray, Tolerance, Treat
from gateway.formats.edi.findings import LENIENT
from gateway.formats.edi.habits import ENCODINGS, NO_HABITS, Habit, Habits
from gateway.formats.edi.reading import read
from tests.interchanges import ORDER, Read, edifact, group, message, order, x12

UNPADDED = x12(group(order())).replace(b"ISA*00*          *", b"ISA*00**")
MISCOUNTED = edifact(message(), count="7")
BOTH = UNPADDED + MISCOUNTED


def errors(sent: bytes, habits: Habits) -> list[tuple[str, bool]]:
    closed = [it.interchange for it in read(BytesIO(sent), habits) if isinstance(it, Closed)]
    return [(finding.kind, finding.is_error) for it in closed for finding in it.findings if finding.kind != "filler"]


@pytest.mark.parametrize(
    ("x12", "edifact", "told"),
    [
        (LENIENT, LENIENT, [("padding", False), ("count_differs", True)]),
        (STRICT, LENIENT, [("padding", True), ("count_differs", True)]),
        (Tolerance(padding=Treat.ACCEPT, interchange_count=Treat.ACCEPT), LENIENT, [("count_differs", True)]),
        (STRICT, Tolerance(padding=Treat.ACCEPT, interchange_count=Treat.WARN), [("padding", True), ("count_differs", False)]),
    ],
)
def test_each_standard_is_read_as_strictly_as_is_agreed_about_it(x12: Tolerance, edifact: Tolerance, told: list[tuple[str, bool]]) -> None:
    assert errors(BOTH, Habits(x12=Habit(tolerance=x12), edifact=Habit(tolerance=edifact))) == told


@pytest.mark.parametrize(
    ("sent", "weighs"),
    [
        (b"rubbish " + UNPADDED, True),
        (UNPADDED + b"rubbish", True),
        (UNPADDED + b"rubbish\n" + MISCOUNTED, True),
        (MISCOUNTED + b"rubbish\n" + UNPADDED, False),
    ],
)
def test_text_outside_weighs_as_in_the_interchange_before_it_or_the_first_one(sent: bytes, *, weighs: bool) -> None:
    strays = [it.finding for it in read(BytesIO(sent), Habits(x12=Habit(tolerance=STRICT))) if isinstance(it, Stray)]
    assert [it.is_error for it in strays] == [weighs]


def told(sent: bytes, charset: str = "") -> list[Finding]:
    return [it for it in Read(sent, charset=charset).findings() if it.kind == "charset"]


def named(text: bytes) -> bytes:
    return x12(group(order(body=[*ORDER, "N1*ST*NAME"]))).replace(b"NAME", text)


@pytest.mark.parametrize(
    ("charset", "text", "says", "read_as"),
    [
        ("", "Zürich".encode("latin-1"), "the text is not in utf-8, as is usual; it was read as windows-1252", "windows-1252"),
        ("utf-8", "Zürich".encode("latin-1"), "not in utf-8, as is agreed with the partner; it was read as windows-1252", "windows-1252"),
        ("latin-1", "Zürich".encode(), "not in iso-8859-1, as is agreed with the partner; it was read as utf-8", "utf-8"),
        ("ascii", "Zürich".encode("latin-1"), "not in ascii, as is agreed with the partner; it was read as windows-1252", "windows-1252"),
    ],
)
def test_text_in_another_character_set_is_told_with_segment_and_byte(charset: str, text: bytes, says: str, read_as: str) -> None:
    sent = named(text)
    (it,) = told(sent, charset)
    assert says in it.text
    assert (it.value, it.spot.set, it.spot.position, it.spot.tag) == (read_as, "0001", 4, "N1")
    assert it.spot.offset == sent.index(b"\xfc" if b"\xfc" in sent else b"\xc3")


@pytest.mark.parametrize("charset", sorted(ENCODINGS))
def test_every_agreed_character_set_is_read(charset: str) -> None:
    text = {"iso-8859-5": "Москва", "iso-8859-7": "Αθήνα", "iso-8859-2": "Łódź", "ascii": "Oslo"}.get(charset, "Zürich")
    found = Read(named(text.encode(ENCODINGS[charset])), charset=charset)
    assert found.sets[0].segments[3][2] == text
    assert not told(named(text.encode(ENCODINGS[charset])), charset)


def test_what_is_agreed_about_edifact_counts_before_what_unb_says() -> None:
    sent = edifact(message(body=["BGM+220+1+9", "NAD+DP+++?'s Zurich"]), syntax="UNOA:3").replace(b"Zurich", "Łódź".encode("iso-8859-2"))
    found = Read(sent, charset="iso-8859-2")
    assert found.sets[0].segments[2][4] == "'s Łódź"
    (it,) = [one for one in told(sent) if one.value != "small letters"]
    assert it.text == "the text is not in ascii, as UNB says by UNOA; it was read as windows-1252"
    assert (it.spot.position, it.spot.offset) == (3, sent.index(b"\xa3"))


def test_an_envelope_in_another_character_set_is_told_too() -> None:
    sent = x12(group(order())).replace(b"GS*PO*RETAIL*", b"GS*PO*R\xc9TAIL*")
    (it,) = told(sent)
    assert (it.value, it.spot.position) == ("windows-1252", 0)


def test_nothing_agreed_is_as_always() -> None:
    assert errors(BOTH, NO_HABITS) == errors(BOTH, Habits(x12=Habit(tolerance=LENIENT), edifact=Habit(charset="")))
