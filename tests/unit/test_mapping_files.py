"""Mappings as files: inheritance, tests inside, traces, the editor's schema, and the worked examples of the language."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path

import pytest

from gateway.formats import FORMATS
from gateway.mapping import Library, Mapping, Values, preview, run_tests
from gateway.mapping.schema import mapping_schema
from gateway.mapping.words import RULE, TOP
from tests.house import House, found

DATA = Path(__file__).parents[1] / "data" / "layouts"
PARENT = """
    mapping: parent
    version: 1
    document: line_update
    format: csv
    options: {delimiter: ';'}
    lookups: {acts: {H: hold}}
    shared: {who: {Sender: envelope.sender}}
    set: {reason: parent}
    fields:
      Order:  order_number
      Action: {field: action, lookup: acts}
      Line:   line
      Extra:  extra.a
    tests:
      - {text: "Order;Action\\nA1;H\\n", gives: [{order_number: A1}], back: values}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.keep("parent", PARENT)
    return house


# --- the list


def test_a_list_of_mappings_compiles_none_and_tells_of_rules_once_one_was_used(house: House) -> None:
    house.keep("broken", PARENT.replace("parent", "broken").replace("Extra:  extra.a", "Extra:  no_such_field"))
    house.keep("torn", "mapping: [")
    library = Library(house.folder)
    headings = {it.name: it for it in library.headings()}
    assert [(it.version, it.format, it.reads, it.writes) for it in (headings["parent"], headings["broken"])] == [(1, "csv", True, True)] * 2
    assert [bool(headings[name].problems) for name in ("parent", "broken", "torn")] == [False, False, True]
    assert library.problems("broken")
    assert {it.name: bool(it.problems) for it in library.headings()} == {"parent": False, "broken": True, "torn": True}


# --- inheritance


def test_a_child_replaces_adds_and_takes_away_rules(house: House) -> None:
    mapping = house.mapping(
        """
        mapping: child
        version: 3
        extends: parent
        without: [Extra]
        lookups: {more: {R: release}}
        set: {line: 9}
        fields:
          Action: {field: action, lookup: more}
          Item:   item
        """,
        "child",
    )
    (reading,) = house.read(mapping, "Order;Action;Line;Item;Extra\nA1;R;;X;e\n")
    document = reading.document
    assert (document.action, document.line, document.item, document.reason, document.extra) == ("release", 9, "X", "parent", {})
    assert mapping.version == 3
    assert house.write(mapping, document)[0].splitlines()[0] == "Order;Action;Line;Item"


def test_tests_are_not_inherited(house: House) -> None:
    house.keep("child", "mapping: child\nversion: 1\nextends: parent\n")
    assert run_tests(house.library, "child") == []
    assert len(run_tests(house.library, "parent")) == 1


def test_groups_merge_and_rules_inside_them_are_taken_away_also_from_blocks(house: House) -> None:
    house.keep(
        "ship",
        """
        mapping: ship
        version: 1
        document: shipment
        format: xml
        options: {root: S}
        shared: {line: {q: quantity, i: item, p: package}}
        fields:
          o: order_number
          l: {each: lines, use: line, fields: {t: {each: tracking}}}
        """,
    )
    mapping = house.mapping(
        """
        mapping: thin
        version: 1
        extends: ship
        without: [l > p, l > t]
        fields: {l: {fields: {w: weight}}}
        """,
        "thin",
    )
    text = "<S><o>A</o><l><q>1</q><i>I</i><p>P</p><t>T</t><w>2</w></l></S>"
    (reading,) = house.read(mapping, text)
    line = reading.document.lines[0]
    assert (line.quantity, line.item, line.package, line.tracking, str(line.weight)) == (1, "I", None, (), "2")


def test_a_problem_in_an_inherited_rule_names_the_file_it_stands_in(house: House) -> None:
    house.keep("parent", PARENT.replace("Line:   line", "Line:   lien"))
    problems = house.problems("mapping: child\nversion: 1\nextends: parent\n", "child")
    assert [problem.split(":")[0] for problem in problems] == ["parent.yaml"]


def test_what_is_taken_away_must_be_there(house: House) -> None:
    problems = house.problems("mapping: child\nversion: 1\nextends: parent\nwithout: [Extre]\n", "child")
    assert "unknown rule 'Extre'; did you mean 'Extra'?" in problems[0]


def test_more_than_four_deep_is_refused(house: House) -> None:
    for number in range(1, 6):
        house.keep(f"m{number}", f"mapping: m{number}\nversion: 1\nextends: {'parent' if number == 1 else f'm{number - 1}'}\n")
    assert house.library.problems("m4") == []
    assert any("more than 4 mappings deep" in problem.text for problem in house.library.problems("m5"))


