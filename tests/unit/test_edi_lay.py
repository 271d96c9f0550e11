"""How documents become sets: in the order of the guide, without shells, levels as the hierarchy says, and what does not fit is told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from gateway.formats.base import Shape, Want
from gateway.formats.edi.address import edi_path
from gateway.formats.edi.dictionary import SetGuide, guide_for
from gateway.formats.edi.lay import LaidOut, Layer
from gateway.formats.edi.place import Placed, Placer
from gateway.formats.edi.segments import Standard

ORDER = guide_for(Standard.X12, "850", "004010", {})
NOTICE = guide_for(Standard.X12, "856", "004010", {})
ADVICE = guide_for(Standard.EDIFACT, "DESADV", "D.96A", {})
MESSAGE = guide_for(Standard.EDIFACT, "ORDERS", "D.96A", {})

Rules = Sequence[tuple[str, Any]]


def placed(known: SetGuide, *rules: tuple[str, Any], constants: Sequence[str] = (), alone: Sequence[str] = ()) -> Placed | None:
    """What these values at these addresses make; a list of texts for several, a list of levels for groups."""
    wants, values = [], []
    for address, value in rules:
        shape = Shape.VALUE
        if isinstance(value, Placed):
            shape = Shape.GROUP
        elif isinstance(value, list):
            shape = Shape.GROUPS if value and isinstance(value[0], Placed) else Shape.VALUES
        wants.append(Want(address, shape, constant=address in constants or address in alone, alone=address in alone))
        values.append(value)
    return Placer(known, wants, [edi_path(want.address) for want in wants]).place(values)


def made(known: SetGuide, document: Placed | None, hierarchy: str = "") -> LaidOut:
    assert document is not None
    return Layer(known, known, hierarchy.split("-") if hierarchy else ()).lay(document)


def lines(laid: LaidOut) -> list[str]:
    """The segments as people write them."""
    return ["*".join(part if isinstance(part, str) else ":".join(part) for part in segment) for segment in laid.segments]


def said(known: SetGuide, *rules: tuple[str, Any], constants: Sequence[str] = (), alone: Sequence[str] = ()) -> list[str]:
    return lines(made(known, placed(known, *rules, constants=constants, alone=alone)))


def test_segments_stand_in_the_order_of_the_guide_whatever_the_order_of_the_rules() -> None:
    assert said(ORDER, ("N1[ST]/N401", "Troy"), ("CUR[BY]02", "USD"), ("REF[CO]", "W1"), ("BEG03", "PO-7")) == [
        "BEG***PO-7",
        "CUR*BY*USD",
        "REF*CO*W1",
        "N1*ST",
        "N4*Troy",
    ]


def test_values_with_the_same_conditions_stand_in_one_segment() -> None:
    assert said(ORDER, ("TD5[02=2]03", "DHL"), ("TD5[02=2]05", "By air"), ("TD5[02=91]03", "7")) == ["TD5**2*DHL**By air", "TD5**91*7"]
    assert said(ORDER, ("DTM[106|002]", "20260630"), ("DTM[106]05", "x")) == ["DTM*106*20260630***x"]


def test_constants_and_qualifiers_alone_are_not_written() -> None:
    assert placed(ORDER, ("BEG02", "DS"), constants=["BEG02"]) is None
    assert said(ORDER, ("BEG03", "PO-7"), ("BEG02", "DS"), ("N9[L1]02", "NOTE"), constants=["BEG02", "N9[L1]02"]) == ["BEG**DS*PO-7"]
    assert said(ORDER, ("REF[BT]", "74"), alone=["REF[BT]"]) == ["REF*BT*74"]


def test_a_constant_stands_in_the_loop_whose_beginning_it_belongs_to() -> None:
    rules = (("N9[L1]02", "NOTE"), ("N9[L1]/MSG01", ["Ring", "twice"]), ("N9[ZZ]/MSG01", ["Hello"]))
    assert said(ORDER, *rules, constants=["N9[L1]02"]) == ["N9*L1*NOTE", "MSG*Ring", "MSG*twice", "N9*ZZ", "MSG*Hello"]


def test_several_values_make_a_segment_each() -> None:
    assert said(ORDER, ("REF[IA]", ["1", "2"])) == ["REF*IA*1", "REF*IA*2"]


def test_pairs_follow_each_other_from_where_the_guide_has_them() -> None:
    assert said(ORDER, ("PO1(SK|IN)", "A-1"), ("PO1(VN)", "V-1"), ("PO101", "1")) == ["PO1*1*****SK*A-1*VN*V-1"]
    assert said(MESSAGE, ("LIN01", "1"), ("LIN(EN|UP)", "40063")) == ["LIN*1**40063:EN", "UNS*S"]
    assert said(MESSAGE, ("PIA[5|1](SA)", "V-1"), ("PIA[5](IN)", "A-1")) == ["UNS*S", "PIA*5*V-1:SA*A-1:IN"]


def test_components_keep_their_places() -> None:
    assert said(MESSAGE, ("DTM[137]", "20260622"), ("DTM[137]01.3", "102"), ("NAD[BY]02.1", "40"), ("NAD[BY]02.3", "9")) == [
        "DTM*137:20260622:102",
        "NAD*BY*40::9",
        "UNS*S",
    ]


def test_free_text_is_cut_at_blanks_into_components() -> None:
    (text, _) = said(MESSAGE, ("FTX[AAI]04", "word " * 300 + "end"))
    pieces = text.removeprefix("FTX*AAI***").split(":")
    assert len(pieces) == 3
    assert all(len(piece) <= 512 for piece in pieces)
    assert " ".join(pieces) == "word " * 300 + "end"


def test_a_value_that_is_too_long_is_told_with_its_place() -> None:
    laid = made(ORDER, placed(ORDER, ("BEG03", "x" * 30), ("N1[ST]02", "y" * 60)))
    assert [(one.tag, one.element, one.most, len(one.value)) for one in laid.too_long] == [("BEG", 3, 22, 30)]


def test_a_segment_that_a_partner_adds_stands_behind_its_loop() -> None:
    known = guide_for(Standard.X12, "850", "004010", {"PO1": ["ZZZ"]})
    line = placed(known, ("PO101", "1"), ("ZZZ01", "red"), ("PID[F]05", "Lamp"))
    assert lines(made(known, placed(known, ("PO1", [line, line])))) == ["PO1*1", "PID*F****Lamp", "ZZZ*red"] * 2


def test_a_segment_that_the_guide_does_not_know_stands_last() -> None:
    assert said(ORDER, ("ZZZ01", "red"), ("BEG03", "PO-7"), ("CTT01", "1")) == ["BEG***PO-7", "CTT*1", "ZZZ*red"]


def test_tail_and_document_are_laid_out_together() -> None:
    document, tail = placed(ORDER, ("BEG03", "PO-7")), placed(ORDER, ("CTT01", "2"))
    assert document is not None
    assert lines(Layer(ORDER, ORDER, ()).lay(document, tail)) == ["BEG***PO-7", "CTT*2"]


def item(name: str, *rules: tuple[str, str]) -> Placed:
    found = placed(NOTICE, ("LIN(SK)", name), *rules)
    assert found is not None
    return found


def levels(hierarchy: str, rows: list[Placed], *rules: tuple[str, str]) -> list[str]:
    """HL numbers, parents and kinds with what stands first on each."""
    document = placed(NOTICE, *rules, ("HL[I]", rows))
    laid = made(NOTICE, document, hierarchy)
    found = lines(laid)
    assert laid.levels == sum(line.startswith("HL") for line in found)
    assert document is not None
    assert Layer(NOTICE, NOTICE, hierarchy.split("-")).levels(document) == laid.levels
    return [f"{one.removeprefix('HL*')} {after}" for one, after in pairwise(found) if one.startswith("HL")]


SHIPMENT, PURCHASE = ("HL[S]/TD503", "DHL"), ("HL[O]/PRF01", "PO-7")


def packed(name: str, pack: str) -> Placed:
    return item(name, ("HL[P]/MAN[CP]", pack))


@pytest.mark.parametrize(
    ("hierarchy", "expected"),
    [
        (
            "S-O-P-I",
            [
                "1**S*1 TD5***DHL",
                "2*1*O*1 PRF*PO-7",
                "3*2*P*1 MAN*CP*X1",
                "4*3*I*0 LIN**SK*A",
                "5*3*I*0 LIN**SK*B",
                "6*2*P*1 MAN*CP*X2",
                "7*6*I*0 LIN**SK*C",
            ],
        ),
        ("S-O-I", ["1**S*1 TD5***DHL", "2*1*O*1 PRF*PO-7", "3*2*I*0 LIN**SK*A", "4*2*I*0 LIN**SK*B", "5*2*I*0 LIN**SK*C"]),
        ("S-I", ["1**S*1 TD5***DHL", "2*1*I*0 LIN**SK*A", "3*1*I*0 LIN**SK*B", "4*1*I*0 LIN**SK*C"]),
    ],
)
def test_levels_are_numbered_as_the_hierarchy_says_and_equal_ones_are_shared(hierarchy: str, expected: list[str]) -> None:
    rows = [packed("A", "X1"), packed("C", "X2"), packed("B", "X1")]
    rows = [packed("A", "X1"), packed("B", "X1"), packed("C", "X2")] if "P" not in hierarchy else rows
    assert levels(hierarchy, rows, SHIPMENT, PURCHASE) == expected


def test_a_level_that_says_nothing_is_left_out() -> None:
    rows = [item("A"), packed("B", "X1")]
    assert levels("S-O-P-I", rows, SHIPMENT, PURCHASE) == [
        "1**S*1 TD5***DHL",
        "2*1*O*1 PRF*PO-7",
        "3*2*I*0 LIN**SK*A",
        "4*2*P*1 MAN*CP*X1",
        "5*4*I*0 LIN**SK*B",
    ]


def test_packages_follow_the_whole_consignment_with_their_lines() -> None:
    def row(number: str, *rules: tuple[str, str]) -> Placed:
        found = placed(ADVICE, ("LIN01", number), *rules)
        assert found is not None
        return found

    rows = [row("1"), row("2", ("CPS/PAC01", "1")), row("3", ("CPS/PAC01", "2")), row("4", ("CPS/PAC01", "1"))]
    document = placed(ADVICE, ("BGM02", "S-1"), ("CPS/LIN", rows))
    found = " / ".join(lines(made(ADVICE, document)))
    assert found == "BGM**S-1 / CPS*1 / LIN*1 / CPS*2*1 / PAC*1 / LIN*2 / LIN*4 / CPS*3*1 / PAC*2 / LIN*3"


EVERYWHERE = (
    ("HL[S]/TD503", "DHL"),
    ("HL[S]/REF[BM]02", "BOL-1"),
    ("HL[O]/PRF01", "PO-7"),
    ("HL[O]/REF[IV]02", "INV-1"),
)


@pytest.mark.parametrize("hierarchy", ["", "S-O-T-P-I", "S-O-P-I", "S-P-O-I", "S-O-I", "S-P-I", "S-I", "O-I", "P-I"])
def test_no_hierarchy_loses_a_value(hierarchy: str) -> None:
    rows = [item(name, ("HL[T]/MAN[AA]02", "PAL"), ("HL[P]/MAN[CP]02", f"X{name}"), ("HL[P]/PO406", "2")) for name in "AB"]
    document = placed(NOTICE, *EVERYWHERE, ("HL[I]", rows))
    found = lines(made(NOTICE, document, hierarchy))
    written = {line for line in found if not line.startswith("HL")}
    assert {"TD5***DHL", "REF*BM*BOL-1", "PRF*PO-7", "REF*IV*INV-1", "MAN*AA*PAL", "MAN*CP*XA", "MAN*CP*XB", "PO4******2"} <= written
    assert found == lines(made(NOTICE, document, hierarchy))  # what was placed stays as it is
    assert document is not None
    assert Layer(NOTICE, NOTICE, hierarchy.split("-") if hierarchy else ()).levels(document) == sum(one.startswith("HL") for one in found)


def test_what_a_missing_level_says_stands_on_the_nearest_one() -> None:
    rows = [item(name, ("HL[P]/MAN[CP]02", f"X{name}")) for name in "AB"]
    document = placed(NOTICE, *EVERYWHERE, ("HL[I]", rows))
    assert lines(made(NOTICE, document, "S-I")) == [
        "HL*1**S*1",
        "TD5***DHL",
        "REF*BM*BOL-1",
        "REF*IV*INV-1",
        *("HL*2*1*I*0", "LIN**SK*A", "PRF*PO-7", "MAN*CP*XA"),
        *("HL*3*1*I*0", "LIN**SK*B", "PRF*PO-7", "MAN*CP*XB"),
    ]


def test_kinds_of_packages_that_addresses_name_are_one_package() -> None:
    def row(number: str) -> Placed:
        found = placed(ADVICE, ("LIN01", number), ("CPS[3]/PAC01", "1"), ("CPS[1]/MEA[PD]03.2", "7"))
        assert found is not None
        return found

    document = placed(ADVICE, ("BGM02", "S-1"), ("CPS/LIN", [row("1"), row("2")]))
    found = lines(made(ADVICE, document))
    assert {"PAC*1", "MEA*PD**:7"} <= set(found)
    assert sum(line.startswith("CPS") for line in found) == 2
