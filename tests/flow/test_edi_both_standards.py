"""X12 and EDIFACT in one file: each set goes to its layout, and what nobody reads is never answered as accepted."""

from __future__ import annotations

import pytest

from tests.flow.test_edi_sets import order
from tests.kitsune import connector, edifact, x12
from tests.town import Town

MESSAGE = [
    "BGM+220+E20001+9",
    "DTM+137:20260622:102",
    "NAD+DP+++Kim Example+221B Baker Street+London++SE1 9GF+GB",
    "LIN+1++BX100 RED:IN",
    "QTY+21:2:PCE",
    "PRI+AAA:8.98",
    "UNS+S",
    "CNT+2:1",
]


def shop(town: Town, mapping: str, more: str = "") -> Town:
    """A retailer who sends orders by interchanges."""
    for folder in ("in/kitsune", "out/kitsune/acks"):
        (town.root / folder).mkdir(parents=True)
    ours = '  vendor: "257"\n  system: OMS\n  brand: "1"\n  location: "100"\n'
    town.declare("kitsune", connector(mapping=mapping).replace('  vendor: "257"\n', ours) + more)
    return town


def booked(town: Town) -> list[str]:
    return sorted(one["number"] for one in town.command("order", "list", "--json").json)


def answers(town: Town) -> str:
    return "".join(town.files("out/kitsune/acks").values())


X12_FILE = x12(order("AB20001"), kind="PO")
EDIFACT_FILE = edifact(("ORDERS", MESSAGE))


@pytest.mark.parametrize("text", [X12_FILE + EDIFACT_FILE, EDIFACT_FILE + X12_FILE], ids=["x12 first", "edifact first"])
def test_orders_of_both_standards_in_one_file_are_booked_and_answered(town: Town, text: str) -> None:
    shop(town, "[x12-850-004010, edifact-orders]").drop("in/kitsune/both.edi", text)
    town.once()
    assert booked(town) == ["AB20001", "E20001"]
    assert ("AK9*A*1*1*1~" in answers(town), "+7'" in answers(town)) == (True, True)


@pytest.mark.parametrize("text", [X12_FILE + EDIFACT_FILE, EDIFACT_FILE + X12_FILE], ids=["x12 first", "edifact first"])
@pytest.mark.parametrize(
    ("layouts", "orders", "told"),
    [
        ("[x12-850-004010]", ["AB20001"], ("AK9*A*1*1*1~", "UCM+1+ORDERS:D:96A:UN+4+17")),
        ("[edifact-orders]", ["E20001"], ("AK5*R*1~", "+7'")),
    ],
)
def test_a_set_of_the_standard_that_no_layout_is_for_is_refused_and_answered_so(
    town: Town, text: str, layouts: str, orders: list[str], told: tuple[str, str]
) -> None:
    shop(town, layouts).drop("in/kitsune/both.edi", text)
    town.once()
    assert booked(town) == orders
    for words in told:
        assert words in answers(town)


def test_nothing_of_a_file_that_is_too_large_is_answered_as_accepted(town: Town) -> None:
    large = x12(*[order(f"AB2000{n}") for n in range(9)], kind="PO")
    shop(town, "[x12-850-004010]", more="    limits: {size: 1KB}\n").drop("in/kitsune/large.edi", large)
    town.once()
    assert booked(town) == []
    assert "AK9*R*9*9*0~" in answers(town)


def test_a_file_read_by_a_layout_that_a_person_picked_is_answered_by_what_that_layout_is_for(town: Town) -> None:
    shop(town, "[x12-850-005010]").drop("in/kitsune/old.edi", X12_FILE)
    town.once()
    assert "AK5*R*1~" in answers(town)
    (message,) = town.command("message", "list", "--json").json
    town.command("message", "replay", str(message["id"]), "--mapping", "x12-850-004010", "--reason", "release agreed")
    town.once()
    assert booked(town) == ["AB20001"]
    assert "AK9*A*1*1*1~" in answers(town)


LACKING = x12(order("AB20001"), ("850", [it.replace("*8.98*", "**") for it in order("AB20002")[1]]), order("AB20003", "2.5"), kind="PO")
"""The second order has no cost, which our layout needs and X12 does not; the third a quantity that is none."""


def test_a_value_that_only_our_layout_needs_is_no_fault_of_the_set(town: Town) -> None:
    lacking = edifact(("ORDERS", [it for it in MESSAGE if not it.startswith("PRI")]))
    shop(town, "[x12-850-004010, edifact-orders]").drop("in/kitsune/lacking.edi", LACKING + lacking)
    town.once()
    assert booked(town) == ["AB20001"]
    told = [line.rstrip("~'") for line in answers(town).splitlines()]
    assert [line for line in told if line.startswith("AK")] == [
        *("AK1*PO*1", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*A", "AK2*850*0003"),
        *("AK3*PO1*7*PO1*8", "AK4*2*330*6*2.5", "AK5*R*5", "AK9*P*3*3*2"),
    ]
    assert [line[-2:] for line in told if line.startswith("UC")] == ["+7"]
    (message,) = town.command("message", "list", "--json").json
    assert "PO104 is missing" in town.command("message", "show", str(message["id"]), "--json").out


def test_where_one_refused_set_refuses_its_file_so_does_what_our_layout_misses(town: Town) -> None:
    file = LACKING.replace("*2.5*", "*2*")
    shop(town, "[x12-850-004010]").drop("in/kitsune/lacking.edi", file)
    path = town.root / "connectors/kitsune.yaml"
    path.write_text(path.read_text().replace("ta1: asked", "whole_file: true"))
    town.once()
    assert booked(town) == []
    assert [line.rstrip("~") for line in answers(town).splitlines() if line.startswith(("AK5", "AK9"))] == [
        *("AK5*R", "AK5*R*5", "AK5*R", "AK9*R*3*3*0"),
    ]


def test_a_group_in_a_version_that_no_layout_reads_is_refused_for_that(town: Town) -> None:
    newer = x12(order("AB20009"), kind="PO", number=2, group=2).replace("*X*004010~", "*X*006020~")
    shop(town, "[x12-850-004010]").drop("in/kitsune/newer.edi", X12_FILE + newer)
    town.once()
    assert booked(town) == ["AB20001"]
    told = [line.rstrip("~") for line in answers(town).splitlines()]
    assert [line for line in told if line.startswith(("AK5", "AK9"))] == ["AK5*A", "AK9*A*1*1*1", "AK5*R*1", "AK9*R*1*1*0*2"]
