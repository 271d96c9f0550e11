"""Every word of a rule, reading and writing, as section 2 of the language describes it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.documents import Charge, Envelope, LineUpdate, Order, OrderLine, Party, Shipment, ShipmentLine
from gateway.mapping import Mapping, Values
from tests.house import House, found

XML = "document: line_update\nformat: xml\noptions: {root: U, document: u}\n"
SHIP = "document: shipment\nformat: xml\noptions: {root: U, document: u}\n"
ORDER = """
    mapping: order
    version: 1
    document: order
    format: xml
    options: {root: U, document: u}
    fields:
      n: number
      d: {field: entered_on, as: date(YYYYMMDD)}
      so: {field: sales_order, default: $doc.number}
      br: {field: brand, default: $partner.brand}
      sys: {field: system, default: $doc.envelope.sender}
      loc: {field: location, default: '100'}
      v: {field: vendor, default: $partner.vendor}
      cur: {field: currency, none: ['-', XXX]}
      to: {into: ship_to, fields: {c: company, city: city}}
      bill: {into: sold_to, fields: {c: company}}
      bill/zip: {field: sold_to.postal_code}
      car: carrier
      total: {field: total, only: read}
      l:
        each: lines
        set: {unit: EA}
        fields:
          n: {field: number, default: $n}
          i: item
          q: quantity
          p: unit_cost
          car: carrier
          '@cur': /currency
      note: {each: messages}
    head: {h/@by: envelope.sender}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def orders(house: House) -> Mapping:
    return house.mapping(ORDER, "order")


def order(inner: str = "", line: str = "<l cur='USD'><i>I</i><q>2</q><p>8.98</p><car>50</car></l>", head: str = "<h by='OMS'/>") -> str:
    return f"<U>{head}<u><n>a1</n><d>20220620</d><to><city>London</city></to>{inner}{line}</u></U>"


def line_update(house: House, rules: str, text: str, more: str = "") -> LineUpdate:
    mapping = house.mapping(XML + more + "fields: {o: order_number, a: action, " + rules + "}\n")
    (reading,) = house.read(mapping, f"<U><u><o>A1</o><a>hold</a>{text}</u></U>")
    assert reading.document is not None, reading.issues
    return reading.document


def issues_of(house: House, rules: str, text: str, more: str = "") -> list[tuple[str, str, str]]:
    mapping = house.mapping(XML + more + "fields: {o: order_number, a: action, " + rules + "}\n")
    return found(house.read(mapping, f"<U><u><o>A1</o><a>hold</a>{text}</u></U>"))


def written(house: House, rules: str, document: LineUpdate, more: str = "") -> str:
    mapping = house.mapping(XML + more + "fields: {o: order_number, a: action, " + rules + "}\n")
    text, issues = house.write(mapping, document)
    assert not [issue for issue in issues if issue.is_error], issues
    return "".join(part.strip() for part in text.splitlines()[2:-1])


UPDATE = LineUpdate(order_number="A1", action="hold", line=7, item="I1", reason="r")


# --- field, default, set, $values


def test_values_come_from_the_file_the_partner_the_head_and_the_document(house: House, orders: Mapping) -> None:
    (reading,) = house.read(orders, order())
    assert reading.document == Order(
        number="A1",
        entered_on=dt.date(2022, 6, 20),
        sales_order="A1",
        brand="1",
        system="OMS",
        location="100",
        vendor="257",
        currency="USD",
        ship_to=Party(city="London"),
        lines=(OrderLine(number=1, item="I", quantity=2, unit_cost=Decimal("8.98"), carrier="50", unit="EA"),),
        envelope=Envelope(sender="OMS"),
    )


def test_a_given_value_wins_over_a_default_and_an_earlier_rule_over_a_later(house: House) -> None:
    document = line_update(house, "x: {field: reason, default: d}, y: {field: reason, only: read}", "<x>first</x><y>second</y>")
    assert document.reason == "first"
    assert line_update(house, "x: {field: reason, default: d}", "").reason == "d"
    assert line_update(house, "x: {field: reason, only: read}, y: reason", "<y>second</y>").reason == "second"


