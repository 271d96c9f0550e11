"""EDIFACT interchanges: service characters, released data, character sets, and every check of the envelope at its own level."""

from __future__ import annotations

import pytest

from gateway.formats.edi import STRICT, Delimiters, Element, Standard, component, components
from gateway.formats.edi.segments import text_of
from tests.interchanges import Read, edifact, message, une

ONE = edifact(message())


def test_an_interchange_without_groups_has_one_that_is_implied() -> None:
    found = Read(edifact(message("1"), message("2"), rest="++ORDERS++1++1"))
    assert [type(it).__name__ for it in found.events] == ["Opened", "GroupOpened", "Set", "Set", "GroupClosed", "Closed"]
    it, held = found.interchanges[0], found.groups[0]
    assert (it.standard, it.control, it.sender, it.sender_qualifier, it.receiver) == (Standard.EDIFACT, "131", "RETAIL", "14", "VENDOR")
    assert (it.made_at, it.syntax, it.version, it.is_test, it.wants_answer) == ("260622:0815", "UNOC", "3", True, True)
    assert (it.claimed, it.counted, it.una) == (2, 2, False)
    assert (held.is_implied, held.control, held.counted, held.claimed) == (True, "", 2, None)
    one = found.sets[0]
    assert (one.type, one.control, one.version, one.label, one.convention) == ("ORDERS", "1", "D.96A", "EAN008", "EAN008")
    assert components(one.segments[3][3], one.delimiters) == ["4006381333931", "EN"]
    assert not found.told()


def test_groups_are_read_where_they_stand() -> None:
    found = Read(edifact(une(message("1"), message("2")), une(message("1"), control="6")))
    assert [(it.kind, it.control, it.sender, it.version, it.claimed, it.counted) for it in found.groups] == [
        ("ORDERS", "5", "RETAIL", "D.96A", 2, 2),
        ("ORDERS", "6", "RETAIL", "D.96A", 1, 1),
    ]
    assert (found.interchanges[0].counted, found.told()) == (2, set())


OTHER = edifact(message(), una="UNA=*,! ~").replace(b"+", b"*").replace(b":", b"=").replace(b"'", b"~")
LEVEL_B = edifact(message(), syntax="UNOB:1").replace(b"+", b"\x1d").replace(b":", b"\x1f").replace(b"'\n", b"\x1c")
SERVICE = {
    "without UNA": (ONE, Delimiters("+", ":", "'", "", "?")),
    "the usual UNA": (edifact(message(), una="UNA:+.? '"), Delimiters("+", ":", "'", "", "?")),
    "UNA on a line of its own": (edifact(message(), una="UNA:+.? '\r\n"), Delimiters("+", ":", "'", "", "?")),
    "a decimal comma": (edifact(message(), una="UNA:+,? '"), Delimiters("+", ":", "'", "", "?", ",")),
    "other separators": (OTHER, Delimiters("*", "=", "~", "", "!", ",")),
    "no release character": (edifact(message(), una="UNA:+.  '"), Delimiters("+", ":", "'")),
    "syntax 4": (edifact(message(), syntax="UNOC:4"), Delimiters("+", ":", "'", "*", "?")),
    "syntax 4 with UNA": (edifact(message(), syntax="UNOC:4", una="UNA:+.?^'"), Delimiters("+", ":", "'", "^", "?")),
    "a repetition separator that syntax 3 does not have": (edifact(message(), una="UNA:+.?*'"), Delimiters("+", ":", "'", "", "?")),
    "the separators of level B": (LEVEL_B, Delimiters("\x1d", "\x1f", "\x1c")),
    "no line ends": (edifact(message(), end="'"), Delimiters("+", ":", "'", "", "?")),
    "line ends of Windows and blanks": (edifact(message(), end="' \r\n"), Delimiters("+", ":", "'", "", "?")),
    "a byte order mark": (b"\xef\xbb\xbf" + ONE, Delimiters("+", ":", "'", "", "?")),
}


