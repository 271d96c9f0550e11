"""What was not taken of a file of JSON or XML, as a file of the same form: entries as they stand, what is wrong beside each."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import pytest

from gateway.documents import VendorAction
from gateway.mapping import Mapping
from tests.house import House

JSON = """
    document: vendor_action
    format: json
    options: {document: actions}
    fields: {po: order_number, act: action, id: {field: request_id, required: true}, n: {field: line, as: int}}
"""
XML = """
    document: vendor_action
    format: xml
    options:
      root: Acts
      document: "act | group/act"
      names: loose
    fields: {po: order_number, act: action, id: {field: request_id, required: true}, n: {field: line, as: int}}
"""
ACTS = "  <act po='{}' act='hold' n='x'>\n    <note>a &amp; b</note>\n  </act>\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def sifted(house: House, mapping: Mapping, text: str) -> str:
    """What is left of a file by what its reading says, as the answer does it."""
    wrong = {
        it.where: " | ".join(issue.code for issue in it.issues if issue.is_error) for it in house.read(mapping, text) if not it.is_good
    }
    target = BytesIO()
    assert mapping.can_sift
    mapping.sift(lambda: BytesIO(text.encode()), wrong, target)
    return target.getvalue().decode()


def orders(house: House, mapping: Mapping, text: str) -> list[str]:
    documents = [it.said for it in house.read(mapping, text)]
    return [it.order_number or "" for it in documents if isinstance(it, VendorAction)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            '{"sender": "V", "actions": [\n  {"po": "A1", "act": "hold", "id": "1"},\n  {"po": "A2",\n   "n": 1.50}\n], "last": 1.0}\n',
            '{"sender": "V", "actions": [\n    {"problem": "ACT-301 | MAP", "po": "A2",\n   "n": 1.50}\n  ], "last": 1.0}\n',
        ),
        ('[{"po": "A2", "n": "x"}]', '[\n  {"problem": "ACT", "po": "A2", "n": "x"}\n]\n'),
        ('{"actions": {\n  "po": "A2"\n}}', '{"actions": {\n  "problem": "ACT",\n  "po": "A2"\n}}\n'),
        ('{"actions": [{}, 7, {"po": "Ü"}]}', '{"actions": [\n    {"problem": "ACT"},\n    7,\n    {"problem": "ACT", "po": "Ü"}\n  ]}\n'),
        ('{"actions": [{ "problem" : "old \\"one\\"" , "po": "A2"}]}', '{"actions": [\n    { "problem": "ACT", "po": "A2"}\n  ]}\n'),
        ('{"actions": [{"po": "A2", "problem": "theirs"}]}', '{"actions": [\n    {"po": "A2", "problem": "theirs"}\n  ]}\n'),
        ('{"actions": [{"po": "A1", "act": "hold", "id": "1"}]}', '{"actions": []}\n'),
    ],
)
def test_refused_entries_of_json_go_back_as_they_stand_with_what_is_wrong_first(house: House, text: str, left: str) -> None:
    layout = JSON.replace("{document: actions}", "{}") if text.startswith("[") else JSON
    found = sifted(house, house.mapping(layout), text)
    assert re.sub(r'"problem": "(?!theirs)[^"]*"', "P", found) == re.sub(r'"problem": "(?!theirs)[^"]*"', "P", left)
    json.loads(found)


def test_json_that_comes_back_is_read_like_the_first_and_its_problem_is_none_of_its_values(house: House) -> None:
    text = '{"actions": [{"po": "A1", "act": "hold"}, {"po": "A2", "act": "hold", "id": "2"}, {"po": "A3", "act": "hold"}]}'
    mapping = house.mapping(JSON + "    unread: refuse\n")
    once = sifted(house, mapping, text)
    assert orders(house, mapping, once) == ["A1", "A3"]
    assert sifted(house, mapping, once) == once
    mended = once.replace('"po": "A3"', '"po": "A3", "id": "3"').replace('"po": "A1"', '"po": "A1", "id": "1"')
    assert all(it.is_good and not it.issues for it in house.read(mapping, mended))
    own = house.mapping(JSON.replace("n: {field: line, as: int}", "problem: reason"), "own")
    assert '"problem"' not in sifted(house, own, text)


def test_refused_elements_of_xml_go_back_in_their_places(house: House) -> None:
    good = "  <act po='G' act='hold' id='7'/>\n"
    text = (
        "<?xml version='1.0'?>\n<Acts xmlns='urn:v' at='now'>\n  <sender>V</sender>\n"
        f"{good}{ACTS.format('A1')}{good}{ACTS.format('A2')}  <last/>\n</Acts>\n"
    )
    mapping = house.mapping(XML)
    left = sifted(house, mapping, text)
    assert re.sub(r"<!-- \S.*? -->", "<!--P-->", left).splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Acts xmlns="urn:v" at="now">',
        "  <sender>V</sender>",
        *(
            line
            for po in ("A1", "A2")
            for line in ("  <!--P-->", f'  <act xmlns="urn:v" po="{po}" act="hold" n="x">', "    <note>a &amp; b</note>", "  </act>")
        ),
        "  <last/>",
        "</Acts>",
    ]
    assert orders(house, mapping, left) == ["A1", "A2"]
    assert sifted(house, mapping, left) == left


@pytest.mark.parametrize("count", [3, 300])
def test_a_large_file_gives_back_what_a_small_one_does(house: House, count: int) -> None:
    rows = "".join(
        f"<group no='{number}'>\n{ACTS.format(f'A{number}')}</group>\n<act po='B{number}' act='hold' id='{number}'/>\n"
        for number in range(count)
    )
    mapping = house.mapping(XML.replace('"act | group/act"', "group/act"))
    left = sifted(house, mapping, f"<Acts>\n{rows}</Acts>\n")
    assert orders(house, mapping, left) == [f"A{number}" for number in range(count)]
    assert left.count("<!--") == count
    flat = f"<Acts>\n{''.join(ACTS.format(f'A{number}') for number in range(4 * count))}</Acts>\n"
    mapping = house.mapping(XML.replace('"act | group/act"', "act"), "flat")
    assert orders(house, mapping, sifted(house, mapping, flat)) == [f"A{number}" for number in range(4 * count)]


def test_what_cannot_stand_alone_is_not_given_back(house: House) -> None:
    counted = JSON + "    tail:\n      count: {count: documents}\n"
    assert not house.mapping(counted, "counted").can_sift
    cut = "    split: {rows: acts, by: [po]}\n"
    assert not house.mapping(JSON.replace("po: order_number", "'*/po': order_number") + cut, "cut").can_sift
    one = house.mapping(XML.replace('      document: "act | group/act"\n', ""), "one")
    assert sifted(house, one, "<Acts po='A1'/>") == "<Acts po='A1'/>"


def test_a_comment_holds_whatever_is_wrong(house: House) -> None:
    target = BytesIO()
    text = "<Acts><act po='A1'/></Acts>"
    mapping = house.mapping(XML)
    (reading,) = house.read(mapping, text)
    mapping.sift(lambda: BytesIO(text.encode()), {reading.where: "a---b\x00 ü -->"}, target)
    assert target.getvalue().decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Acts>\n  <!-- a- - -b  ü - -> -->\n  <act po="A1"/>\n</Acts>\n'
    )
