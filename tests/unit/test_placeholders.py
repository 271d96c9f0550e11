"""Templates that were never filled are told by their placeholders, in every format and on every way of reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mapping.placeholders import placeholder
from tests.house import House, found

HOLES = ["{order_id}", "{{ order_id }}", "{{po}}", "${PO_NUMBER}", "%PO%", "<%= po %>", "[[ order no ]]"]
NUMBERS = ["AB10747", "4711", "{4711}", "%", "{}", "[A]", "100%", "A{B}C", "$5", "<b>"]
CSV = """
    document: line_update
    format: csv
    fields: {Order: order_number, Action: action}
"""
JSON = """
    document: line_update
    format: json
    options: {document: updates}
    fields: {order: order_number, action: action}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize("hole", HOLES)
def test_a_placeholder_is_told(hole: str) -> None:
    assert placeholder(hole) == hole


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_no_placeholder(number: str) -> None:
    assert placeholder(number) == ""


@pytest.mark.parametrize("hole", HOLES)
def test_a_row_whose_number_was_never_filled_in_is_refused_and_its_neighbours_are_taken(house: House, hole: str) -> None:
    readings = house.read(house.mapping(CSV), f"Order,Action\nA1,hold\n{hole},hold\nA3,hold\n")
    assert [reading.is_good for reading in readings] == [True, False, True]
    assert found(readings) == [("unknown_document", "row 2", "")]
    assert "the file is a template" in readings[1].issues[0].text


def test_a_template_is_told_as_that_and_not_by_its_other_faults(house: House) -> None:
    readings = house.read(house.mapping(JSON), '{"updates": [{"order": "{order_id}", "action": "{action}"}]}')
    assert [kind for kind, _, _ in found(readings)] == ["unknown_document"]