@pytest.mark.parametrize(("sent", "delimiters"), SERVICE.values(), ids=SERVICE)
def test_service_characters_are_those_that_the_interchange_shows(sent: bytes, delimiters: Delimiters) -> None:
    found = Read(sent)
    assert found.interchanges[0].delimiters == delimiters
    assert [len(it.segments) for it in found.sets] == [6]
    assert text_of(found.sets[0].segments[4], 1, delimiters).endswith("3")
    assert component(found.sets[0].segments[4][1], 2, delimiters) == "3"
    assert not found.told()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("FTX+AAI+++Tom?'s", "Tom's"),
        ("FTX+AAI+++a?+b", "a+b"),
        ("FTX+AAI+++a?:b:c", ("a:b", "c")),
        ("FTX+AAI+++a?:b", ("a:b",)),
        ("FTX+AAI+++100??", "100?"),
        ("FTX+AAI+++???'", "?'"),
        ("FTX+AAI+++a??:b", ("a?", "b")),
        ("FTX+AAI+++?x?*", "x*"),
        ("FTX+AAI+++M?\u00fcller ?'", "Müller '"),
    ],
)
def test_released_characters_are_data(sent: str, read: Element) -> None:
    found = Read(edifact(message(body=["BGM+220+1+9", sent]), syntax="UNOC:3"))
    assert found.sets[0].segments[2][4] == read
    assert {it.kind for it in found.findings()} <= {"charset"}


def test_a_tag_is_a_text_whatever_stands_in_it() -> None:
    found = Read(edifact(message(body=["AB?'C:\u00fc+1"])))
    assert found.sets[0].segments[1] == ["AB'C", "1"]


def test_released_separators_of_repetitions_are_data() -> None:
    found = Read(edifact(message(body=["COM+a?*b:TE*c:EM*d"]), syntax="UNOC:4"))
    assert found.sets[0].segments[1][1] == [("a*b", "TE"), ("c", "EM"), ("d",)]


def test_a_released_terminator_may_stand_before_a_trailer_or_a_line_end() -> None:
    found = Read(edifact(message(body=["FTX+AAI+++?'UNT+9+9"]), message("2", body=["FTX+AAI+++end?'\r\nof it"]), syntax="UNOB:3"))
    assert [it.segments[1][4] for it in found.sets] == ["'UNT", "end'of it"]
    assert not found.told()


def test_a_release_character_is_paired_across_the_chunks_that_are_read() -> None:
    body = [f"FTX+AAI+++{'?+' * 40}{'X' * shift}" for shift in range(60)]
    found = Read(edifact(*[message(str(number), body) for number in range(1, 120)], syntax="UNOA:3"))
    assert len(found.sets) == 119
    assert all(it.segments[1 + shift][4] == "+" * 40 + "X" * shift for it in found.sets for shift in range(60))
    assert not found.told()


def folded(sent: bytes, width: int) -> bytes:
    return b"\n".join(sent[at : at + width] for at in range(0, len(sent), width))


@pytest.mark.parametrize("width", [10, 15, 35, 80])
@pytest.mark.parametrize("syntax", ["UNOA:3", "UNOC:3"])
def test_wrapped_files_are_read_without_their_line_ends(width: int, syntax: str) -> None:
    found = Read(folded(edifact(message(), message("2"), end="'", syntax=syntax), width))
    assert [it.control for it in found.sets] == ["1", "2"]
    assert found.sets[1].segments[2:4] == [["DTM", "137:20260622:102"], ["LIN", "1", "", "4006381333931:EN"]]
    assert {it.kind for it in found.findings()} <= {"wrapping"}
    assert not any(it.is_error for it in found.findings())


