"""Every form of an address in X12 and EDIFACT, and what is told of one that cannot be (mapping language 4)."""

from __future__ import annotations

import pytest

from gateway.formats.addresses import AddressError
from gateway.formats.edi.address import EdiPath, EdiStep, edi_path
from gateway.formats.edi.address import Test as Condition
from gateway.formats.edi.dictionary import SetGuide, guide_for
from gateway.formats.edi.picks import picker, value_place
from gateway.formats.edi.segments import Delimiters, Standard
from tests.edi_sets import EDIFACT, OLD_X12

ORDER = guide_for(Standard.X12, "850", "004010", {})
MESSAGE = guide_for(Standard.EDIFACT, "ORDERS", "D.96A", {})


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("BEG03", EdiPath((EdiStep("BEG", element=3),))),
        ("SVC01.2", EdiPath((EdiStep("SVC", element=1, component=2),))),
        ("REF[CO]", EdiPath((EdiStep("REF", (Condition(("CO",)),)),))),
        ("DTM[106|002]", EdiPath((EdiStep("DTM", (Condition(("106", "002")),)),))),
        ("TD5[02=2]03", EdiPath((EdiStep("TD5", (Condition(("2",), 2),), element=3),))),
        (
            "ALC[C,05.1=FC]/MOA[8]",
            EdiPath((EdiStep("ALC", (Condition(("C",)), Condition(("FC",), 5, 1))), EdiStep("MOA", (Condition(("8",)),)))),
        ),
        ("ACK[04=068]05", EdiPath((EdiStep("ACK", (Condition(("068",), 4),), element=5),))),
        ("PO1(SK | IN)", EdiPath((EdiStep("PO1", pairs=("SK", "IN")),))),
        ("PIA[5|1](SA)", EdiPath((EdiStep("PIA", (Condition(("5", "1")),), pairs=("SA",)),))),
        ("N3[#2]01", EdiPath((EdiStep("N3", nth=2, element=1),))),
        ("N9[L1]/MSG01", EdiPath((EdiStep("N9", (Condition(("L1",)),)), EdiStep("MSG", element=1)))),
        ("N1[ST]", EdiPath((EdiStep("N1", (Condition(("ST",)),)),))),
        ("HL[P]/MAN[GM]", EdiPath((EdiStep("HL", (Condition(("P",)),)), EdiStep("MAN", (Condition(("GM",)),))))),
        ("*/PRF01", EdiPath((EdiStep("PRF", element=1),), in_rows=True)),
        ("/ISA06", EdiPath((EdiStep("ISA", element=6),), from_top=True)),
        ("/UNB02.1", EdiPath((EdiStep("UNB", element=2, component=1),), from_top=True)),
        (".", EdiPath(())),
        ("*", EdiPath(())),
        (" BEG03 ", EdiPath((EdiStep("BEG", element=3),))),
    ],
)
def test_an_address_is_understood(text: str, path: EdiPath) -> None:
    assert edi_path(text) == path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("beg03", "'beg03' is not a segment; write BEG03"),
        ("BEG3", "'BEG3' is not a segment"),
        ("", "'' is not a segment"),
        ("N1//N102", "'' is not a segment"),
        ("REF[]", "the brackets hold nothing"),
        ("REF[x=2]02", "'x' is not an element; write it as in [02=AB] or [05.1=FC]"),
        ("N3[#0]01", "'[#0]' must be '#' and a number from 1"),
        ("N3[#x]01", "'[#x]' must be '#' and a number from 1"),
        ("PO1(SK|)", "pairs are named by their qualifiers, as in PO1(SK|IN)"),
        ("PO1(SK)02", "pairs are named by their qualifiers, as in PO1(SK|IN)"),
        ("BEG03/REF02", "an element ends an address"),
        ("PO1(SK)/REF02", "an element ends an address"),
        ("/BEG03", "from the top only elements of GS, ISA, ST, UNB, UNG, UNH can be read, as in /ISA06"),
        ("/ISA", "from the top only elements of GS, ISA, ST, UNB, UNG, UNH can be read, as in /ISA06"),
    ],
)
def test_an_address_that_cannot_be_is_told_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(AddressError) as raised:
        edi_path(text)
    assert f"'{text}'" in str(raised.value)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("known", "text", "place"),
    [
        (ORDER, "BEG03", (3, 0)),
        (ORDER, "REF[CO]", (2, 0)),
        (ORDER, "N1[ST]04", (4, 0)),
        (MESSAGE, "DTM[137]", (1, 2)),
        (MESSAGE, "QTY[21]01.3", (1, 3)),
        (MESSAGE, "FTX[DEL]04", (4, 0)),
        (MESSAGE, "PAT[22]", (2, 1)),
    ],
)
def test_the_value_of_a_step_stands_behind_its_qualifier_or_where_it_says(known: SetGuide, text: str, place: tuple[int, int]) -> None:
    assert value_place(edi_path(text).steps[-1], known) == place


def test_a_segment_alone_is_no_value() -> None:
    with pytest.raises(AddressError, match="'REF' names a segment; say which element, as in REF02"):
        value_place(edi_path("REF").steps[-1], ORDER)


def test_pairs_are_asked_of_segments_that_have_them() -> None:
    with pytest.raises(AddressError, match="BEG has no pairs of qualifier and value; name an element, as in BEG02"):
        picker(edi_path("BEG(SK)").steps[-1], ORDER)


@pytest.mark.parametrize(
    ("known", "marks", "text", "segment", "value"),
    [
        (ORDER, OLD_X12, "PO1(SK|IN)", "PO1*1*2*EA*9**IN*A-1*SK*B-2", "B-2"),
        (ORDER, OLD_X12, "PO1(SK|IN)", "PO1*1*2*EA*9**IN*A-1*SK*", "A-1"),
        (ORDER, OLD_X12, "PO1(SK)", "PO1*1*2*EA*9", None),
        (ORDER, OLD_X12, "PO1(EA)", "PO1*1*2*EA*9**SK*A-1", None),
        (MESSAGE, EDIFACT, "PIA(SA)", "PIA+5+S-1:IN+V-1:SA", "V-1"),
        (MESSAGE, EDIFACT, "LIN(EN|UP)", "LIN+1++40063:EN", "40063"),
        (MESSAGE, EDIFACT, "LIN(EN)", "LIN+1", None),
        (MESSAGE, EDIFACT, "DTM[137]", "DTM+137:20260622:102", "20260622"),
        (MESSAGE, EDIFACT, "NAD[BY]02", "NAD+BY+4012::9", "4012"),
        (MESSAGE, EDIFACT, "FTX[AAI]04", "FTX+AAI+++one:two::three", "one two three"),
        (MESSAGE, EDIFACT, "FTX[AAI]04.2", "FTX+AAI+++one:two", "two"),
        (MESSAGE, EDIFACT, "CUX[2]01.4", "CUX+2:USD:9", None),
    ],
)
def test_a_step_picks_its_value(known: SetGuide, marks: Delimiters, text: str, segment: str, value: str | None) -> None:
    assert picker(edi_path(text).steps[-1], known)(segment.split(marks.element), marks) == value


def test_steps_that_write_the_same_words_are_one_segment() -> None:
    assert edi_path("PAT[1|3]03").steps[0].written == edi_path("PAT[1]02").steps[0].written
    assert edi_path("PAT[1]03").steps[0].written != edi_path("PAT[3]03").steps[0].written
