"""JSON: documents out of lists of any length, exact digits, hostile files, and writing with kinds."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.documents import Charge, Invoice, InvoiceLine, LineUpdate, Party, Vendor
from gateway.formats import Broken
from gateway.formats.json_split import pieces
from gateway.mapping import Mapping, Values, identify
from tests.house import House, found

UPDATES = """
    mapping: updates
    version: 1
    document: line_update
    format: json
    options: {document: data/updates, has: data}
    head: {sentAt: {field: envelope.sent_at, as: datetime(iso)}}
    tail: {totals/count: {count: documents}}
    fields:
      order/no:  order_number
      line:      {field: line, as: int}
      action:    action
      reason:    reason
"""
INVOICE = """
    mapping: invoice
    version: 1
    document: invoice
    format: json
    set: {type: DR}
    fields:
      no: number
      date: date
      charges[Type=FREIGHT]: {each: charges, set: {kind: freight}, fields: {amount: {field: amount, as: decimal(2)}}}
      charges[Type=TAX]: {each: charges, set: {kind: tax}, fields: {amount: {field: amount, as: decimal(2)}}}
      lines:
        each: lines
        fields:
          qty: {field: quantity, as: whole}
          cost: {field: unit_cost, as: decimal(2-4)}
          item: item
"""


class Trickle(BytesIO):
    """A source that cannot be read twice and gives little at a time."""

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 7, 7) if size is not None and size > 0 else 7)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def updates(house: House) -> Mapping:
    return house.mapping(UPDATES, "updates")


def entry(order: str, **more: object) -> dict[str, object]:
    return {"order": {"no": order}, "line": 1, "action": "hold", **more}


def whole(*entries: object, count: int | None = None) -> str:
    return json.dumps(
        {"data": {"updates": list(entries)}, "totals": {"count": len(entries) if count is None else count}, "sentAt": "2022-06-21T08:00:00"}
    )


def test_documents_of_a_list_are_read_with_what_stands_around_them(house: House, updates: Mapping) -> None:
    text = whole(entry("A1"), entry("A2", reason="r"))
    assert house.preflight(updates, text).is_go
    first, second = house.read(updates, text)
    assert first.document.order_number == "A1"
    assert second.document.reason == "r"
    assert str(second.document.envelope.sent_at) == "2022-06-21 08:00:00"


def test_a_source_that_cannot_be_read_twice_gives_the_same_documents(updates: Mapping) -> None:
    text = whole(*(entry(f"A{number}", reason='é{["]}\\') for number in range(300)))
    readings = list(updates.read(Trickle(text.encode()), Values()))
    assert [reading.document.order_number for reading in readings] == [f"A{number}" for number in range(300)]


def test_a_single_document_and_a_list_at_the_top_are_read(house: House) -> None:
    mapping = house.mapping("document: line_update\nformat: json\nfields: {no: order_number, action: action}\n")
    one = {"no": "A1", "action": "hold"}
    assert len(house.read(mapping, json.dumps(one))) == 1
    assert len(house.read(mapping, json.dumps([one, one]))) == 2
    assert house.preflight(mapping, "[]").issues[0].kind == "empty"


def test_digits_stay_exact_and_words_are_texts(house: House) -> None:
    mapping = house.mapping(INVOICE, "invoice")
    text = '{"no": 700000000000000000001, "date": "2022-06-22", "lines": [{"qty": 2.00, "cost": 8.9800, "item": 0.10}]}'
    (reading,) = house.read(mapping, text)
    assert reading.document.number == "700000000000000000001"
    assert str(reading.document.lines[0].unit_cost) == "8.9800"
    assert reading.document.lines[0].item == "0.10"


def test_conditions_pick_entries_of_a_list(house: House) -> None:
    mapping = house.mapping(INVOICE, "invoice")
    charges = [{"Type": "TAX", "amount": 1}, {"Type": "FREIGHT", "amount": 4.5}, {"Type": "FREIGHT", "amount": 2}]
    text = json.dumps({"no": "1", "date": "2022-06-22", "charges": charges, "lines": [{"qty": 1, "cost": 1}]})
    (reading,) = house.read(mapping, text)
    assert [(charge.kind, charge.amount) for charge in reading.document.charges] == [
        ("freight", Decimal("4.5")),
        ("freight", Decimal(2)),
        ("tax", Decimal(1)),
    ]


def test_an_issue_names_the_path_and_the_document(house: House) -> None:
    mapping = house.mapping(INVOICE, "invoice")
    text = json.dumps([{"no": "1", "date": "x", "lines": [{"qty": 1, "cost": 1}, {"qty": "many", "cost": 1}]}])
    assert found(house.read(mapping, text)) == [
        ("not_date", "date, document 1, line 1", "date"),
        ("not_number", "lines[2]/qty, document 1, line 1", "quantity"),
    ]


def test_keys_that_no_rule_reads_are_noted_or_kept(house: House, updates: Mapping) -> None:
    text = whole(entry("A1", colour="red", deep={"a": {"b": 1}}))
    assert [kind for kind, *_ in found(house.read(updates, text))] == ["unread", "unread"]
    keeping = house.mapping(UPDATES + "    unread: keep\n", "updates")
    assert house.read(keeping, text)[0].document.extra == {"colour": "red", "deep/a/b": "1"}


def test_null_is_absent_and_true_is_a_word(house: House) -> None:
    mapping = house.mapping(
        "document: vendor\nformat: json\nfields: {code: code, name: name, on: {field: active, as: bool}, mail: email}\n"
    )
    (reading,) = house.read(mapping, '{"code": 257, "name": "Red Panda", "on": true, "mail": null}')
    assert reading.document == Vendor(code="257", name="Red Panda", active=True)


HOSTILE = [
    ("", "the file is empty"),
    ("   ", "the file is empty"),
    ("<a/>", "is expected"),
    ('{"data"', "':' is expected"),
    ('{"data": {"updates": [', "ends within the list of documents"),
    ('{"data": {"updates": [{"a": 1} {"a": 2}]}}', "broken"),
    ('{"data": {"updates": [{"a": 1},,{"a": 2}]}}', "broken"),
    ('{"data": {"updates": [{"a": 1]]}}', "not JSON"),
    ('{"data": {"updates": [{"a": 1, "a": 2}]}}', "stands twice"),
    ('{"data": {"updates": [{"a": NaN}]}}', "NaN is not a number"),
    ('{"data": {"updates": [{"a": "\x01"}]}}', "not JSON"),
    ('{"data": {"updates": [{"a": "\\ud800"}]}}', "half a character"),
    ('{"data": {"updates": [{"a": "\\u0000"}]}}', "control character"),
    ('{"data": {"updates": [{"a": ' + "[" * 40 + "]" * 40 + "}]}}", "deeper than 32 levels"),
    ('{"data": {"updates": [{"a": "' + "x" * 70_000 + '"}]}}', "longer than 64 KB"),
    ('{"data": {"updates": [{"a": "' + "x" * 300_000, "longer than 64 KB"),
    ('{"data": {"updates": []}} {}', "behind the end"),
    ('{"x": "' + "y" * 60_000 + '", ' + ", ".join(f'"k{n}": "{"y" * 60_000}"' for n in range(20)) + "}", "stand around the documents"),
]


@pytest.mark.parametrize(("text", "says"), HOSTILE)
def test_a_hostile_file_is_refused(house: House, updates: Mapping, text: str, says: str) -> None:
    preflight = house.preflight(updates, text)
    assert not preflight.is_go
    assert says in preflight.issues[0].text
    assert all(reading.document is None for reading in house.read(updates, text))


def test_what_is_no_object_is_refused_and_its_neighbours_are_taken(house: House, updates: Mapping) -> None:
    readings = house.read(updates, json.dumps({"data": {"updates": [1, entry("A1"), None]}}))
    assert [reading.is_good for reading in readings] == [False, True, False]
    assert "a document is an object" in readings[0].issues[0].text


def test_bytes_that_are_not_utf_8_are_refused(house: House, updates: Mapping) -> None:
    assert "UTF-8" in house.preflight(updates, whole(entry("A1")).replace("A1", "é").encode("latin-1")).issues[0].text


def test_a_document_of_too_many_values_is_refused(house: House) -> None:
    mapping = house.mapping("document: line_update\nformat: json\nfields: {no: order_number, action: action}\n")
    text = json.dumps({"no": "A1", "action": "hold", "many": [{str(n): 1} for n in range(100_001)]})
    assert "100,000 values" in house.preflight(mapping, text).issues[0].text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=5), st.integers(1, 40), st.sampled_from([None, 2]))
def test_splitting_gives_exactly_the_documents_of_the_list(documents: list[dict[str, object]], size: int, indent: int | None) -> None:
    text = json.dumps({"before": VALUES_AROUND, "list": documents, "after": [1]}, indent=indent, ensure_ascii=False)

    class Slow(BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            return super().read(size)

    found_pieces = list(pieces(Slow(text.encode()), ("list",)))
    assert [json.loads(piece.text) for piece in found_pieces if not piece.is_frame] == documents
    (frame,) = [json.loads(piece.text) for piece in found_pieces if piece.is_frame]
    assert frame == {"before": VALUES_AROUND, "list": [], "after": [1]}


VALUES_AROUND = {"a": ["]", {"list": "x"}], "b": '"'}


@given(st.text(st.sampled_from('{}[]",:\\ a1tn\n'), max_size=60))
def test_any_text_is_split_or_refused(text: str) -> None:
    with suppress(Broken):
        list(pieces(BytesIO(text.encode()), ("a",)))


# --- writing


def test_numbers_and_flags_are_written_by_their_codec_and_all_else_as_text(house: House) -> None:
    mapping = house.mapping(INVOICE, "invoice")
    document = Invoice(
        number="1",
        type="DR",
        date=dt.date(2022, 6, 22),
        charges=(Charge(kind="freight", amount=Decimal("4.5")), Charge(kind="tax", amount=Decimal(1))),
        lines=(InvoiceLine(quantity=2, unit_cost=Decimal("8.98"), item="0010"),),
    )
    text, issues = house.write(mapping, document)
    assert not issues
    assert '"amount": 4.50' in text
    assert '"qty": 2,' in text
    assert '"cost": 8.98' in text
    assert '"item": "0010"' in text
    assert '"no": "1"' in text
    assert house.read(mapping, text)[0].document == document


def test_documents_are_written_in_their_list_with_head_and_counts(house: House, updates: Mapping) -> None:
    documents = [LineUpdate(order_number=number, line=1, action="hold") for number in ("A1", "A2")]
    text, issues = house.write(updates, *documents)
    assert not issues
    assert json.loads(text) == {"data": {"updates": [entry("A1"), entry("A2")]}, "totals": {"count": 2}}
    assert [reading.document for reading in house.read(updates, text)] == documents


def test_parts_and_their_fields_are_written_as_objects(house: House) -> None:
    mapping = house.mapping(
        """
        document: vendor
        format: json
        fields: {code: code, name: name, ship/to: {into: address, fields: {city: city}}, ship/zip: address.postal_code}
        """
    )
    document = Vendor(code="1", name="n", address=Party(city="London", postal_code="SE1 9GF"))
    text, issues = house.write(mapping, document)
    assert not issues
    assert json.loads(text) == {"code": "1", "name": "n", "ship": {"to": {"city": "London"}, "zip": "SE1 9GF"}}
    assert house.read(mapping, text)[0].document == document


def test_a_file_fits_by_its_keys(updates: Mapping) -> None:
    good, bad = b'{"data": {"updates": [', b'{"orders": []}'
    assert updates.fits(identify(good, "x.json"), good) is None
    assert updates.fits(identify(bad, "x.json"), bad) == "the key data is not there"