def test_line_ends_inside_of_data_stay_from_level_c_on() -> None:
    body = ["FTX+AAI+++first\nsecond", "BGM+220"]
    assert Read(edifact(message(body=body), syntax="UNOC:3")).sets[0].segments[1][4] == "first\nsecond"
    assert Read(edifact(message(body=body), syntax="UNOA:3")).sets[0].segments[1][4] == "firstsecond"


@pytest.mark.parametrize(
    ("syntax", "sent", "read", "used"),
    [
        ("UNOA", b"ABC", "ABC", "ascii"),
        ("UNOC", "Müller".encode("latin-1"), "Müller", "iso-8859-1"),
        ("UNOD", "Łódź".encode("iso-8859-2"), "Łódź", "iso-8859-2"),
        ("UNOE", "Москва".encode("iso-8859-5"), "Москва", "iso-8859-5"),
        ("UNOF", "Αθήνα".encode("iso-8859-7"), "Αθήνα", "iso-8859-7"),
        ("UNOG", "ĦĝŜ".encode("iso-8859-3"), "ĦĝŜ", "iso-8859-3"),
        ("UNOH", "ĄĶŊ".encode("iso-8859-4"), "ĄĶŊ", "iso-8859-4"),
        ("UNOI", "سلام".encode("iso-8859-6"), "سلام", "iso-8859-6"),
        ("UNOJ", "שלום".encode("iso-8859-8"), "שלום", "iso-8859-8"),
        ("UNOK", "ğşİ".encode("iso-8859-9"), "ğşİ", "iso-8859-9"),
        ("UNOW", "日本".encode(), "日本", "utf-8"),
        ("UNOX", "日本 '+:".replace("'+:", "?'?+?:").encode("iso2022_jp_2"), "日本 '+:", "iso2022_jp_2"),
        ("UNOY", "日本".encode(), "日本", "utf-8"),
        ("UNOC", "Müller".encode(), "Müller", "utf-8"),
        ("UNOA", "Müller".encode(), "Müller", "utf-8"),
        ("UNOB", "Müller".encode("latin-1"), "Müller", "windows-1252"),
        ("UNOC", "5 €".encode("cp1252"), "5 €", "windows-1252"),
    ],
)
def test_text_is_decoded_as_declared_unless_the_bytes_speak_against_it(syntax: str, sent: bytes, read: str, used: str) -> None:
    found = Read(edifact(message(body=["FTX+AAI+++@@"]), syntax=f"{syntax}:3").replace(b"@@", sent))
    element = found.sets[0].segments[1][4]
    assert (element if isinstance(element, str) else element[0]) == read
    assert found.interchanges[0].charset == used
    is_as_declared = used not in {"utf-8", "windows-1252"} or syntax in {"UNOW", "UNOY"}
    assert found.told() == (set() if is_as_declared else {("interchange", "charset", "46", "warning")})


