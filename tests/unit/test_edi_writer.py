"""Interchanges as they are written: envelopes, counts, numbers, and texts in the partner's characters."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
from msgspec.structs import replace
from pydifact.parser import Parser
from pyx12.x12file import X12Reader

from gateway.formats.edi.segments import Delimiters, Standard
from gateway.formats.edi.writer import Address, Outgoing, SetOut, SetWritten, write

AT = datetime(2026, 6, 22, 8, 15, 30, tzinfo=UTC)
X12 = Outgoing(
    standard=Standard.X12,
    sender=Address("RETAILER", "ZZ"),
    receiver=Address("7654321", "12"),
    group_sender="RTL",
    version="004010",
    label="VICS",
    made_at=AT,
    control=42,
    group_control=7,
    first_set=3,
    delimiters=Delimiters(element="*", component=">", terminator="~"),
)
EDIFACT = Outgoing(
    standard=Standard.EDIFACT,
    sender=Address("4012345000009", "14"),
    receiver=Address("4098765000002", "14", "SHOP"),
    version="D.96A",
    label="EAN008",
    made_at=AT,
    control=42,
    delimiters=Delimiters(element="+", component=":", terminator="'", release="?"),
    charset="UNOC",
)
ORDER = SetOut("850", [["BEG", "00", "SA", "P1", "", "20260622"], ["PO1", "1", "2", "EA", "", "", "", ""]])


def text(envelope: Outgoing, *groups: tuple[str, list[SetOut]], codec: str = "latin-1") -> str:
    target = BytesIO()
    write(envelope, groups, target)
    return target.getvalue().decode(codec)


def test_an_x12_interchange_has_fixed_widths_counts_and_numbers() -> None:
    assert text(replace(X12, line_end="\n"), ("PO", [ORDER, ORDER])).splitlines() == [
        "ISA*00*          *00*          *ZZ*RETAILER       *12*7654321        *260622*0815*U*00401*000000042*0*P*>~",
        "GS*PO*RTL*7654321*20260622*0815*7*X*004010VICS~",
        "ST*850*0003~",
        "BEG*00*SA*P1**20260622~",
        "PO1*1*2*EA~",
        "SE*4*0003~",
        "ST*850*0004~",
        "BEG*00*SA*P1**20260622~",
        "PO1*1*2*EA~",
        "SE*4*0004~",
        "GE*2*7~",
        "IEA*1*000000042~",
    ]


def test_which_set_has_got_which_number_can_be_asked_afterwards() -> None:
    envelope = replace(X12, written=[])
    text(envelope, ("PO", [ORDER, ORDER]))
    assert envelope.written == [SetWritten("PO", "7", "850", "0003"), SetWritten("PO", "7", "850", "0004")]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"is_test": True}, "*0*T*>~"),
        ({"wants_answer": True}, "*1*P*>~"),
        ({"version": "005010", "delimiters": Delimiters(element="*", component=">", terminator="~", repetition="^")}, "*^*00501*"),
        ({"version": "005010"}, "*U*00501*"),
        ({"version": "004010", "delimiters": Delimiters(element="*", component=">", terminator="~", repetition="^")}, "*U*00401*"),
        ({"version": "003060"}, "GS*PO*RTL*7654321*260622*"),
        ({"delimiters": Delimiters(element="|", component="<", terminator="\n")}, "|P|<\nGS|PO|"),
    ],
)
def test_what_the_profile_says_stands_in_the_envelope(changes: dict[str, object], shown: str) -> None:
    assert shown in text(replace(X12, **changes), ("PO", [ORDER]))


def test_service_segments_may_stand_alone() -> None:
    target = BytesIO()
    write(X12, [], target, service=[["TA1", "000000007", "260622", "0815", "A", "000"]])
    assert target.getvalue().decode()[106:] == "TA1*000000007*260622*0815*A*000~IEA*0*000000042~"


def test_an_edifact_interchange_counts_messages() -> None:
    message = SetOut("ORDERS", [["BGM", "220", "P1", "9"], ["NAD", "BY", ("4012345000009", "", "9")], ["DTM", ("137", "20260622", "102")]])
    assert text(replace(EDIFACT, una=True, line_end="\n", wants_answer=True, is_test=True), ("", [message])).splitlines() == [
        "UNA:+.? '",
        "UNB+UNOC:3+4012345000009:14+4098765000002:14:SHOP+260622:0815+42++++1++1'",
        "UNH+1+ORDERS:D:96A:UN:EAN008'",
        "BGM+220+P1+9'",
        "NAD+BY+4012345000009::9'",
        "DTM+137:20260622:102'",
        "UNT+5+1'",
        "UNZ+1+42'",
    ]


def test_edifact_groups_are_counted_instead_of_their_messages() -> None:
    made = text(replace(EDIFACT, syntax="4", version="4.1", label=""), ("CONTRL", [SetOut("CONTRL", [["UCI", "1"]])]))
    assert made == (
        "UNB+UNOC:4+4012345000009:14+4098765000002:14:SHOP+20260622:0815+42'"
        "UNG+CONTRL+4012345000009+4098765000002+20260622:0815+1+UN+4:1'"
        "UNH+1+CONTRL:4:1:UN'UCI+1'UNT+3+1'UNE+1+1'UNZ+1+42'"
    )


def test_delimiters_in_texts_are_released_where_that_is_possible() -> None:
    made = text(EDIFACT, ("", [SetOut("ORDERS", [["FTX", "DEL", ("Don't ring+knock: 2x?",)]])]))
    assert "FTX+DEL+Don?'t ring?+knock?: 2x??'" in made


def test_delimiters_in_x12_texts_become_blanks_and_are_told() -> None:
    target = BytesIO()
    faults = write(X12, [("PO", [SetOut("850", [["MSG", "Gift*wrap ~ please\r\nthank\tyou"]])])], target)
    assert "MSG*Gift wrap   please  thank you~" in target.getvalue().decode()
    assert [(it.kind, it.where, it.is_error) for it in map(_Told, faults)] == [
        ("bad_character", "850 0003, segment 2 MSG, element 01", False)
    ]


class _Told:
    def __init__(self, fault: object) -> None:
        self.kind, self.where = fault.kind, fault.where  # type: ignore[attr-defined]
        self.is_error = fault.severity.value == "error"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("charset", "umlauts", "given", "written"),
    [
        ("ascii", "ae", "Müller & Söhne", "Mueller & Soehne"),
        ("ascii", "a", "Müller & Söhne", "Muller & Sohne"),
        ("ascii", "ae", "Zoë Nuñez, Łódź", "Zoe Nunez, Lodz"),
        ("ascii", "ae", "\u201cquoted\u201d \u2013 50\u00a0€", '"quoted" - 50 EUR'),
        ("ascii", "ae", "東京", "??"),
        ("basic", "ae", "Müller_2", "MUELLER-2"),
        ("latin-1", "ae", "Müller", "Müller"),
        ("latin-1", "ae", "Łódź", "Lódz"),
        ("utf-8", "ae", "東京", "東京"),
        ("utf-8", "ae", "bell\x07 zero\u200bwidth", "bell zerowidth"),
    ],
)
def test_texts_are_folded_to_the_partners_characters(charset: str, umlauts: str, given: str, written: str) -> None:
    target = BytesIO()
    faults = write(replace(X12, charset=charset, umlauts=umlauts), [("PO", [SetOut("850", [["N1", "ST", given]])])], target)
    made = target.getvalue().decode({"latin-1": "latin-1", "utf-8": "utf-8"}.get(charset, "ascii"))
    assert f"N1*ST*{written}~" in made
    assert bool(faults) is (given != written)


@pytest.mark.parametrize(
    ("charset", "given", "written"),
    [("UNOA", "Straße 5_a", "STRASSE 5-A"), ("UNOB", "Straße", "Strasse"), ("UNOC", "Straße", "Straße"), ("UNOE", "Киев", "Киев")],
)
def test_edifact_character_sets_decide_what_can_be_written(charset: str, given: str, written: str) -> None:
    codec = {"UNOC": "latin-1", "UNOE": "iso8859-5"}.get(charset, "ascii")
    made = text(replace(EDIFACT, charset=charset), ("", [SetOut("ORDERS", [["NAD", "DP", "", "", (given,)]])]), codec=codec)
    assert f"NAD+DP+++{written}'" in made


def test_capitals_are_told_once_for_an_interchange() -> None:
    target = BytesIO()
    faults = write(replace(EDIFACT, charset="UNOA"), [("", [SetOut("ORDERS", [["FTX", "one"], ["FTX", "two"]])])], target)
    assert len(faults) == 1


def test_control_numbers_given_by_the_set_are_kept() -> None:
    assert "ST*850*4711~" in text(X12, ("PO", [replace(ORDER, control="4711")]))


def test_another_reader_of_x12_finds_nothing_wrong_with_what_we_write() -> None:
    target = BytesIO()
    answer = SetOut("997", [["AK1", "PO", "7"], ["AK2", "850", "0001"], ["AK5", "R", "5"], ["AK9", "P", "2", "2", "1"]])
    service = [["TA1", "000000007", "260622", "0815", "A", "000"]]
    write(replace(X12, label=""), [("FA", [answer, answer])], target, service=service)
    reader = X12Reader(StringIO(target.getvalue().decode()))
    tags = [segment.get_seg_id() for segment in reader]
    assert tags == ["ISA", "TA1", "GS", *["ST", "AK1", "AK2", "AK5", "AK9", "SE"] * 2, "GE", "IEA"]
    assert reader.pop_errors() == []


@pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")
def test_another_reader_of_edifact_reads_what_we_write() -> None:
    uci = ["UCI", "REF?1", ("A", "14"), ("B", "14"), "7"]
    made = text(replace(EDIFACT, una=True), ("", [SetOut("CONTRL", [uci, ["FTX", "it's 5+3: ok?"]], version="D.3")]))
    found = [(segment.tag, list(segment.elements)) for segment in Parser().parse(made)]
    assert found[2:5] == [
        ("UNH", ["1", ["CONTRL", "D", "3", "UN", "EAN008"]]),
        ("UCI", ["REF?1", ["A", "14"], ["B", "14"], "7"]),
        ("FTX", ["it's 5+3: ok?"]),
    ]
