"""What is wrong with a mapping is told before anything runs: file, line, word, and the nearest valid one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.kernel.errors import ConfigError
from gateway.mapping import Library, load_mapping
from tests.house import House

HEAD = "mapping: layout\nversion: 1\ndocument: line_update\nformat: csv\n"
FIELDS = "fields: {Order: order_number, Action: action}\n"
XML = "mapping: layout\nversion: 1\ndocument: line_update\nformat: xml\noptions: {root: U, document: u}\n"
ORDER = "mapping: layout\nversion: 1\ndocument: order\nformat: xml\noptions: {root: O}\n"
GIVEN = (
    "  a: number\n  b: entered_on\n  c: sales_order\n  d: brand\n  e: system\n  f: location\n  g: vendor\n"
    "  s: {into: sold_to, fields: {c: city}}\n"
)
LINES = "  l: {each: lines, fields: {n: number, i: item, q: quantity, u: unit_cost, c: carrier}}\n"

TABLE = [
    # words and shape
    (HEAD + "feilds: {}\n" + FIELDS, "layout.yaml:5: feilds: unknown word 'feilds'; did you mean 'fields'?"),
    (HEAD + "fields: {Order: {feild: order_number}, Action: action}\n", "unknown word 'feild'; did you mean 'field'?"),
    ("version: 1\ndocument: line_update\nformat: csv\n" + FIELDS, "mapping: the word is missing"),
    (HEAD.replace("version: 1\n", "") + FIELDS, "version: the word is missing"),
    (HEAD.replace("version: 1", "version: one") + FIELDS, "must be a whole number from 1, found 'one'"),
    (HEAD.replace("mapping: layout", "mapping: other") + FIELDS, "the name 'other' must be the file name 'layout'"),
    (HEAD.replace("line_update", "line_updat") + FIELDS, "unknown kind of document 'line_updat'; did you mean 'line_update'?"),
    (HEAD + "answers: [order, invoic]\n" + FIELDS, "answers: unknown kind of document 'invoic'; did you mean 'invoice'?"),
    (HEAD.replace("csv", "cvs") + FIELDS, "unknown format 'cvs'; did you mean 'csv'?"),
    (HEAD.replace("format: csv", "format: x12") + FIELDS, "layout.yaml:1: options.set: says which set it is: 810"),
    (HEAD.replace("format: csv", "format: edifact") + FIELDS, "layout.yaml:1: options.message: says which message it is: "),
    (HEAD + "language: 2\n" + FIELDS, "only version 1 of the language is known"),
    (HEAD + "only: reading\n" + FIELDS, "unknown value 'reading'; did you mean 'read'?"),
    (HEAD + "unread: forget\n" + FIELDS, "unknown value 'forget'"),
    (HEAD + "options: {delimitter: ';'}\n" + FIELDS, "options.delimitter: unknown option 'delimitter'; did you mean 'delimiter'?"),
    (HEAD + "options: {delimiter: ';;'}\n" + FIELDS, "must be one character, or tab"),
    (HEAD + "options: {encoding: utf-7}\n" + FIELDS, "is not taken"),
    (HEAD + "fields: {Order: order_number, Action: action, X: []}\n", "has an empty list of rules"),
    (HEAD + "fields: {Order: order_number, Action: action, X: {note: only}}\n", "says neither field, const, count"),
    ("- a\n", "a mapping is a table of words"),
    # fields and addresses
    (HEAD + "fields: {Order: order_numbr, Action: action}\n", "unknown field of line update 'order_numbr'; did you mean 'order_number'?"),
    (HEAD + "fields: {Order: order_number, Action: action, X: line.number}\n", "line has no parts of its own"),
    (HEAD + "fields: {Order: order_number, Action: action, X: 'line#1'}\n", "line is not a list"),
    (HEAD + "fields: {Order: order_number, Action: action, X: 'line#x'}\n", "needs a number from 1 after '#'"),
    (HEAD + "fields: {Order: order_number, Action: action, X: extra.}\n", "needs a name of 1 to 60 characters"),
    (HEAD + "fields: {Order/x: order_number, Action: action}\n", "layout.yaml:5: Order/x: 'Order/x' is not a column"),
    (HEAD + "options: {header: false, columns: A B}\nfields: {Order: order_number, B: action}\n", "'Order' is not among the columns A, B"),
    (XML + "fields: {'@a/b': order_number, a: action}\n", "an attribute (@a) ends an address"),
    (XML + "fields: {x:a: order_number, a: action}\n", "prefix 'x' is not among the namespaces"),
    (XML + "fields: {'a[': order_number, a: action}\n", "lacks its closing bracket"),
    (XML + "fields: {'a[#0]': order_number, a: action}\n", "a number from 1"),
    (XML + "fields: {a//b: order_number, a: action}\n", "a step is empty"),
    (XML + "fields: {'a + b | c': {field: order_number, as: join(-)}, a: action}\n", "every alternative needs the same number of parts"),
    (XML.replace("document: u", "document: 'u/@x'") + "fields: {a: order_number, b: action}\n", "a document is an element"),
    # codecs and types
    (HEAD + "fields: {Order: order_number, Action: action, L: {field: line, as: uper}}\n", "unknown codec 'uper'; did you mean 'upper'?"),
    (
        HEAD + "fields: {Order: order_number, Action: action, L: {field: line, as: date(iso)}}\n",
        "date gives a date, line holds a whole number",
    ),
    (
        HEAD + "fields: {Order: order_number, Action: action, D: {field: due_on, as: date(MM/DD/YYYY | DD/MM/YYYY)}}\n",
        "a date could be read two ways",
    ),
    (HEAD + "fields: {Order: order_number, Action: action, A + B: {field: reason}}\n", "the address has 2; name a codec such as join"),
    (
        HEAD + "fields: {Order: order_number, Action: action, A: {field: reason, as: join(-)}}\n",
        "join takes at least two parts, the address has 1",
    ),
    (
        HEAD + "fields: {Order: order_number, Action: action, A: {field: reason, as: int upper}}\n",
        "upper takes a text, int gives a whole number",
    ),
    (HEAD + "fields: {Order: order_number, Action: action, A: {field: [reason, item]}}\n", "several fields need a codec or a lookup"),
    (HEAD + "fields: {Order: {field: order_number, as: cut(10)}, Action: action}\n", "cut is never for numbers, ids and amounts"),
    (ORDER + "fields:\n" + GIVEN + LINES + "  x: sold_to\n", "sold_to has parts of its own; use into"),
    (ORDER + "fields:\n" + GIVEN + LINES + "  x: {into: lines, fields: {n: number}}\n", "lines is not a part; say each"),
    (ORDER + "fields:\n" + GIVEN + LINES + "  x: {each: sold_to, fields: {n: city}}\n", "sold_to is not a list of parts; say into"),
    (ORDER + "fields:\n" + GIVEN + LINES + "  x: {each: lines}\n", "the entries of lines have parts; say field, fields or use"),
    (ORDER + "fields:\n" + GIVEN + LINES + "  x: {each: messages, fields: {a: b}}\n", "messages is not a list of parts; leave fields out"),
    (ORDER + "fields:\n" + GIVEN + LINES + "  x: {each: number}\n", "number is not a list; leave each out"),
    # lookups, constants, defaults
    (HEAD + "fields: {Order: order_number, Action: {field: action, lookup: acts}}\n", "unknown lookup 'acts'"),
    (
        HEAD + "lookups: {acts: {H: hold, R: [release, x]}}\nfields: {Order: order_number, Action: {field: action, lookup: acts}}\n",
        "gives 2 values, the rule has 1 fields",
    ),
    (
        HEAD + "lookups: {acts: {H: halt}}\nfields: {Order: order_number, Action: {field: action, lookup: acts}}\n",
        "'halt' is not one of hold, release, due_date, note",
    ),
    (
        HEAD + "lookups: {acts: nowhere}\nfields: {Order: order_number, Action: {field: action, lookup: acts}}\n",
        "the table tables/nowhere.csv does not exist",
    ),
    (HEAD + "lookups: {acts: twice}\nfields: {Order: order_number, Action: {field: action, lookup: acts}}\n", "'H' stands twice in twice"),
    (HEAD + "fields: {Order: order_number, Action: {field: action, default: stop}}\n", "'stop' is not one of"),
    (
        HEAD + "fields: {Order: order_number, Action: action, L: {field: line, default: $doc.reason}}\n",
        "$doc.reason holds text, line holds whole number",
    ),
    (HEAD + "fields: {Order: order_number, Action: action, L: {field: line, default: $env.home}}\n", "'$env.home' is not known"),
    (HEAD + "fields: {Order: order_number, Action: action, L: {const: $batch.size}}\n", "'$batch.size' is not known"),
    (HEAD + "set: {lien: 1}\n" + FIELDS, "unknown field of line update 'lien'; did you mean 'line'?"),
    (HEAD + "set: {line: many}\n" + FIELDS, "'many' is not a whole number"),
    # mandatory fields, warnings, lists
    (HEAD + "fields: {Order: order_number}\n", "action is mandatory in LineUpdate and nothing gives it"),
    (
        ORDER + "fields:\n" + GIVEN + "  l: {each: lines, fields: {n: number, i: item, q: quantity, c: carrier}}\n",
        "unit_cost is mandatory in OrderLine",
    ),
    (HEAD + "fields: {Order: {field: order_number, on_error: warn}, Action: action}\n", "on_error: warn is not for order_number"),
    (
        ORDER + "fields:\n" + GIVEN + LINES + "  m: {each: lines, fields: {n: number, i: item, q: quantity, u: unit_cost, c: carrier}}\n",
        "two rules write the list lines",
    ),
    # one-way words
    (
        HEAD + "fields: {Order: order_number, Action: action, R: {field: reason, when: {line: present}}}\n",
        "when works in one direction; say only: write",
    ),
    (HEAD + "fields: {Order: order_number, Action: action, R: {compute: {count: x}}}\n", "compute works in one direction"),
    (
        HEAD + "fields: {Order: order_number, Action: action, R: {compute: {cuont: x}, only: write}}\n",
        "unknown form 'cuont'; did you mean 'count'?",
    ),
    (
        HEAD + "fields: {Order: order_number, Action: action, R: {field: reason, when: {lien: present}, only: write}}\n",
        "did you mean 'line'?",
    ),
    (
        HEAD + "fields: {Order: order_number, Action: action, R: {field: reason, when: {reason: {above: 3}}, only: write}}\n",
        "above asks a number or a date",
    ),
    (HEAD + "fields: {Order: order_number, Action: action, R: {field: reason, when: {line: x}, only: write}}\n", "line can never be that"),
    # blocks and counts
    (XML + "fields: {a: order_number, b: action, c: {use: adress}}\n", "unknown shared block 'adress'"),
    (XML + "shared: {x: {y: {use: x}}}\nfields: {a: order_number, b: action, c: {use: x}}\n", "a shared block uses itself"),
    (XML + "fields: {a: order_number, b: action}\ntail: {t: {count: lines}}\n", "lines is not a list of lineupdate"),
    (XML + "fields: {a: order_number, b: action}\ntail: {t: {total: documents}}\n", "a total needs the path of a number"),
    # inheritance and split
    (HEAD + "extends: parnt\n" + FIELDS, "unknown mapping 'parnt'"),
    (HEAD + "extends: layout\n" + FIELDS, "goes in a circle: layout > layout"),
    (HEAD + "without: [Order]\n" + FIELDS, "extends names none"),
    (HEAD + "split: {rows: x}\n" + FIELDS, "the word 'by' is missing"),
    (HEAD + "split: {by: [Order], apart: drop}\n" + FIELDS, "unknown value 'drop'"),
    (XML + "split: {by: ['*/a']}\nfields: {a: order_number, b: action}\n", "rows is missing"),
    (HEAD + "fields: {Order: order_number, Action: action, '*': {each: lines}}\n", "unknown field of line update 'lines'"),
]


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.table("twice", "theirs,ours\nH,hold\nH,release\n")
    return house


@pytest.mark.parametrize(("text", "says"), TABLE, ids=[says[:60] for _, says in TABLE])
def test_a_mistake_is_told_with_file_line_and_remedy(house: House, text: str, says: str) -> None:
    house.keep("layout", text)
    problems = [str(problem) for problem in house.library.problems("layout")]
    assert any(says in problem for problem in problems), problems
    assert all(problem.startswith("layout.yaml:") for problem in problems)
    with pytest.raises(ConfigError) as caught:
        house.library.get("layout")
    assert list(caught.value.problems) == problems


def test_every_mistake_is_told_at_once(house: House) -> None:
    problems = house.problems(HEAD + "fields:\n  Order: order_numbr\n  Action: {field: action, as: uper}\n  X: line.x\n")
    assert len(problems) >= 3
    assert [problem.split(":")[1] for problem in problems][:3] == ["6", "7", "8"] or "6" in problems[0]


def test_rules_deeper_than_eight_levels_and_more_than_two_thousand_are_refused(house: House) -> None:
    deep = "a: {fields: {" * 9 + "b: reason" + "}}" * 9
    assert any("deeper than 8 levels" in problem for problem in house.problems(XML + f"fields: {{o: order_number, x: action, {deep}}}\n"))
    many = ", ".join(f"c{number}: {{field: reason, only: read}}" for number in range(2_001))
    assert any(
        "more than 2,000 rules" in problem
        for problem in house.problems(HEAD + f"fields: {{Order: order_number, Action: action, {many}}}\n")
    )


def test_names_that_a_connector_must_give_are_known(house: House) -> None:
    mapping = house.mapping(
        HEAD + "set: {reason: $partner.why}\nfields: {Order: order_number, Action: {field: action, default: $partner.act}}\n"
    )
    assert mapping.needs == {"why", "act"}


def test_a_clean_mapping_has_no_problem_and_a_stable_hash(house: House) -> None:
    house.keep("layout", HEAD + FIELDS)
    assert house.library.problems("layout") == []
    first = house.library.get("layout").hash
    assert load_mapping(house.folder / "layout.yaml", library=house.library).hash == first
    house.keep("layout", HEAD + FIELDS.replace("Action:", "Act:"))
    assert Library(house.folder).get("layout").hash != first


def test_a_table_is_part_of_the_hash(house: House) -> None:
    text = HEAD + "lookups: {acts: acts}\nfields: {Order: order_number, Action: {field: action, lookup: acts}}\n"
    house.table("acts", "theirs,ours\nH,hold\n")
    first = house.mapping(text).hash
    house.table("acts", "theirs,ours\nH,release\n")
    assert house.mapping(text).hash != first


def test_an_unknown_mapping_is_told_with_the_nearest(house: House) -> None:
    house.keep("layout", HEAD + FIELDS)
    with pytest.raises(ConfigError, match="did you mean 'layout'"):
        house.library.get("layuot")