TWO = (message("1"), message("2"))
CHECKS = {  # what was sent, what is told, which messages are refused
    "UNZ missing": (edifact(*TWO).replace(b"UNZ+2+131'\n", b""), {("interchange", "trailer_missing", "13", "error")}, []),
    "UNZ reference": (edifact(*TWO, closes="132"), {("interchange", "control_differs", "28", "error")}, []),
    "UNZ reference with zeros in front": (edifact(*TWO, closes="0131"), {("interchange", "control_differs", "28", "error")}, []),
    "UNZ count of messages": (edifact(*TWO, count="1"), {("interchange", "count_differs", "29", "error")}, []),
    "UNZ count of groups": (edifact(une(*TWO), count="2"), {("interchange", "count_differs", "29", "error")}, []),
    "UNE missing": (edifact(une(*TWO)).replace(b"UNE+2+5'\n", b""), {("group", "trailer_missing", "13", "error")}, []),
    "UNE reference": (edifact(une(*TWO, closes="6")), {("group", "control_differs", "28", "error")}, []),
    "UNE count": (edifact(une(*TWO, count="3")), {("group", "count_differs", "29", "error")}, []),
    "UNT missing": (edifact(TWO[0][:-1], TWO[1]), {("set", "trailer_missing", "13", "error")}, ["1"]),
    "UNT reference": (edifact(message("1", closes="2"), TWO[1]), {("set", "control_differs", "28", "error")}, ["1"]),
    "UNT count": (edifact(message("1", count="8"), TWO[1]), {("set", "count_differs", "29", "error")}, ["1"]),
    "UNT with a component separator": (
        edifact([*TWO[0][:-1], "UNT+6:1"], TWO[1]),
        {("set", "count_differs", "29", "error"), ("set", "control_differs", "28", "error")}, ["1"],
    ),
    "UNH reference again": (edifact(TWO[0], TWO[0]), {("set", "repeated_number", "26", "error")}, ["1"]),
    "UNH reference again in another group": (edifact(une(TWO[0]), une(TWO[0], control="6")), set(), []),
    "UNG reference again": (edifact(une(TWO[0]), une(TWO[1])), {("group", "repeated_number", "26", "error")}, []),
    "the same interchange again": (edifact(*TWO) * 2, {("interchange", "repeated_number", "26", "error")}, []),
    "groups and messages mixed": (edifact(une(TWO[0]), TWO[1]), {("interchange", "mixed", "30", "error")}, []),
    "messages and groups mixed": (edifact(TWO[0], une(TWO[1])), {("interchange", "mixed", "30", "error")}, []),
    "two types in a group": (
        edifact(une(TWO[0], message("2", type_="INVOIC:D:96A:UN"))), {("group", "type_differs", "31", "error")}, [],
    ),
    "a segment outside of messages": (edifact(TWO[0], ["FTX+1"], TWO[1]), {("group", "outside", "33", "error")}, []),
    "an empty interchange": (edifact() + edifact(*TWO, control="132"), {("interchange", "empty", "32", "error")}, []),
    "an empty group": (edifact(une(), une(*TWO, control="6")), {("group", "empty", "32", "error")}, []),
    "UNH without reference": (
        edifact(message(""), TWO[1]),
        {("set", "bad_control", "13", "error"), ("segment", "trailing_separators", "45", "warning")}, [""],
    ),
    "UNH without type": (edifact(message("1", type_=""), TWO[1]), {
        ("set", "type_missing", "13", "error"), ("segment", "trailing_separators", "45", "warning")}, ["1"]),
    "UNB without reference": (edifact(*TWO, control=""), {("interchange", "bad_control", "13", "error")}, []),
    "an unknown syntax identifier": (edifact(*TWO, syntax="XXXX:3"), {("interchange", "charset", "46", "error")}, []),
    "an unknown syntax version": (edifact(*TWO, syntax="UNOC:9"), {("interchange", "bad_version", "2", "warning")}, []),
    "small letters under UNOA": (
        edifact(message("1", ["BGM+220+ab"]), message("2", ["BGM+220+ab"]), syntax="UNOA:3"),
        {("interchange", "charset", "46", "warning")}, [],
    ),
    "explicit nesting": (edifact(message("1", ["BGM+220", "LIN:1:2+1"]), TWO[1]), set(), []),
    "no date": (edifact(*TWO).replace(b"260622:0815", b"2606:99"), {("interchange", "bad_date", "12", "warning")}, []),
    "a date of eight digits": (edifact(*TWO).replace(b"260622:0815", b"20260622:0815"), {("interchange", "bad_date", "12", "warning")}, []),
    "a date of eight digits in syntax 4": (edifact(*TWO, syntax="UNOC:4").replace(b"260622:0815", b"20260622:0815"), set(), []),
    "an agency where a name is due": (
        edifact(message("1", ["BGM+220", "NAD+SU+4711+9", "NAD+BY+4711::9"]), TWO[1]), {("element", "shifted", "12", "warning")}, [],
    ),
    "a name where a name is due": (
        edifact(message("1", ["BGM+220", "NAD+SU+4711+Ash", "NAD+BY+a?+b+c?:d", "NAD+DP++9"]), TWO[1]), set(), [],
    ),
    "no sender": (edifact(*TWO).replace(b"RETAIL:14", b""), {("interchange", "missing", "13", "warning")}, []),
    "a trailing element separator": (
        edifact(message("1", ["BGM+220+1+9+"]), TWO[1]), {("segment", "trailing_separators", "45", "warning")}, [],
    ),
    "a trailing component separator": (
        edifact(message("1", ["RFF+VA:123:"]), TWO[1]), {("segment", "trailing_separators", "45", "warning")}, [],
    ),
    "an empty segment": (edifact(message("1", ["BGM+220", ""], count="3"), TWO[1]), {("set", "empty_segments", "18", "warning")}, []),
    "no last terminator": (edifact(*TWO).rstrip(b"'\n"), {("interchange", "last_terminator", "22", "warning")}, []),
    "text behind UNZ": (edifact(*TWO) + b"1r", {("file", "stray", "", "warning")}, []),
    "a UNB that is misspelt": (
        edifact(TWO[0]).replace(b"UNZ+1+131'\n", b"LNB+UNOC:3'\n") + edifact(TWO[1]).partition(b"\n")[2],
        {("interchange", "count_differs", "29", "error"), ("group", "outside", "33", "error")}, [],
    ),
    "a quotation mark instead of a terminator": (
        edifact(*TWO).replace(b"AB10747+9'\n", "AB10747+9\u2019".encode(), 1),
        {("set", "count_differs", "29", "error"), ("segment", "fused", "18", "warning"), ("interchange", "charset", "46", "warning")},
        ["1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "told", "refused"), CHECKS.values(), ids=CHECKS)
def test_every_check_hits_its_level_and_leaves_the_neighbours_alone(sent: bytes, told: set[object], refused: list[str]) -> None:
    found = Read(sent)
    assert found.told() == told
    assert found.refused() == refused
    assert len(found.sets) >= 2
    assert all(0 <= it.spot.offset <= len(sent) for it in found.findings())


@pytest.mark.parametrize("una", ["UNA:+.?A'", "UNA++.? '", "UNA:+.? :", "UNA:+ ? '"])
def test_service_characters_that_cannot_be_told_apart_refuse_the_interchange_alone(una: str) -> None:
    found = Read(edifact(message(), una=una, syntax="UNOC:4") + edifact(message(), control="132", una="UNA:+.? '"))
    assert len(found.interchanges) == 2
    assert found.interchanges[0].is_refused == (una != "UNA:+ ? '")
    assert not found.interchanges[1].is_refused


@pytest.mark.parametrize(("sign", "is_test"), [("", False), ("0", False), ("1", True), ("2", True)])
def test_any_test_indicator_makes_a_test(sign: str, is_test: bool) -> None:
    assert Read(edifact(message(), rest=f"++++++{sign}" if sign else "")).interchanges[0].is_test is is_test


def test_a_tag_with_components_is_the_tag_alone() -> None:
    assert Read(edifact(message(body=["LIN:1:2+7"]))).sets[0].segments[1] == ["LIN", "7"]


def test_a_trailing_separator_is_an_error_where_a_partner_is_strict() -> None:
    told = Read(edifact(message("1", ["BGM+220+"])), STRICT).told()
    assert ("segment", "trailing_separators", "45", "error") in told


def test_places_are_bytes_of_the_file_behind_released_and_wide_characters() -> None:
    sent = edifact(message(body=["NAD+BY+++M\u00fcller ?+ S?'ohn:x", "QTY+21:3"]), una="UNA:+.? '")
    it = Read(sent).sets[0]
    assert sent[it.spot(3).offset :].startswith(b"QTY+21")
    assert sent[it.spot(3, 1, 2).offset :].startswith(b"3'")
    assert sent[it.spot(2, 4, 2).offset :].startswith(b"x'")
