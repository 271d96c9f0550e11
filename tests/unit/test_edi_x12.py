"""X12 interchanges: delimiters however they are shown, and every check of the envelope at its own level."""

from __future__ import annotations

import pytest

from gateway.formats.edi import STRICT, Delimiters, Standard, Tolerance, Treat
from tests.interchanges import ORDER, Read, group, isa, order, x12

ONE = x12(group(order()))


def test_an_interchange_is_told_in_order_with_everything_its_headers_say() -> None:
    found = Read(x12(group(order("0001"), order("0002")), head=isa("000000042", e14="1", e15="T")))
    assert [type(it).__name__ for it in found.events] == ["Opened", "GroupOpened", "Set", "Set", "GroupClosed", "Closed"]
    it, held = found.interchanges[0], found.groups[0]
    assert (it.standard, it.control, it.sender, it.receiver, it.sender_qualifier) == (Standard.X12, "000000042", "RETAILER", "VENDOR", "ZZ")
    assert (it.made_at, it.version, it.is_test, it.wants_answer, it.claimed, it.counted) == ("260622:0815", "00401", True, True, 1, 1)
    assert (held.kind, held.control, held.sender, held.receiver, held.version, held.claimed, held.counted) == (
        "PO", "7", "RETAIL", "VENDOR", "004010", 2, 2,
    )  # fmt: skip
    first, second = found.sets
    assert (first.type, first.control, first.version, first.number, second.number) == ("850", "0001", "004010", 1, 2)
    assert first.segments[2] == ["PO1", "1", "3", "EA", "8.98", "", "VN", "V1000"]
    assert first.group is held
    assert not found.told()


def test_the_version_of_a_set_is_its_own_where_it_names_one() -> None:
    segments = ["ST*850*0001*005010X999A1", *ORDER, "SE*4*0001"]
    found = Read(x12(group(segments, version="004010VICS"), group(order(), control="8", version="004010VICS")))
    assert [(it.version, it.label, it.convention) for it in found.sets] == [("005010", "X999A1", "005010X999A1"), ("004010", "VICS", "")]


LINES = x12(group(order()), end="\n")
DELIMITERS = {
    "as usual": (ONE, Delimiters("*", ">", "~")),
    "no line ends": (x12(group(order()), end="~"), Delimiters("*", ">", "~")),
    "line ends of Windows": (x12(group(order()), end="~\r\n"), Delimiters("*", ">", "~")),
    "a line end as terminator": (LINES, Delimiters("*", ">", "\n")),
    "a carriage return as terminator, a line feed as filler": (x12(group(order()), end="\r\n"), Delimiters("*", ">", "\r")),
    "other separators": (ONE.replace(b"*", b"|").replace(b">~", b"^!").replace(b"~", b"!"), Delimiters("|", "^", "!")),
    "separators that are no signs": (
        ONE.replace(b"*", b"\x1d").replace(b">~\n", b"\x1f\x1c").replace(b"~\n", b"\x1c"),
        Delimiters("\x1d", "\x1f", "\x1c"),
    ),
    "a separator of repetitions": (x12(group(order()), head=isa(e11="^", e12="00501")), Delimiters("*", ">", "~", "^")),
    "no separator of repetitions before 00402": (x12(group(order()), head=isa(e11="^")), Delimiters("*", ">", "~")),
    "a byte order mark and blank lines": (b"\xef\xbb\xbf\r\n \x00\x1a" + ONE + b"\r\n\x1a", Delimiters("*", ">", "~")),
    "indented": (ONE.replace(b"~\n", b"~\r\n\t  "), Delimiters("*", ">", "~")),
    "blank lines between": (ONE.replace(b"~\nPO1", b"~\n\n\nPO1"), Delimiters("*", ">", "~")),
}


