"""Gates let through only what the close look finds nothing in: every element of a set is spoilt in many ways and judged both ways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.gates import PATIENCE, Gate, gate_of
from gateway.formats.edi.guide import Guide
from gateway.formats.edi.guide_shelf import Shelf
from gateway.formats.edi.plans import plan_of
from gateway.formats.edi.transitions import transitions
from gateway.formats.edi.tree import bare_tree, tree
from tests.edi_sets import X12, edifact_message, x12_set

ORDER = """BEG*00*DS*PO-77**20260622
    CUR*BY*USD
    REF*IA*4711
    SAC*C*D240***250
    DTM*010*20260630*1530
    N1*ST*Ada Ash*92*0042
    N4*Troy*NY*12180*US
    PO1*1*2*EA*9.25**SK*A-1*VN*V-1
    MEA*WT*G*2.5*LB
    PO4*4*4*EA
    CTT*1*2"""
MESSAGE = """BGM+220+PO-77+9
    DTM+137:20260622:102
    NAD+BY+5412345000013::9
    NAD+DP+++Ada Ash+1 Elm Street:4B+Troy++12180+US
    CUX+2:USD:9
    LIN+1++4000862141404:EN
    QTY+21:2:PCE
    PRI+AAA:9,25
    UNS+S
    CNT+2:1"""
SPOILT = [
    *("", "x", "x" * 40, "x" * 600, "\x07", "a>b", "a:b", "a^b", "20260230", "20261231", "260622"),
    *("+1", "-1", ".5", "1e3", "1" * 30, "9999", "\u00e9\u00e9", "\u0967"),
]


def learned(guide: Guide, body: str, *, is_x12: bool) -> Guide:
    """A guide of its own that has met so many of these sets that it has a gate for them."""
    own = replace(guide)
    for _ in range(PATIENCE + 1):
        set_ = a_set(body, is_x12=is_x12)
        tree(set_, own)
        assert not [it for it in set_.findings if it.is_error]
    (plan,) = transitions(own).plans.values()
    assert [len(gates.gates) for gates in plan.gates.values()] == [1]
    return own


def a_set(body: str, *, is_x12: bool) -> Set:
    return x12_set("850", body, version="005010", marks=X12) if is_x12 else edifact_message("ORDERS", body)


def spoilt(body: str, separator: str) -> Iterator[str]:
    """The set with one element after the other replaced, left out, or added."""
    lines = [line.strip() for line in body.splitlines()]
    for at, line in enumerate(lines):
        elements = line.split(separator)
        for number in range(1, len(elements) + 1):
            for value in SPOILT:
                changed = [*elements[:number], value, *elements[number + 1 :]]
                yield "\n".join([*lines[:at], separator.join(changed), *lines[at + 1 :]])


@pytest.mark.parametrize("is_x12", [True, False], ids=["x12", "edifact"])
def test_a_gate_finds_whatever_the_close_look_finds(is_x12: bool) -> None:
    body, separator = (ORDER, "*") if is_x12 else (MESSAGE, "+")
    shelf = Shelf()
    guide = shelf.named("x12/850", "005010") if is_x12 else shelf.named("edifact/orders")
    gated = learned(guide, body, is_x12=is_x12)
    bare = replace(guide)
    let_through = 0
    for changed in spoilt(body, separator):
        plain, other = a_set(changed, is_x12=is_x12), a_set(changed, is_x12=is_x12)
        transitions(bare).plans.clear()
        tree(plain, bare)
        tree(other, gated)
        assert other.findings == plain.findings
        let_through += not plain.findings
    assert let_through > 100


def test_what_passes_a_gate_is_not_looked_at_again() -> None:
    own = learned(Shelf().named("x12/850", "005010"), ORDER, is_x12=True)
    (plan,) = transitions(own).plans.values()
    (gates,) = plan.gates.values()
    seen = gates.seen
    tree(a_set(ORDER.replace("PO-77", "PO-4711").replace("9.25", "1234.5"), is_x12=True), own)
    assert gates.seen == seen


def test_no_gate_is_made_where_a_value_could_mean_something_else() -> None:
    guide = Shelf().named("edifact/orders")
    assert a_gate(edifact_message("ORDERS", MESSAGE), guide) is not None
    assert a_gate(edifact_message("ORDERS", MESSAGE.replace("20260622:102", "202626:616")), guide) is None
    released = edifact_message("ORDERS", MESSAGE)
    released.segments[2][1] = ["a", "b"]
    assert a_gate(released, guide) is None
    long = edifact_message("ORDERS", "\n".join([MESSAGE, *["QTY+21:2"] * 200]))
    assert a_gate(long, guide) is None


def a_gate(set_: Set, guide: Guide) -> Gate | None:
    return gate_of(set_, guide, plan_of(bare_tree(set_, guide)), short_dates=False)
