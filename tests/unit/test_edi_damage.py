"""Damaged files: the reader always ends, tells what is wrong and where, and never raises; in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats.edi import STRICT, Closed, Event, GroupClosed, Level, Set, Stray
from gateway.formats.edi.codes import KINDS
from gateway.formats.edi.numbers import Numbers
from gateway.formats.edi.reading import read
from gateway.mapping import identify
from tests.interchanges import Read, edifact, group, isa, message, order, une, x12

SMALL = {
    "x12": x12(group(order("0001"), order("0002"))),
    "x12 of another kind": x12(group(order()), head=isa(e11="^", e12="00501"), end="\n"),
    "edifact": edifact(message("1", body=["FTX+AAI+++a?+b?'c"]), message("2"), una="UNA:+.? '"),
    "edifact with groups": edifact(une(message("1")), syntax="UNOA:4", end="'"),
}
FILE = SMALL["x12"] + SMALL["edifact"] + SMALL["x12 of another kind"]


def is_sound(found: Read, sent: bytes) -> bool:
    """Every interchange and group that opens also closes, and every finding has a place in the file."""
    names = [type(it).__name__ for it in found.events]
    pairs = names.count("Opened") == names.count("Closed") and names.count("GroupOpened") == names.count("GroupClosed")
    return pairs and all(it.text and 0 <= it.spot.offset <= len(sent) for it in found.findings())


@pytest.mark.parametrize("sent", SMALL.values(), ids=SMALL)
def test_a_file_cut_at_any_byte_is_told_to_be_incomplete(sent: bytes) -> None:
    end = len(sent.rstrip(b"\n"))
    for length in range(1, end - 1):
        found = Read(sent[:length])
        assert is_sound(found, sent[:length])
        errors = {it.kind for it in found.findings() if it.is_error}
        assert errors & {"trailer_missing", "delimiters", "unreadable", "control_differs", "service_characters", "count_differs"}, length


@pytest.mark.parametrize("sent", SMALL.values(), ids=SMALL)
def test_any_terminator_may_be_missing(sent: bytes) -> None:
    terminator = b"'" if b"UNB" in sent else b"~" if b"~" in sent else b"\n"
    places = [place for place in range(len(sent)) if sent[place : place + 1] == terminator and sent[place - 1] != ord("?")]
    for place in places[1:]:
        damaged = sent[:place] + sent[place + 1 :]
        found = Read(damaged)
        assert is_sound(found, damaged)
        assert next(found.findings(), None) is not None


class Dripping(BytesIO):
    """A file that gives a few bytes at a time, so that everything is cut somewhere."""

    def __init__(self, sent: bytes, most: int) -> None:
        super().__init__(sent)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._most)


def facts(events: Iterable[Event]) -> list[object]:
    """Everything that was told, as values."""
    told: list[object] = []
    for event in events:
        match event:
            case Set():
                told.append((event.type, event.control, event.offset, event.segments, event.findings, event.spot(2).offset))
            case GroupClosed(held):
                told.append((held.control, held.claimed, held.counted, held.findings))
            case Closed(it):
                told.append((it.control, it.sender, it.delimiters, it.charset, it.claimed, it.counted, it.findings))
            case Stray(finding):
                told.append(finding)
            case _:
                told.append(type(event).__name__)
    return told


@pytest.mark.parametrize("most", [1, 2, 3, 5, 7, 11, 64])
def test_it_does_not_matter_in_which_pieces_a_file_is_read(most: int) -> None:
    odd = edifact(message(body=["FTX+AAI+++???'??+x?:y", "FTX+AAI+++M\u00fcller"]), syntax="UNOC:4", end="'\r\n")
    double = edifact(message(body=["FTX+AAI+++@@"]), syntax="UNOX:3").replace(b"@@", "\u65e5\u672c".encode("iso2022_jp_2"))
    sent = FILE + b"between" + odd + double + x12(group(order("0001", count="7")), head=isa("000000009"), end="\u2026\r\n ")
    assert facts(read(Dripping(sent, most))) == facts(read(BytesIO(sent)))


@settings(max_examples=60)
@given(st.lists(st.lists(st.text("AB1*> .~", min_size=1, max_size=12), max_size=5), min_size=1, max_size=4), st.booleans())
def test_a_set_is_the_same_whether_its_segments_end_alike_or_not(bodies: list[list[str]], is_wrong: bool) -> None:
    texts = [[f"N1*{text}".replace("~", "").rstrip(" *>") + "*X" for text in body] for body in bodies]
    sets = [order(f"{number:04}", body, **({"count": "1"} if is_wrong else {})) for number, body in enumerate(texts)]
    regular, indented = Read(x12(group(*sets))), Read(x12(group(*sets)).replace(b"~\n", b"~\n\t "))
    assert [it.segments for it in regular.sets] == [it.segments for it in indented.sets]
    assert regular.told() == indented.told()
    assert [it.control for it in regular.sets] == [f"{number:04}" for number in range(len(bodies))]


@given(st.binary(max_size=300))
def test_bytes_by_chance_are_told_not_to_be_edi(sent: bytes) -> None:
    assert is_sound(Read(sent), sent)


@settings(max_examples=300)
@given(st.data())
def test_a_file_with_some_bytes_changed_is_read_to_its_end(data: st.DataObject) -> None:
    sent = bytearray(FILE)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(sent) - 1))
        match data.draw(st.sampled_from(["change", "drop", "add", "double"])):
            case "change":
                sent[place] = data.draw(st.sampled_from(list(b"*~'+:?>\n\r \x00AU\xe9^")))
            case "drop":
                del sent[place : place + data.draw(st.integers(1, 40))]
                sent = sent or bytearray(b"~")
            case "add":
                sent[place:place] = data.draw(st.sampled_from([b"ISA", b"UNA:+.? '", b"UNB+", b"~~", b"'", b"SE*", b"\xef\xbb\xbf", b"?"]))
            case _:
                sent[place:place] = sent[place : place + 60]
    for tolerance in (STRICT, None):
        found = Read(bytes(sent), tolerance) if tolerance else Read(bytes(sent))
        assert is_sound(found, bytes(sent))


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"", "the file is empty"),
        (b" \r\n\x1a", "the file is empty"),
        (b"PO Number,Line,Qty\nAB1,1,2\n", "no interchange begins here"),
        (b"ISA is a savings account; ISA*", "no interchange begins here"),
        (b"STX=ANAA:1+5000000000000:RETAIL+", "TRADACOMS"),
        (b"511" + b"01" + b"x" * 130, "VDA"),
        (b"EDI_DC40  100000000000", "an SAP IDoc"),
        (b"<?xml version='1.0'?><ORDERS05><IDOC BEGIN='1'>", "an SAP IDoc as XML"),
        (b"<ns0:X12_00401_850 xmlns:ns0='urn:x'>", "X12 as XML"),
        (b"<ns0:EFACT_D96A_ORDERS xmlns:ns0='urn:x'>", "EDIFACT as XML"),
        (b"MSH|^~\\&|", "HL7"),
        ("ISA*00*".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_edi_of_ours_is_refused_by_name(sent: bytes, text: str) -> None:
    found = Read(sent)
    assert [type(it).__name__ for it in found.events] == ["Stray"]
    assert text in found.strays[0].text
    assert (found.strays[0].level, found.strays[0].is_error) == (Level.FILE, True)


def test_what_stands_between_interchanges_is_left_out_and_told() -> None:
    found = Read(b"Dear partner,\n" + SMALL["x12"] + b"\nand now\n" + SMALL["edifact"] + b"Regards")
    assert [it.standard.value for it in found.interchanges] == ["x12", "edifact"]
    assert [(it.kind, it.spot.offset) for it in found.strays][:2] == [("stray", 0), ("stray", 15 + len(SMALL["x12"]))]
    assert len(found.strays) == 3
    assert not any(it.is_error for it in found.findings())


def test_a_segment_without_end_is_given_up() -> None:
    endless = x12(group(order("0001"))).replace(b"PO1*1", b"PO1*" + b"x" * 1_500_000)
    found = Read(endless)
    assert len(found.sets[0].segments) == 4
    broken = endless.replace(b"~\nSE*4*0001~\nGE*1*7~\nIEA*1*000000001~\n", b"y" * 2_000_000) + SMALL["edifact"]
    found = Read(broken)
    assert ("set", "too_long", "5", "error") in found.told()
    assert [it.control for it in found.interchanges] == ["000000001", "131"]


class Stream(RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: bytearray) -> int:  # type: ignore[override]  # memoryview and friends: only our own reader asks
        while not self._left:
            following = next(self._parts, None)
            if following is None:
                return 0
            self._left = following
        length = min(len(into), len(self._left))
        into[:length] = self._left[:length]
        self._left = self._left[length:]
        return length


def long_file(sets: int, end: str) -> Iterator[bytes]:
    yield (isa() + end + "GS*PO*RETAIL*VENDOR*20260622*0815*7*X*004010" + end).encode()
    body = tuple(f"PO1*{line}*3*EA*8.98**VN*V{line:06}*UP*400638133393" for line in range(1, 101))
    for number in range(1, sets + 1):
        yield "".join(segment + end for segment in order(f"{number:09}", body)).encode()
    yield f"GE*{sets}*7{end}IEA*1*000000001{end}".encode()


def peak(sets: int, end: str) -> int:
    """The most memory that reading such a file took."""
    tracemalloc.start()
    count = 0
    for event in read(BufferedReader(Stream(long_file(sets, end)), 1024 * 1024)):
        count += isinstance(event, Set)
        assert not isinstance(event, Stray)
        assert not isinstance(event, Closed) or not event.interchange.findings
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == sets
    return most


@pytest.mark.slow
@pytest.mark.parametrize("end", ["~\n", "~\n  "], ids=["regular", "indented"])
def test_a_large_file_is_read_in_little_memory(end: str) -> None:
    assert peak(1_000, end) < 3_000_000


def test_control_numbers_are_kept_as_runs_and_each_only_once() -> None:
    numbers = Numbers()
    assert not any(numbers.is_used(f"{number:04}") for number in range(9_990, 10_050))
    assert [numbers.is_used(it) for it in ("9990", "10049", "09990", "10050", "X1", "X1", "1", "1", "10052", "10051", "10052")] == [
        True, True, False, False, False, True, False, True, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize("following", SMALL)
def test_an_interchange_is_found_behind_a_trailer_without_terminator(following: str) -> None:
    other = SMALL[following].replace(b"000000001", b"000000002")
    found = Read(SMALL["x12"].rstrip(b"~\n") + b"\r\n" + other)
    assert len(found.interchanges) == 2
    assert [it.kind for it in found.interchanges[0].findings] == ["last_terminator"]
    assert not list(found.interchanges[1].findings)


def test_every_kind_of_finding_is_on_the_page_about_edi() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/edi.md").read_text(encoding="utf-8")
    assert {kind for kind in KINDS if f"`{kind}`" not in page} == set()


@pytest.mark.parametrize("between", [b"?", b"??", b"? ?\n", b"a?'"])
def test_release_characters_between_interchanges_release_nothing_in_the_next_one(between: bytes) -> None:
    following = edifact(message(body=["FTX+AAI+++?+?'"]), control="132", una="UNA:+.? '")
    found = Read(SMALL["edifact"] + between + following)
    assert [it.control for it in found.interchanges] == ["131", "132"]
    assert not list(found.interchanges[1].findings)
    assert found.sets[-1].segments[1] == ["FTX", "AAI", "", "", "+'"]


LOOKALIKES = {
    "XML": b'<CreateDSOrder><message_header source="OMS"/><purchase_order po_no="1" tender_description="VISA" buyer="x"/></CreateDSOrder>',
    "XML with an interchange in it": b"<note>\n" + x12(group(order())) + b"</note>",
    "JSON": b'\xef\xbb\xbf {"orders": [{"pay": "VISA", "first": "LISA"}]}',
    "CSV of names": b"po,first,last\r\n1,LISA,SMITH,2\r\n2,ISA,KAYA,3\r\n",
    "CSV of items": b"vendor,item,available\r\n257,ISA-10-B-2,4\r\nISA-100-B-20,5\r\n",
    "CSV of agencies": b"name|code\r\nSUNB+1|4\r\n",
}
"""What holds the first letters of an interchange and is none."""


@pytest.mark.parametrize("name", LOOKALIKES)
def test_words_that_hold_isa_or_unb_make_no_interchange(name: str) -> None:
    """The file is what it is: an order paid by VISA is still XML."""
    assert identify(LOOKALIKES[name], "x").format == name.split(maxsplit=1)[0].lower()


@pytest.mark.parametrize("standard", ["x12", "edifact"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf\r\n ", b"From: edi@harbor.example\r\n\r\n", b"%%"])
def test_an_interchange_is_found_behind_other_text(standard: str, before: bytes) -> None:
    """What a mail system or a shell has put before it is no reason to take it for something else."""
    assert identify(before + SMALL[standard], "x").format == standard