def test_several_rules_fill_one_part(house: House, orders: Mapping) -> None:
    (reading,) = house.read(orders, order("<bill><c>Byrd Ltd</c><zip>se1 9gf</zip></bill>"))
    assert reading.document.sold_to == Party(company="Byrd Ltd", postal_code="SE1 9GF")
    assert not reading.issues


def test_the_ship_to_is_the_sold_to_when_absent(house: House, orders: Mapping) -> None:
    text = order("<bill><c>Byrd Ltd</c></bill>").replace("<to><city>London</city></to>", "")
    assert house.read(orders, text)[0].document.ship_to == Party(company="Byrd Ltd")


def test_header_values_are_used_for_lines_without_their_own(house: House, orders: Mapping) -> None:
    (reading,) = house.read(orders, order("<car>61</car>", "<l><i>I</i><q>2</q><p>1</p></l><l><i>J</i><q>1</q><p>1</p><car>50</car></l>"))
    assert [line.carrier for line in reading.document.lines] == ["61", "50"]


def test_a_field_of_the_document_told_in_lines_must_agree(house: House, orders: Mapping) -> None:
    lines = "<l cur='USD'><i>I</i><q>2</q><p>1</p><car>1</car></l><l cur='EUR'><i>I</i><q>2</q><p>1</p><car>1</car></l>"
    assert found(house.read(orders, order(line=lines))) == [("differs", "/U/u[1]/l[2], line 1", "currency")]


def test_a_derived_value_is_compared(house: House, orders: Mapping) -> None:
    assert house.read(orders, order("<total>17.96</total>"))[0].is_good
    assert found(house.read(orders, order("<total>17.95</total>"))) == [("total_differs", "/U/u[1], line 1", "total")]


def test_places_of_a_list_by_number(house: House) -> None:
    mapping = house.mapping(
        SHIP + "fields: {o: order_number, t1: 'tracking#1', t2: 'tracking#2', l: {each: lines, fields: {q: quantity}}}\n"
    )
    (reading,) = house.read(mapping, "<U><u><o>A</o><t2>Y</t2><l><q>1</q></l></u></U>")
    assert reading.document.tracking == ("Y",)
    document = Shipment(order_number="A", tracking=("X", "Y"), lines=(ShipmentLine(quantity=1),))
    text, issues = house.write(mapping, document)
    assert "<t1>X</t1>" in text
    assert "<t2>Y</t2>" in text
    assert not issues
    _, issues = house.write(mapping, Shipment(order_number="A", tracking=("X", "Y", "Z"), lines=(ShipmentLine(quantity=1),)))
    assert [issue.kind for issue in issues] == ["too_many"]


def test_free_texts_are_kept_by_name(house: House) -> None:
    assert line_update(house, "c: extra.colour", "<c>red</c>").extra == {"colour": "red"}
    assert "<c>red</c>" in written(house, "c: extra.colour", LineUpdate(order_number="A1", action="hold", extra={"colour": "red"}))


def test_dollar_values_of_file_and_message(house: House) -> None:
    mapping = house.mapping(
        XML + "set: {reason: $file.batch, line: $n, due_on: $message.received_at}\nfields: {o: order_number, a: action}\n"
    )
    house.values = Values(file={"batch": "74"}, message={"received_at": dt.datetime(2022, 6, 21, 8, tzinfo=dt.UTC)})
    (reading,) = house.read(mapping, "<U><u><o>A1</o><a>hold</a></u></U>")
    assert (reading.document.reason, reading.document.due_on) == ("74", dt.date(2022, 6, 21))


# --- as, lookup, none, const


def test_parts_of_one_value_are_joined_and_split_again(house: House) -> None:
    rules = "x + y: {field: reason, as: join(-)}"
    assert line_update(house, rules, "<x>a</x><y>b</y>").reason == "a-b"
    assert "<x>a</x><y>b</y>" in written(house, rules, LineUpdate(order_number="A1", action="hold", reason="a-b"))


