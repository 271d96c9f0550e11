"""Conditions and computed values: closed forms, typed before anything runs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.documents import Order, OrderLine, Party
from gateway.mapping import Values
from tests.house import House

HEAD = "document: order\nformat: csv\nonly: write\noptions: {header: false}\nfields:\n  1: {field: number}\n"
LINES = tuple(
    OrderLine(
        number=number, item=f"I{number}", quantity=number, unit_cost=Decimal("8.98"), carrier="50", due_on=dt.date(2022, 6, 20 + number)
    )
    for number in (1, 2, 3)
)
ORDER = Order(
    number="A1",
    entered_on=dt.date(2022, 6, 20),
    sales_order="S1",
    brand="1",
    system="OMS",
    location="100",
    vendor="257",
    gift=False,
    freight=Decimal("6.95"),
    ship_to=Party(first_name="Anna", last_name="Byrd", city="London"),
    lines=LINES,
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.values = Values(partner={"vendor": "257"}, batch={"number": 74, "made_at": dt.datetime(2022, 6, 22, tzinfo=dt.UTC)})
    return house


def cell(house: House, rule: str) -> str:
    text, issues = house.write(house.mapping(HEAD + f"  2: {rule}\n"), ORDER)
    assert not any(issue.is_error for issue in issues), issues
    return text.removesuffix("\n").partition(",")[2]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("{gift: N}", True),
        ("{gift: Y}", False),
        ("{gift: [Y, N]}", True),
        ("{gift: present}", True),
        ("{buyer: absent}", True),
        ("{buyer: present}", False),
        ("{number: {not: B1}}", True),
        ("{number: {starts: A}}", True),
        ("{number: {not: {starts: A}}}", False),
        ("{freight: {above: 5}}", True),
        ("{freight: {above: '6.95'}}", False),
        ("{freight: {below: 7}}", True),
        ("{discount: {above: 0}}", False),
        ("{entered_on: {below: 2022-07-01}}", True),
        ("{ship_to.city: London, gift: N}", True),
        ("{ship_to.city: London, gift: Y}", False),
        ("{any: [{ship_to.city: Paris}, {gift: N}]}", True),
        ("{any: [{ship_to.city: Paris}, {gift: Y}]}", False),
        ("{$partner.vendor: '257'}", True),
        ("{$batch.number: '74'}", True),
        ("{lines: present}", True),
    ],
)
def test_a_condition_decides_whether_a_rule_writes(house: House, condition: str, holds: bool) -> None:
    assert cell(house, f"{{field: sales_order, when: {condition}, only: write}}") == ("S1" if holds else "")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("{first: [buyer, brand]}", "1"),
        ("{first: [buyer, {text: none}]}", "none"),
        ("{join: [ship_to.first_name, buyer, ship_to.last_name], with: ' '}", "Anna Byrd"),
        ("{join: [number, freight, entered_on], with: '-'}", "A1-6.95-2022-06-20"),
        ("{join: lines.item, with: ' | '}", "I1 | I2 | I3"),
        ("{join: lines.due_on, with: ' '}", "2022-06-21 2022-06-22 2022-06-23"),
        ("{join: lines.lot}", ""),
        ("{part: sales_order, from: 2, to: 2}", "1"),
        ("{part: ship_to.city, to: 3}", "Lon"),
        ("{plus: [freight, 1], places: 2}", "7.95"),
        ("{minus: [10, freight]}", "3.05"),
        ("{times: [freight, 3], places: 1}", "20.9"),
        ("{over: [freight, 3], places: 2}", "2.32"),
        ("{plus: [freight, discount]}", ""),
        ("{sum: lines.quantity}", "6"),
        ("{min: lines.due_on}", "2022-06-21"),
        ("{max: lines.due_on}", "2022-06-23"),
        ("{count: lines}", "3"),
        ("{days: [entered_on, 3]}", "2022-06-23"),
        ("{choose: [{when: {gift: Y}, give: {text: gift}}, {give: {text: plain}}]}", "plain"),
        ("{choose: [{when: {gift: Y}, give: {text: gift}}]}", ""),
        ("{times: [{plus: [1, 2]}, {minus: [freight, {text: x}]}]}", None),
        ("{times: [{plus: [1, 2]}, 2]}", "6"),
        ("{join: [$partner.vendor, $batch.number], with: /}", "257/74"),
    ],
)
def test_a_computed_value_is_written(house: House, form: str, text: str | None) -> None:
    if text is None:
        assert "takes numbers" in house.problems(HEAD + f"  2: {{compute: {form}, only: write}}\n")[0]
    else:
        assert cell(house, f"{{compute: {form}, only: write}}") == text


def test_a_computed_value_may_have_a_codec(house: House) -> None:
    assert cell(house, "{compute: {min: lines.due_on}, as: date(MM/DD/YYYY), only: write}") == "06/21/2022"
    assert cell(house, "{compute: {times: [freight, 3]}, as: decimal(2 comma), only: write}") == '"20,85"'


def test_division_by_zero_is_an_issue(house: House) -> None:
    mapping = house.mapping(HEAD + "  2: {compute: {over: [freight, {minus: [1, 1]}], places: 2}, only: write}\n")
    assert [issue.kind for issue in house.write(mapping, ORDER)[1] if issue.is_error] == ["expression"]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("{over: [freight, 3]}", "over needs places"),
        ("{sum: lines.item}", "sum takes numbers"),
        ("{sum: freight}", "the path of a field in a list"),
        ("{join: freight, with: x}", "the path of a field in a list"),
        ("{join: lines.messages, with: x}", "join takes single values"),
        ("{join: lines.itme, with: x}", "item"),
        ("{count: freight}", "is not a list"),
        ("{days: [freight, 3]}", "days takes a date and a whole number"),
        ("{first: [freight, brand]}", "mixes"),
        ("{first: []}", "takes a list"),
        ("{join: [a], wiht: x}", "did you mean 'with'?"),
        ("{choose: [{give: {text: a}}, {when: {gift: N}, give: {text: b}}]}", "stands last"),
        ("{plus: [{plus: [{plus: [{plus: [1, 1]}, 1]}, 1]}, 1]}", "deeper than 3"),
        ("{part: number, from: 0}", "from takes a whole number"),
    ],
)
def test_a_form_that_cannot_be_is_told(house: House, form: str, says: str) -> None:
    problems = house.problems(HEAD + f"  2: {{compute: {form}, only: write}}\n")
    assert any(says in problem for problem in problems), problems


def test_a_field_that_the_file_does_not_say_may_be_computed_when_reading(house: House) -> None:
    mapping = house.mapping(
        """
        document: line_update
        format: csv
        set: {reason: {compute: {join: [order_number, item], with: '/'}}, due_on: {compute: {days: [$message.received_at, 2]}}}
        fields: {Order: order_number, Action: action, Item: item}
        """
    )
    house.values = Values(message={"received_at": dt.datetime(2022, 6, 20, 8, tzinfo=dt.UTC)})
    (reading,) = house.read(mapping, "Order,Action,Item\nA1,hold,X\n")
    assert (reading.document.reason, reading.document.due_on) == ("A1/X", dt.date(2022, 6, 22))