def test_a_changed_parent_changes_the_hash_of_the_child(house: House) -> None:
    house.keep("child", "mapping: child\nversion: 1\nextends: parent\n")
    first = house.library.get("child").hash
    house.keep("parent", PARENT.replace("reason: parent", "reason: other"))
    assert house.library.get("child").hash != first


# --- tests inside mappings


def differences(house: House, test: str, rules: str = "") -> list[str]:
    house.keep(
        "tried",
        "mapping: tried\nversion: 1\ndocument: line_update\nformat: csv\nfields: {Order: order_number, Action: action, Line: line"
        + rules
        + "}\ntests:\n  - "
        + test
        + "\n",
    )
    (result,) = run_tests(house.library, "tried")
    assert result.ok == (not result.differences)
    return list(result.differences)


@pytest.mark.parametrize(
    "test",
    [
        r'{text: "Order,Action,Line\nA1,hold,1\n", gives: [{order_number: A1, line: "1", item: ""}], back: bytes}',
        r'{text: "Order,Action,Line\nA1,hold,x\n", gives: [], issues: [{kind: not_number, where: row 1, field: line}]}',
        r'{text: "Order,Action,Line\nA1,hold,01\n", gives: [{line: "1"}], back: {no: the zero is lost}}',
        r'{text: "Order,Action\n\"A1", refused: true, issues: [{kind: unreadable}]}',
        r'{document: {order_number: A1, action: hold, line: "1"}, writes: "Order,Action,Line\nA1,hold,1\n"}',
        r'{document: [{order_number: A1, action: hold}, {order_number: A2, action: note}], writes: "Order,Action,Line\nA1,hold,\nA2,note,\n"}',  # noqa: E501
    ],
)
def test_a_test_that_holds_is_fine(house: House, test: str) -> None:
    assert differences(house, test) == []


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (r'{text: "Order,Action\nA1,hold\n", gives: [{order_number: A2}]}', "document 1, order_number: is 'A1', 'A2' is expected"),
        (r'{text: "Order,Action\nA1,hold\n", gives: [{line: "1"}]}', "document 1, line: is absent, '1' is expected"),
        (r'{text: "Order,Action\nA1,hold\n", gives: [{lnie: "1"}]}', "did you mean 'line'?"),
        (r'{text: "Order,Action\nA1,hold\n", gives: []}', "1 documents are given, 0 are expected"),
        (r'{text: "Order,Action\nA1,bad\n", gives: []}', "unexpected: "),
        (r'{text: "Order,Action\nA1,hold\n", issues: [{kind: missing}]}', "expected issue is missing: kind missing"),
        (r'{text: "Order,Action\nA1,hold\n", refused: true}', "the file is not refused"),
        (r'{text: "Order,Action,Line\nA1,hold,01\n", back: bytes}', "back: other bytes are written: line 2"),
        (r'{document: {order_number: A1}, writes: ""}', "document: action is mandatory"),
        (r'{document: {order_number: A1, actoin: hold}, writes: ""}', "did you mean 'action'?"),
        (r'{document: {order_number: A1, action: hold}, writes: "x"}', "other bytes are written"),
        ("{given: samples/none.csv}", "cannot be read"),
        ("{note: nothing}", "neither given, text nor document"),
    ],
)
def test_a_test_that_does_not_hold_says_where(house: House, test: str, says: str) -> None:
    assert any(says in difference for difference in differences(house, test)), differences(house, test)


def test_dollar_values_of_a_test_are_given_by_their_full_names(house: House) -> None:
    values = "{$partner.who: me, $message.received_at: 2022-06-22T08:00:00}"
    test = r'{text: "Order,Action,Line\nA1,hold,1\n", gives: [{order_number: A1}], with: ' + values + "}"
    assert differences(house, test) == []


# --- traces and the schema


def test_a_trace_names_place_and_rule_of_every_value(house: House) -> None:
    mapping = house.mapping(
        """
        mapping: traced
        version: 2
        document: shipment
        format: csv
        split: {by: [PO]}
        set: {vendor: '257'}
        fields:
          PO: order_number
          '*': {each: lines, fields: {Qty: quantity}}
        """,
        "traced",
    )
    (traced,) = preview(mapping, BytesIO(b"PO,Qty\nA1,2\nA1,3\n"), Values())
    assert traced.reading.document.lines[1].quantity == 3
    assert [(one.field, one.value, one.place, one.rule) for one in traced.trace if one.rule] == [
        ("order_number", "A1", "row 1, column PO", "traced v2 line 9"),
        ("quantity", "2", "row 1, column Qty", "traced v2 line 10"),
        ("quantity", "3", "row 2, column Qty", "traced v2 line 10"),
    ]
    assert ("vendor", "257", "said by the mapping") in [(one.field, one.value, one.place) for one in traced.trace]