def test_one_text_fills_several_fields(house: House) -> None:
    mapping = house.mapping(
        ORDER.replace("c: company, city: city", "c: {field: [first_name, last_name, company], as: name(auto)}, city: city"), "order"
    )
    (reading,) = house.read(mapping, order().replace("<city>", "<c>Anna Byrd</c><city>"))
    assert (reading.document.ship_to.first_name, reading.document.ship_to.last_name) == ("Anna", "Byrd")
    assert "<c>Anna Byrd</c>" in house.write(mapping, reading.document)[0]


def test_lookups_translate_both_ways_and_refuse_what_they_lack(house: House) -> None:
    more = "lookups: {acts: {H: hold, HOLD: hold, N: note}}\n"
    mapping = house.mapping(XML + more + "fields: {o: order_number, x: {field: action, lookup: acts}}\n")
    text = "<U><u><o>A1</o><x>{}</x></u></U>"
    assert house.read(mapping, text.format("HOLD"))[0].document.action == "hold"
    assert found(house.read(mapping, text.format("h"))) == [("not_in_table", "/U/u[1]/x, line 1", "action")]
    assert "<x>H</x>" in house.write(mapping, LineUpdate(order_number="A1", action="hold"))[0]
    assert [issue.kind for issue in house.write(mapping, LineUpdate(order_number="A1", action="release"))[1]] == ["not_in_table"]


def test_a_star_in_a_lookup_is_any_other_when_reading(house: House) -> None:
    more = "lookups: {acts: {H: hold, '*': note}}\n"
    mapping = house.mapping(XML + more + "fields: {o: order_number, x: {field: action, lookup: acts}}\n")
    assert house.read(mapping, "<U><u><o>A1</o><x>Q</x></u></U>")[0].document.action == "note"


def test_a_table_with_several_columns_fills_several_fields(house: House) -> None:
    house.table("status", "theirs,action,reason\nIA,hold,accepted\nIB,note,\n")
    mapping = house.mapping(XML + "lookups: {s: status}\nfields: {o: order_number, x: {field: [action, reason], lookup: s}}\n")
    (reading,) = house.read(mapping, "<U><u><o>A1</o><x>IA</x></u></U>")
    assert (reading.document.action, reading.document.reason) == ("hold", "accepted")
    assert "<x>IA</x>" in house.write(mapping, reading.document)[0]


def test_none_texts_mean_nothing_and_are_written_for_nothing(house: House, orders: Mapping) -> None:
    assert house.read(orders, order("<cur>XXX</cur>", "<l><i>I</i><q>2</q><p>1</p><car>1</car></l>"))[0].document.currency is None
    rules = "x: {field: reason, none: [N/A, '-']}"
    assert line_update(house, rules, "<x>-</x>").reason is None
    assert "<x>N/A</x>" in written(house, rules, LineUpdate(order_number="A1", action="hold"))
    assert "<x></x>" in written(house, "x: {field: reason, none: ''}", LineUpdate(order_number="A1", action="hold"))


def test_a_constant_must_stand_there_in_any_case(house: House) -> None:
    assert issues_of(house, "x: {const: [Up, Down]}", "<x>up</x>") == []
    assert issues_of(house, "x: {const: [Up, Down]}", "") == []
    assert issues_of(house, "x: {const: [Up, Down]}", "<x>left</x>") == [("not_const", "/U/u[1]/x, line 1", "")]
    assert issues_of(house, "x: {const: Up, required: true}", "")[0][0] == "missing"
    assert "<x>Up</x>" in written(house, "x: {const: [Up, Down]}", UPDATE)