@pytest.mark.parametrize(("sent", "delimiters"), DELIMITERS.values(), ids=DELIMITERS)
def test_delimiters_are_those_that_the_interchange_shows(sent: bytes, delimiters: Delimiters) -> None:
    found = Read(sent)
    assert found.interchanges[0].delimiters == delimiters
    assert [len(it.segments) for it in found.sets] == [4]
    assert found.sets[0].segments[1] == ["BEG", "00", "DS", "AB10747", "", "20260622"]
    assert not found.told()


def wrapped(sent: bytes, width: int = 80, end: bytes = b"\n") -> bytes:
    return end.join(sent[at : at + width] for at in range(0, len(sent), width))


ODD_HEADERS = {
    "unpadded": (ONE.replace(b"RETAILER       ", b"RETAILER"), ("padding", "022"), 4),
    "a receiver that is too wide": (ONE.replace(b"VENDOR         *", b"VENDOR          *"), ("padding", "022"), 4),
    "no-break spaces from a web page": (ONE.replace(b"RETAILER       ", b"RETAILER " + "\xa0".encode() * 3), ("padding", "022"), 4),
    "a line end inside of an unpadded ISA": (ONE.replace(b"RETAILER       *", b"RETAILER\n*"), ("padding", "022"), 4),
    "wrapped at 80 columns": (wrapped(x12(group(order()), end="~")), ("wrapping", "022"), 4),
    "wrapped at 60 columns, as on Windows": (wrapped(x12(group(order()), end="~"), 60, b"\r\n"), ("wrapping", "022"), 4),
    "wrapped behind ISA": (wrapped(x12(group(order()), end="~"), 128), ("wrapping", "022"), 4),
    "ISA16 left out": (ONE.replace(b"*>~", b"*~"), ("padding", "022"), 4),
    "ISA16 and the terminator left out": (LINES.replace(b"*>\n", b"*\n"), ("padding", "022"), 4),
    "ISA16 left out, one terminator missing": (
        ONE.replace(b"*>~", b"*~").replace(b"20260622~\nPO1", b"20260622\nPO1"),
        ("unended", "5"),
        4,
    ),
    "two component separators": (ONE.replace(b"*>~", b"*>>~"), ("padding", "022"), 4),
    "a repetition separator that is none": (x12(group(order()), head=isa(e12="00501")), ("repetition", "022"), 4),
    "a terminator of three bytes": (x12(group(order()), end="\u2026\n"), ("delimiters", "004"), 4),
    "no last terminator": (ONE.rstrip(b"~\n"), ("last_terminator", "023"), 4),
    "no date": (x12(group(order()), head=isa(e09="2606xx")), ("bad_date", "014"), 4),
    "no time": (x12(group(order()), head=isa(e10="2561")), ("bad_time", "015"), 4),
    "no version": (x12(group(order()), head=isa(e12="0401")), ("bad_version", "017"), 4),
    "a control number with letters": (x12(group(order()), head=isa("A00000001")), ("bad_control", "018"), 4),
    "another answer flag": (x12(group(order()), head=isa(e14="Y")), ("bad_request", "019"), 4),
    "another usage flag": (x12(group(order()), head=isa(e15="X")), ("bad_usage", "020"), 4),
    "text that is not UTF-8": (ONE.replace(b"V1000", b"V\xe91000"), ("charset", ""), 4),
    "an empty segment between sets": (ONE.replace(b"~\nGE", b"~~\nGE"), ("empty_segments", "022"), 4),
}


@pytest.mark.parametrize(("sent", "told", "length"), ODD_HEADERS.values(), ids=ODD_HEADERS)
def test_what_is_odd_about_a_header_is_told_and_read(sent: bytes, told: tuple[str, str], length: int) -> None:
    found = Read(sent)
    assert [len(it.segments) for it in found.sets] == [length]
    assert found.sets[0].segments[1][:4] == ["BEG", "00", "DS", "AB10747"]
    assert found.sets[0].control == "0001"
    assert {(kind, code, severity) for _, kind, code, severity in found.told() if kind == told[0]} == {(*told, "warning")}
    assert not any(it.is_error for it in found.findings())
    strict = Read(sent, STRICT)
    assert any(it.is_error and it.kind == told[0] for it in strict.findings())


