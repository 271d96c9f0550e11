"""Levels of ship notices: by numbers, by order and rank, with numbers that start again, and each thing that is wrong with them."""

from __future__ import annotations

import pytest

from gateway.formats.edi.findings import LENIENT, Tolerance, Treat
from gateway.formats.edi.loops import Loop
from tests.edi_sets import edifact_message, findings, read_tree, x12_set


def notice(*levels: str) -> str:
    """A ship notice of levels: `2*1*O` with an order number where it is an order, `3*2*I` with an item."""
    lines = ["BSN*00*S-1*20260622*1200"]
    for level in levels:
        lines.append(f"HL*{level}")
        lines += {"O": ["PRF*PO-77"], "I": ["LIN**VN*V-1", "SN1**2*EA"]}.get(level.split("*")[2], [])
    return "\n".join(lines)


def drawn(loop: Loop) -> str:
    """The levels alone: `S(O(P(I I)))`."""
    inner = " ".join(drawn(one) for one in loop.loops if one.name in {"HL", "CPS"})
    name = loop.level or (str(loop.segments[0][1][1]) if loop.name == "CPS" else loop.name)
    return f"{name}({inner})" if inner else name


SHAPES = {
    "shipment, order, item": (["1**S", "2*1*O", "3*2*I", "4*2*I"], "856(S(O(I I)))"),
    "shipment, order, pack, item": (["1**S", "2*1*O", "3*2*P", "4*3*I", "5*2*P", "6*5*I"], "856(S(O(P(I) P(I))))"),
    "shipment, pack, order, item": (["1**S", "2*1*P", "3*2*O", "4*3*I"], "856(S(P(O(I))))"),
    "with a tare": (["1**S", "2*1*O", "3*2*T", "4*3*P", "5*4*I"], "856(S(O(T(P(I)))))"),
    "the parent stands far above": (["1**S", "2*1*O", "3*1*O", "4*2*I", "5*3*I"], "856(S(O(I) O(I)))"),
    "without parents": (["1**S", "2**O", "3**P", "4**I", "5**P", "6**I", "7**O", "8**I"], "856(S(O(P(I) P(I)) O(I)))"),
    "without parents, packs before orders": (["1**S", "2**P", "3**O", "4**I", "5**O", "6**I", "7**P", "8**O"], "856(S(P(O(I) O(I)) P(O)))"),
    "one parent left out": (["1**S", "2*1*O", "3**I", "4*2*I"], "856(S(O(I I)))"),
    "several shipments": (["1**S", "2*1*O", "3**S", "4*3*O"], "856(S(O) S(O))"),
    "only a shipment": (["1**S"], "856(S)"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_levels_hang_below_the_ones_they_name(shape: str) -> None:
    levels, expected = SHAPES[shape]
    set_ = x12_set("856", notice(*levels))
    assert drawn(read_tree(set_)) == expected
    assert not set_.findings


def test_numbers_may_start_again_with_an_order() -> None:
    set_ = x12_set("856", notice("1**S", "2*1*O", "3*2*I", "1**O", "2*1*I"))
    root = read_tree(set_)
    assert drawn(root) == "856(S(O(I) O(I)))"
    assert [(it.kind, it.is_error) for it in set_.findings] == [("numbers_restart", False)]


def test_items_that_name_their_order_themselves_need_no_order_level() -> None:
    body = "BSN*00*S-1*20260622*1200\nHL*1**S\nHL*2*1*I\nLIN**VN*V-1\nSN1**2*EA\nPRF*PO-77\nHL*3*1*I\nLIN**VN*V-2*PO*PO-78\nSN1**1*EA"
    assert not findings(x12_set("856", body))


WRONG = {
    "a number twice": (["1**S", "2*1*O", "2*2*I"], ("repeated_number", "7", 6, 1, "2")),
    "a parent that is not there": (["1**S", "2*1*O", "3*9*I"], ("unknown_parent", "7", 6, 2, "9")),
    "a level above itself": (["1**S", "2*1*O", "3*3*I"], ("unknown_parent", "7", 6, 2, "3")),
    "an item of no order": (["1**S", "2*1*I"], ("item_without_order", "2", 4, 0, "")),
}


@pytest.mark.parametrize("case", WRONG)
def test_levels_that_make_no_tree_refuse_the_set(case: str) -> None:
    levels, (kind, code, position, element, value) = WRONG[case]
    found = findings(x12_set("856", notice(*levels)))
    assert [(it.kind, it.code, it.spot.position, it.spot.element, it.value) for it in found] == [(kind, code, position, element, value)]
    assert found[0].is_error


def test_a_level_whose_parent_is_not_there_hangs_where_its_rank_belongs() -> None:
    assert drawn(read_tree(x12_set("856", notice("1**S", "2*1*O", "3*9*I")))) == "856(S(O(I)))"


@pytest.mark.parametrize(("treat", "told"), [(Treat.WARN, [False]), (Treat.ACCEPT, [])])
def test_a_partner_may_send_levels_that_make_no_tree(treat: Treat, told: list[bool]) -> None:
    found = findings(x12_set("856", notice("1**S", "2*1*O", "3*9*I")), tolerance=Tolerance(hierarchy=treat))
    assert [it.is_error for it in found] == told


DESPATCH = """BGM+351+D-1+9
    DTM+137:20260622:102
    NAD+SU+5412345000013::9
    CPS+1
    PAC+2++CT
    CPS+2+1
    PAC+1++CT
    PCI+33E
    GIN+BJ+354123450000000106
    LIN+1++4000862141404:EN
    QTY+12:2
    RFF+ON:PO-77
    CPS+3+1
    LIN+2++4000862141411:EN
    QTY+12:1"""


def test_packing_levels_of_a_despatch_advice_hang_below_each_other() -> None:
    message = edifact_message("DESADV", DESPATCH)
    root = read_tree(message)
    assert drawn(root) == "DESADV(1(2 3))"
    inner = next(loop for loop in root.loops if loop.name == "CPS").loops
    assert [loop.name for loop in inner] == ["PAC", "CPS", "CPS"]
    assert not [it for it in message.findings if it.is_error]


def test_a_packing_level_without_its_parent_refuses_the_message() -> None:
    found = findings(edifact_message("DESADV", DESPATCH.replace("CPS+3+1", "CPS+3+7")))
    assert [(it.kind, it.code) for it in found if it.is_error] == [("unknown_parent", "12")]


def test_a_set_in_memory_is_read_the_same_way_twice() -> None:
    first, second = (read_tree(x12_set("856", notice("1**S", "2*1*O", "3*2*I")), tolerance=LENIENT) for _ in range(2))
    assert drawn(first) == drawn(second)


def test_a_chain_of_levels_without_end_is_cut_and_told() -> None:
    levels = ["1**S", *[f"{number}*{number - 1}*P" for number in range(2, 3_000)]]
    set_ = x12_set("856", notice(*levels))
    root = read_tree(set_)
    assert sum(loop.name == "HL" for loop in root.all()) == 2_999
    assert {(it.kind, it.is_error) for it in set_.findings} == {("too_deep", True)}


def test_numbers_that_start_again_with_every_order_are_read_in_one_go() -> None:
    levels = [level for _ in range(2_000) for level in ("1**O", "2*1*I")]
    root = read_tree(x12_set("856", notice("1**S", *levels)))
    assert sum(loop.level == "I" for loop in root.all()) == 2_000
