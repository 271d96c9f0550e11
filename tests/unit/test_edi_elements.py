"""Elements against a guide: a table of segments for every code of AK403 and 0085, with its weight and place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats.edi.element_values import is_date, is_of_format, is_time
from gateway.formats.edi.error_codes import plain_element, plain_segment
from gateway.formats.edi.findings import LENIENT, STRICT, Finding, Tolerance, Treat
from gateway.formats.edi.guide_shelf import Shelf
from gateway.formats.edi.segments import Standard
from tests.edi_sets import X12, edifact_message, findings, x12_set

BEG = "BEG*00*DS*P**20260622"


def of_elements(found: list[Finding]) -> list[tuple[str, str, str, bool]]:
    """Kind, code, place and weight of each finding."""
    return [(it.kind, it.code, f"{it.spot.tag}{it.spot.element:02}.{it.spot.component}.{it.spot.repetition}", it.is_error) for it in found]


X12_FAULTS = {
    "mandatory, empty": ("BEG**DS*P**20260622|PO1*1*1*EA", [("missing", "1", "BEG01.0.0", True)]),
    "mandatory, not there": ("BEG*00*DS*P|PO1*1*1*EA", [("missing", "1", "BEG05.0.0", True)]),
    "the id of a pair": (f"{BEG}|PO1*1*1*EA***SK", [("missing_with", "2", "PO107.0.0", True)]),
    "the kind of a pair": (f"{BEG}|PO1*1*1*EA****A-1", [("missing_with", "2", "PO106.0.0", True)]),
    "one of several": (f"{BEG}|REF*IA|PO1*1*1*EA", [("missing_with", "2", "REF02.0.0", True)]),
    "another needs it": (f"{BEG}|PO1*1**EA", [("missing_with", "2", "PO102.0.0", True)]),
    "of a pair, only told": (f"{BEG}|N1*ST*Ada*92|PO1*1*1*EA", [("missing_with", "2", "N104.0.0", False)]),
    "too many": (f"{BEG}|PER*BD*Ada*TE*1*EM*a*FX*2*C*x|PO1*1*1*EA", [("too_many_elements", "3", "PER10.0.0", False)]),
    "too short": (f"{BEG}|CUR*BY*US|PO1*1*1*EA", [("too_short", "4", "CUR02.0.0", False)]),
    "too long": (f"{BEG}|CUR*BY*USDX|PO1*1*1*EA", [("too_long", "5", "CUR02.0.0", False)]),
    "a number": (f"{BEG}|PO1*1*two*EA", [("not_number", "6", "PO102.0.0", True)]),
    "a number with a plus": (f"{BEG}|PO1*1*+2*EA", [("not_number", "6", "PO102.0.0", True)]),
    "a number with an exponent": (f"{BEG}|PO1*1*1E3*EA", [("not_number", "6", "PO102.0.0", True)]),
    "a whole number with a point": (f"{BEG}|SAC*C*D240***2.50|PO1*1*1*EA", [("not_number", "6", "SAC05.0.0", True)]),
    "digits of other alphabets": (f"{BEG}|PO1*1*\u0967*EA", [("not_number", "6", "PO102.0.0", True)]),
    "a control character": (f"{BEG}|REF*IA*a\x07b|PO1*1*1*EA", [("bad_character", "6", "REF02.0.0", False)]),
    "a day there is not, mandatory": ("BEG*00*DS*P**20260230|PO1*1*1*EA", [("not_date", "8", "BEG05.0.0", True)]),
    "a day there is not, optional": (f"{BEG}|DTM*010*20260231|PO1*1*1*EA", [("not_date", "8", "DTM02.0.0", False)]),
    "a day with nine digits": (f"{BEG}|DTM*010*202606221|PO1*1*1*EA", [("not_date", "8", "DTM02.0.0", False)]),
    "a day with six digits": (f"{BEG}|DTM*010*260622|PO1*1*1*EA", [("date_length", "8", "DTM02.0.0", False)]),
    "a time there is not": (f"{BEG}|DTM*010*20260622*2460|PO1*1*1*EA", [("not_time", "9", "DTM03.0.0", False)]),
    "both of two that exclude each other": (f"{BEG}|PO1*1*1*EA|QTY*38*1**all", [("excluded", "10", "QTY04.0.0", True)]),
    "a repeated element": (f"{BEG}|REF*IA*1^2|PO1*1*1*EA", [("too_many_repetitions", "12", "REF02.0.2", False)]),
    "components in a simple element": (f"{BEG}|REF*IA*1>2|PO1*1*1*EA", [("too_many_components", "13", "REF02.2.0", False)]),
    "a mandatory component": (f"{BEG}|REF*IA*1**>7|PO1*1*1*EA", [("missing", "1", "REF04.1.0", True)]),
    "too many components": (f"{BEG}|REF*IA*1**A1>7>A1>7>A1>7>A1|PO1*1*1*EA", [("too_many_components", "13", "REF04.7.0", False)]),
    "one of several others": (f"{BEG}|ITD*01***20260622|PO1*1*1*EA", []),
}


@pytest.mark.parametrize("case", X12_FAULTS)
def test_what_is_wrong_with_an_element_of_x12_has_its_code_place_and_weight(case: str) -> None:
    body, expected = X12_FAULTS[case]
    assert of_elements(findings(x12_set("850", body.replace("|", "\n"), version="005010", marks=X12))) == expected


FINE = [
    "PO1*0001*.5*EA*5.",
    "PO1*1*-2*EA*-0.75",
    "PO1*1*123456789012345*EA*12345678901234.567",
    "PO1*1*1*EA***SK*A**",
    "SAC*C*D240***-250",
    "DTM*010*20240229*2359",
    "DTM*010*20260622*23595999",
    "MSG*any text: with ` odd ; characters",
    "REF*IA*12345678901234567890",
]


@pytest.mark.parametrize("segment", FINE)
def test_what_a_release_allows_is_not_told(segment: str) -> None:
    found = findings(x12_set("850", f"{BEG}\nN9*L1*x\n{segment}\nPO1*1*1*EA", version="004010"))
    assert not [it for it in found if it.level == "element"]


def test_days_have_six_digits_before_release_4010() -> None:
    old = x12_set("850", "BEG*00*DS*P**260622\nDTM*010*20260622\nPO1*1*1*EA", version="003050")
    assert of_elements(findings(old)) == [("date_length", "8", "DTM02.0.0", False)]


def test_a_caret_is_plain_text_where_no_repetition_is_declared() -> None:
    assert not findings(x12_set("850", f"{BEG}\nREF*IA*1^2\nPO1*1*1*EA"))


def test_a_longer_reference_is_right_from_5010_on() -> None:
    body = f"{BEG}\nREF*IA*{'x' * 40}\nPO1*1*1*EA"
    assert of_elements(findings(x12_set("850", body))) == [("too_long", "5", "REF02.0.0", False)]
    assert not findings(x12_set("850", body, version="005010"))


EDIFACT_FAULTS = {
    "mandatory, empty": ("LOC++5412345000013", [("missing", "13", "LOC01.0.0", True)]),
    "mandatory component": ("RFF+:7", [("missing", "13", "RFF01.1.0", True)]),
    "a number": ("QTY+21:two", [("not_number", "37", "QTY01.2.0", True)]),
    "a number without a digit before the mark": ("QTY+21:.5", [("no_digit", "38", "QTY01.2.0", True)]),
    "too long": ("RFF+ABCD:7", [("too_long", "39", "RFF01.1.0", False)]),
    "too many components": ("QTY+21:2:PCE:x", [("too_many_components", "16", "QTY01.4.0", True)]),
    "too many elements": ("QTY+21:2+x", [("too_many_elements", "16", "QTY02.0.0", False)]),
    "components in a simple element": ("LIN+1:2", [("too_many_components", "16", "LIN01.2.0", False)]),
    "a day there is not": ("DTM+2:20260231:102", [("not_date", "12", "DTM01.2.0", False)]),
    "a day of another format": ("DTM+2:260622:102", [("not_date", "12", "DTM01.2.0", False)]),
    "a control character": ("RFF+ON:a\x07b", [("bad_character", "21", "RFF01.2.0", False)]),
}


@pytest.mark.parametrize("case", EDIFACT_FAULTS)
def test_what_is_wrong_with_an_element_of_edifact_has_its_code(case: str) -> None:
    segment, expected = EDIFACT_FAULTS[case]
    message = edifact_message("ORDERS", f"BGM+220+P+9\nDTM+137:20260622:102\nLIN+1\n{segment}\nUNS+S")
    assert of_elements([it for it in findings(message) if it.level == "element"]) == expected


@pytest.mark.parametrize(
    "segment", ["QTY+21:2,5:KGM", "QTY+21:-2", "PRI+AAA:9.25", "DTM+2:202606221530:203", "DTM+2:20260622-20260630:718", "IMD+F++:::Lamp"]
)
def test_what_edifact_allows_is_not_told(segment: str) -> None:
    message = edifact_message("ORDERS", f"BGM+220+P+9\nDTM+137:20260622:102\nLIN+1\n{segment}\nUNS+S")
    assert not [it for it in findings(message) if it.level == "element"]


def test_a_partner_decides_what_lengths_dates_and_surplus_do() -> None:
    body = f"{BEG}\nCUR*BY*USDX\nDTM*010*260622\nPO1*1*1*EA"
    assert [it.is_error for it in findings(x12_set("850", body), tolerance=LENIENT)] == [False, False]
    assert [it.is_error for it in findings(x12_set("850", body), tolerance=STRICT)] == [True, True]
    assert not findings(x12_set("850", body), tolerance=Tolerance(lengths=Treat.ACCEPT, dates=Treat.ACCEPT))


def test_a_value_judged_once_is_judged_the_same_way_again() -> None:
    lines = "\n".join([BEG, *["DTM*010*20260622", "DTM*010*20260631", "DTM*010*20260622"], "PO1*1*1*EA"])
    assert len(findings(x12_set("850", lines))) == 1


@given(st.text(alphabet="0123456789", min_size=4, max_size=9))
def test_dates_and_times_never_raise(value: str) -> None:
    assert is_date(value) in {True, False}
    assert is_time(value) in {True, False}
    assert is_of_format(value, "203") in {True, False}


@settings(max_examples=40)
@given(st.lists(st.text(max_size=12), max_size=12))
def test_no_segment_can_raise(elements: list[str]) -> None:
    marks = X12
    clean = ["".join(letter for letter in text if letter not in "*~\n\r") for text in elements]
    for tag in ("PO1", "REF", "DTM", "SAC", "MEA"):
        findings(x12_set("850", f"{BEG}\n{'*'.join([tag, *clean])}", marks=marks))


def test_codes_of_a_999_have_their_plain_ones() -> None:
    assert [plain_segment(code) for code in ("I4", "I6", "I7", "I8", "I9", "5")] == ["2", "3", "3", "3", "2", "5"]
    assert [plain_element(code, is_new=True) for code in ("I6", "I9", "I10", "12", "8")] == ["7", "2", "10", "12", "8"]
    assert [plain_element(code, is_new=False) for code in ("12", "13", "I12")] == ["3", "3", "7"]


def test_product_ids_stand_in_pairs_from_the_place_the_guide_names() -> None:
    guide = Shelf().find(Standard.X12, "850", "004010")
    assert guide is not None
    assert [(tag, guide.segments[tag].pairs) for tag in ("PO1", "LIN", "IT1", "ACK")] == [("PO1", 6), ("LIN", 2), ("IT1", 6), ("ACK", 7)]