TWO = (order("0001"), order("0002"))
CHECKS = {  # number of the check: what was sent, what is told, which sets are refused
    "1 IEA missing": (x12(group(*TWO)).replace(b"IEA*1*000000001~\n", b""), {("interchange", "trailer_missing", "023", "error")}, []),
    "2 IEA02": (x12(group(*TWO), closes="000000009"), {("interchange", "control_differs", "001", "error")}, []),
    "2 IEA02 as a number": (x12(group(*TWO), closes="1"), {("interchange", "control_differs", "001", "warning")}, []),
    "3 IEA01": (x12(group(*TWO), count="2"), {("interchange", "count_differs", "021", "error")}, []),
    "3 IEA01 is no number": (x12(group(*TWO), count="x"), {("interchange", "count_differs", "021", "error")}, []),
    "4 text behind IEA": (x12(group(*TWO)) + b"garbage", {("file", "stray", "", "warning")}, []),
    "5 the same interchange again": (x12(group(*TWO)) * 2, {("interchange", "repeated_number", "025", "error")}, []),
    "7 GE missing": (x12(group(*TWO)).replace(b"GE*2*7~\n", b""), {("group", "trailer_missing", "3", "error")}, []),
    "8 GE02": (x12(group(*TWO, closes="8")), {("group", "control_differs", "4", "error")}, []),
    "8 GE02 as a number": (x12(group(*TWO, closes="007")), {("group", "control_differs", "4", "warning")}, []),
    "9 GE01": (x12(group(*TWO, count="3")), {("group", "count_differs", "5", "error")}, []),
    "10 GS06 again": (x12(group(TWO[0]), group(TWO[1])), {("group", "repeated_number", "6", "error")}, []),
    "10 GS06 again in 005010": (
        x12(group(TWO[0], version="005010"), group(TWO[1], version="005010")), {("group", "repeated_number", "19", "error")}, [],
    ),
    "11 GS01": (x12(group(*TWO, kind="P")), {("group", "group_unknown", "1", "error"), ("set", "functional_id", "6", "warning")}, []),
    "11 GS08": (x12(group(*TWO, version="4010")), {("group", "version_unknown", "2", "error")}, []),
    "12 SE missing": (x12(group(TWO[0][:-1], TWO[1])), {("set", "trailer_missing", "2", "error")}, ["0001"]),
    "12 SE missing at the end": (x12(group(TWO[0], TWO[1][:-1])), {("set", "trailer_missing", "2", "error")}, ["0002"]),
    "13 SE02": (x12(group(order("0001", closes="0003"), TWO[1])), {("set", "control_differs", "3", "error")}, ["0001"]),
    "13 SE02 as a number": (x12(group(order("0001", closes="1"), TWO[1])), {("set", "control_differs", "3", "error")}, ["0001"]),
    "14 SE01": (x12(group(order("0001", count="3"), TWO[1])), {("set", "count_differs", "4", "error")}, ["0001"]),
    "14 SE01 with zeros in front": (x12(group(order("0001", count="0004"), TWO[1])), set(), []),
    "15 ST02 again": (x12(group(TWO[0], TWO[0])), {("set", "repeated_number", "23", "error")}, ["0001"]),
    "16 ST01 does not fit GS01": (x12(group(*TWO, kind="IN")), {("set", "functional_id", "6", "warning")}, []),
    "16 ST01 missing": (x12(group(order("0001", type_=""), TWO[1])), {("set", "type_missing", "6", "error")}, ["0001"]),
    "17 a segment outside of any set": (x12(group(TWO[0], ["N1*ST"], TWO[1])), {("group", "outside", "5", "error")}, []),
    "17 SE without ST": (x12(group(TWO[0], ["SE*1*0009"], TWO[1])), {("group", "outside", "5", "error")}, []),
    "ST outside of any group": (x12(TWO[0], TWO[1], count="1"), {("interchange", "outside", "024", "error")}, []),
    "GE without GS": (x12(group(*TWO), ["GE*1*9"]), {("interchange", "outside", "024", "error")}, []),
    "a segment before the first group": (x12(["ABC*1"], group(*TWO)), {("interchange", "outside", "024", "warning")}, []),
    "ST02 missing": (
        x12(group(order(""), TWO[1])),
        {("set", "bad_control", "7", "error"), ("segment", "trailing_separators", "8", "warning")}, [""],
    ),
    "ST02 too short": (x12(group(order("1"), TWO[1])), {("set", "bad_control", "7", "warning")}, []),
    "GS06 missing": (x12(group(*TWO, control="")), {("group", "bad_control", "6", "error")}, []),
    "an empty segment": (x12(group([*TWO[0][:2], "", *TWO[0][2:]], TWO[1])), {("set", "empty_segments", "5", "warning")}, []),
    "a trailing separator": (
        x12(group(order("0001", (*ORDER, "REF*CO*1**")), TWO[1])), {("segment", "trailing_separators", "8", "warning")}, [],
    ),
    "two segments in one": (
        x12(group(TWO[0], TWO[1])).replace(b"20260622~\nPO1", b"20260622\nPO1", 1),
        {("set", "count_differs", "4", "error"), ("segment", "fused", "8", "warning")}, ["0001"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "told", "refused"), CHECKS.values(), ids=CHECKS)
def test_every_check_hits_its_level_and_leaves_the_neighbours_alone(sent: bytes, told: set[object], refused: list[str]) -> None:
    found = Read(sent)
    assert found.told() == told
    assert found.refused() == refused
    assert len(found.sets) >= 2
    places = [it.spot for it in found.findings()]
    assert all(0 <= it.offset <= len(sent) for it in places)


@pytest.mark.parametrize("sign", ["-", ".", "U", " ", "1"])
def test_a_sign_that_data_need_separates_no_repetitions(sign: str) -> None:
    found = Read(x12(group(order(body=(*ORDER, "N4*Reno*NV*89501-1234"))), head=isa(e11=sign, e12="00501")))
    assert found.interchanges[0].delimiters.repetition == ""
    assert found.told() == {("interchange", "repetition", "022", "warning")}


@pytest.mark.parametrize(("usage", "is_test"), [("P", False), ("T", True), ("I", True)])
def test_what_is_not_for_production_is_a_test(usage: str, is_test: bool) -> None:
    assert Read(x12(group(order()), head=isa(e15=usage))).interchanges[0].is_test is is_test


def test_of_hundreds_of_findings_the_first_are_kept() -> None:
    loose = [segment for number in range(300) for segment in (*order(f"{number:04}"), "GS*PO*A*B*20260622*0815*1*X*004010", "GE*0*1")]
    found = Read(x12(loose))
    assert len(found.interchanges[0].findings) == 200
    assert found.interchanges[0].is_refused


def test_service_segments_are_kept_and_no_sets() -> None:
    found = Read(x12(["TA1*000000009*260622*0815*A*000"], ["ISB*1"], group(order())))
    assert [it[0] for it in found.interchanges[0].services] == ["TA1", "ISB"]
    assert (len(found.sets), found.told()) == (1, set())


@pytest.mark.parametrize(("count", "told"), [("0", set()), ("1", {("interchange", "count_differs", "021", "warning")})])
def test_an_interchange_of_ta1_alone_may_count_it_as_a_group(count: str, told: set[object]) -> None:
    assert Read(x12(["TA1*000000009*260622*0815*A*000"], count=count)).told() == told


def test_an_empty_group_is_taken() -> None:
    found = Read(x12(group(), group(order(), control="8")))
    assert ([it.counted for it in found.groups], found.told()) == ([0, 1], set())


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (isa()[:-1] + " ~", "027"),
        (isa()[:-1] + "*~", "027"),
        (isa() + "A", "004"),
        (isa() + "*", "004"),
    ],
)
def test_delimiters_that_cannot_be_told_apart_refuse_the_interchange_alone(head: str, code: str) -> None:
    found = Read(head.encode() + b"GS*PO~" + x12(group(order()), head=isa("000000002")))
    assert [it.control for it in found.interchanges] == ["000000001", "000000002"]
    assert [(it.kind, it.code) for it in found.interchanges[0].findings] == [("delimiters", code)]
    assert not found.interchanges[1].findings
    assert len(found.sets) == 1