def test_a_constant_of_the_batch_is_written_with_its_codec(house: House) -> None:
    house.values = Values(batch={"number": 74, "made_at": dt.datetime(2022, 6, 22, 6, 5, tzinfo=dt.UTC)})
    text = written(house, "b: {const: $batch.number}, d: {const: $batch.made_at, as: date(MM/DD/YYYY), only: write}", UPDATE)
    assert "<b>74</b><d>06/22/2022</d>" in text


# --- required, on_error, count, total, each, into, only


def test_a_required_value_is_missing_in_both_directions(house: House) -> None:
    rules = "x: {field: reason, required: true}"
    assert issues_of(house, rules, "") == [("missing", "/U/u[1], line 1", "reason")]
    mapping = house.mapping(XML + "fields: {o: order_number, a: action, " + rules + "}\n")
    assert [issue.kind for issue in house.write(mapping, LineUpdate(order_number="A1", action="hold"))[1]] == ["missing"]


def test_a_field_with_an_issue_is_not_reported_missing_as_well(house: House) -> None:
    mapping = house.mapping(XML + "fields: {o: order_number, a: action, x: {field: line, required: true}}\n")
    assert found(house.read(mapping, "<U><u><o>é</o><a>hold</a><x>z</x></u></U>")) == [
        ("bad_character", "/U/u[1]/o, line 1", "order_number"),
        ("not_number", "/U/u[1]/x, line 1", "line"),
    ]


def test_a_wrong_value_may_be_left_out_with_a_warning(house: House) -> None:
    mapping = house.mapping(XML + "fields: {o: order_number, a: action, x: {field: line, on_error: warn}}\n")
    (reading,) = house.read(mapping, "<U><u><o>A1</o><a>hold</a><x>z</x></u></U>")
    assert reading.document == LineUpdate(order_number="A1", action="hold")
    assert not reading.issues[0].is_error


def test_all_issues_of_a_document_are_told_together_with_code_and_key(house: House, orders: Mapping) -> None:
    text = "<U><u><n>a1</n><d>x</d><l><q>many</q><p>-</p></l></u><u><n>b1</n></u></U>"
    first, second = house.read(orders, text)
    assert sorted((issue.code, issue.kind, issue.field) for issue in first.issues) == [
        ("DSO-101", "missing", "system"),
        ("DSO-102", "not_date", "entered_on"),
        ("DSO-102", "not_number", "unit_cost"),
        ("DSO-106", "missing", "ship_to"),
        ("DSO-121", "not_number", "quantity"),
        ("DSO-122", "missing", "item"),
        ("DSO-123", "missing", "carrier"),
    ]
    assert {issue.key for issue in first.issues} == {"A1"}
    assert ("DSO-130", "lines") in [(issue.code, issue.field) for issue in second.issues]
    assert first.key == "A1"
    assert all(issue.rule.startswith("order v1 line ") for issue in first.issues if issue.kind != "missing" or issue.rule)


def test_counts_of_the_document_itself_are_verified_and_written(house: House) -> None:
    mapping = house.mapping(
        SHIP + "fields: {o: order_number, l: {each: lines, fields: {q: quantity}},\n"
        "  n: {count: lines}, t: {total: lines.quantity, on_error: warn}}\n"
    )
    good = "<U><u><o>A</o><l><q>1</q></l><l><q>2</q></l><n>2</n><t>3</t></u></U>"
    assert house.read(mapping, good)[0].issues == ()
    assert found(house.read(mapping, good.replace("<n>2", "<n>3"))) == [("count_differs", "/U/u[1]/n, line 1", "")]
    (reading,) = house.read(mapping, good.replace("<t>3", "<t>4"))
    assert reading.is_good
    assert [issue.kind for issue in reading.issues] == ["total_differs"]
    text, _ = house.write(mapping, reading.document)
    assert "<n>2</n>" in text
    assert "<t>3</t>" in text


