"""How addresses find their values in a set: preference, repetition, numbers, pairs, levels, rows, and the place that people are told."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest

from gateway.formats.addresses import AddressError
from gateway.formats.base import Oddity, Part, Shape, Unread, Want
from gateway.formats.edi.dictionary import guide_for
from gateway.formats.edi.layout import EdiLayout
from gateway.formats.edi.plan import EdiPlan
from gateway.formats.edi.scan import EdiScan
from gateway.formats.edi.segments import Standard
from tests.interchanges import edifact, group, message, order, x12


class Taken:
    """One set, and what a plan takes out of it."""

    def __init__(self, kind: str, body: str, wants: Sequence[Want], *, unread: Unread = Unread.NOTE) -> None:
        segments = [line.strip() for line in body.strip().splitlines()]
        is_x12 = kind.isdigit()
        standard = Standard.X12 if is_x12 else Standard.EDIFACT
        version = "004010" if is_x12 else "D.96A"
        self.layout = EdiLayout(guide_for(standard, kind, version, {}), [version], unread)
        sent = x12(group(order("0001", segments, type_=kind))) if is_x12 else edifact(message("1", segments, type_=f"{kind}:D:96A:UN"))
        self.scan: EdiScan = self.layout.scan(BytesIO(sent))
        self.node = next(iter(self.scan)).node
        self.plan: EdiPlan = self.layout.plan(Part.DOCUMENT, wants)
        self.slots = list(self.plan.bind(self.scan)(self.node))
        self.odd: list[Oddity] = list(self.scan.odd)

    def below(self, index: int, *addresses: str) -> list[list[Any]]:
        """What a plan inside a group takes out of each of its nodes."""
        nodes = self.slots[index]
        plan = self.plan.inside(index, [Want(address, Shape.VALUE) for address in addresses])
        walk = plan.bind(self.scan)
        return [list(walk(node)) for node in (nodes if isinstance(nodes, list) else [nodes])]


def values(kind: str, body: str, *addresses: str, shape: Shape = Shape.VALUE) -> list[Any]:
    return Taken(kind, body, [Want(address, shape) for address in addresses]).slots


ORDER = """
    BEG*00*DS*PO-77**20260622
    REF*IA*4711
    REF*CO*W1
    REF*CO*W2
    DTM*002*20260701
    DTM*106*20260630
    N9*L1*NOTE
    MSG*Ring
    MSG*twice
    N1*ST*Ada Ash
    N3*1 Elm Street*Back door
    N3*Floor 2
    PO1*1*2*EA*9.25**SK*A-1*VN*V-1
    PID*F****Lamp
    PO1*2*1*EA*5**IN*A-2
    CTT*2