def test_each_interchange_has_delimiters_of_its_own_even_where_a_trailer_is_missing() -> None:
    other = x12(group(order()), head=isa("000000002")).replace(b"*", b"|").replace(b"~", b"!")
    found = Read(ONE.replace(b"IEA*1*000000001~\n", b"") + other)
    assert [it.delimiters.element for it in found.interchanges] == ["*", "|"]
    assert found.told() == {("interchange", "trailer_missing", "023", "error")}
    assert len(found.sets) == 2


def test_one_word_makes_a_partner_strict_about_one_thing() -> None:
    sent = x12(group(order(count="3"), order("0002", (*ORDER, "REF*CO*"))))
    mild = Read(sent, Tolerance(set_count=Treat.WARN, trailing_separators=Treat.ACCEPT))
    assert mild.told() == {("set", "count_differs", "4", "warning")}
    hard = Read(sent, Tolerance(trailing_separators=Treat.REJECT))
    assert ("segment", "trailing_separators", "8", "error") in hard.told()


def test_places_are_bytes_of_the_file_behind_marks_wide_characters_and_line_ends() -> None:
    body = ("BEG*00*DS*AB10747**20260622", "N1*ST*Mü\u2026ller", "PO1*1*3*EA>x>y*8.98")
    text = "\ufeff  " + x12(group(order("0001", body))).decode().replace("~\n", "~\r\n   ")
    sent = text.encode()
    it = Read(sent).sets[0]
    assert it.segments[2] == ["N1", "ST", "Mü\u2026ller"]
    assert sent[it.offset :].startswith(b"ST*850")
    assert sent[it.spot(4).offset :].startswith(b"PO1*1")
    assert sent[it.spot(4, 4).offset :].startswith(b"8.98")
    assert sent[it.spot(4, 3, 2).offset :].startswith(b"x>y")
    assert it.spot(4, 3, 2).tag == "PO1"


def test_places_in_a_wrapped_file_are_those_of_the_file() -> None:
    sent = wrapped(x12(group(order()), end="~"))
    it = Read(sent).sets[0]
    start = it.spot(3).offset
    assert sent[start : start + 12].replace(b"\n", b"").startswith(b"PO1*1*3*EA")


@pytest.mark.parametrize(
    ("sent", "charset", "read", "used"),
    [
        ("Müller".encode(), "", "Müller", "utf-8"),
        ("Müller".encode("latin-1"), "", "Müller", "windows-1252"),
        ("£5 \u2026".encode("cp1252"), "", "£5 \u2026", "windows-1252"),
        ("Łódź".encode("iso-8859-2"), "iso-8859-2", "Łódź", "iso-8859-2"),
        ("Mu\u0308ller".encode(), "", "Müller", "utf-8"),
        (b"\x81", "", "\x81", "latin-1"),
    ],
)
def test_text_is_decoded_as_agreed_or_as_it_fits_and_composed(sent: bytes, charset: str, read: str, used: str) -> None:
    found = Read(ONE.replace(b"V1000", sent), charset=charset)
    assert found.sets[0].segments[2][7] == read
    assert found.interchanges[0].charset == used