def test_a_trace_names_the_segment_of_a_value_that_stands_above_the_rows() -> None:
    """The order of a despatch advice stands in its head or with its lines; the same address finds both."""
    mapping = Library(Path("mappings")).get("edifact-desadv")
    with Path("samples/edifact-desadv.edi").open("rb") as source:
        (traced,) = preview(mapping, source, Values())
    (place,) = [one.place for one in traced.trace if one.field == "order_number"]
    assert place == "set 1, segment 5 RFF, element 01 component 2, byte 163"


def test_the_schema_knows_every_word() -> None:
    schema = mapping_schema()
    assert set(schema["properties"]) == set(TOP)
    assert set(schema["$defs"]["rule"]["anyOf"][1]["properties"]) == set(RULE)
    assert schema["properties"]["format"]["enum"] == sorted(FORMATS)
    assert all(one["description"] for one in schema["properties"].values())


# --- the worked examples


@pytest.fixture(scope="module")
def worked() -> Library:
    return Library(DATA / "mappings")


@pytest.mark.parametrize("name", ["createdsorder", "hd-shipments", "redpanda-batch", "ubl-order"])
def test_a_worked_example_has_no_problem_and_its_tests_hold(worked: Library, name: str) -> None:
    assert worked.problems(name) == []
    assert [difference for result in run_tests(worked, name) for difference in result.differences] == []


def test_the_order_of_the_sample_becomes_the_batch_of_the_partner(worked: Library) -> None:
    source = (DATA / "samples" / "createdsorder.xml").read_bytes()
    documents = [reading.document for reading in worked.get("createdsorder").read(BytesIO(source), Values()) if reading.document]
    target = BytesIO()
    values = Values(partner={"vendor": "257"}, batch={"number": 74, "made_at": dt.datetime(2022, 6, 22, 6, 5, tzinfo=dt.UTC)})
    assert {issue.kind for issue in worked.get("redpanda-batch").write(documents, target, values)} == {"unwritten"}
    lines = target.getvalue().decode("utf-8-sig").split("\r\n")
    assert lines[1].startswith('"74","06/22/2022","06:05","257","DROPSHIP","AB10747","06/20/2022","Standard","Byrd Imports Ltd"')
    assert lines[1].endswith('"48.44","1","1","V1000","3","8.98","26.94","UPS Ground","06/28/2022","MONO=ARB"')
    assert lines[3] == '"TRL","1","2","4"'
    assert len(lines) == 5


def test_gifts_show_no_amounts(worked: Library) -> None:
    source = (DATA / "samples" / "createdsorder.xml").read_bytes().replace(b"<gift>N</gift>", b"<gift>Y</gift>")
    documents = [reading.document for reading in worked.get("createdsorder").read(BytesIO(source), Values()) if reading.document]
    target = BytesIO()
    values = Values(partner={"vendor": "257"}, batch={"number": 74, "made_at": dt.datetime(2022, 6, 22, 6, 5, tzinfo=dt.UTC)})
    assert {issue.kind for issue in worked.get("redpanda-batch").write(documents, target, values)} == {"unwritten"}
    assert b"8.98" not in target.getvalue()
    assert b'"Gift"' in target.getvalue()


def test_a_file_of_headers_and_details_reads_and_writes_back(worked: Library) -> None:
    mapping: Mapping = worked.get("hd-shipments")
    text = (
        "FH,257,06/22/2022,08:15\nH,AB10747,06/22/2022,UPSG,1Z1;1Z2,2.5,LB\nD,1,V1000,2,L7\nD,2,V2000,1,\n"
        "H,AB10748,06/22/2022,FDXH,1Z3,1,LB\nD,1,V3000,4,\nFT,2,3,7\n"
    )
    values = Values(partner={"vendor": "257"})
    assert mapping.preflight(BytesIO(text.encode()), values).is_go
    readings = list(mapping.read(BytesIO(text.encode()), values))
    assert found(readings) == []
    documents = [reading.document for reading in readings]
    assert [len(document.lines) for document in documents] == [2, 1]
    target = BytesIO()
    assert mapping.write(documents, target, values) == ()
    again = list(mapping.read(BytesIO(target.getvalue()), values))
    assert [reading.document for reading in again] == documents
    other = Values(partner={"vendor": "258"})
    assert [issue.kind for issue in mapping.preflight(BytesIO(text.encode()), other).issues] == ["not_const"]
