"""An order form: every field read and refused as its kind says, put into the form in parts, from YAML, JSON, CSV and single settings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.desk.forms import Misfilled, read_file, told_by
from gateway.documents.form import FormReference, OrderForm
from gateway.domain.form import changed_words, lot_faults, read_part, with_part
from gateway.kernel.errors import ConfigError

YAML = """\
number: po-77
vendor: "257"
warehouse: 00100
ship_to: {company: Byrd, city: London}
references: {container: C-77}
lines:
  - {number: 1, item: BX100, quantity: 3, unit_cost: 8.98, lot: L1}
  - {item: KT200, quantity: 1, serial: S1}
"""
JSON = """{"number": "po-77", "vendor": 257, "warehouse": "00100", "ship_to": {"company": "Byrd", "city": "London"},
 "references": [{"name": "container", "value": "C-77"}],
 "lines": [{"number": 1, "item": "BX100", "quantity": 3, "unit_cost": 8.98, "lot": "L1"},
  {"item": "KT200", "quantity": 1, "serial": "S1"}]}"""
CSV = """\
number,vendor,warehouse,ship_to.company,ship_to.city,references.container,line,item,quantity,unit_cost,lot,serial
po-77,257,00100,Byrd,London,C-77,1,BX100,3,8.98,L1,
,,,,,,,KT200,1,,,S1
"""

WRONG = [
    ({"vendr": "257"}, "MAN-02", "unknown field 'vendr'; did you mean 'vendor'?"),
    ({"vendor": "12345678901"}, "MAN-03", "vendor has at most 10 characters, found 11"),
    ({"vendor": ["257"]}, "MAN-03", "vendor is one value"),
    ({"number": "Ä1"}, "MAN-03", "number holds a character that is not allowed"),
    ({"source": "a\x1bb"}, "MAN-03", "source holds a character that is not allowed"),
    ({"cancel_after": "12/31/2026"}, "MAN-03", "cancel_after is a day such as 2026-11-30"),
    ({"cancel_after": "2026-02-30"}, "MAN-03", "cancel_after is no day of the calendar"),
    ({"cancel_after": "9999-12-31"}, "MAN-03", "cancel_after is no possible day: the years 2000 to 2099 are possible"),
    ({"ship_to": "London"}, "MAN-03", "ship_to is fields by name: last_name, address1, city ..."),
    ({"ship_to": {"town": "London"}}, "MAN-02", "unknown field 'town'"),
    ({"references": "C-77"}, "MAN-03", "references is a table: what it is, and its number"),
    ({"references": [{"name": "container"}]}, "MAN-03", "a reference is a name and a value"),
    ({"references": [{"name": "container", "value": ""}]}, "MAN-03", "a reference is a name and a value"),
    ({"lines": {"1": {}}}, "MAN-03", "lines is a list of at most 10000 lines"),
    ({"lines": ["BX100"]}, "MAN-03", "a line is fields by name: number, item, quantity ..."),
    ({"lines": [{"number": 0, "item": "A"}]}, "DSO-120", "0 is no line number"),
    ({"lines": [{"number": 1}, {"number": 1}]}, "DSO-120", "line number 1 stands twice"),
    ({"lines": [{"number": 1, "quantity": "2.5"}]}, "MAN-03", "quantity is a whole number up to 2147483647"),
    ({"lines": [{"number": 1, "quantity": "-1"}]}, "MAN-03", "quantity is a whole number up to 2147483647"),
    ({"lines": [{"number": 1, "quantity": "2147483648"}]}, "MAN-03", "quantity is a whole number up to 2147483647"),
    ({"lines": [{"number": 1, "unit_cost": "eight"}]}, "MAN-03", "unit_cost is an amount such as 8.98"),
    ({"lines": [{"number": 1, "unit_cost": "-1"}]}, "MAN-03", "unit_cost is an amount such as 8.98"),
    ({"lines": [{"number": 1, "unit_cost": "1.23456"}]}, "MAN-03", "unit_cost has at most 9 digits before and 4 after the point"),
    ({"lines": [{"number": 1, "unit_cost": "1234567890"}]}, "MAN-03", "unit_cost has at most 9 digits before and 4 after the point"),
    ({"messages": [{"1": "hello"}]}, "MAN-03", "a message is a text"),
    ({"messages": {"1": ["hello"]}}, "MAN-03", "a message is a text"),
    ({"messages": {"first": "hello"}}, "MAN-03", "messages are told apart by number: 1, 2 ..., not 'first'"),
    ({"messages": True}, "MAN-03", "a message is a text"),
    ({"gift_messages": {"1": "hello"}}, "MAN-02", "unknown field 'gift_messages'; did you mean 'messages'?"),
    ({"zzz": "1"}, "MAN-02", "lines, messages, number, purchase_order, reference, references,"),
    (["vendor"], "MAN-02", "fields by name are needed: number, vendor, lines ..."),
]


@pytest.mark.parametrize(("told", "code", "words"), WRONG)
def test_what_does_not_fit_its_field_is_told_with_code_and_words(told: object, code: str, words: str) -> None:
    _, issues = read_part(told)
    assert [issue.code for issue in issues] == [code]
    assert words in issues[0].text


def test_everything_that_is_wrong_is_told_together() -> None:
    _, issues = read_part({"vendr": "1", "cancel_after": "x", "lines": [{"number": 1, "quantity": "x"}, {"itm": "A"}]})
    assert [(it.code, it.where) for it in issues] == [("MAN-02", ""), ("MAN-03", ""), ("MAN-03", "line 1"), ("MAN-02", "entry 2 of lines")]


@pytest.mark.parametrize(("name", "text"), [("po.yaml", YAML), ("po.json", JSON), ("po.csv", CSV)])
def test_the_three_kinds_of_file_tell_the_same_form(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    part, issues = read_part(read_file(tmp_path / name))
    assert not issues
    form = with_part(OrderForm(), part)
    assert part.number == "PO-77"
    assert (form.vendor, form.warehouse) == ("257", "00100")
    assert form.ship_to is not None
    assert (form.ship_to.company, form.ship_to.city) == ("Byrd", "London")
    assert form.references == (FormReference(name="container", value="C-77"),)
    found = [(it.number, it.item, it.quantity, it.unit_cost, it.lot, it.serial) for it in form.lines]
    assert found == [(1, "BX100", 3, Decimal("8.98"), "L1", None), (2, "KT200", 1, None, None, "S1")]


def test_a_form_saved_in_parts_keeps_what_is_not_told() -> None:
    form = with_part(OrderForm(), read_part({"vendor": "257", "lines": [{"item": "A", "quantity": 1}, {"item": "B"}]})[0])
    form = with_part(form, read_part({"cancel_after": "2026-12-31", "ship_to": {"city": "London"}})[0])
    form = with_part(form, read_part({"ship_to": {"company": "Byrd"}, "lines": [{"number": 2, "quantity": "4"}, {"item": "C"}]})[0])
    assert (form.vendor, form.cancel_after) == ("257", date(2026, 12, 31))
    assert form.ship_to is not None
    assert (form.ship_to.company, form.ship_to.city) == ("Byrd", "London")
    assert [(it.number, it.item, it.quantity) for it in form.lines] == [(1, "A", 1), (2, "B", 4), (3, "C", None)]


MESSAGES = [
    ((), ["messages.1=hello"], ("hello",)),
    (("a", "b"), ["messages.2=hello"], ("a", "hello")),
    (("a", "b"), ["messages.3=hello", "messages.1="], ("b", "hello")),
    (("a", "b"), ["messages=hello"], ("hello",)),
    (("a", "b"), ["messages=hello", "messages.2=you"], ("hello", "you")),
    (("a", "b"), ["messages="], ()),
]


@pytest.mark.parametrize(("before", "settings", "after"), MESSAGES)
def test_messages_are_told_together_or_by_their_place(before: tuple[str, ...], settings: list[str], after: tuple[str, ...]) -> None:
    part, issues = read_part(told_by(None, settings))
    assert not issues
    assert "messages" in part.words
    assert with_part(OrderForm(messages=before), part).messages == after


def test_an_empty_value_clears_a_field_and_a_word_takes_a_line_out() -> None:
    form = with_part(OrderForm(), read_part({"vendor": "257", "ship_to": {"city": "X"}, "lines": [{"item": "A"}, {"item": "B"}]})[0])
    after = with_part(form, read_part({"vendor": "", "ship_to": {"city": None}, "lines": [{"number": 1, "remove": "true"}]})[0])
    assert (after.vendor, after.ship_to) == (None, None)
    assert [it.number for it in after.lines] == [2]
    assert changed_words(form, after) == ("vendor", "ship_to", "line 1")


SERIALS = [
    ([{"item": "A", "serial": "S", "quantity": "1"}, {"item": "A", "serial": "T", "quantity": "1"}], []),
    ([{"item": "A", "serial": "S", "quantity": "1"}, {"item": "B", "serial": "S", "quantity": "1"}], []),
    ([{"item": "A", "lot": "L", "quantity": "5"}, {"item": "A", "lot": "L", "quantity": "5"}], []),
    ([{"item": "A", "serial": "S", "quantity": "2"}], ["MAN-06"]),
    ([{"item": "A", "serial": "S", "quantity": "1"}, {"item": "A", "serial": "S", "quantity": "1"}], ["MAN-07"]),
]


@pytest.mark.parametrize(("lines", "codes"), SERIALS)
def test_a_serial_number_is_one_piece(lines: list[dict[str, str]], codes: list[str]) -> None:
    form = with_part(OrderForm(), read_part({"lines": lines})[0])
    assert [issue.code for issue in lot_faults(form.lines)] == codes


def test_single_settings_count_more_than_the_file(tmp_path: Path) -> None:
    file = tmp_path / "po.yaml"
    file.write_text(YAML)
    told = told_by(
        file, ["vendor=310", "ship_to.city=Leeds", "references.pallet=9", "lines.1.quantity=5", "lines.7.item=X", "messages=Hello"]
    )
    form = with_part(OrderForm(), read_part(told)[0])
    assert (form.vendor, form.ship_to and form.ship_to.city, form.messages) == ("310", "Leeds", ("Hello",))
    assert {it.name: it.value for it in form.references} == {"container": "C-77", "pallet": "9"}
    assert [(it.number, it.item, it.quantity) for it in form.lines] == [(1, "BX100", 5), (2, "KT200", 1), (7, "X", None)]


BAD_FILES = [
    ("po.yaml", "- vendor", "an order form begins with fields by name"),
    ("po.json", "[1", "not JSON"),
    ("po.csv", "vendr,line\n257,1\n", "po.csv:1: unknown column 'vendr'; did you mean 'vendor'?"),
    ("po.csv", "line,line\n1,1\n", "column line stands twice"),
    ("po.csv", "line,item\n1,A,B\n", "po.csv:2: more values than columns"),
    ("po.csv", "vendor,line\n257,1\n310,2\n", "po.csv:3: vendor is '310', and '257' in a row before; one order a file"),
    ("po.csv", 'vendor,line\n"257,1\n', "not CSV"),
    ("po.csv", "", "the file is empty"),
]


@pytest.mark.parametrize(("name", "text", "words"), BAD_FILES)
def test_a_file_that_is_no_form_is_refused_with_its_place(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Misfilled) as told:
        read_file(tmp_path / name)
    assert words in str(told.value)


@pytest.mark.parametrize("name", ["po.txt", "none.yaml", "none.csv"])
def test_a_file_that_is_not_there_or_of_another_kind_is_wrong_use(tmp_path: Path, name: str) -> None:
    (tmp_path / "po.txt").write_text("")
    with pytest.raises(ConfigError):
        read_file(tmp_path / name)


def test_everything_wrong_with_settings_and_their_values_is_told_at_once() -> None:
    with pytest.raises(Misfilled) as told:
        told_by(None, ["ship_to=foo", "lines=bar", "lines.1.quantity=x", "nofield", "messages.x=1", "vendr=1", "ship_to.city=Rome"])
    assert [" ".join(problem.split()[:3]).rstrip(":") for problem in map(str, told.value.issues)] == [
        "MAN-03 'lines' is",
        "MAN-03 'nofield' is",
        "MAN-03 'messages.x' is",
        "MAN-03 'ship_to.city': ship_to",
        "MAN-02 unknown field",
        "MAN-03 ship_to is",
        "MAN-03 line 1",
    ]


def test_everything_wrong_with_the_rows_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "po.csv").write_text("vendor,line,itm,quantity,line\n")
    with pytest.raises(Misfilled) as told:
        read_file(tmp_path / "po.csv")
    assert len(told.value.issues) == 2
    (tmp_path / "po.csv").write_text("vendor,line,itm,quantity\n257,,A,x\n310,2,B,1\n257,3,C,1,D\n")
    with pytest.raises(Misfilled) as told:
        read_file(tmp_path / "po.csv")
    assert [str(issue).replace(str(tmp_path), "") for issue in told.value.issues] == [
        "MAN-02 /po.csv:1: unknown column 'itm'; did you mean 'item'?",
        "MAN-03 /po.csv:3: vendor is '310', and '257' in a row before; one order a file",
        "MAN-03 /po.csv:4: more values than columns; quote a value that holds a comma",
        "MAN-03 /po.csv:2: quantity is a whole number up to 2147483647",
    ]


@pytest.mark.parametrize("setting", ["vendor", "=257", "lines.quantity=3", "lines.x.quantity=3"])
def test_a_setting_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(Misfilled):
        told_by(None, [setting])