def test_two_rules_for_one_list_differ_by_what_they_set(house: House) -> None:
    mapping = house.mapping(
        """
        document: invoice
        format: xml
        options: {root: I}
        set: {type: DR}
        fields:
          n: number
          d: date
          fr: {each: charges, field: amount, set: {kind: freight}}
          tx: {each: charges, set: {kind: tax}, fields: {a: amount, p: percent}}
          l: {each: lines, fields: {q: quantity, c: unit_cost}}
        """
    )
    text = "<I><n>1</n><d>2022-06-22</d><fr>4.5</fr><tx><a>1</a><p>8</p></tx><fr/><l><q>1</q><c>2</c></l></I>"
    (reading,) = house.read(mapping, text)
    assert reading.document.charges == (
        Charge(kind="freight", amount=Decimal("4.5")),
        Charge(kind="tax", amount=Decimal(1), percent=Decimal(8)),
    )
    again, issues = house.write(mapping, reading.document)
    assert not issues
    assert house.read(mapping, again)[0].document == reading.document


def test_an_empty_entry_of_a_list_is_told_not_dropped(house: House, orders: Mapping) -> None:
    kinds = [(issue.code, issue.field) for issue in house.read(orders, order(line="<l/>"))[0].issues]
    assert ("DSO-121", "quantity") in kinds


def test_a_direction_only_rule_works_in_its_direction(house: House) -> None:
    rules = "x: {field: reason, only: read}, y: {field: reason, only: write}"
    assert line_update(house, rules, "<x>r</x><y>w</y>").reason == "r"
    text = written(house, rules, UPDATE)
    assert "<y>r</y>" in text
    assert "<x>" not in text


def test_a_list_of_rules_under_one_address_reads_each_and_writes_the_first_with_a_value(house: House) -> None:
    rules = "x: [item, reason]"
    document = line_update(house, rules, "<x>V</x>")
    assert (document.item, document.reason) == ("V", "V")
    assert "<x>r</x>" in written(house, rules, LineUpdate(order_number="A1", action="hold", reason="r"))


def test_a_note_is_shown_in_issues(house: House) -> None:
    mapping = house.mapping(XML + "fields: {o: order_number, a: action, x: {field: line, note: their row}}\n")
    assert house.read(mapping, "<U><u><o>A1</o><a>hold</a><x>z</x></u></U>")[0].issues[0].text == "x: 'z' is not a whole number (their row)"


def test_accepts_is_asked_of_every_document(house: House) -> None:
    mapping = house.mapping(XML + "accepts: {t: [NEW, REPLACE]}\nfields: {o: order_number, a: action, t: {const: [NEW, REPLACE]}}\n")
    text = "<U><u><o>A</o><a>hold</a><t>NEW</t></u><u><o>B</o><a>hold</a><t>OLD</t></u><u><o>C</o><a>hold</a></u></U>"
    readings = house.read(mapping, text)
    assert [reading.is_good for reading in readings] == [True, False, True]
    assert readings[1].issues[0].kind == "unknown_document"


def test_one_file_is_cut_by_the_values_of_its_rows(house: House) -> None:
    mapping = house.mapping(
        """
        document: shipment
        format: xml
        options: {root: Ship}
        only: read
        split: {by: ['*/po'], rows: items/item}
        fields:
          ref: reference
          '*/po': {field: order_number}
          '*':
            each: lines
            fields: {q: quantity, po: {field: package}}
        """
    )
    items = "".join(f"<item><po>{po}</po><q>{quantity}</q></item>" for po, quantity in (("A", 1), ("B", 2), ("A", 3)))
    text = f"<Ship><ref>R</ref><items>{items}</items></Ship>"
    readings = house.read(mapping, text)
    assert [(one.document.order_number, one.document.reference, [line.quantity for line in one.document.lines]) for one in readings] == [
        ("A", "R", [1, 3]),
        ("B", "R", [2]),
    ]


def test_a_rule_that_writes_may_have_a_condition(house: House) -> None:
    rules = "x: {field: reason, when: {line: {above: 5}}, only: write}"
    assert "<x>r</x>" in written(house, rules, UPDATE)
    assert "<x>" not in written(house, rules, LineUpdate(order_number="A1", action="hold", line=5, reason="r"))
