"""What stands unread on the levels of a ship notice, and numbers of which a segment has several."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from gateway.documents import Shipment
from gateway.formats.edi.address import edi_path
from gateway.formats.edi.dictionary import guide_for
from gateway.formats.edi.picks import several
from gateway.formats.edi.segments import Delimiters, Standard
from gateway.kernel import Severity
from gateway.mapping import Library, Reading, Values
from tests.interchanges import edifact, group, message, order, x12

MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
LIBRARY = Library(MAPPINGS)
PARTNER = {"name": "Kitsune", "vendor": "257", "carrier": "50"}
NOTICE = """
    BSN*00*S1*20260623*1200*0001
    HL*1**S
    TD5**2*50
    FOB*PP
    N1*SF*Kitsune
    N3*1 Elm Street
    DTM*011*20260623
    HL*2*1*O
    PRF*AB10747
    REF*DP*0042
    HL*3*2*T
    MAN*GM*00012345600000000094
    REF*ZZ*PALLET-1
    HL*4*3*P
    MAN*CP*1Z0001
    PO4*1
    REF*ZZ*BOX-1
    HL*5*4*I
    LIN*1*SK*BX100
    SN1**3*EA
    HL*6*3*P
    MAN*CP*1Z0002
    REF*ZZ*BOX-2
    HL*7*6*I
    LIN*2*SK*KT200
    SN1**1*EA
    SLN*1**O*2*EA
    HL*8*1*O
    PRF*AB10748
    REF*DP*0043
    HL*9*8*P
    PKG*F
    HL*10*1*O
    PRF*AB10749
    HL*11*10*I
    LIN*1*SK*BX100
    SN1**1*EA
    CTT*11
"""
ADVICE = """
    BGM+351+S1+9
    DTM+11:20260623:102
    RFF+ON:AB10747
    CPS+1++4
    FTX+AAI+++Handle with care
    CPS+2+1
    PAC+2+1+CT
    QTY+52:4
    PCI+33E
    GIN+BJ+00012345600000000018+00012345600000000025
    LIN+1++012345678905:EN
    QTY+12:4
    GIN+BN+S1+S2:S4+X9:Y1
    GIN+BN+S9
    GIN+BX+LOT-1+LOT-2
    CPS+3+1
    LIN+2++012345678912:EN
    QTY+12:1
"""


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def read(mapping: str, sent: bytes) -> list[Reading]:
    return list(LIBRARY.get(mapping).read(BytesIO(sent), Values(partner=PARTNER)))


def unread(readings: Sequence[Reading]) -> list[str]:
    issues = [issue for one in readings for issue in one.issues if issue.kind == "unread"]
    assert all(issue.severity is Severity.WARNING and issue.code == "MAP-31" for issue in issues)
    return [
        f"{issue.text.removesuffix(' is read by no rule')}, {issue.where.partition(', ')[2].partition(', byte')[0]}" for issue in issues
    ]


def test_each_kind_of_segment_on_each_level_that_no_rule_reads_is_told_once_with_its_place() -> None:
    readings = read("x12-856-004010", x12(group(order("0001", lines_of(NOTICE), type_="856"), kind="SH")))
    assert [one.document.order_number for one in readings if isinstance(one.document, Shipment)] == ["AB10747", "AB10749"]
    assert unread(readings) == [
        "HL[S]/FOB, segment 5 FOB",
        "HL[S]/N1[SF], segment 6 N1",
        "HL[O]/REF[DP], segment 11 REF",
        "HL[T]/REF[ZZ], segment 14 REF",
        "HL[P]/REF[ZZ], segment 18 REF",
        "HL[P]/PKG, segment 33 PKG",
        "SLN[1], segment 28 SLN",
    ]


def test_levels_of_a_despatch_advice_are_told_too_and_of_several_numbers_all_are_read() -> None:
    (reading,) = read("edifact-desadv", edifact(message("1", lines_of(ADVICE), type_="DESADV:D:96A:UN")))
    assert isinstance(reading.document, Shipment)
    first, second = reading.document.lines
    assert first.serials == ("S1", "S2", "S3", "S4", "X9", "Y1", "S9")
    assert (first.package, first.lot) == ("00012345600000000018", "LOT-1")
    assert first.extra == {"packages": "2", "package_level": "1", "package_type": "CT"}
    assert second.extra == {}
    assert unread([reading]) == [
        "CPS/FTX[AAI], segment 6 FTX",
        "CPS/PAC/QTY, segment 9 QTY",
        "CPS/PAC/PCI/GIN[BJ]03, segment 11 GIN, element 03",
        "GIN[BX]03, segment 16 GIN, element 03",
    ]


@pytest.mark.parametrize(
    ("segment", "numbers"),
    [
        (["GIN", "BN", "A"], ["A"]),
        (["GIN", "BN", "A", ("B", "B"), "", "C:"], ["A", "B", "C"]),
        (["GIN", "BN", "008:011"], ["008", "009", "010", "011"]),
        (["GIN", "BN", "SN-8:SN-9", "9:8", "1:10", "AB:AC"], ["SN-8", "SN-9", "9", "8", "1", "10", "AB", "AC"]),
        (["GIN", "BN", "0000:9999"], ["0000", "9999"]),
        (["GIN", "BN"], []),
    ],
)
def test_numbers_from_one_to_another_are_counted_out(segment: list[str | tuple[str, ...]], numbers: list[str]) -> None:
    known = guide_for(Standard.EDIFACT, "DESADV", "D.96A", {})
    take = several(edi_path("GIN[BN]").steps[0], known)
    assert take is not None
    assert take(segment, Delimiters("+", ":", "'", release="?")) == numbers
    assert several(edi_path("GIN[BN]02.1").steps[0], known) is None