"""


def test_of_several_qualifiers_the_first_that_stands_counts_whatever_the_order_of_the_file() -> None:
    assert values("850", ORDER, "DTM[106|002]", "DTM[002|106]", "DTM[037|002]", "DTM[037]") == ["20260630", "20260701", "20260701", None]


def test_one_value_of_several_is_the_first_and_it_is_told() -> None:
    taken = Taken("850", ORDER, [Want("REF[CO]", Shape.VALUE)], unread=Unread.IGNORE)
    assert taken.slots == ["W1"]
    assert [(one.kind, one.index) for one in taken.odd] == [("repeated", 0)]


def test_numbers_and_each_take_several_without_a_word() -> None:
    wants = [Want("REF[CO][#2]02", Shape.VALUE), Want("REF[CO]", Shape.VALUES), Want("N9[L1]/MSG01", Shape.VALUES)]
    taken = Taken("850", ORDER, wants, unread=Unread.IGNORE)
    assert taken.slots == ["W2", ["W1", "W2"], ["Ring", "twice"]]
    assert taken.odd == []


def test_steps_lead_into_loops() -> None:
    assert values("850", ORDER, "N1[ST]/N301", "N1[BT]/N301", "N9/MSG01", "PO1/PID[F]05") == ["1 Elm Street", None, "Ring", "Lamp"]


def test_groups_are_loops_and_inside_the_opening_segment_is_known_by_its_name() -> None:
    taken = Taken("850", ORDER, [Want("N1[ST]", Shape.GROUP), Want("PO1", Shape.GROUPS), Want("REF[IA]", Shape.GROUP)])
    assert taken.below(0, "N102", "N3[#2]01", "N3[#1]02") == [["Ada Ash", "Floor 2", "Back door"]]
    assert taken.below(1, "PO101", "PO1(SK|IN)", "PID[F]05") == [["1", "A-1", "Lamp"], ["2", "A-2", None]]
    assert taken.below(2, "REF02") == [["4711"]]


def test_the_envelope_is_read_from_the_top() -> None:
    assert values("850", ORDER, "/ISA06", "/GS03", "/ST02") == ["RETAILER       ", "VENDOR", "0001"]
    assert values("ORDERS", "BGM+220+PO-7+9", "/UNB02.1", "/UNH02.2") == ["RETAIL", "D"]


def test_segments_that_no_rule_takes_are_told_with_qualifier_and_place() -> None:
    taken = Taken("850", ORDER, [Want("BEG03", Shape.VALUE), Want("REF[CO]", Shape.VALUES), Want("DTM[106|002]", Shape.VALUE)])
    assert [(one.name, one.value) for one in taken.odd][:2] == [("REF[IA]", "4711"), ("N9[L1]", "NOTE")]
    assert taken.odd[0].where.startswith("set 0001, segment 3 REF, byte ")


def test_the_same_qualifiers_of_another_place_do_not_count() -> None:
    body = "BEG*00*DS*PO-77**20260622\nTD5**91*7\nTD5**2*DHL\nPO1*1*2*EA*9.25**SK*A-1\nCTT*1"
    assert values("850", body, "TD5[02=2]03", "TD5[02=ZZ]03", "TD503") == ["DHL", None, "7"]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("BEG03", "segment 2 BEG, element 03"),
        ("REF[CO]", "segment 4 REF, element 02"),
        ("N1[ST]/N302", "segment 12 N3, element 02"),
        ("PO1(SK)", "segment 14 PO1"),
        ("CUR02", "segment 1 ST"),
    ],
)
def test_a_place_is_told_in_the_words_of_the_partner(address: str, place: str) -> None:
    taken = Taken("850", ORDER, [Want(address, Shape.VALUE)])
    told = taken.plan.where(taken.node, 0, taken.scan)
    assert told.startswith(f"set 0001, {place}")
    assert ", byte " in told


def test_an_address_that_names_no_value_is_refused_when_it_is_compiled() -> None:
    for address in ("REF", "BEG(SK)", "."):
        with pytest.raises(AddressError):
            values("850", ORDER, address)


NOTICES = {
    "S-O-P-I": "HL*1**S\nREF*CN*T\nHL*2*1*O\nPRF*PO-7\nHL*3*2*P\nMAN*CP*X1\nHL*4*3*I\nLIN**SK*A\nSN1**1*EA",
    "S-P-O-I": "HL*1**S\nREF*CN*T\nHL*2*1*P\nMAN*CP*X1\nHL*3*2*O\nPRF*PO-7\nHL*4*3*I\nLIN**SK*A\nSN1**1*EA",
    "without parents": "HL*1**S\nREF*CN*T\nHL*2**O\nPRF*PO-7\nHL*3**P\nMAN*CP*X1\nHL*4**I\nLIN**SK*A\nSN1**1*EA",
    "with a tare": "HL*1**S\nREF*CN*T\nHL*2*1*O\nPRF*PO-7\nHL*3*2*T\nPAL****1\nHL*4*3*P\nMAN*CP*X1\nHL*5*4*I\nLIN**SK*A\nSN1**1*EA",
}


@pytest.mark.parametrize("name", NOTICES)
def test_a_row_knows_the_levels_around_it_whatever_their_order(name: str) -> None:
    wants = [Want("HL[I]", Shape.GROUPS)]
    taken = Taken("856", f"BSN*00*S-1*20260624*1700\n{NOTICES[name]}", wants)
    assert taken.below(0, "HL[S]/REF[CN]", "HL[O]/PRF01", "HL[P]/MAN[CP]", "LIN(SK)", "HL[T]/MAN[CP]") == [["T", "PO-7", "X1", "A", None]]


def test_the_document_sees_the_levels_around_its_rows() -> None:
    two = "\nHL*5*1*O\nPRF*PO-8\nHL*6*5*I\nLIN**SK*B\nSN1**1*EA"
    taken = Taken("856", f"BSN*00*S-1*20260624*1700\n{NOTICES['S-O-P-I']}{two}", [Want("HL[I]", Shape.GROUPS)])
    for row, number in zip(taken.slots[0], ("PO-7", "PO-8"), strict=True):
        taken.scan.rows = [row]
        plan = taken.layout.plan(Part.DOCUMENT, [Want("HL[O]/PRF01", Shape.VALUE), Want("*/LIN(SK)", Shape.VALUE)])
        assert plan.bind(taken.scan)(taken.node)[0] == number


def test_what_rows_of_a_document_say_differently_is_told() -> None:
    taken = Taken(
        "856", "BSN*00*S-1*20260624*1700\nHL*1**S\nHL*2*1*I\nLIN**SK*A\nPRF*X\nHL*3*1*I\nLIN**SK*B\nPRF*Y", [Want("HL[I]", Shape.GROUPS)]
    )
    taken.scan.rows = taken.slots[0]
    taken.scan.odd.clear()
    plan = taken.layout.plan(Part.DOCUMENT, [Want("*/PRF01", Shape.VALUE)])
    assert list(plan.bind(taken.scan)(taken.node)) == ["X"]
    assert [(one.kind, one.value) for one in taken.scan.odd if one.kind == "differs"] == [("differs", "Y")]


def test_packages_of_a_despatch_advice_are_levels_too() -> None:
    body = "BGM+351+S-1+9\nCPS+1\nLIN+1\nQTY+12:1\nCPS+2+1\nPAC+1\nPCI+33E\nGIN+BJ+0001\nLIN+2\nQTY+12:1"
    taken = Taken("DESADV", body, [Want("CPS/LIN", Shape.GROUPS)])
    assert taken.below(0, "LIN01", "CPS01", "CPS/PAC/PCI[33E]/GIN[BJ]", "QTY[12]") == [["1", "1", None, "1"], ["2", "2", "0001", "1"]]


def test_released_characters_are_data() -> None:
    body = "BGM+220+PO-7+9\nFTX+AAI+++one?: two?+three\nLIN+1++A?:1:IN"
    assert values("ORDERS", body, "FTX[AAI]04", "LIN(IN)") == ["one: two+three", "A:1"]
